"""A rule as data, what it sees of the place it is tried at, and the record of its firing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from symnet.graph import Variable
from symnet.graph.text import in_short
from symnet.op import Op
from symnet.origin import Origin
from symnet.rewrites.facts import Facts
from symnet.rewrites.pattern import P, match
from symnet.types import COMPLEX


class Match(dict[str, Variable]):
    """What the words of a pattern stand for; `root` is the variable to be replaced, `facts` what is known of all."""

    def __init__(self, bound: Mapping[str, Variable], root: Variable, facts: Facts) -> None:
        super().__init__(bound, root=root)
        self.root = root
        self.facts = facts

    def is_active(self) -> bool:
        """Whether the root may hold what reacts in a product."""
        return self.facts.active(self.root)

    def op(self, word: str = "root") -> Any:
        """The op whose result the word stands for."""
        node = self[word].node
        assert node is not None
        return node.op


Condition = Callable[[Match], bool]


@dataclass(frozen=True)
class Rule:
    """`pattern` is replaced by what `replacement` makes of the match; None from it means: not here.

    A rule whose match is more than a pattern gives the op classes at the root as `pattern`. `example` makes an
    expression on which the rule fires.
    """

    name: str
    pattern: P | type[Op] | tuple[type[Op], ...]
    replacement: Callable[[Match], Variable | None]
    reason: str
    example: Callable[[], Variable]
    on_complex: bool = False
    """Whether it holds for complex numbers too; others are not tried where there are any."""
    reads: tuple[type[Op], ...] = ()
    """Ops without any of which among the inputs of the root it does not fire; a pattern says that by itself."""
    given: Condition | None = None
    """What has to hold of the root. Of rules in a row that share it, it is asked once."""

    @cached_property
    def roots(self) -> tuple[type[Op], ...]:
        """The op classes at the root."""
        if isinstance(self.pattern, P):
            return (self.pattern.op,)
        return self.pattern if isinstance(self.pattern, tuple) else (self.pattern,)

    def may_fire(self, inputs: AbstractSet[type]) -> bool:
        """Whether the ops whose results are the inputs of the root, and the classes of leaves, are as it needs them."""
        if isinstance(self.pattern, P) and not self.pattern.needs <= inputs:
            return False
        return not self.reads or not inputs.isdisjoint(self.reads)

    def match(self, place: Match) -> Match | None:
        """The match of its pattern at the root of a match of nothing yet; None where it does not hold."""
        found = match(self.pattern, place.root) if isinstance(self.pattern, P) else {}
        if found is None or not (self.on_complex or _is_real(place.root, found)):
            return None
        return Match(found, place.root, place.facts) if found else place


def _is_real(root: Variable, found: Mapping[str, Variable]) -> bool:
    """Whether there is no complex number in what is replaced, nor in what a pattern found there."""
    assert root.node is not None
    return not any([x.type.dtype in COMPLEX for x in (root, *root.node.inputs, *found.values())])


@dataclass(frozen=True, eq=False)
class Fired:
    """One rewrite that happened: the rule, why, the expression `old` and what came in its place, and the user's line.

    Their text is made when somebody reads it: a compilation makes hundreds of these.
    """

    rule: str
    old: Variable
    new: Variable
    origin: Origin | None
    reason: str

    @property
    def before(self) -> str:
        """The expression that was replaced."""
        return self._texts[0]

    @property
    def after(self) -> str:
        """What came in its place."""
        return self._texts[1]

    @cached_property
    def _texts(self) -> tuple[str, str]:
        before, after = in_short(self.old, 3), in_short(self.new, 3)
        # A power and a square are both written x**2; which op it is tells them apart.
        return (_as_call(self.old), _as_call(self.new)) if before == after else (before, after)

    def __str__(self) -> str:
        where = f"   {self.origin.short}" if self.origin else ""
        return f"{self.rule}: {self.before} -> {self.after}{where}"


def _as_call(x: Variable) -> str:
    if x.node is None:
        return x.label
    return f"{x.node.op.name}({', '.join(in_short(i, 2) for i in x.node.inputs)})"
