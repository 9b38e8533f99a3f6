"""Whole numbers of a range, choices among rows, and orders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from symnet.errors import ArgumentError
from symnet.graph import Variable
from symnet.op import Emitter, as_variable, vocabulary
from symnet.ops.along import take
from symnet.ops.argmax import argmax
from symnet.ops.conversion import cast
from symnet.ops.elementary import log
from symnet.ops.random.continuous import gumbel
from symnet.ops.random.streams import Draw, RandomStream, default_stream, generator_at
from symnet.ops.sizes import split_sizes
from symnet.ops.sorting import argsort
from symnet.origin import here
from symnet.types import INTEGERS, canonical_dtype

__all__ = ["categorical", "choice", "integers", "permutation", "randint", "shuffle"]


class Integers(Draw):
    """Whole numbers of [low, high), each as likely as the others."""

    low: int = 0
    high: int = 1

    name = "integers"

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        state, *sizes = arrays
        draws = generator_at(state).integers(self.low, self.high, self._filled(sizes), self.dtype)
        return np.asarray(draws)

    def emit(self, e: Emitter, *names: str) -> None:
        e.slow("Generator.integers has no out=", allocates=True)
        draw = self._emit_seed(e, names[0])
        e.step(f"np.copyto({e.out}, {draw}.integers({self.low}, {self.high}, {self.shape}, np.{self.dtype}))")


@vocabulary(name="random.integers")
def integers(
    size: Any, low: int, high: int | None = None, dtype: Any = "int64", endpoint: bool = False,
    stream: RandomStream | None = None,
) -> Variable:  # fmt: skip
    """Whole numbers from low up to and without high, each as likely; of 0 to low where high is None.

    With `endpoint` high is among them.

    Raises: ArgumentError for an empty range, or one that the dtype does not hold; ShapeError, DTypeError.
    """
    dtype = canonical_dtype(dtype)
    low, high = (0, low) if high is None else (low, high)
    if not all(isinstance(n, (int, np.integer)) and not isinstance(n, bool) for n in (low, high)):
        raise ArgumentError(f"integers: the range is {low!r} to {high!r}.", origin=here(), fix="give two ints.")
    end = int(high) + bool(endpoint)
    held = np.iinfo(dtype) if dtype in INTEGERS else None
    if low >= end or held is None or low < held.min or end - 1 > held.max:
        raise ArgumentError(
            f"integers: from {low} to {end - 1} there is no {dtype}.", origin=here(),
            fix="low is less than high, and both fit an integer dtype.",
        )  # fmt: skip
    shape, sizes = split_sizes(size, "integers")
    return Integers(dtype, shape, int(low), end)((stream or default_stream()).state(), *sizes)


@vocabulary(name="random.randint")
def randint(
    low: int, high: int | None = None, size: Any = (), dtype: Any = "int64", stream: RandomStream | None = None
) -> Variable:
    """Whole numbers from low up to and without high, or of 0 to low: `integers` with NumPy's order of arguments."""
    return integers(size, low, high, dtype, stream=stream)


@vocabulary(name="random.categorical")
def categorical(logits: Any, size: Any = (), stream: RandomStream | None = None) -> Variable:
    r"""Classes with probabilities $\text{softmax}(z)$ along the last axis: logits (..., C) give int64 (*size, ...).

    As the place of the largest $z_k + g_k$ with Gumbel numbers g; a logit of -inf is never drawn.

    Source: Maddison, Tarlow and Minka, A* sampling, NeurIPS 2014.
    """
    logits = as_variable(logits)
    outer = tuple(size) if isinstance(size, (tuple, list)) else (size,)
    dtype = logits.type.dtype if logits.type.is_float else "floatX"
    return argmax(logits + gumbel((*outer, *logits.shape), dtype=dtype, stream=stream), axis=-1)


@vocabulary(name="random.permutation")
def permutation(x: Any, axis: int = 0, stream: RandomStream | None = None) -> Variable:
    """The entries along an axis in another order, every order as likely; of an int n those of 0 to n - 1.

    Rows stay whole: of x (N, D) the N rows change places.
    """
    stream = stream or default_stream()
    if isinstance(x, (int, np.integer)):
        return argsort(stream.uniform((int(x),), dtype="float64"))
    x = as_variable(x)
    return take(x, argsort(stream.uniform((x.shape[axis],), dtype="float64")), axis)


@vocabulary(name="random.shuffle")
def shuffle(x: Any, axis: int = 0, stream: RandomStream | None = None) -> Variable:
    """The entries of an array along an axis in another order: a copy, as `permutation` gives, where NumPy writes to x.

    Raises: ArgumentError for a number.
    """
    if isinstance(x, (int, np.integer)):
        raise ArgumentError(f"shuffle: x is {x}, a number.", origin=here(), fix=f"permutation({x}) orders numbers.")
    return permutation(x, axis, stream)


@vocabulary(name="random.choice")
def choice(
    a: Any, size: Any = (), replace: bool = True, p: Any = None, axis: int = 0, stream: RandomStream | None = None
) -> Variable:
    """Entries of `a` along an axis, or of 0 to a - 1 for an int, with probabilities `p`, else each as likely.

    Without `replace` none is drawn twice: `size` is then a number of at most as many as there are.

    Raises: ArgumentError. Source of draws without replacement: Efraimidis and Spirakis, 2006.
    """
    stream = stream or default_stream()
    entries = None if isinstance(a, (int, np.integer)) else as_variable(a)
    count: Any = int(a) if entries is None else entries.shape[axis]
    if not isinstance(p, Variable) and p is not None:
        _check_probabilities(p, count)
    logits = None if p is None else log(cast(as_variable(p), "float64"))
    if replace:
        places = _floored(stream, size, count) if logits is None else categorical(logits, size, stream)
    else:
        k: Sequence[Any] = tuple(size) if isinstance(size, (tuple, list)) else (size,)
        if len(k) > 1 or (k and isinstance(count, int) and isinstance(k[0], int) and k[0] > count):
            raise ArgumentError(
                f"choice: {size} of {count} without replacement.", origin=here(),
                fix="give a number of at most as many as there are, or replace=True.",
            )  # fmt: skip
        keys = stream.uniform((count,), dtype="float64") if logits is None else -logits - gumbel(
            (count,), dtype="float64", stream=stream
        )  # fmt: skip
        places = argsort(keys)[: k[0]] if k else argsort(keys)[0]
    return places if entries is None else take(entries, places, axis)


def _floored(stream: RandomStream, size: Any, count: Any) -> Variable:
    """Places of 0 to count - 1, whose count may be symbolic."""
    if isinstance(count, int):
        return integers(size, count, stream=stream)
    return cast(stream.uniform(size, dtype="float64") * count, "int64")


def _check_probabilities(p: Any, count: Any) -> None:
    values = np.asarray(p, "float64")
    fits = values.ndim == 1 and (not isinstance(count, int) or values.size == count)
    if not fits or not np.all(values >= 0) or abs(values.sum() - 1) > 1e-6:
        raise ArgumentError(
            f"choice: p has shape {values.shape} and the sum {values.sum():g}, for {count} entries.", origin=here(),
            fix="give one probability of 0 or more for each entry, with the sum 1.",
        )  # fmt: skip
