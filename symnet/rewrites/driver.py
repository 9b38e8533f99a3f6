"""Applies rules bottom-up until none fires; does for every rule what no rule author should have to remember."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from symnet.errors import RewriteError, SymnetError
from symnet.graph import Node, Variable, toposort
from symnet.graph.text import in_short
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
        self._settled = _Settled(interner)
        self._replaced: dict[Variable, Rule] = {}
        """What is being replaced now, and by which rule."""

    def __call__(self, outputs: Sequence[Variable], order: Sequence[Node] | None = None) -> list[Variable]:
        """The outputs, rewritten; `order` is every node they depend on, where that is known."""
        return self._settle(outputs, toposort(outputs) if order is None else order, 0)

    def _settle(self, outputs: Sequence[Variable], order: Sequence[Node], firings: int) -> list[Variable]:
        """What stands for the outputs once no rule fires; they stand in so many replacements, one within the other."""
        settled = self._settled
        for node in order:
            results = self._intern.node(node, tuple(map(settled.__getitem__, node.inputs)))
            for x, y in zip(node.outputs, results, strict=True):
                if y not in settled:
                    fired = self._fire(y) if type(node.op) in self._rules else None
                    settled[y] = y if fired is None else self._replacement(y, *fired, firings)
                settled[x] = settled[y]
        return [settled[y] for y in outputs]

    def _replacement(self, x: Variable, rule: Rule, new: Variable, firings: int) -> Variable:
        """What comes of `new`, which a rule puts in the place of `x`, under the name of `x` if it has none."""
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
        node = x.node
        assert node is not None
        if x in self._replaced:
            raise _circle(self._replaced[x], x)
        there = {type(v) if v.node is None else type(v.node.op) for v in node.inputs}
        rules = [rule for rule, needs in self._rules[type(node.op)] if needs <= there]
        if not rules:
            return None
        place = Match({}, x, self._facts)
        with made_for(node.origin):
            for rule in rules:
                try:
                    new = rule.apply(place)
                except SymnetError as error:
                    raise RewriteError(f"rewrite {rule.name} failed: {error.what}", origin=x.origin) from error
                if new is None or new is x:
                    continue
                _check_type(rule, x, new)
                self._fired.append(Fired(rule.name, x, new, x.origin, rule.reason))
                return rule, new
        return None


class _Settled(dict[Variable, Variable]):
    """What stands for each variable that has been settled; a leaf is settled when it is asked for."""

    def __init__(self, interner: Interner) -> None:
        super().__init__()
        self._leaf = interner.leaf

    def __missing__(self, x: Variable) -> Variable:
        found = self[x] = self._leaf(x)
        return found


def _circle(rule: Rule, x: Variable) -> RewriteError:
    return RewriteError(f"rewrite {rule.name} and others go in circles at {in_short(x, 3)}.", origin=x.origin)


def _check_type(rule: Rule, old: Variable, new: Variable) -> None:
    contradicts = len(old.type.shape) != len(new.type.shape) or any(
        isinstance(a, int) and isinstance(b, int) and a != b
        for a, b in zip(old.type.shape, new.type.shape, strict=False)
    )
    if old.type.dtype != new.type.dtype or contradicts:
        raise RewriteError(
            f"rewrite {rule.name} changes the type from {old.type} to {new.type}: "
            f"{in_short(old, 3)} -> {in_short(new, 3)}.",
            origin=old.origin,
        )
