"""An expression as a few named lines: what a person would give a name before writing on.

What bears the user's name is called by it; so is what is used twice and what would make a line too long. Of a huge
graph the part next to the result is written, and the rest left out.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, Protocol

from symnet.graph.notation import Part, operands, seen, written
from symnet.graph.variable import Constant, Shared, Variable

_NODES = 2000
"""How many expressions are looked at: more than anybody reads."""
_SHORT = 10
"""What is no wider is repeated rather than named."""
LEFT_OUT = "..."


class Written(NamedTuple):
    """Text, how tightly its outermost operation binds, which that is, and how wide it looks."""

    text: str
    binds: int
    head: str
    width: int


class Writer(Protocol):
    """What makes text of forms; `of` gives the text of an operand."""

    def form(self, part: Part, of: Callable[[Variable], Written]) -> Written:
        """The text of a form."""
        ...

    def constant(self, x: Constant) -> Written:
        """The value where it is short, else its shape."""
        ...

    def name(self, label: str) -> Written:
        """A name, which may hold anything."""
        ...


def leaf(x: Variable, writer: Writer, label: str | None) -> Written:
    """An input by its name; a constant without one by its value."""
    return writer.constant(x) if isinstance(x, Constant) and label is None else writer.name(label or x.label)


class Lines(NamedTuple):
    """The expression, the lines it needs from the outermost inwards, and how many more there would be."""

    body: Written
    where: list[tuple[Written, Written]]
    left_out: int


def lines(root: Variable, writer: Writer, width: int, most: int, depth: int | None = None) -> Lines:
    """`root` written in lines of `width` where that is possible, at most `most` of them beside the first."""
    return _Expression(root, writer, width, depth).written(most)


class _Expression:
    """The part of a graph that is written: forms of expressions, operands before users."""

    def __init__(self, root: Variable, writer: Writer, width: int, depth: int | None) -> None:
        self.root, self.writer, self.width = root, writer, width
        self.forms, self.operands = _near(root, depth)
        self.order = _in_order(root, self.operands)
        self.uses = Counter(v for read in self.operands.values() for v in read)
        found = dict.fromkeys([root, *self._read()])
        self.leaves = [v for v in found if v.node is None and _has_users_name(v)]

    def _read(self) -> Iterable[Variable]:
        return (v for x in reversed(self.order) for v in self.operands[x])

    def written(self, most: int) -> Lines:
        chosen, too_wide = self._chosen(False)
        if too_wide:
            chosen, _ = self._chosen(True)
        named = [x for x in reversed(self.order) if x in chosen]
        labels = _labels([*self.leaves, *named])
        known, bodies = self._known(labels), {}
        for x in self.order:
            bodies[x] = self.writer.form(self.forms[x], known.__getitem__)
            known[x] = self.writer.name(labels[x]) if x in chosen else bodies[x]
        body = bodies[self.root] if self.root in bodies else known[self.root]
        where = [(known[x], bodies[x]) for x in named[:most]]
        return Lines(body, where, len(named) - len(where))

    def _known(self, labels: Mapping[Variable, str]) -> dict[Variable, Written]:
        """What is written where there is nothing to take apart: names, numbers, and dots for what is left out."""
        known = {}
        for x in dict.fromkeys([self.root, *self._read()]):
            if x.node is None:
                known[x] = leaf(x, self.writer, labels.get(x))
            elif x not in self.forms:
                known[x] = self.writer.name(LEFT_OUT)
        return known

    def _chosen(self, all_names: bool) -> tuple[set[Variable], bool]:
        """What gets a line of its own, and whether some had to because a line was too wide.

        With `all_names` also what the user's lines have a name for.
        """
        known = self._known(dict.fromkeys(self.leaves, "xx"))
        chosen: set[Variable] = set()
        too_wide, name = False, self.writer.name("xx")
        for x in self.order:
            body = self.writer.form(self.forms[x], known.__getitem__)
            while body.width > self.width:
                parts = [v for v in self.operands[x] if v in self.forms and v not in chosen]
                widest = max(parts, key=lambda v: known[v].width, default=None)
                if widest is None or known[widest].width <= _SHORT:
                    break
                chosen.add(widest)
                too_wide, known[widest] = True, name
                body = self.writer.form(self.forms[x], known.__getitem__)
            repeated = self.uses[x] > 1 and body.width > _SHORT
            if x is not self.root and (x.name is not None or repeated or (all_names and x.target)):
                chosen.add(x)
                body = name
            known[x] = body
        return chosen, too_wide


def _has_users_name(x: Variable) -> bool:
    """Whether what stands for it is no number: a gradient that starts from 1 has a name, but not of the user's."""
    return not isinstance(x, Constant) or (x.name is not None and (x.origin is None or x.origin.part == "forward"))


def _near(root: Variable, depth: int | None) -> tuple[dict[Variable, Part], dict[Variable, list[Variable]]]:
    """Forms and operands of the expressions nearest to the root."""
    forms: dict[Variable, Part] = {}
    read: dict[Variable, list[Variable]] = {}
    waiting = deque([(root, 0)])
    met = {root}
    while waiting and len(forms) < _NODES:
        x, level = waiting.popleft()
        if x.node is None or level == depth:
            continue
        form = written(x)
        if not isinstance(form, (tuple, str)):
            form = seen(form)
        forms[x] = form
        read[x] = [seen(v) for v in operands(form)]
        for v in read[x]:
            if v not in met:
                met.add(v)
                waiting.append((v, level + 1))
    return forms, read


def _in_order(root: Variable, read: Mapping[Variable, list[Variable]]) -> list[Variable]:
    """The expressions, operands before users."""
    order: dict[Variable, None] = {}
    stack = [root]
    while stack:
        x = stack[-1]
        pending = [] if x in order or x not in read else [v for v in read[x] if v in read and v not in order]
        if pending:
            stack += reversed(pending)
            continue
        stack.pop()
        if x in read:
            order[x] = None
    return list(order)


def _labels(variables: Iterable[Variable]) -> dict[Variable, str]:
    """A name for each, the user's where there is one; equal names get numbers."""
    labels: dict[Variable, str] = {}
    taken = Counter([LEFT_OUT])
    for x in variables:
        users = x.name or x.target
        wish = users or ("t" if x.node is not None else _KINDS.get(type(x), "input"))
        label = wish if users or x.node is None else "t1"
        while label in taken:
            taken[wish] += 1
            label = f"{wish}_{taken[wish]}" if wish[-1].isdigit() else f"{wish}{taken[wish]}"
        taken[wish] += wish not in taken
        taken[label] += label not in taken
        labels[x] = label
    return labels


_KINDS: dict[type[Variable], str] = {Shared: "shared"}
