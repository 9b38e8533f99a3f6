"""Applies rules bottom-up until none fires; does for every rule what no rule author should have to remember."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import attrgetter, itemgetter

from symnet.errors import RewriteError, SymnetError
from symnet.graph import Graph, Node, Variable, toposort
from symnet.graph.text import in_short
from symnet.graph.walk import Kinds, kinds_at
from symnet.op import Op
from symnet.origin import made_for
from symnet.rewrites.facts import Facts
from symnet.rewrites.intern import Interner
from symnet.rewrites.rule import Condition, Fired, Match, Rule

_MOST = 50
"""How often rules may fire at one place before they must be going in circles."""


Group = tuple[Condition | None, tuple[Rule, ...]]
"""Rules in a row that share their condition."""


class Driver:
    """One pass over a graph: linear in its size, since each node is settled once, below it everything already is."""

    def __init__(self, rules: Iterable[Rule], interner: Interner, facts: Facts, fired: list[Fired]) -> None:
        self._rules: dict[type[Op], list[Rule]] = {}
        for rule in rules:
            for root in rule.roots:
                self._rules.setdefault(root, []).append(rule)
        self._alike: dict[Kinds, Sequence[Group]] = {}
        self._intern = interner
        self._facts = facts
        self._fired = fired
        self._settled = _Settled(interner)
        self._replaced: dict[Variable, Rule] = {}
        """What is being replaced now, and by which rule."""

    def __call__(self, graph: Graph) -> Graph:
        """The graph, rewritten: the same one if its equal expressions are one already and no rule fires."""
        if not self._intern.made.issuperset(graph.order):
            return Graph(self._settle(graph.outputs, graph.order, 0))
        for k, groups in self._places(graph):
            for y in graph.order[k].outputs:
                fired = self._fire(y, groups)
                if fired is not None:  # all before it stays as it is
                    before = [x for node in graph.order[:k] for x in node.outputs]
                    self._settled.update(zip(before, before))
                    self._settled[y] = self._replacement(y, *fired, 0)
                    return Graph(self._settle(graph.outputs, graph.order[k:], 0))
        return graph

    def _places(self, graph: Graph) -> list[tuple[int, Sequence[Group]]]:
        """The numbers of the nodes at which rules may fire, in order, with these rules."""
        possible = [(self._groups(kinds), places) for kinds, places in graph.places.items()]
        return sorted([(k, groups) for groups, places in possible if groups for k in places], key=itemgetter(0))

    def _settle(self, outputs: Sequence[Variable], order: Sequence[Node], firings: int) -> list[Variable]:
        """What stands for the outputs once no rule fires; they stand in so many replacements, one within the other."""
        settled, intern, rules = self._settled, self._intern, self._rules
        stands_for = settled.__getitem__
        for node in order:
            inputs = tuple(map(stands_for, node.inputs))
            new = node if inputs == node.inputs and node in intern.made else intern.node(node, inputs)
            for x, y in zip(node.outputs, new.outputs):
                if y not in settled:
                    groups = self._groups(kinds_at(new)) if type(node.op) in rules else ()
                    fired = self._fire(y, groups) if groups else None
                    settled[y] = y if fired is None else self._replacement(y, *fired, firings)
                if x is not y:
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

    def _groups(self, kinds: Kinds) -> Sequence[Group]:
        """The rules that may fire as far as an op and those of its inputs tell; found once for all alike."""
        found = self._alike.get(kinds)
        if found is None:
            inputs = frozenset(kinds[1:])
            possible = [rule for rule in self._rules.get(kinds[0], ()) if rule.may_fire(inputs)]
            found = [(given, tuple(rules)) for given, rules in groupby(possible, attrgetter("given"))]
            self._alike[kinds] = found
        return found

    def _fire(self, x: Variable, groups: Sequence[Group]) -> tuple[Rule, Variable] | None:
        """The first of the rules that fires at `x`, and what it puts in its place."""
        if x in self._replaced:
            raise _circle(self._replaced[x], x)
        place = Match({}, x, self._facts)
        for given, rules in groups:
            if given is not None and not given(place):
                continue
            for rule in rules:
                found = rule.match(place)
                new = None if found is None else _replaced(rule, found)
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


def _replaced(rule: Rule, found: Match) -> Variable | None:
    """What a rule makes of a match, for the line that its root comes from."""
    origin = found.root.origin
    try:
        with made_for(origin):
            return rule.replacement(found)
    except SymnetError as error:
        raise RewriteError(f"rewrite {rule.name} failed: {error.what}", origin=origin) from error


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
