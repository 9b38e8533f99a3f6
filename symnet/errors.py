"""Every exception symnet raises, and the one place that lays out its text.

An error says what was done with both numbers, shows each operand with its name, shape and dtype, points at
the user's line and ends with what to do. At most ten lines.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, Self

import numpy as np

from symnet.origin import Origin, call_into_symnet


class Operand(Protocol):
    """What an error needs to know of a variable (a `symnet.graph.Variable` has it)."""

    def called(self, at: Origin | None) -> str: ...
    @property
    def type(self) -> Any: ...
    @property
    def origin(self) -> Origin | None: ...


class SymnetError(Exception):
    """Base of all errors: a headline, and around it whatever is known of operands, line and remedy.

    `note` holds further lines (values seen at run time, say); `fix` is the advice that closes the text. Where no line
    is given, it is the user's line that called symnet.
    """

    def __init__(
        self,
        what: str,
        *,
        operands: Mapping[str, Operand] | None = None,
        origin: Origin | None = None,
        note: str | None = None,
        fix: str | None = None,
    ) -> None:
        super().__init__(what)
        self.what = what
        self.operands = dict(operands or {})
        self.origin = origin
        self.note = note
        self.fix = fix
        self._call = call_into_symnet()

    def at(self, operands: Mapping[str, Operand], origin: Origin | None) -> Self:
        """Add the operands and the line where they are not known yet, and return the same error."""
        self.operands = self.operands or dict(operands)
        self.origin = self.origin or origin
        return self

    def __str__(self) -> str:
        lines, origin = [self.what], self.origin or self._call
        if self.operands:
            lines += _table([(role, operand) for role, operand in self.operands.items()][:4], origin)
        if self.note:
            lines += [f"  {line}" for line in self.note.splitlines()[:3]]
        if origin is not None:
            lines.append(f"  at {origin.short}" + (f"   {origin.source}" if origin.source else ""))
        if self.fix:
            lines.append(f"  fix: {self.fix}")
        return "\n".join(lines)

    def __reduce__(self) -> tuple[Any, ...]:
        # Operands point into a graph; between processes only the text travels.
        return (_restore, (type(self), str(self)))


def _restore(kind: type[SymnetError], text: str) -> SymnetError:
    error = kind(text)
    error._call = None  # the text has it
    return error


def _table(rows: list[tuple[str, Operand]], at: Origin | None) -> list[str]:
    names = [operand.called(at) for _, operand in rows]
    cells = [
        (role, str(o.type), "" if name == role else name, o.origin.short if o.origin else "")
        for (role, o), name in zip(rows, names, strict=True)
    ]
    widths = [max(len(cell[k]) for cell in cells) for k in range(4)]
    return [
        ("  " + f"{role:<{widths[0]}} : {kind:<{widths[1]}}  {label:<{widths[2]}}  {where}").rstrip()
        for role, kind, label, where in cells
    ]


class ShapeError(SymnetError, ValueError):
    """Shapes that cannot meet."""


class DTypeError(SymnetError, TypeError):
    """A dtype an operation does not take, or a conversion that would lose information."""


class ArgumentError(SymnetError, ValueError):
    """An argument outside the values it may have."""


class BoundsError(SymnetError, IndexError):
    """An index or a label outside its axis."""


class SymbolicError(SymnetError, TypeError):
    """A symbolic variable used where Python needs a number (`if`, `for`, `float(x)`, `x[i] = v`)."""


class GradientError(SymnetError, ValueError):
    """A derivative that does not exist or was asked of a variable the cost does not depend on."""


class OpError(SymnetError, ValueError):
    """An op whose compiled form, type or copy differs from what it says of itself."""


class InputError(SymnetError, TypeError):
    """Inputs of a function: missing, unused, unknown, given twice, or not inputs at all."""


class UpdateError(SymnetError, TypeError):
    """An update of something that is no shared variable, or to another type."""


class RewriteError(SymnetError, RuntimeError):
    """A rewrite that failed or changed a type; its name comes first."""


class BackendError(SymnetError, NotImplementedError):
    """An operation a backend has no kernel for."""


class OutOfMemoryError(SymnetError, MemoryError):
    """Memory that does not suffice; nothing was computed or changed."""


class NumericError(SymnetError, ArithmeticError):
    """A NaN or an infinity where none may be."""


class WatchError(SymnetError, AssertionError):
    """A condition of `assert_value` that does not hold."""


class MatrixError(SymnetError, np.linalg.LinAlgError):
    """A matrix that has no such inverse or factorisation: it is singular, or not positive definite, or not finite."""


class TrainingError(SymnetError, RuntimeError):
    """Members of an ensemble that were not trained."""


class DataError(SymnetError, OSError):
    """A data set that could not be found, read or verified."""


class MissingExtraError(SymnetError, ImportError):
    """An optional package that is not installed; names the extra that brings it."""
