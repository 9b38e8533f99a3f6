"""Words for integers by Python's own, cut to the width of the dtype."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ops.oracles.elementwise import each


def shift(f: Callable[[int, int], int]) -> Callable[[Any, Any], np.ndarray]:
    """`f`, or for a count that is no count a shift by all bits; what does not fit is cut off."""

    def oracle(x: Any, y: Any) -> np.ndarray:
        dtype = np.result_type(x, y)
        bits, signed = 8 * dtype.itemsize, dtype.kind == "i"

        def one(value: int, count: int) -> int:
            wide = f(value, count if 0 <= count < bits else bits) % 2**bits
            return wide - 2**bits if signed and wide >= 2 ** (bits - 1) else wide

        return each(one)(x, y)

    return oracle


left, right = shift(lambda x, n: x << n), shift(lambda x, n: x >> n)

ORACLES = {
    "gcd": each(math.gcd),
    "lcm": each(math.lcm),
    "left_shift": left,
    "right_shift": right,
    "bitwise_left_shift": left,
    "bitwise_right_shift": right,
    "bitwise_count": each(lambda x: bin(abs(x)).count("1"), "uint8"),
}
