"""Augmentation: images changed at random, each of a minibatch in its own way, all of them at once.

Every function takes images (n, rows, columns) or (n, channels, rows, columns) and a generator, and returns new images
of the same dtype. What is drawn depends on the generator alone, so that a seed gives the same images again.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike, NDArray

from symnet.data.warp import warp
from symnet.errors import ArgumentError


def shift(images: ArrayLike, rng: np.random.Generator, pixels: int = 1) -> NDArray[Any]:
    """Move each image by whole pixels, at most `pixels` up or down and as much to a side; what moves in is 0.

    Shapes: (n, h, w) -> (n, h, w), or (n, c, h, w) -> (n, c, h, w).
    Raises: ArgumentError for another shape, or a negative number.
    """
    x = _images("shift", images)
    return _restored(_windows("shift", x, rng, x.shape[-2:], pixels), images)


def crop(images: ArrayLike, rng: np.random.Generator, shape: tuple[int, int], padding: int = 0) -> NDArray[Any]:
    """Cut a piece of `shape` out of each image at a random place, after `padding` zeros were put around it.

    With the image's own shape and `padding=4` this is what *Deeply-Supervised Nets* (Lee et al., 2015) do to CIFAR-10.

    Shapes: (n, ..., h, w) -> (n, ..., *shape).
    Raises: ArgumentError where the piece is larger than the padded image.
    """
    return _restored(_windows("crop", _images("crop", images), rng, shape, padding), images)


def flip(images: ArrayLike, rng: np.random.Generator, axis: int = -1, probability: float = 0.5) -> NDArray[Any]:
    """Mirror each image with the given probability: left and right with `axis=-1`, top and bottom with `axis=-2`.

    Shapes: (n, ..., h, w) -> (n, ..., h, w).
    Raises: ArgumentError for another axis or a number that is no probability.
    """
    x = _images("flip", images)
    if axis not in (-1, -2):
        raise ArgumentError(f"flip: axis is {axis}, expected -1 (left and right) or -2 (top and bottom).")
    _check_probability("flip", probability)
    chosen = rng.random(len(x)) < probability
    result = x.copy()
    result[chosen] = np.flip(x[chosen], axis)
    return _restored(result, images)


def rotate(images: ArrayLike, rng: np.random.Generator, degrees: float = 15.0) -> NDArray[Any]:
    """Turn each image about its centre by an angle from -degrees to degrees (uniform), counter-clockwise if positive.

    Pixel (i, j) becomes what lay at the place turned back: between pixels by bilinear interpolation, outside 0.

    Shapes: (n, ..., h, w) -> (n, ..., h, w).
    Raises: ArgumentError where the number is negative or no number.
    """
    x = _images("rotate", images)
    _check_amount("rotate", "degrees", degrees)
    angle = rng.uniform(-degrees, degrees, len(x)) * (math.pi / 180)
    return _restored(_turned(x, np.cos(angle), np.sin(angle)), images)


def scale(images: ArrayLike, rng: np.random.Generator, low: float = 0.9, high: float = 1.1) -> NDArray[Any]:
    """Enlarge each image about its centre by a factor from `low` to `high` (uniform); below 1 it shrinks into zeros.

    Shapes: (n, ..., h, w) -> (n, ..., h, w).
    Raises: ArgumentError unless 0 < low <= high.
    """
    x = _images("scale", images)
    if not 0 < low <= high < math.inf:
        raise ArgumentError(f"scale: the factors are {low} to {high}, expected positive numbers in order.")
    factor = rng.uniform(low, high, len(x))
    return _restored(_turned(x, 1 / factor, np.zeros(len(x))), images)


def elastic(images: ArrayLike, rng: np.random.Generator, alpha: float = 34.0, sigma: float = 4.0) -> NDArray[Any]:
    r"""Distort each image as if it were drawn on rubber: every pixel moves a little, neighbours alike.

    Displacements are drawn from -1 to 1 for each pixel and direction, smoothed by a Gaussian of `sigma` pixels, which
    takes 0 for what lies outside, and multiplied by `alpha`. From Simard, Steinkraus and Platt,
    *Best Practices for Convolutional Neural Networks* (2003), with their values for MNIST: moves of 1.4 pixels
    (standard deviation) in the middle.

    Shapes: (n, ..., h, w) -> (n, ..., h, w).
    Raises: ArgumentError where alpha is negative or sigma not positive.
    """
    x = _images("elastic", images)
    down, right = _displacements("elastic", rng, x.shape, alpha, sigma)
    down += np.arange(x.shape[-2], dtype=np.float32)[:, None]
    right += np.arange(x.shape[-1], dtype=np.float32)
    return _restored(warp(x, down, right), images)


def distort(
    images: ArrayLike,
    rng: np.random.Generator,
    *,
    pixels: float = 2.0,
    degrees: float = 10.0,
    factor: float = 1.1,
    shear: float = 0.1,
    alpha: float = 16.0,
    sigma: float = 4.0,
    probability: float = 1.0,
) -> NDArray[Any]:
    r"""Move, turn, stretch, slant and distort each image at once, so that it is interpolated, and blurred, only once.

    Uniform and independent for each image: a move of at most `pixels` in each direction, an angle of at most `degrees`,
    for height and width a factor from 1 / `factor` to `factor` (its logarithm is uniform), a slant of at most `shear`
    columns a row. On top come the displacements of `elastic` with `alpha` and `sigma`. What moves in is 0. With a
    `probability` below 1 the other images stay as they are: interpolation blurs, and a network that never saw sharp
    images reads them a little worse.

    Shapes: (n, ..., h, w) -> (n, ..., h, w).
    Raises: ArgumentError where an amount is negative, `factor` less than 1, or `probability` none.
    """
    x = _images("distort", images)
    for name, value in {"pixels": pixels, "degrees": degrees, "shear": shear}.items():
        _check_amount("distort", name, value)
    if not 1 <= factor < math.inf:
        raise ArgumentError(f"distort: factor is {factor}, expected a number from 1.")
    _check_probability("distort", probability)
    n, _, h, w = x.shape
    down, right = _displacements("distort", rng, x.shape, alpha, sigma)
    angle, slant = rng.uniform(-1, 1, (2, n)) * np.array([[degrees * (math.pi / 180)], [shear]])
    stretch = factor ** rng.uniform(-1, 1, (2, n))
    cosine, sine = np.cos(angle), np.sin(angle)
    # The turn after the slant after the stretch, as a matrix for each image.
    turned = np.array([[cosine + slant * sine, sine], [slant * cosine - sine, cosine]]) * stretch
    across = turned.astype(np.float32)[..., None, None]
    moves = rng.uniform(-pixels, pixels, (2, n, 1, 1)).astype(np.float32)
    i = np.arange(h, dtype=np.float32)[:, None] - np.float32((h - 1) / 2)
    j = np.arange(w, dtype=np.float32) - np.float32((w - 1) / 2)
    down += across[0, 0] * i + across[0, 1] * j + (moves[0] + np.float32((h - 1) / 2))
    right += across[1, 0] * i + across[1, 1] * j + (moves[1] + np.float32((w - 1) / 2))
    result = warp(x, down, right)
    kept = rng.random(n) >= probability
    result[kept] = x[kept]
    return _restored(result, images)


def _images(word: str, images: ArrayLike) -> NDArray[Any]:
    """Return images as (n, channels, rows, columns)."""
    x = np.asarray(images)
    if x.ndim not in (3, 4):
        fix = "x.reshape(-1, 28, 28) makes images of MNIST's rows." if x.ndim == 2 else None
        expected = "(n, rows, columns) or (n, channels, rows, columns)"
        raise ArgumentError(f"{word}: images have shape {x.shape}, expected {expected}.", fix=fix)
    if x.dtype.kind not in "biuf":
        raise ArgumentError(f"{word}: images are {x.dtype}, expected real numbers.")
    return x if x.ndim == 4 else x[:, None]


def _restored(result: NDArray[Any], images: ArrayLike) -> NDArray[Any]:
    return result if np.ndim(images) == 4 else result[:, 0]


def _check_amount(word: str, name: str, value: float) -> None:
    if not 0 <= value < math.inf:
        raise ArgumentError(f"{word}: {name} is {value}, expected a number from 0.")


def _check_probability(word: str, value: float) -> None:
    if not 0 <= value <= 1:
        raise ArgumentError(f"{word}: probability is {value}, expected 0 to 1.")


def _windows(
    word: str, x: NDArray[Any], rng: np.random.Generator, shape: tuple[int, ...], padding: int
) -> NDArray[Any]:
    """Cut a window of `shape` out of each padded image, at a random place."""
    if padding < 0:
        raise ArgumentError(f"{word}: {padding} pixels, expected a number from 0.")
    n, c, h, w = x.shape
    free = [size + 2 * padding - wanted for size, wanted in zip((h, w), shape)]
    if len(shape) != 2 or min(free) < 0 or min(shape) < 0:
        around = f" with {padding} zeros on each side" if padding else ""
        raise ArgumentError(f"{word}: cannot cut {tuple(shape)} out of images of ({h}, {w}){around}.")
    rows, columns = (rng.integers(0, most, n, endpoint=True) for most in free)
    padded = np.zeros((n, c, h + 2 * padding, w + 2 * padding), x.dtype)
    padded[:, :, padding : padding + h, padding : padding + w] = x
    return sliding_window_view(padded, shape, (2, 3))[np.arange(n), :, rows, columns]


def _displacements(
    word: str, rng: np.random.Generator, shape: tuple[int, ...], alpha: float, sigma: float
) -> NDArray[np.float32]:
    """Draw how far down and to the right each pixel of each image moves: (2, n, h, w)."""
    _check_amount(word, "alpha", alpha)
    if not 0 < sigma < math.inf:
        raise ArgumentError(f"{word}: sigma is {sigma}, expected a positive number.")
    n, _, h, w = shape
    field = rng.random((2, n, h, w), np.float32)
    field *= 2 * np.float32(alpha)
    field -= np.float32(alpha)
    # Many small products: one large one BLAS would give to several threads, which training has better use for.
    return np.asarray(_smoothing(h, sigma) @ (field @ _smoothing(w, sigma)))


def _turned(x: NDArray[Any], cosine: NDArray[Any], sine: NDArray[Any]) -> NDArray[Any]:
    """Sample each image at its pixels' places multiplied by [[cosine, sine], [-sine, cosine]] about the centre."""
    h, w = x.shape[-2:]
    cosine, sine = (part.astype(np.float32)[:, None, None] for part in (cosine, sine))
    i = np.arange(h, dtype=np.float32)[:, None] - np.float32((h - 1) / 2)
    j = np.arange(w, dtype=np.float32) - np.float32((w - 1) / 2)
    rows = cosine * i + sine * j + np.float32((h - 1) / 2)
    columns = cosine * j - sine * i + np.float32((w - 1) / 2)
    return warp(x, rows, columns)


def _smoothing(size: int, sigma: float) -> NDArray[np.float32]:
    """Return the symmetric matrix that smooths `size` values by a Gaussian, zeros beside them."""
    reach = math.ceil(9 * sigma)  # beyond it, a weight is no more than float64's rounding of the sum
    total = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2).sum()
    apart = np.subtract.outer(np.arange(size), np.arange(size))
    return (np.exp(-0.5 * (apart / sigma) ** 2) / total).astype(np.float32)
