"""Applies rules bottom-up until none fires; does for every rule what no rule author should have to remember."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from symnet.errors import RewriteError, SymnetError
from symnet.graph import Variable, toposort
from symnet.graph.text import pprint
from symnet.origin import made_for
from symnet.rewrites.intern import Interner
from symnet.rewrites.rule import Fired, Rule

_MOST = 50
"""How often rules may fire at one place before they must be going in circles."""


class Driver:
    """One pass over a graph: linear in its size, since each node is settled once, below it everything already is."""

    def __init__(self, rules: Iterable[Rule], interner: Interner, fired: list[Fired]) -> None:
        self._rules: dict[type, list[Rule]] = defaultdict(list)
        for rule in rules:
            self._rules[rule.root].append(rule)
        self._intern = interner
        self._fired = fired
        self._known: dict[Variable, Variable] = {}

    def __call__(self, outputs: Sequence[Variable], depth: int = 0) -> list[Variable]:
        """The outputs, rewritten."""
        for node in toposort(outputs, stop=self._known.__contains__):
            inputs = [self._intern.leaf(x, self._known) for x in node.inputs]
            for old, new in zip(node.outputs, self._intern.node(node, inputs), strict=True):
                self._known[old] = self._settled(new, depth)
        return [self._intern.leaf(y, self._known) for y in outputs]

    def _settled(self, x: Variable, depth: int) -> Variable:
        if x in self._known:
            return self._known[x]
        self._known[x] = x
        if x.node is None:
            return x
        for rule in self._rules.get(type(x.node.op), ()):
            with made_for(x.node.origin):
                try:
                    new = rule.apply(x)
                except SymnetError as error:
                    raise RewriteError(f"rewrite {rule.name} failed: {error.what}", origin=x.origin) from error
            if new is None or new is x:
                continue
            if depth >= _MOST:
                raise RewriteError(f"rewrite {rule.name} and others go in circles at {pprint(x, 3)}.", origin=x.origin)
            _check_type(rule, x, new)
            self._fired.append(Fired(rule.name, pprint(x, 3), pprint(new, 3), x.origin))
            del self._known[x]
            (result,) = self([new], depth + 1)
            if result.name is None and result.node is not None:
                result.name = x.name
            self._known[x] = result
            return result
        return x


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
