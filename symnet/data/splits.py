"""What every data set is: splits of images and labels; and how pixels become numbers."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from symnet.errors import ArgumentError, DataError


class Split(NamedTuple):
    """Images, one flattened to a row, and the label of each; unpacks as `x, y = split`."""

    images: NDArray[Any]
    labels: NDArray[np.int64]

    def __repr__(self) -> str:
        x, y = self
        return f"Split(images: {x.dtype} {x.shape}, labels: {y.dtype} {y.shape})"


class Dataset(NamedTuple):
    """The three splits of a data set; unpacks as `train, validation, test = dataset`."""

    train: Split
    validation: Split
    test: Split


def image_dtype(word: str, dtype: DTypeLike) -> np.dtype[Any]:
    """Return the dtype that `word` was asked to give images in; raise `ArgumentError` unless float32 or uint8."""
    wanted = np.dtype(dtype)
    if wanted not in (np.dtype("float32"), np.dtype("uint8")):
        fix = "take float32, and cast it with astype."
        raise ArgumentError(f"{word}: dtype is {wanted}, expected float32 or uint8.", fix=fix)
    return wanted


def as_rows(pixels: NDArray[np.uint8], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return a copy of images with each as a row: the pixels themselves, or pixel / 256 where `dtype` is a float's."""
    count = len(pixels)
    rows = pixels.reshape(count, pixels.size // count if count else 0).astype(dtype)
    if dtype.kind == "f":
        rows *= 1 / 256
    return rows


def three_ways(train: Split, test: Split, validation: int) -> Dataset:
    """Make the last `validation` of the training images the validation split."""
    x, y = train
    if validation > len(x):
        raise DataError(f"{len(x)} training images cannot spare {validation} for validation.")
    first = len(x) - validation
    return Dataset(Split(x[:first], y[:first]), Split(x[first:], y[first:]), test)
