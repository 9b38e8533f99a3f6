"""Augmentation against loops over single pixels, which draw the same numbers from a generator of the same seed."""

import math

import numpy as np
import pytest

from symnet.data import augment
from symnet.data.warp import warp
from symnet.errors import ArgumentError

WORDS = {
    "shift": lambda x, rng: augment.shift(x, rng, 2),
    "crop": lambda x, rng: augment.crop(x, rng, x.shape[-2:], padding=1),
    "flip": augment.flip,
    "rotate": lambda x, rng: augment.rotate(x, rng, 30),
    "scale": lambda x, rng: augment.scale(x, rng, 0.5, 2),
    "elastic": lambda x, rng: augment.elastic(x, rng, 8, 1.5),
    "distort": augment.distort,
}
SHAPES = [(3, 5, 7), (2, 3, 6, 4), (4, 1, 1), (1, 2, 1, 8), (0, 5, 5), (2, 0, 5, 5)]


def images(shape, dtype="float64", seed=0):
    return np.random.default_rng(seed).integers(0, 256, shape).astype(dtype)


def pixel(image, i, j):
    """The value at whole numbers (i, j), 0 outside the image."""
    h, w = image.shape
    return image[i, j] if 0 <= i < h and 0 <= j < w else 0


def between(image, i, j):
    """The bilinear interpolation at any place."""
    top, left = math.floor(i), math.floor(j)
    return sum(
        pixel(image, top + a, left + b) * (1 - abs(i - top - a)) * (1 - abs(j - left - b))
        for a in (0, 1)
        for b in (0, 1)
    )


def each(x, size, value):
    """The images whose pixel (i, j) of channel c of image k is value(k, image, i, j)."""
    planes = x if x.ndim == 4 else x[:, None]
    result = np.zeros((*planes.shape[:2], *size))
    for k, c, i, j in np.ndindex(result.shape):
        result[k, c, i, j] = value(k, planes[k, c], i, j)
    return result if x.ndim == 4 else result[:, 0]


def displacements(drawn, alpha, sigma):
    """The fields of `elastic`, (2, n, rows, columns), from numbers drawn from 0 to 1."""
    gauss = {d: math.exp(-d * d / (2 * sigma * sigma)) for d in range(-50, 51)}
    total = sum(gauss.values())
    result = np.zeros(drawn.shape)
    for *field, i, j in np.ndindex(drawn.shape):
        for a, b in np.ndindex(drawn.shape[-2:]):
            result[*field, i, j] += gauss[i - a] * gauss[j - b] * (2 * float(drawn[*field, a, b]) - 1)
    return alpha * result / total**2


def window_oracle(x, seed, size, padding):
    rng = np.random.default_rng(seed)
    h, w = x.shape[-2:]
    down = rng.integers(0, h + 2 * padding - size[0], len(x), endpoint=True)
    right = rng.integers(0, w + 2 * padding - size[1], len(x), endpoint=True)
    return each(x, size, lambda k, image, i, j: pixel(image, i + down[k] - padding, j + right[k] - padding))


def turned_oracle(x, matrix):
    h, w = x.shape[-2:]

    def value(k, image, i, j):
        (a, b), (c, d) = matrix(k)
        y, z = i - (h - 1) / 2, j - (w - 1) / 2
        return between(image, a * y + b * z + (h - 1) / 2, c * y + d * z + (w - 1) / 2)

    return each(x, (h, w), value)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("pixels", [0, 1, 3])
def test_shift(shape, pixels):
    x = images(shape)
    np.testing.assert_array_equal(
        augment.shift(x, np.random.default_rng(5), pixels), window_oracle(x, 5, shape[-2:], pixels)
    )


@pytest.mark.parametrize(("shape", "size", "padding"), [
    ((3, 5, 7), (4, 2), 0), ((2, 3, 6, 4), (6, 4), 0), ((2, 3, 6, 4), (8, 8), 2), ((3, 5, 7), (1, 1), 1),
])  # fmt: skip
def test_crop(shape, size, padding):
    x = images(shape)
    found = augment.crop(x, np.random.default_rng(5), size, padding)
    np.testing.assert_array_equal(found, window_oracle(x, 5, size, padding))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("axis", [-1, -2])
@pytest.mark.parametrize("probability", [0, 0.4, 1])
def test_flip(shape, axis, probability):
    x = images(shape)
    mirrored = np.random.default_rng(5).random(len(x)) < probability

    def value(k, image, i, j):
        h, w = image.shape
        return image[(h - 1 - i, j) if axis == -2 else (i, w - 1 - j)] if mirrored[k] else image[i, j]

    np.testing.assert_array_equal(
        augment.flip(x, np.random.default_rng(5), axis, probability), each(x, shape[-2:], value)
    )


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("degrees", [0, 20, 180])
def test_rotate(shape, degrees):
    x = images(shape)
    angles = [math.radians(a) for a in np.random.default_rng(5).uniform(-degrees, degrees, len(x))]

    def matrix(k):
        # Rows go down: turning counter-clockwise, what is to the right of the centre comes from below.
        return (math.cos(angles[k]), math.sin(angles[k])), (-math.sin(angles[k]), math.cos(angles[k]))

    found = augment.rotate(x, np.random.default_rng(5), degrees)
    np.testing.assert_allclose(found, turned_oracle(x, matrix), atol=255 * 2e-5)


def test_a_quarter_turn_is_that_of_numpy():
    x = images((1, 5, 5))

    class Quarter:
        def uniform(self, low, high, n):
            return np.full(n, 90.0)

    np.testing.assert_allclose(augment.rotate(x, Quarter(), 90)[0], np.rot90(x[0]), atol=1e-3)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("factors", [(1, 1), (0.5, 0.9), (0.8, 3)])
def test_scale(shape, factors):
    x = images(shape)
    drawn = np.random.default_rng(5).uniform(*factors, len(x))
    found = augment.scale(x, np.random.default_rng(5), *factors)
    np.testing.assert_allclose(
        found, turned_oracle(x, lambda k: ((1 / drawn[k], 0), (0, 1 / drawn[k]))), atol=255 * 2e-5
    )


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("alpha", "sigma"), [(0, 4), (8, 1.5), (34, 4), (3, 0.1)])
def test_elastic(shape, alpha, sigma):
    x = images(shape)
    drawn = np.random.default_rng(5).random((2, len(x), *shape[-2:]), np.float32)
    down, right = displacements(drawn, alpha, sigma)

    def value(k, image, i, j):
        return between(image, i + down[k, i, j], j + right[k, i, j])

    found = augment.elastic(x, np.random.default_rng(5), alpha, sigma)
    np.testing.assert_allclose(found, each(x, shape[-2:], value), atol=255 * 5e-5)


def test_the_displacements_of_the_paper_are_about_a_pixel():
    """What the docstring says: the smoothed field has 1 / (sqrt(3) 2 sqrt(pi) sigma) of its spread, in the middle."""
    ramp = np.tile(np.arange(60.0), (400, 60, 1))
    moved = augment.elastic(ramp, np.random.default_rng(0))[:, 30, 30] - 30
    assert abs(moved.std() - 34 / (math.sqrt(3) * 2 * math.sqrt(math.pi) * 4)) < 0.12


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("amounts", [
    {"pixels": 0, "degrees": 0, "factor": 1, "shear": 0, "alpha": 0},
    {"pixels": 2, "degrees": 0, "factor": 1, "shear": 0, "alpha": 0},
    {"pixels": 0, "degrees": 90, "factor": 2, "shear": 0.5, "alpha": 0},
    {"pixels": 1, "degrees": 20, "factor": 1.2, "shear": 0.3, "alpha": 8},
], ids=["nothing", "moves", "turns", "all"])  # fmt: skip
def test_distort(shape, amounts):
    x = images(shape)
    n, (h, w) = len(x), shape[-2:]
    rng = np.random.default_rng(5)
    drawn = rng.random((2, n, h, w), np.float32)
    turns, stretches, moves = (rng.uniform(-1, 1, (2, n)) for _ in range(3))
    places = np.empty((2, n, h, w))
    for k in range(n):
        angle = math.radians(amounts["degrees"] * turns[0, k])
        turn = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
        slant = np.array([[1, 0], [amounts["shear"] * turns[1, k], 1]])
        stretch = np.diag([amounts["factor"] ** stretches[a, k] for a in (0, 1)])
        for i, j in np.ndindex(h, w):
            centre = np.array([(h - 1) / 2, (w - 1) / 2])
            there = turn @ slant @ stretch @ (np.array([i, j]) - centre)
            places[:, k, i, j] = there + centre + amounts["pixels"] * moves[:, k]
    places += displacements(drawn, amounts["alpha"], 4)
    found = augment.distort(x, np.random.default_rng(5), **amounts)
    np.testing.assert_allclose(found, each(x, (h, w), lambda k, image, i, j: between(image, *places[:, k, i, j])),
                               atol=255 * 1e-4)  # fmt: skip


def test_distort_leaves_the_other_images_as_they_are():
    x = images((1000, 5, 5))
    found, every = (augment.distort(x, np.random.default_rng(5), probability=p) for p in (0.7, 1))
    moved = (found != x).any(axis=(1, 2))
    assert abs(moved.mean() - 0.7) < 0.05 and np.array_equal(found[moved], every[moved])
    assert np.array_equal(augment.distort(x, np.random.default_rng(5), probability=0), x)


def test_places_between_and_beyond_the_pixels():
    x = images((1, 1, 3, 4))
    rows = np.array([[[0, 0.5, 1.999, -0.25], [2, 2.75, 3, -1], [-7, 1e9, 1, 0.1]]], np.float32)
    columns = np.array([[[0, 3.5, 1, 1], [3, 2.5, 1, 2], [0, 0, -1e9, 2.9]]], np.float32)
    wanted = [[between(x[0, 0], rows[0, i, j].item(), columns[0, i, j].item()) for j in range(4)] for i in range(3)]
    np.testing.assert_allclose(warp(x, rows, columns)[0, 0], wanted, atol=1e-3)


@pytest.mark.parametrize("word", WORDS.values(), ids=WORDS)
@pytest.mark.parametrize("dtype", ["bool", "uint8", "int16", "int64", "float16", "float32", "float64"])
def test_the_dtype_is_kept_and_the_argument_unchanged(word, dtype):
    x = (images((4, 2, 6, 5)) > 100).astype(dtype) if dtype == "bool" else images((4, 2, 6, 5), dtype)
    before = x.copy()
    found = word(x, np.random.default_rng(1))
    assert found.dtype == x.dtype and not np.shares_memory(found, x)
    np.testing.assert_array_equal(x, before)
    exact = word(x.astype("float64"), np.random.default_rng(1))
    np.testing.assert_allclose(found.astype("float64"), exact, atol={"f": 0.1}.get(x.dtype.kind, 0.501))
    found[...] = 1


@pytest.mark.parametrize("word", WORDS.values(), ids=WORDS)
def test_a_seed_gives_the_same_images_whatever_the_memory_layout(word):
    x = images((6, 6, 5), "float32")
    found = word(x, np.random.default_rng(3))
    np.testing.assert_array_equal(word(x, np.random.default_rng(3)), found)
    np.testing.assert_array_equal(word(np.asfortranarray(x), np.random.default_rng(3)), found)
    assert (word(x, np.random.default_rng(4)) != found).any()
    assert len({image.tobytes() for image in word(np.stack([x[0]] * 20), np.random.default_rng(3))}) > 1


@pytest.mark.parametrize("word", WORDS.values(), ids=WORDS)
@pytest.mark.parametrize("shape", [(5,), (3, 784), (1, 1, 1, 2, 2)])
def test_what_is_no_image(word, shape):
    with pytest.raises(ArgumentError, match=r"images have shape .*, expected \(n, rows, columns\) or \(n, channels"):
        word(np.zeros(shape), np.random.default_rng(0))


@pytest.mark.parametrize("word", WORDS.values(), ids=WORDS)
def test_what_is_no_number(word):
    with pytest.raises(ArgumentError, match="images are complex128, expected real numbers"):
        word(np.zeros((2, 3, 3), complex), np.random.default_rng(0))


@pytest.mark.parametrize(("call", "message"), [
    (lambda x, rng: augment.shift(x, rng, -1), "shift: -1 pixels"),
    (lambda x, rng: augment.crop(x, rng, (6, 5)), r"crop: cannot cut \(6, 5\) out of images of \(5, 5\)\."),
    (lambda x, rng: augment.crop(x, rng, (5, 8), 1), r"cannot cut \(5, 8\) out of images of \(5, 5\) with 1 zeros"),
    (lambda x, rng: augment.crop(x, rng, (5,)), r"cannot cut \(5,\)"),
    (lambda x, rng: augment.flip(x, rng, 0), "flip: axis is 0"),
    (lambda x, rng: augment.flip(x, rng, -1, 1.5), "probability is 1.5"),
    (lambda x, rng: augment.rotate(x, rng, -1), "degrees is -1, expected a number from 0"),
    (lambda x, rng: augment.rotate(x, rng, math.nan), "degrees is nan"),
    (lambda x, rng: augment.scale(x, rng, 0, 1), "factors are 0 to 1"),
    (lambda x, rng: augment.scale(x, rng, 2, 1), "factors are 2 to 1"),
    (lambda x, rng: augment.elastic(x, rng, -1), "alpha is -1"),
    (lambda x, rng: augment.elastic(x, rng, 1, 0), "sigma is 0"),
    (lambda x, rng: augment.distort(x, rng, pixels=-1), "distort: pixels is -1"),
    (lambda x, rng: augment.distort(x, rng, probability=-0.1), "distort: probability is -0.1"),
    (lambda x, rng: augment.distort(x, rng, factor=0.9), "distort: factor is 0.9, expected a number from 1"),
])  # fmt: skip
def test_amounts_that_make_no_sense(call, message):
    with pytest.raises(ArgumentError, match=message):
        call(np.zeros((2, 5, 5)), np.random.default_rng(0))
