"""The book's expansion of MNIST: each image five times, as it is and moved by one pixel in four directions."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from symnet.data.splits import Split
from symnet.errors import ArgumentError


def expand(split: Split, shape: tuple[int, int] | None = None, out: str | Path | None = None) -> Split:
    """Return five images for each of `split`: itself, then moved down, up, right and left by one pixel.

    The pixels that move in are 0. Images stay rows of `shape` = (rows, columns) pixels, a square by default, of the
    same dtype: uint8 takes a quarter of float32's memory. They stand in five blocks, the first that of `split` itself.
    Nothing beside the result is allocated; with `out`, an `.npy` file, the images are a memory map of it. As in
    `expand_mnist.py` of Nielsen's *Neural Networks and Deep Learning*, which then shuffles them, as `batches` does.

    Shapes: (n, rows * columns) -> (5n, rows * columns).
    Raises: ArgumentError where rows are no images of `shape`.
    """
    x, y = np.asarray(split[0]), np.asarray(split[1])
    if x.ndim != 2 or len(x) != len(y):
        fix = "flatten each image to a row: x.reshape(len(x), -1)."
        what = f"expand: images are {x.shape} and labels {y.shape}, expected (n, pixels) and (n,)."
        raise ArgumentError(what, fix=fix)
    n, pixels = x.shape
    rows, columns = shape or (math.isqrt(pixels), math.isqrt(pixels))
    if rows * columns != pixels:
        fix = "give shape=(rows, columns)."
        raise ArgumentError(f"expand: images have {pixels} pixels, not {rows} x {columns}.", fix=fix)
    size = (5, n, rows, columns)
    moved = np.empty(size, x.dtype) if out is None else np.lib.format.open_memmap(out, "w+", x.dtype, size)
    same, down, up, right, left = moved
    images = x.reshape(n, rows, columns)
    same[...] = images
    down[:, 1:], down[:, :1] = images[:, :-1], 0
    up[:, :-1], up[:, -1:] = images[:, 1:], 0
    right[..., 1:], right[..., :1] = images[..., :-1], 0
    left[..., :-1], left[..., -1:] = images[..., 1:], 0
    return Split(moved.reshape(5 * n, pixels), np.tile(y, 5))
