"""The pipeline: one ordered, named list of passes, each with its reason, each removable by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from symnet.errors import ArgumentError
from symnet.graph import Constant, Graph, Variable
from symnet.op import Composite
from symnet.ops.sum_to import SumTo
from symnet.ops.switched import Switched
from symnet.options import Options
from symnet.origin import made_for
from symnet.passes import Laps
from symnet.rewrites import algebra, factors, matrices, passes, shapes, simplify, stabilise
from symnet.rewrites.driver import Driver
from symnet.rewrites.exponentials import operands
from symnet.rewrites.facts import Facts
from symnet.rewrites.half_precision import computed_in_single
from symnet.rewrites.history import History
from symnet.rewrites.intern import Interner
from symnet.rewrites.rule import Fired, Match, Rule

RulesOf = Callable[[Graph, bool], Sequence[Rule]]


@dataclass(frozen=True)
class Pass:
    """A named step of the pipeline: the rules it applies to a graph, and why it stands where it does."""

    name: str
    rules: RulesOf
    reason: str
    whole: Callable[[Graph], Graph] | None = None
    """What it does to the graph at once, in place of rules."""
    own: bool = False
    """Whether its rules are the user's, `options.rules`."""


def _switch(graph: Graph, training: bool) -> Sequence[Rule]:
    if training:
        return ()
    return [
        Rule(f"predicting_{op.name}", op, _inference, "predictions are certain", lambda: Variable, on_complex=True)  # type: ignore[arg-type, return-value]
        for op in _composites(Switched)
    ]


def _inference(m: Match) -> Variable:
    result: Variable = m.op().inference(*operands(m.root))
    return result


def _expand(graph: Graph, training: bool) -> Sequence[Rule]:
    """One rule for each composite the graph holds or may come to hold."""
    return [
        Rule(f"expand_{op.name}", op, _expanded, "kernels exist for its parts", lambda: Variable, on_complex=True)  # type: ignore[arg-type, return-value]
        for op in _composites(Composite)
    ]


def _composites(family: type[Composite]) -> list[type[Composite]]:
    found = []
    for kind in family.__subclasses__():
        found += [kind, *_composites(kind)]
    return found


def _expanded(m: Match) -> Variable:
    op, origin = m.op(), m.root.origin
    with made_for(origin and origin.of_composite(op.name)):
        result: Variable = op.expand(*operands(m.root))
    return result


def _fold(graph: Graph, training: bool) -> Sequence[Rule]:
    of_constants = any(len(kinds) > 1 and {*kinds[1:]} == {Constant} for kinds in graph.places)
    return simplify.folding_rules(graph.ops) if of_constants else ()


_SIMPLER = (*shapes.RULES, *simplify.RULES)

RULES = (
    *_SIMPLER, *stabilise.RULES, *algebra.RULES, algebra.chain_rule(Graph(())),
    *matrices.cheaper(Graph(())), *factors.rules(Graph(())), *passes.rules(Graph(())),
)  # fmt: skip
"""The rules of all passes but those that follow from the ops of a graph."""

PIPELINE = (
    Pass(
        "half_precision",
        lambda graph, training: (),
        "what computes in float32 is seen by all rules below as such",
        computed_in_single,
    ),
    Pass("merge", lambda graph, training: (), "equal expressions become one before anything is compared"),
    Pass("fold", _fold, "what depends on constants only is computed once, before patterns look for numbers"),
    Pass("training_switch", _switch, "one graph serves training and prediction"),
    Pass("simplify", lambda graph, training: _SIMPLER, "so that the patterns below meet fewer forms"),
    Pass("own_rules", lambda graph, training: (), "before the rules below take apart what they look for", own=True),
    Pass(
        "stabilise",
        lambda graph, training: (*shapes.RULES, *stabilise.RULES),
        "while composites are still whole; what is left when factors cancel need not be summed",
    ),
    Pass(
        "algebra",
        lambda graph, training: (*algebra.RULES, algebra.chain_rule(graph)),
        "nothing can overflow any more, and gradients still show the composites they come from",
    ),
    Pass(
        "matrices",
        lambda graph, training: matrices.cheaper(graph),
        "no rule makes another reader of a factorisation any more",
    ),
    Pass("expand", _expand, "composites become the ops kernels exist for"),
    Pass("simplify_again", lambda graph, training: _SIMPLER, "expansion leaves idle factors"),
    Pass(
        "own_rules_again",
        lambda graph, training: (),
        "what composites and rules were made of has the form it keeps",
        own=True,
    ),
    Pass("order_factors", lambda graph, training: factors.rules(graph), "now every pass over memory shows"),
    Pass(
        "fewer_passes",
        lambda graph, training: passes.rules(graph),
        "all sums and products are there, and none has to react any more",
    ),
    Pass("fold_again", _fold, "expansion and rules leave constants"),
)


def rewrite(
    outputs: Sequence[Variable] | Graph,
    *,
    training: bool,
    options: Options,
    laps: Laps | None = None,
    history: History | None = None,
) -> tuple[list[Variable], list[Fired], Laps]:
    """The outputs after the pipeline, every rewrite that fired, and the seconds each pass took, added to the `laps`.

    Dead code goes by itself: what no output reaches is never visited. A `history` is told of each step.
    """
    intern, facts = Interner() if history is None else history.interner(), Facts()
    graph = outputs if isinstance(outputs, Graph) else Graph(outputs)
    intern.read_lines(graph.order)
    fired: list[Fired] = []
    laps = Laps() if laps is None else laps
    own = _own_rules(options)
    for step in PIPELINE:
        if step.name in options.exclude:
            continue
        if step.whole is not None:
            changed = step.whole(graph)
            if changed is not graph:
                graph = changed
                intern.read_lines(graph.order)
                if history is not None:
                    history.take(step.name, graph.outputs, reason=step.reason)
        given = own if step.own else step.rules(graph, training)
        rules = [rule for rule in given if rule.name not in options.exclude]
        if step.name == "merge" or (rules and any(map(graph.ops.intersection, [rule.roots for rule in rules]))):
            if history is None:
                driver = Driver(rules, intern, facts, fired)
            else:
                driver = history.driver(step.name, rules, intern, facts, fired)
            graph = driver(graph)
        laps.over(step.name)
    return graph.outputs, fired, laps


def _own_rules(options: Options) -> Sequence[Rule]:
    """The user's rules, if they are rules with names of their own."""
    given: Any = options.rules
    if given == ():
        return ()
    wrong = next((r for r in given if not isinstance(r, Rule)), None) if isinstance(given, (list, tuple)) else given
    if wrong is not None:
        raise ArgumentError(
            f"options: rules holds a {type(wrong).__name__}, not a Rule, or is no list.",
            fix="give a list: sn.options(rules=[Rule(name, pattern, replacement, reason, example)]).",
        )
    taken = {rule.name for rule in RULES} | {step.name for step in PIPELINE}
    for rule in given:
        if rule.name in taken:
            raise ArgumentError(
                f"options: there is another rule or pass called {rule.name}.",
                fix="give it a name of its own, so that `exclude` and `f.rewrites` tell them apart.",
            )
        taken.add(rule.name)
    return given


def waits_for_sizes(graph: Graph) -> bool:
    """Whether it is open which axes are broadcast, which keeps rules from firing."""
    return any([isinstance(node.op, SumTo) for node in graph.order])


def rewrite_for_sizes(graph: Graph, options: Options) -> Graph:
    """The graph, whose sizes are numbers now, after the rules that had waited for that."""
    intern = Interner()
    intern.read_lines(graph.order)
    rules = [rule for rule in (*shapes.RULES, *passes.rules(graph)) if rule.name not in options.exclude]
    return Driver(rules, intern, Facts(), [])(graph)
