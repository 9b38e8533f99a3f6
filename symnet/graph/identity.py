"""What `x == y` gives: whether they are one variable, and no array of answers."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np

from symnet.errors import SymbolicError
from symnet.origin import asked_by_a_user, here


class Identity:
    """The truth of `x is y` (or, for `!=`, of `x is not y`), for lists and `if`; as an operand it raises.

    Asked by a user it raises even as a truth where `y` is a number or an array, which no variable is: `sn.equal` was
    meant. symnet itself asks so whether a size is the number 0.
    """

    __slots__ = ("sign", "x", "y")

    def __init__(self, x: Any, sign: str, y: Any) -> None:
        self.x = x
        self.sign = sign
        self.y = y

    def __bool__(self) -> bool:
        if isinstance(self.y, (int, float, np.ndarray, np.generic)) and asked_by_a_user():
            self.refuse()
        return (self.x is self.y) == (self.sign == "==")

    def __eq__(self, other: object) -> bool:
        return bool(self) == other

    def __hash__(self) -> int:
        return hash(bool(self))

    def __repr__(self) -> str:
        return f"<{self.x.label} {self.sign} {getattr(self.y, 'label', self.y)}: one variable or not>"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # protocols that Python and NumPy ask for are not there
            raise AttributeError(name)
        self.refuse()

    def __array__(self, dtype: Any = None, copy: Any = None) -> NoReturn:
        self.refuse()

    def _operand(self, *other: Any) -> NoReturn:
        self.refuse()

    __and__ = __rand__ = __or__ = __ror__ = __xor__ = __rxor__ = __invert__ = _operand
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _operand
    __neg__ = __getitem__ = __iter__ = __float__ = __int__ = _operand

    def refuse(self) -> NoReturn:
        """Say that elements are compared by `sn.equal`."""
        at = here()
        x, y = (getattr(v, "called", lambda at, v=v: repr(v))(at) for v in (self.x, self.y))
        raise SymbolicError(
            f"{x} {self.sign} {y} asks whether they are one variable, and compares no elements.",
            operands={role: v for role, v in (("x", self.x), ("y", self.y)) if hasattr(v, "called")},
            origin=at,
            fix="write sn.equal(x, y) for x == y, and sn.not_equal(x, y) for x != y.",
        )
