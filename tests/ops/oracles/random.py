"""The generator written out: SFC64 by Chris Doty-Humphrey, as in his PractRand, on Python integers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

_WORD = (1 << 64) - 1


def sfc64(key: int, stream: int, counter: int) -> Iterator[int]:
    """The 64-bit outputs that follow a seeding by three words."""
    a, b, c, step = key, stream, counter, 1
    drawn = 0
    while True:
        output = (a + b + step) & _WORD
        step = (step + 1) & _WORD
        a = b ^ (b >> 11)
        b = (c + (c << 3)) & _WORD
        c = (((c << 24) | (c >> 40)) + output) & _WORD
        drawn += 1
        if drawn > 12:
            yield output


def uniform32(words: Iterator[int], count: int) -> np.ndarray:
    """The upper 24 bits of 32, the lower half of each word first."""
    halves = (half for word in words for half in (word & 0xFFFFFFFF, word >> 32))
    return np.array([(next(halves) >> 8) / 2**24 for _ in range(count)], np.float32)


def uniform64(words: Iterator[int], count: int) -> np.ndarray:
    """The upper 53 bits of each word."""
    return np.array([(next(words) >> 11) / 2**53 for _ in range(count)])


# Words that draw have no value to compare with by cases; test_random.py compares them with the above.
ORACLES: dict[str, Callable[..., Any]] = {}
