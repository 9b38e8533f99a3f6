"""Sampling images between their pixels: what rotation, scaling and elastic distortion have in common."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def warp(images: NDArray[Any], rows: NDArray[np.float32], columns: NDArray[np.float32]) -> NDArray[Any]:
    """Return images whose pixel (i, j) is what lies at (rows[i, j], columns[i, j]) of the given ones.

    Between pixels the values are interpolated bilinearly, outside the image they are 0. Places count from the centre of
    the first pixel, one field for each image. Integers are rounded.

    Shapes: images (n, c, h, w), rows and columns (n, h, w) -> (n, c, h, w).
    """
    n, c, h, w = images.shape
    kept = np.result_type(images, np.float32)
    wide = w + 2
    # A border of zeros, so that all four neighbours of every place exist: places beyond it are moved onto it.
    padded = np.zeros((n, c, h + 2, wide), kept)
    padded[:, :, 1:-1, 1:-1] = images
    down, corner = _split(rows, h)
    right, left = _split(columns, w)
    corner *= wide
    corner += left
    corner += (np.arange(n, dtype=np.intp) * (c * (h + 2) * wide))[:, None, None]
    down, right = down.astype(kept, copy=False), right.astype(kept, copy=False)
    flat = padded.reshape(-1)
    result = np.empty((n, c, h, w), kept)
    a, b, d = (np.empty((n, h, w), kept) for _ in range(3))
    for channel in range(c):
        if channel:
            corner += (h + 2) * wide
        _take(flat, corner, a)
        _take(flat[1:], corner, b)
        _between(a, b, right, a)
        _take(flat[wide:], corner, b)
        _take(flat[wide + 1 :], corner, d)
        _between(b, d, right, b)
        _between(a, b, down, result[:, channel])
    if images.dtype.kind != "f":
        np.rint(result, out=result)
    return result.astype(images.dtype, copy=False)


def _split(places: NDArray[np.float32], size: int) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """Return how far each place lies beyond the pixel before it, and the number of that pixel in the padded image."""
    fraction = np.clip(places + np.float32(1), 0, size + 1)
    # Truncation is the floor of what is not negative. On the last border the fraction is 0, and what stands behind it
    # does not count.
    before = fraction.astype(np.intp)
    fraction -= before
    return fraction, before


def _take(flat: NDArray[Any], places: NDArray[np.intp], out: NDArray[Any]) -> None:
    # The other modes check what is known here, and copy.
    flat.take(places, out=out, mode="clip")


def _between(a: NDArray[Any], b: NDArray[Any], share: NDArray[Any], out: NDArray[Any]) -> None:
    np.subtract(b, a, out=b)
    np.multiply(b, share, out=b)
    np.add(a, b, out=out)
