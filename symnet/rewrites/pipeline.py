"""The pipeline: one ordered, named list of passes, each with its reason, each removable by name."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from symnet.graph import Variable, toposort
from symnet.op import Composite
from symnet.ops.sum_to import SumTo
from symnet.ops.switched import Switched
from symnet.options import Options
from symnet.rewrites import algebra, factors, matrices, passes, shapes, simplify, stabilise
from symnet.rewrites.driver import Driver
from symnet.rewrites.exponentials import operands
from symnet.rewrites.facts import Facts
from symnet.rewrites.intern import Interner
from symnet.rewrites.rule import Fired, Match, Rule

RulesOf = Callable[[Sequence[Variable], bool], Sequence[Rule]]


@dataclass(frozen=True)
class Pass:
    """A named step of the pipeline: the rules it applies to a graph, and why it stands where it does."""

    name: str
    rules: RulesOf
    reason: str


def _switch(outputs: Sequence[Variable], training: bool) -> Sequence[Rule]:
    if training:
        return ()
    return [
        Rule(f"predicting_{op.name}", op, _inference, "predictions are certain", lambda: Variable)  # type: ignore[arg-type, return-value]
        for op in _composites(Switched)
    ]


def _inference(m: Match) -> Variable:
    result: Variable = m.op().inference(*operands(m.root))
    return result


def _expand(outputs: Sequence[Variable], training: bool) -> Sequence[Rule]:
    """One rule for each composite the graph holds or may come to hold."""
    return [
        Rule(f"expand_{op.name}", op, _expanded, "kernels exist for its parts", lambda: Variable)  # type: ignore[arg-type, return-value]
        for op in _composites(Composite)
    ]


def _composites(family: type[Composite]) -> list[type[Composite]]:
    found = []
    for kind in family.__subclasses__():
        found += [kind, *_composites(kind)]
    return found


def _expanded(m: Match) -> Variable:
    result: Variable = m.op().expand(*operands(m.root))
    return result


def _fold(outputs: Sequence[Variable], training: bool) -> Sequence[Rule]:
    return simplify.folding_rules({type(node.op) for node in toposort(outputs)})


_SIMPLER = (*shapes.RULES, *simplify.RULES)

RULES = (
    *_SIMPLER, *stabilise.RULES, *algebra.RULES, algebra.chain_rule(()),
    *matrices.cheaper(()), *factors.rules(()), *passes.rules(()),
)  # fmt: skip
"""The rules of all passes but those that follow from the ops of a graph."""

PIPELINE = (
    Pass("merge", lambda outputs, training: (), "equal expressions become one before anything is compared"),
    Pass("fold", _fold, "what depends on constants only is computed once, before patterns look for numbers"),
    Pass("training_switch", _switch, "one graph serves training and prediction"),
    Pass("simplify", lambda outputs, training: _SIMPLER, "so that the patterns below meet fewer forms"),
    Pass(
        "stabilise",
        lambda outputs, training: (*shapes.RULES, *stabilise.RULES),
        "while composites are still whole; what is left when factors cancel need not be summed",
    ),
    Pass(
        "algebra",
        lambda outputs, training: (*algebra.RULES, algebra.chain_rule(outputs)),
        "nothing can overflow any more, and gradients still show the composites they come from",
    ),
    Pass(
        "matrices",
        lambda outputs, training: matrices.cheaper(outputs),
        "no rule makes another reader of a factorisation any more",
    ),
    Pass("expand", _expand, "composites become the ops kernels exist for"),
    Pass("simplify_again", lambda outputs, training: _SIMPLER, "expansion leaves idle factors"),
    Pass("order_factors", lambda outputs, training: factors.rules(outputs), "now every pass over memory shows"),
    Pass(
        "fewer_passes",
        lambda outputs, training: passes.rules(outputs),
        "all sums and products are there, and none has to react any more",
    ),
    Pass("fold_again", _fold, "expansion and rules leave constants"),
)


def rewrite(
    outputs: Sequence[Variable], *, training: bool, options: Options
) -> tuple[list[Variable], list[Fired], dict[str, float]]:
    """The outputs after the pipeline, every rewrite that fired, and the seconds each pass took.

    Dead code goes by itself: what no output reaches is never visited.
    """
    intern, facts = Interner(), Facts()
    intern.read_lines(outputs)
    fired: list[Fired] = []
    seconds: dict[str, float] = {}
    roots = list(outputs)
    for step in PIPELINE:
        if step.name in options.exclude:
            continue
        start = time.perf_counter()
        rules = [rule for rule in step.rules(roots, training) if rule.name not in options.exclude]
        if rules or step.name == "merge":
            roots = Driver(rules, intern, facts, fired)(roots)
        seconds[step.name] = time.perf_counter() - start
    return roots, fired, seconds


def waits_for_sizes(outputs: Sequence[Variable]) -> bool:
    """Whether it is open which axes are broadcast, which keeps rules from firing."""
    return any(isinstance(node.op, SumTo) for node in toposort(outputs))


def rewrite_for_sizes(outputs: Sequence[Variable], options: Options) -> list[Variable]:
    """The outputs, whose sizes are numbers now, after the rules that had waited for that."""
    intern = Interner()
    intern.read_lines(outputs)
    rules = [rule for rule in (*shapes.RULES, *passes.rules(outputs)) if rule.name not in options.exclude]
    return Driver(rules, intern, Facts(), [])(outputs)
