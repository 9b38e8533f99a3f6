"""A rule as data, and the record of its firing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from symnet.graph import Variable
from symnet.op import Op
from symnet.origin import Origin
from symnet.rewrites.pattern import P, match


@dataclass(frozen=True)
class Rule:
    """`pattern` is replaced by what `replacement` makes of the matched words; None from it means: not here.

    A rule whose match is more than a pattern gives the root's op class as `pattern`, and `replacement` receives the
    root as `root`. `example` makes an expression on which the rule fires.
    """

    name: str
    pattern: P | type[Op]
    replacement: Callable[[dict[str, Variable]], Variable | None]
    reason: str
    example: Callable[[], Variable]

    @property
    def root(self) -> type[Op]:
        """The op class at the root."""
        return self.pattern.op if isinstance(self.pattern, P) else self.pattern

    def apply(self, x: Variable) -> Variable | None:
        """The replacement of `x`, or None."""
        found: dict[str, Any] | None = {} if not isinstance(self.pattern, P) else match(self.pattern, x)
        return None if found is None else self.replacement({**found, "root": x})


@dataclass(frozen=True)
class Fired:
    """One rewrite that happened: the rule, the expression before and after, and the user's line."""

    rule: str
    before: str
    after: str
    origin: Origin | None

    def __str__(self) -> str:
        where = f"   {self.origin.short}" if self.origin else ""
        return f"{self.rule}: {self.before} -> {self.after}{where}"
