"""Options as a frozen value: passed to `function`, or set for a `with` block; nothing global is ever
changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from symnet.errors import ArgumentError
from symnet.machine import Machine, calibrated

if TYPE_CHECKING:
    from symnet.rewrites import Rule


@dataclass(frozen=True)
class Options:
    """What may be chosen about building and compiling.

    `floatX` is the float type of constructors without a dtype prefix and of integer arithmetic that needs
    floats. `exclude` names rewrites or passes to leave out (names as `f.rewrites` prints them). `rules` are rewrites of
    one's own, `symnet.rewrites.Rule`s, tried in the order given.
    `check_finite` makes a call whose outputs hold a NaN or an infinity raise NumericError, which names the first
    expression that does, and update nothing; with "updates" new values are looked at as well, for which they get memory
    of their own.
    `plans` is how many sets of input shapes a function keeps ready. `machine` says for what cache and how many threads
    plans are made.
    """

    floatX: str = "float32"
    exclude: tuple[str, ...] = ()
    rules: Sequence[Rule] = ()
    check_finite: bool | Literal["updates"] = False
    plans: int = 8
    machine: Machine = field(default_factory=calibrated)

    def __post_init__(self) -> None:
        if self.floatX not in ("float32", "float64"):
            raise ArgumentError(f"options: floatX is {self.floatX!r}.", fix="choose 'float32' or 'float64'.")
        if self.check_finite not in (True, False, "updates"):
            raise ArgumentError(
                f"options: check_finite is {self.check_finite!r}.", fix="choose True, False or 'updates'."
            )
        if self.plans < 1:
            raise ArgumentError(f"options: plans is {self.plans}.", fix="keep at least 1 plan.")


_current: ContextVar[Options] = ContextVar("symnet_options", default=Options())  # noqa: B039  (frozen)


def current() -> Options:
    """The options in force here."""
    return _current.get()


def options(**changes: Any) -> AbstractContextManager[Options]:
    """Change options inside a `with` block: `with sn.options(floatX="float64"): ...`."""
    unknown = set(changes) - set(Options.__dataclass_fields__)
    if unknown:
        known = ", ".join(Options.__dataclass_fields__)
        raise ArgumentError(
            f"options: there is no option {sorted(unknown)[0]!r}.", fix=f"the options are {known}."
        )
    return using(replace(current(), **changes))


@contextmanager
def using(chosen: Options) -> Iterator[Options]:
    """Have these options in force inside a `with` block."""
    token = _current.set(chosen)
    try:
        yield chosen
    finally:
        _current.reset(token)
