"""What special functions share: an exact scalar function, and a formula of simpler ops that it compiles to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from symnet.graph import Variable
from symnet.op import Elementwise
from symnet.ops.conversion import cast

__all__ = ["Special"]


class Special(Elementwise):
    """Family of functions of one float: `exact` for a Python number, and `formula` for what is compiled.

    The formula has the same value in few ulp, in float64 and float32; float16 is computed in float32.
    """

    roles: ClassVar[tuple[str, ...]] = ("x",)
    kind = "float"

    def exact(self, x: float) -> float:
        """The value by Python's floats."""
        raise NotImplementedError

    def formula(self, x: Variable) -> Variable:
        """The value by elementwise ops."""
        raise NotImplementedError

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        (x,) = arrays
        return np.asarray(np.vectorize(self.exact, otypes=["float64"])(x)).astype(x.dtype)

    def lower(self, *inputs: Variable) -> Variable | None:
        (x,) = inputs
        if x.type.dtype == "float16":
            return cast(self.formula(cast(x, "float32")), "float16")
        return self.formula(x)


def horner(x: Variable, coefficients: Sequence[float]) -> Any:
    r"""The polynomial $\sum_k c_k x^k$, the constant coefficient first."""
    y: Any = coefficients[-1]
    for c in reversed(coefficients[:-1]):
        y = y * x + c
    return y
