"""Parts of complex numbers, by Python's own."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np


def each(f: Callable[..., Any], dtype: Any = None) -> Callable[..., np.ndarray]:
    """`f` on the Python numbers of broadcast arrays; the dtype is the first operand's unless given."""

    def oracle(*values: Any) -> np.ndarray:
        arrays = np.broadcast_arrays(*values)
        results = [f(*numbers) for numbers in zip(*(a.ravel().tolist() for a in arrays))]
        return np.array(results, dtype or arrays[0].dtype).reshape(arrays[0].shape)

    return oracle


ORACLES = {
    "real": each(lambda x: x.real, "float64"),
    "imag": each(lambda x: x.imag, "float64"),
    "conj": each(lambda x: x.conjugate()),
    "angle": each(lambda x: math.atan2(x.imag, x.real), "float64"),
    "complex": each(complex, "complex128"),
}
