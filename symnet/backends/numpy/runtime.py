"""The few functions generated modules call besides NumPy's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import wait
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from symnet.backends.numpy.threads import one_thread_in_blas, run_beside
from symnet.errors import BoundsError
from symnet.ops import seed_bits
from symnet.ops.places import check_labels


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


def share(pieces: Sequence[tuple[Any, ...]], *workers: Callable[..., None]) -> None:
    """Run every piece: each worker takes an equal part of them, in order, the first in this thread.

    Always the same worker takes the same pieces, so that sums do not depend on which thread was quicker. What a
    worker raises is raised here, once all are done.
    """
    count = -(-len(pieces) // len(workers))
    parts = [pieces[k * count : (k + 1) * count] for k in range(len(workers))]
    with one_thread_in_blas():
        others = [run_beside(_run, worker, part) for worker, part in zip(workers[1:], parts[1:], strict=True)]
        try:
            _run(workers[0], parts[0])
        finally:
            wait(others)
    for other in others:
        other.result()


def _run(worker: Callable[..., None], pieces: Sequence[tuple[Any, ...]]) -> None:
    for piece in pieces:
        worker(*piece)


NAMES: dict[str, Any] = {
    "np": np,
    "as_strided": as_strided,
    "check_index": check_index,
    "check_labels": check_labels,
    "seed_bits": seed_bits,
    "share": share,
}
