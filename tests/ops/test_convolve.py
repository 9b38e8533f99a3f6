"""Convolution of vectors, where the cases do not reach: errors, and lengths that are open."""

import numpy as np
import pytest

from symnet import function, grad, ops
from symnet.errors import ArgumentError, ShapeError
from symnet.graph.inputs import dvector, matrix, tensor, vector


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda: ops.convolve(vector("a"), vector("v"), "half"), ArgumentError, "convolve: mode is 'half'"),
        (lambda: ops.correlate(vector("a"), vector("v"), 1), ArgumentError, "correlate: mode is 1"),
        (lambda: ops.convolve(matrix("a"), vector("v")), ShapeError, r"a has 2 axes, not 1(.|\n)*sn\.conv2d"),
        (lambda: ops.correlate(vector("a"), tensor("v", (0,))), ShapeError, "correlate: v has no elements"),
    ],
)
def test_refused(build, error, message):
    with pytest.raises(error, match=message):
        build()


def test_an_empty_vector_is_refused_at_the_call():
    a, v = vector("a"), vector("v")
    with pytest.raises(ShapeError, match="convolve: v has no elements"):
        function([a, v], ops.convolve(a, v))([1.0, 2.0], [])


@pytest.mark.parametrize("mode", ["full", "same", "valid"])
@pytest.mark.parametrize("word", ["convolve", "correlate"])
def test_open_lengths_say_what_numpy_says(word, mode):
    a, v = dvector("a"), dvector("v")
    y = getattr(ops, word)(a, v, mode)
    f = function([a, v], [y, *grad((y**2).sum(), [a, v])])
    rng = np.random.default_rng(0)
    for m, n in ((1, 1), (5, 2), (2, 5), (4, 4), (7, 3), (3, 6)):
        p, q = rng.normal(size=m), rng.normal(size=n)
        y, p_bar, q_bar = f(p, q)
        np.testing.assert_allclose(y, getattr(np, word)(p, q, mode), 1e-12, 1e-12)
        # y is linear in each: so is its square of degree 2.
        np.testing.assert_allclose([p_bar @ p, q_bar @ q], [2 * np.sum(y**2)] * 2, 1e-12)


def test_the_report_says_that_it_allocates():
    a, v = tensor("a", (8,)), tensor("v", (3,))
    assert "np.convolve has no out=" in str(function([a, v], ops.convolve(a, v)).report())
