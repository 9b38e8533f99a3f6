"""Applies rules bottom-up until none fires; does for every rule what no rule author should have to remember."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from symnet.errors import RewriteError, SymnetError
from symnet.graph import Variable
from symnet.graph.text import pprint
from symnet.op import Op
from symnet.origin import made_for
from symnet.rewrites.facts import Facts
from symnet.rewrites.intern import Interner
from symnet.rewrites.rule import Fired, Rule

_MOST = 50
"""How often rules may fire at one place before they must be going in circles."""


class Driver:
    """One pass over a graph: linear in its size, since each node is settled once, below it everything already is."""

    def __init__(self, rules: Iterable[Rule], interner: Interner, facts: Facts, fired: list[Fired]) -> None:
        self._rules: dict[type[Op], list[Rule]] = defaultdict(list)
        for rule in rules:
            for root in rule.roots:
                self._rules[root].append(rule)
        self._intern = interner
        self._facts = facts
        self._fired = fired
        self._settled: dict[Variable, Variable] = {}
        self._replaced: dict[Variable, tuple[Variable, Rule]] = {}

    def __call__(self, outputs: Sequence[Variable]) -> list[Variable]:
        """The outputs, rewritten."""
        settled, replaced = self._settled, self._replaced
        stack = [(y, 0) for y in reversed(outputs)]
        while stack:
            x, firings = stack[-1]
            if x in settled:
                stack.pop()
            elif x in replaced:
                self._finish(x)
            elif x.node is None:
                settled[x] = self._intern.leaf(x)
            elif pending := [v for v in x.node.inputs if v not in settled]:
                self._refuse_circles(pending, x)
                stack += [(v, firings) for v in reversed(pending)]
            else:
                y = self._intern.node(x.node, [settled[v] for v in x.node.inputs])[x.index]
                if y in settled:
                    settled[x] = settled[y]
                elif y is not x:
                    self._refuse_circles([y], x)
                    stack[-1:] = [(x, firings), (y, firings)]
                elif (new := self._rewritten(y, firings)) is not None:
                    stack.append((new, firings + 1))
                else:
                    settled[y] = y
        return [settled[y] for y in outputs]

    def _finish(self, x: Variable) -> None:
        """Let what has replaced `x`, now settled, stand for it, under its name if it has none."""
        new, _ = self._replaced.pop(x)
        result = self._settled[new]
        if result.name is None and result.node is not None:
            result.name = x.name
        self._settled[x] = result

    def _rewritten(self, x: Variable, firings: int) -> Variable | None:
        """What the first rule that fires puts in the place of `x`."""
        node = x.node
        assert node is not None
        for rule in self._rules.get(type(node.op), ()):
            with made_for(node.origin):
                try:
                    new = rule.apply(x, self._facts)
                except SymnetError as error:
                    raise RewriteError(f"rewrite {rule.name} failed: {error.what}", origin=x.origin) from error
            if new is None or new is x:
                continue
            if firings >= _MOST:
                raise _circle(rule, x)
            _check_type(rule, x, new)
            self._fired.append(Fired(rule.name, pprint(x, 3), pprint(new, 3), x.origin))
            self._replaced[x] = new, rule
            return new
        return None

    def _refuse_circles(self, needed: Sequence[Variable], x: Variable) -> None:
        """Raise if `x`, which stands in a replacement, needs what is being replaced."""
        for v in needed:
            if v in self._replaced:
                raise _circle(self._replaced[v][1], x)


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
