"""What the machine can do at most: the rate of a product of matrices, and the time to copy bytes."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

SIZE = 1024
FLOPS = 2.0 * SIZE**3


def product() -> Callable[[], object]:
    """A step that makes FLOPS multiplications and additions: one product of float32 matrices by NumPy's BLAS."""
    a, b, c = (np.ones((SIZE, SIZE), np.float32) for _ in range(3))
    return lambda: np.dot(a, b, out=c)


def copy(traffic: float, threads: int) -> Callable[[], object]:
    """A step that reads `traffic` / 2 bytes and writes as many, divided among threads."""
    count = int(traffic / 2 / 4 / threads)
    pairs = [(np.ones(count, np.float32), np.ones(count, np.float32)) for _ in range(threads)]
    pool = ThreadPoolExecutor(threads)
    return lambda: list(pool.map(lambda pair: np.copyto(*pair), pairs))
