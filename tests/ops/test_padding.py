"""Padding where the cases do not reach: every mode and width against NumPy, and errors."""

import numpy as np
import pytest

from symnet import function, grad, ops
from symnet.errors import ArgumentError, DTypeError, ShapeError
from symnet.graph.inputs import matrix, tensor, vector

X = tensor("x", (5, 10))


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda: ops.pad(X, 1.5), DTypeError, "pad: pad_width is 1.5, not integers"),
        (lambda: ops.pad(X, -1), ArgumentError, "pad: a width is -1"),
        (lambda: ops.pad(X, ((1, 1), (1, 1), (1, 1))), ShapeError, r"pad_width has shape \(3, 2\), x 2 axes"),
        (lambda: ops.pad(X, 1, "mean"), ArgumentError, "pad: mode is 'mean'"),
        (lambda: ops.pad(tensor("e", (0, 3)), 1, "edge"), ShapeError, "axis 0 of x has size 0, and mode 'edge'"),
    ],
)
def test_refused(build, error, message):
    with pytest.raises(error, match=message):
        build()


def test_an_empty_axis_at_the_call():
    x = vector("x")
    with pytest.raises(ShapeError, match="axis 0 of x has size 0(.|\n)*test_padding.py"):
        function([x], ops.pad(x, 1, "wrap"))(np.zeros(0, np.float32))


@pytest.mark.parametrize("mode", ["edge", "reflect", "symmetric", "wrap"])
def test_every_width_and_its_gradient(mode):
    """The gradient is the transpose of the padding, a matrix of zeros and ones."""
    x, w = vector("x"), vector("w")
    for widths in ((0, 1), (1, 0), (2, 3), (7, 5), (11, 12)):
        y = ops.pad(x, widths, mode)
        f = function([x, w], [y, grad((y * w).sum(), x)], on_unused_input="ignore")
        for n in (1, 2, 3, 4, 6):
            a, weights = np.arange(1, n + 1, dtype=np.float32), np.arange(n + sum(widths), dtype=np.float32) + 1
            padded, g = f(a, weights)
            np.testing.assert_array_equal(padded, np.pad(a, widths, mode))
            rows = np.pad(np.eye(n), (widths, (0, 0)), mode)
            np.testing.assert_array_equal(g, weights @ rows)


def test_padding_and_its_gradient_make_no_array():
    x = tensor("x", (200, 300))
    for mode in ("constant", "edge", "reflect", "symmetric", "wrap"):
        y = ops.pad(x, ((2, 3), (0, 4)), mode)
        assert function([x], [y, grad((y * y).sum(), x)]).allocations == 0


def test_a_symbolic_constant_has_a_gradient():
    x, c = matrix("x"), tensor("c", ())
    f = function([x, c], grad(ops.pad(x, 1, constant_values=c).sum(), [x, c]))
    g, h = f(np.zeros((2, 3), np.float32), 1.0)
    np.testing.assert_array_equal(g, np.ones((2, 3)))
    assert h == 4 * 5 - 2 * 3
