"""A history of the rewriting: the whole graph after each firing, for those who watch it step by step.

It is asked for by `rewrite(..., history=History())`; a compilation without one does not know that it could have had it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from symnet.graph import Graph, Node, Variable
from symnet.rewrites.driver import Driver
from symnet.rewrites.facts import Facts
from symnet.rewrites.intern import Interner
from symnet.rewrites.rule import Fired, Rule

ROOM = 300_000
"""How many nodes the graphs after single firings have together: what keeps a history of a large graph short."""


@dataclass(frozen=True)
class Moment:
    """The graph after one firing of a rule, or, without one, at the end of a pass.

    `nodes` have the results they compute and the inputs they read at that moment; `keys` are numbers that a node keeps
    when only its inputs are rewritten.
    """

    step: str
    fired: Fired | None
    reason: str
    nodes: Sequence[tuple[int, Node, Sequence[Variable]]]
    outputs: Sequence[Variable]
    keys: dict[Node, int]


class History:
    """The moments of a rewriting, in order. `count` firings were seen; not all of a large graph have a moment."""

    def __init__(self, room: int = ROOM) -> None:
        self.moments: list[Moment] = []
        self.count = 0
        self._room = room
        self._came_from: dict[Node, Node] = {}
        self._keys: dict[Node, int] = {}

    def interner(self) -> _Following:
        """An interner that tells which node another one was made of."""
        return _Following(self._came_from)

    def driver(
        self, step: str, rules: Iterable[Rule], interner: Interner, facts: Facts, fired: list[Fired]
    ) -> Driver:
        """The driver of a pass that is watched; the interner is this history's."""
        assert isinstance(interner, _Following)
        interner.into.clear()
        return _Watched(self, step, rules, interner, facts, fired)

    def has_room(self) -> bool:
        """Whether there is room for another graph after a single firing."""
        return self._room > 0

    def take(
        self,
        step: str,
        outputs: Sequence[Variable],
        now: Callable[[Variable], Variable] = lambda x: x,
        fired: Fired | None = None,
        reason: str = "",
    ) -> None:
        """Note the graph of the outputs, in which `now` tells what stands for each variable."""
        nodes, keys, taken = [], {}, set()
        for node, inputs in _walk(outputs, now):
            key = self._key(node)
            if key in taken:  # of several that were made of one node, the first keeps its number
                key = self._keys[node] = len(self._keys)
            taken.add(key)
            keys[node] = key
            nodes.append((key, node, inputs))
        self._room -= len(nodes) if fired is not None else 0
        self.moments.append(Moment(step, fired, reason, nodes, [now(y) for y in outputs], keys))

    def _key(self, node: Node) -> int:
        chain = []
        while node not in self._keys and node in self._came_from:
            chain.append(node)
            node = self._came_from[node]
        key = self._keys.setdefault(node, len(self._keys))
        self._keys.update(dict.fromkeys(chain, key))
        return key


class _Following(Interner):
    """An interner that notes what each node was made of, and, for one pass, what was made of each variable."""

    def __init__(self, came_from: dict[Node, Node]) -> None:
        super().__init__()
        self._came_from = came_from
        self.into: dict[Variable, Variable] = {}

    def node(self, node: Node, inputs: tuple[Variable, ...]) -> Node:
        made = super().node(node, inputs)
        if made is not node and made not in self._came_from:
            self._came_from[made] = node
        self.into.update(zip(node.outputs, made.outputs, strict=True))
        return made


class _Watched(Driver):
    """A driver that takes a moment at each firing."""

    def __init__(
        self, history: History, step: str, rules: Iterable[Rule], interner: _Following, facts: Facts, fired: list[Fired]
    ) -> None:
        super().__init__(rules, interner, facts, fired)
        self._history = history
        self._step = step
        self._outputs: Sequence[Variable] = ()
        self._into = interner.into
        self._instead: dict[Variable, Variable] = {}

    def __call__(self, graph: Graph) -> Graph:
        self._outputs = graph.outputs
        rewritten = super().__call__(graph)
        self._history.take(self._step, rewritten.outputs)
        return rewritten

    def _replacement(self, x: Variable, rule: Rule, new: Variable, firings: int) -> Variable:
        self._instead[x] = new
        self._history.count += 1
        if self._history.has_room():
            self._history.take(self._step, self._outputs, self._now, self._fired[-1], rule.reason)
        return super()._replacement(x, rule, new, firings)

    def _now(self, x: Variable) -> Variable:
        """What stands for `x` at this moment."""
        while True:
            # `settled[x]` would settle a leaf; a replacement stands until it is settled itself.
            y = dict.get(self._settled, x)
            for table in (self._into, self._instead):
                y = table.get(x, x) if y is None or y is x else y
            if y is x or y is None:
                return x
            x = y


def _walk(
    outputs: Sequence[Variable], now: Callable[[Variable], Variable]
) -> Iterator[tuple[Node, Sequence[Variable]]]:
    """The nodes below what stands for the outputs, with what stands for their inputs, inputs before users."""
    done: set[Node] = set()
    for output in map(now, outputs):
        stack = [output.node] if output.node is not None else []
        while stack:
            node = stack[-1]
            if node in done:
                stack.pop()
                continue
            inputs = [now(x) for x in node.inputs]
            waiting = [x.node for x in reversed(inputs) if x.node is not None and x.node not in done]
            if waiting:
                stack += waiting
            else:
                stack.pop()
                done.add(node)
                yield node, inputs
