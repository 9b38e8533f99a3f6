"""Applies rules bottom-up until none fires; does for every rule what no rule author should have to remember."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from symnet.errors import RewriteError, SymnetError
from symnet.graph import Node, Variable, toposort
from symnet.graph.text import pprint
from symnet.op import Op
from symnet.origin import made_for
from symnet.rewrites.facts import Facts
from symnet.rewrites.intern import Interner
from symnet.rewrites.rule import Fired, Match, Rule

_MOST = 50
"""How often rules may fire at one place before they must be going in circles."""


class Driver:
    """One pass over a graph: linear in its size, since each node is settled once, below it everything already is."""

    def __init__(self, rules: Iterable[Rule], interner: Interner, facts: Facts, fired: list[Fired]) -> None:
        self._rules: dict[type[Op], list[tuple[Rule, frozenset[type]]]] = {}
        for rule in rules:
            for root in rule.roots:
                self._rules.setdefault(root, []).append((rule, rule.needs))
        self._intern = interner
        self._facts = facts
        self._fired = fired
        self._settled: dict[Variable, Variable] = {}
        self._replaced: dict[Variable, Rule] = {}
        """What is being replaced now, and by which rule."""

    def __call__(self, outputs: Sequence[Variable], order: Sequence[Node] | None = None) -> list[Variable]:
        """The outputs, rewritten; `order` is every node they depend on, where that is known."""
        return self._settle(outputs, toposort(outputs) if order is None else order, 0)

    def _settle(self, outputs: Sequence[Variable], order: Sequence[Node], firings: int) -> list[Variable]:
        """What stands for the outputs once no rule fires; they stand in so many replacements, one within the other."""
        settled = self._settled
        for node in order:
            results = self._intern.node(node, [self._value(v) for v in node.inputs])
            for x, y in zip(node.outputs, results, strict=True):
                if y not in settled:
                    if y in self._replaced:
                        raise _circle(self._replaced[y], y)
                    settled[y] = self._final(y, firings) if type(node.op) in self._rules else y
                settled[x] = settled[y]
        return [self._value(y) for y in outputs]

    def _value(self, x: Variable) -> Variable:
        """What stands for a leaf or a settled variable."""
        found = self._settled.get(x)
        if found is None:
            found = self._settled[x] = self._intern.leaf(x)
        return found

    def _final(self, x: Variable, firings: int) -> Variable:
        """`x` if no rule fires there, else what comes of its replacement, under its name if it has none."""
        fired = self._fire(x)
        if fired is None:
            return x
        rule, new = fired
        if firings >= _MOST:
            raise _circle(rule, x)
        self._replaced[x] = rule
        (result,) = self._settle([new], toposort([new], stop=self._settled.__contains__), firings + 1)
        del self._replaced[x]
        if result.name is None and result.node is not None:
            result.name = x.name
        return result

    def _fire(self, x: Variable) -> tuple[Rule, Variable] | None:
        """The first rule that fires at `x`, and what it puts in its place."""
        assert x.node is not None
        place = Match({}, x, self._facts)
        kinds = {type(v) if v.node is None else type(v.node.op) for v in x.node.inputs}
        with made_for(x.origin):
            for rule, needs in self._rules[type(x.node.op)]:
                if not needs <= kinds:
                    continue
                try:
                    new = rule.apply(place)
                except SymnetError as error:
                    raise RewriteError(f"rewrite {rule.name} failed: {error.what}", origin=x.origin) from error
                if new is None or new is x:
                    continue
                _check_type(rule, x, new)
                self._fired.append(Fired(rule.name, pprint(x, 3), pprint(new, 3), x.origin))
                return rule, new
        return None


def _circle(rule: Rule, x: Variable) -> RewriteError:
    return RewriteError(f"rewrite {rule.name} and others go in circles at {pprint(x, 3)}.", origin=x.origin)


def _check_type(rule: Rule, old: Variable, new: Variable) -> None:
    contradicts = len(old.type.shape) != len(new.type.shape) or any(
        isinstance(a, int) and isinstance(b, int) and a != b
        for a, b in zip(old.type.shape, new.type.shape, strict=False)
    )
    if old.type.dtype != new.type.dtype or contradicts:
        raise RewriteError(
            f"rewrite {rule.name} changes the type from {old.type} to {new.type}: "
            f"{pprint(old, 3)} -> {pprint(new, 3)}.",
            origin=old.origin,
        )
