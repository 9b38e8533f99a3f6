"""Pooling: where the gradient goes on ties and NaN, and errors."""

import numpy as np
import pytest

from symnet.autodiff import grad
from symnet.backends.reference import evaluate
from symnet.errors import ArgumentError, DTypeError, ShapeError
from symnet.graph.inputs import tensor
from symnet.graph.operators import word
from symnet.ops import pool2d


def gradient(values, **kwargs):
    x = tensor("x", (None,) * 4, dtype="float64")
    (dx,) = evaluate([grad(word("sum")(pool2d(x, **kwargs)), x)], {x: np.array(values, float)[None, None]})
    return dx[0, 0]


@pytest.mark.parametrize(("values", "expected"), [
    ([[1, 1], [1, 1]], [[1, 0], [0, 0]]),
    ([[0, 1], [1, 0]], [[0, 0], [1, 0]]),  # the leftmost column that holds it
    ([[0, 1], [0, 1]], [[0, 1], [0, 0]]),  # and in it the topmost row
])
def test_a_tie_has_one_winner(values, expected):
    np.testing.assert_array_equal(gradient(values), expected)


def test_each_window_gives_its_gradient_once():
    assert gradient(np.ones((5, 5)), window=3, stride=2, padding=1).sum() == 9


def test_leftover_rows_get_nothing():
    assert not gradient(np.arange(25).reshape(5, 5))[4].any()


def test_nan_is_seen_and_its_gradient_does_not_crash():
    x = tensor("x", (1, 1, 2, 2), dtype="float64")
    values = np.array([[[[1.0, np.nan], [0.0, 2.0]]]])
    assert np.isnan(evaluate([pool2d(x)], {x: values})[0]).all()
    assert gradient(np.full((2, 2), np.nan)).shape == (2, 2)


@pytest.mark.parametrize(("kwargs", "message"), [
    ({"mode": "median"}, "mode is 'median'"),
    ({"stride": 0}, "stride is 0"),
    ({"window": 0}, "window is 0"),
    ({"padding": 2}, "more than half the window"),
    ({"padding": -1}, "padding is -1"),
])  # fmt: skip
def test_parameters_out_of_range(kwargs, message):
    with pytest.raises(ArgumentError, match=message):
        pool2d(tensor("x", (1, 1, 4, 4)), **kwargs)


def test_shapes_and_dtypes_that_do_not_fit():
    with pytest.raises(ShapeError, match="the window is 5"):
        pool2d(tensor("x", (1, 1, 4, 4)), 5)
    with pytest.raises(ShapeError, match="x has 3 axes"):
        pool2d(tensor("x", (1, 4, 4)))
    with pytest.raises(DTypeError, match="bool"):
        pool2d(tensor("x", (1, 1, 4, 4), dtype="bool"))
