"""The book's expansion against `expand_mnist.py`, written as there: one image and one roll at a time."""

import tracemalloc

import numpy as np
import pytest

from symnet.data import Split, expand
from symnet.errors import ArgumentError


def expanded_as_in_the_book(x, y, rows, columns):
    """All images of a direction after another; the book goes over directions inside each image."""
    pairs = [(image, label) for image, label in zip(x, y)]
    for d, axis, position in [(1, 0, "top"), (-1, 0, "bottom"), (1, 1, "left"), (-1, 1, "right")]:
        for image, label in zip(x, y):
            new = np.roll(image.reshape(rows, columns), d, axis)
            for k in range(columns if axis == 0 else rows):
                new[{"top": (0, k), "bottom": (-1, k), "left": (k, 0), "right": (k, -1)}[position]] = 0
            pairs.append((new.ravel(), label))
    return np.array([p[0] for p in pairs]), np.array([p[1] for p in pairs])


@pytest.mark.parametrize("dtype", ["uint8", "float32", "float64"])
@pytest.mark.parametrize(("n", "shape"), [(3, (4, 4)), (2, (2, 5)), (1, (1, 1)), (2, (1, 3))])
def test_the_books_images(dtype, n, shape):
    x = np.random.default_rng(0).integers(1, 256, (n, shape[0] * shape[1])).astype(dtype)
    y = np.arange(n)
    found = expand(Split(x, y), shape)
    wanted = expanded_as_in_the_book(x, y, *shape)
    np.testing.assert_array_equal(found.images, wanted[0])
    np.testing.assert_array_equal(found.labels, wanted[1])
    assert found.images.dtype == x.dtype


def test_none_and_squares():
    assert expand(Split(np.zeros((0, 784)), np.zeros(0, int))).images.shape == (0, 784)
    assert expand(Split(np.zeros((2, 9), "u1"), np.zeros(2, int))).images.shape == (10, 9)


def test_images_that_are_not_contiguous():
    x = np.random.default_rng(0).random((6, 16))[::2]
    np.testing.assert_array_equal(expand(Split(x, np.arange(3))).images[:3], x)


def test_nothing_beside_the_result_is_allocated():
    x = np.ones((1000, 784), np.uint8)
    tracemalloc.start()
    try:
        found = expand(Split(x, np.zeros(1000, np.int64)))
        assert tracemalloc.get_traced_memory()[1] < found.images.nbytes + found.labels.nbytes + 50_000
    finally:
        tracemalloc.stop()


def test_a_memory_map(tmp_path):
    x, y = np.random.default_rng(0).integers(0, 256, (3, 16), dtype=np.uint8), np.arange(3)
    found = expand(Split(x, y), out=tmp_path / "expanded.npy")
    np.testing.assert_array_equal(found.images, expand(Split(x, y)).images)
    found.images.flush()
    np.testing.assert_array_equal(np.load(tmp_path / "expanded.npy").reshape(15, 16), found.images)


@pytest.mark.parametrize(("x", "y", "shape", "message"), [
    (np.zeros((3, 8)), np.zeros(3), None, "images have 8 pixels, not 2 x 2(.|\n)*give shape="),
    (np.zeros((3, 8)), np.zeros(3), (3, 3), "images have 8 pixels, not 3 x 3"),
    (np.zeros((3, 4, 4)), np.zeros(3), None, r"images are \(3, 4, 4\)(.|\n)*flatten"),
    (np.zeros((3, 16)), np.zeros(2), None, r"images are \(3, 16\) and labels \(2,\)"),
])  # fmt: skip
def test_what_is_no_split_of_images(x, y, shape, message):
    with pytest.raises(ArgumentError, match=message):
        expand(Split(x, y), shape)
