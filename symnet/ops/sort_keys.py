"""Integers in the order of the elements they stand for: what a stable sort of places compares."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from symnet.op import Emitter
from symnet.types import TensorType

__all__: list[str] = []


def key_scratch(x: TensorType) -> Sequence[TensorType]:
    """What `emit_keys` needs for elements of a type: floats, integers of their width, and flags."""
    if x.dtype not in ("float16", "float32"):
        return []
    return [x.with_dtype("float32"), x.with_dtype("int32"), x.with_dtype("bool")]


def emit_keys(e: Emitter, x: str) -> None:
    """Write the lines that put an int32 for each element of `x` into `e.out`: equal for equal elements, and the largest
    for NaN."""
    if not e.scratch:
        e.step(f"np.copyto({e.out}, {x})")
        if e.array(x).dtype == np.uint32:
            e.step(f"np.subtract({e.out}, {2**31}, out={e.out})")
        return
    floats, other, flags = e.scratch
    bits = e.view(floats, ".view(np.int32)", f"{floats}_bits")
    # -0.0 becomes 0.0. The bits of a float order as those of an integer do; below 0 all but the sign are turned over.
    e.step(f"np.add({x}, 0, out={floats})")
    e.step(f"np.isnan({floats}, out={flags})")
    e.step(f"np.right_shift({bits}, 31, out={other})")
    e.step(f"np.bitwise_and({other}, 0x7FFFFFFF, out={other})")
    e.step(f"np.bitwise_xor({bits}, {other}, out={bits})")
    # For a NaN the largest integer, for all else the smallest, which no key is below.
    e.step(f"np.copyto({other}, {flags})")
    e.step(f"np.subtract({-(2**31)}, {other}, out={other})")
    e.step(f"np.maximum({bits}, {other}, out={bits})")
    e.step(f"np.copyto({e.out}, {bits})")
