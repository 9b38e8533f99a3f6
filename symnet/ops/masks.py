"""Dropout masks: which elements stay, from no more random bits than the rate needs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from symnet.graph import Variable
from symnet.op import Emitter
from symnet.ops.random.streams import Draw, drawn_dtype, generator_at
from symnet.ops.sizes import split_sizes
from symnet.types import TensorType

__all__ = ["DropoutMask"]


class DropoutMask(Draw):
    r"""For each element 0 with probability `rate`, else 1 / (1 - rate).

    The probability is exact for multiples of $2^{-8}$, for other rates exact to a multiple of $2^{-24}$ in float16 and
    float32, of $2^{-53}$ in float64.
    """

    rate: float = 0.5

    name = "dropout_mask"

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        state, *sizes = arrays
        shape, generator, digits = self._filled(sizes), generator_at(state), _digits(1 - self.rate)
        if digits:
            bits = _Planes(prod(shape), len(digits)).run(generator)
            # A number whose digits are those bits turned over is below the probability, read as digits.
            number = sum((1 - plane) * 2.0 ** -(k + 1) for k, plane in enumerate(bits))
            kept = (np.asarray(number) < 1 - self.rate).reshape(shape)
        else:
            kept = generator.random(shape, drawn_dtype(self.dtype)) < 1 - self.rate  # type: ignore[arg-type]
        return np.where(kept, 1 / (1 - self.rate), 0).astype(self.dtype)

    def scratch(self, *inputs: Variable) -> Sequence[TensorType]:
        kept = TensorType("bool", self.shape)
        digits = _digits(1 - self.rate)
        if digits:
            return [kept, *_Planes(_count(self.shape), len(digits)).scratch()]
        return [kept, kept.with_dtype("float32")] if self.dtype == "float16" else [kept]

    def emit(self, e: Emitter, *names: str) -> None:
        kept, *own = e.scratch
        generator, digits = self._emit_seed(e, names[0]), _digits(1 - self.rate)
        if digits:
            _Planes(_count(self.shape), len(digits)).emit(e, generator, own)
            # r = q | r where the digit is 1, q & r where it is 0: the probability of r is halved, and a half added.
            *earlier, q = (e.view(own[1], f"[{k}]", "plane") for k in range(len(digits)))
            for digit, plane in zip(reversed(digits[:-1]), reversed(earlier), strict=True):
                e.step(f"np.bitwise_{'or' if digit else 'and'}({q}, {plane}, out={q})")
            flags = e.prepared("(1 << np.arange(8, dtype=np.uint8))[:, None]", "flags")
            e.step(f"np.bitwise_and({q}, {flags}, out={own[2]})")
            chosen = e.view(own[2], f".reshape(-1)[:{_count(self.shape)}].reshape({self.shape})", "chosen")
            e.step(f"np.not_equal({chosen}, 0, out={kept})")
        else:
            draws = own[0] if self.dtype == "float16" else e.out
            e.step(f"{generator}.random(out={draws}, dtype=np.{drawn_dtype(self.dtype)})")
            e.step(f"np.less({draws}, {1 - self.rate!r}, out={kept})")
        e.step(f"np.multiply({kept}, np.{self.dtype}({1 / (1 - self.rate)!r}), out={e.out})")


def dropout_mask(state: Variable, x: Variable, rate: float, shared: Sequence[int] = ()) -> Variable:
    """A `DropoutMask` of the shape and dtype of `x`, with one element along shared axes."""
    shape, sizes = split_sizes(tuple(1 if k in shared else n for k, n in enumerate(x.shape)), "dropout")
    return DropoutMask(x.type.dtype, shape, rate)(state, *sizes)


def _count(shape: Sequence[int | None]) -> int:
    return prod(n for n in shape if n is not None)


def _digits(probability: float) -> list[int]:
    """The binary digits of a multiple of 2**-8 between 0 and 1, without zeros at the end; none for another number."""
    parts = probability * 256
    if not parts.is_integer() or not 0 < parts < 256:
        return []
    return [int(digit) for digit in f"{int(parts):08b}".rstrip("0")]


@dataclass(frozen=True)
class _Planes:
    """Bits of a generator: `digits` for each of `count` elements, the bits of eight elements in a byte.

    NumPy fills no array with bytes, but with doubles d in [0, 1), quicker than with as many float32. In 16 + d the bits
    of d stand at a fixed place; the lowest of 48 is rounded, and so the 5 bytes above it are taken. A mask of
    rate 1/2 for 30,000 float32 takes 14 microseconds, where a float32 for each element took 67.
    """

    count: int
    digits: int

    @property
    def columns(self) -> int:
        """Bytes in a plane."""
        return max(1, -(-self.count // 8))

    @property
    def doubles(self) -> int:
        """Draws."""
        return -(-self.digits * self.columns // 5)

    def run(self, generator: np.random.Generator) -> np.ndarray:
        """The bits, one row for each digit."""
        lanes = (generator.random(self.doubles) + 16).view(np.uint8).reshape(-1, 8)[:, _LANES]
        planes = lanes.T.reshape(-1)[: self.digits * self.columns].reshape(self.digits, 1, self.columns)
        bits = (planes >> np.arange(8, dtype=np.uint8)[:, None]) & 1
        return bits.reshape(self.digits, -1)[:, : self.count]

    def scratch(self) -> list[TensorType]:
        """The draws, the planes (with a few bytes more in the end), and a byte for each element."""
        draws = TensorType("float64", (self.doubles,))
        rows = -(-5 * self.doubles // self.columns)
        return [draws, TensorType("uint8", (rows, self.columns)), TensorType("uint8", (8, self.columns))]

    def emit(self, e: Emitter, generator: str, scratch: Sequence[str]) -> None:
        """Write the lines that fill the planes."""
        draws, planes, _ = scratch
        e.step(f"{generator}.random(out={draws})")
        e.step(f"np.add({draws}, 16, out={draws})")
        first, last = _LANES.start, _LANES.stop
        lanes = e.view(draws, f".view(np.uint8).reshape(-1, 8)[:, {first}:{last}].T", "lanes")
        filled = e.view(planes, f".reshape(-1)[:{5 * self.doubles}].reshape(5, -1)", "filled")
        e.step(f"np.copyto({filled}, {lanes})")


_LANES = slice(1, 6) if sys.byteorder == "little" else slice(2, 7)
"""Where those 5 bytes stand."""
