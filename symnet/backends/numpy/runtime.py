"""The few functions generated modules call besides NumPy's."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from symnet.backends.numpy.threads import share
from symnet.errors import BoundsError
from symnet.ops import seed_bits
from symnet.ops.linalg.expm import exponentials as expm
from symnet.ops.linalg.stacks import lapack
from symnet.ops.places import check_labels
from symnet.ops.python_function import run_python
from symnet.ops.watch import refuse, show


def check_index(index: np.ndarray, size: int) -> None:
    """Raise BoundsError unless every entry is in [-size, size)."""
    if index.size:
        low, high = index.min(), index.max()
        if low < -size or high >= size:
            bad = int(high if high >= size else low)
            raise BoundsError(
                f"index {bad} is out of range for an axis of size {size}.",
                note=f"the indices are {int(low)} to {int(high)}",
                fix=f"indices run from 0 to {size - 1}, or from -{size} to -1 counting from the end.",
            )


NAMES: dict[str, Any] = {
    "np": np,
    "as_strided": as_strided,
    "check_index": check_index,
    "check_labels": check_labels,
    "expm": expm,
    "lapack": lapack,
    "partial": partial,
    "refuse": refuse,
    "run_python": run_python,
    "seed_bits": seed_bits,
    "share": share,
    "show": show,
}
