"""The arrays a call gives to its caller: copies, in memory that is used again once the caller has let go of it."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import numpy as np

LARGE = 1 << 18
"""From so many bytes on, new memory costs more than the copy: the operating system hands it out page by page."""

class Results:
    """Copies of a plan's outputs that belong to the caller, and as they are the `borrowed` ones.

    A large copy is remembered. If nobody else holds it at the next call, neither itself nor an array that looks into
    it, the next copy is made into it.
    """

    def __init__(self, borrowed: Sequence[bool]) -> None:
        self._given: list[np.ndarray | None] = [None] * len(borrowed)
        self._borrowed = borrowed

    def __call__(self, outputs: Sequence[np.ndarray]) -> list[np.ndarray]:
        return [y if borrow else self._copied(k, y) for k, (y, borrow) in enumerate(zip(outputs, self._borrowed))]

    def _copied(self, k: int, output: np.ndarray) -> np.ndarray:
        if output.nbytes < LARGE:
            return output.copy()
        result = self._given[k]
        if result is None or _references(self._given, k) > _OURS:
            self._given[k] = result = output.copy()
        else:
            np.copyto(result, output)
        return result


def _references(given: list[np.ndarray | None], k: int) -> int:
    return sys.getrefcount(given[k])


# How many of them a list alone makes, as Python counts; `_copied` holds one more by name.
_OURS = _references([np.empty(0)], 0) + 1
