"""Pooling: where the gradient goes on ties and NaN, and errors."""

from itertools import product

import numpy as np
import pytest

import symnet as sn
from symnet import Machine, function, options
from symnet.autodiff import grad
from symnet.backends.reference import evaluate
from symnet.errors import ArgumentError, DTypeError, ShapeError
from symnet.graph.inputs import tensor
from symnet.graph.operators import word
from symnet.ops import pool1d, pool2d, pool3d


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


def first_maxima(x, g, window, stride, padding):
    """Each window's cotangent at its first maximum, where later axes are compared before earlier ones."""
    dx = np.zeros_like(x)
    for n, c, *at in product(*map(range, g.shape)):
        seen = [range(max(0, i * stride - padding), min(size, i * stride - padding + window))
                for i, size in zip(at, x.shape[2:])]  # fmt: skip
        places = sorted(product(*seen), key=lambda place: place[::-1])
        best = max(places, key=lambda place: x[(n, c, *place)])  # the first of those that are largest
        dx[(n, c, *best)] += g[(n, c, *at)]
    return dx


@pytest.mark.parametrize("kwargs", [
    {"window": 2, "stride": 2, "padding": 0},
    {"window": 3, "stride": 1, "padding": 1},
    {"window": 3, "stride": 2, "padding": 0},
    {"window": 2, "stride": 3, "padding": 1},
])  # fmt: skip
@pytest.mark.parametrize("pool", [pool1d, pool2d, pool3d])
@pytest.mark.parametrize("compiled", [False, True])
def test_the_gradient_is_exact_on_ties(pool, kwargs, compiled):
    ndim = int(pool.__name__[4])
    rng = np.random.default_rng(ndim)
    values = rng.integers(0, 3, (2, 3, *(7, 6, 5)[:ndim])).astype(float)
    x = tensor("x", values.shape, dtype="float64")
    y = pool(x, **kwargs)
    g = rng.integers(1, 9, y.type.shape).astype(float)
    dx = grad(word("sum")(y * g), x)
    (actual,) = [function([x], dx)(values)] if compiled else evaluate([dx], {x: values})
    np.testing.assert_array_equal(actual, first_maxima(values, g, **kwargs))


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
    with pytest.raises(ShapeError, match=r"pool1d: x has 4 axes, not 3.*\n(.|\n)*signals are \(N, C, L\)"):
        pool1d(tensor("x", (1, 1, 4, 4)))
    with pytest.raises(ArgumentError, match="window has 2 numbers, but 3 axes"):
        pool3d(tensor("x", (1, 1, 4, 4, 4)), (2, 2))
    with pytest.raises(DTypeError, match="bool"):
        pool2d(tensor("x", (1, 1, 4, 4), dtype="bool"))


@pytest.mark.parametrize("run", [1e-3, 1e3])
@pytest.mark.parametrize("size", [(6, 8), (7, 5)])
def test_the_gradient_is_exact_in_place_and_apart(run, size):
    rng = np.random.default_rng(1)
    values = rng.integers(0, 2, (3, 2, *size)).astype("float32")
    x, g = tensor("x", values.shape), tensor("g", (3, 2, size[0] // 2, size[1] // 2))
    cotangents = rng.integers(1, 9, g.type.shape).astype("float32")
    with options(machine=Machine(run=run, threads=1)):
        f = function([x, g], grad(None, x, known_grads={pool2d(x, 2): g}))
    wanted = first_maxima(values, cotangents, 2, 2, 0)
    np.testing.assert_array_equal(f(values, cotangents), wanted)
    ways = {choice.chosen for choice in f.report().choices if "max_along" in choice.what}
    assert ways == {"in place" if run < 1 else "apart"}


def test_an_average_of_whole_windows_is_one_division():
    x = tensor("x", (2, 3, 4, 6))
    f = function([x], pool2d(x, 2, mode="average"))
    assert f.source.count("np.divide(") == 1 and ".fill(" not in f.source
    value = np.random.default_rng(0).normal(size=x.type.shape).astype("float32")
    np.testing.assert_allclose(f(value), value.reshape(2, 3, 2, 2, 3, 2).mean((3, 5)), rtol=1e-5, atol=1e-7)


def test_norms_over_windows():
    x = sn.dtensor4("x")
    g = sn.function([x], sn.grad(sn.lp_pool2d(x, 2).sum(), x))
    np.testing.assert_allclose(g(np.array([[[[0.0, 0.0], [0.0, 0.0]]]])), 0)
    np.testing.assert_allclose(g(np.array([[[[3.0, 0.0], [-4.0, 0.0]]]])), [[[[0.6, 0], [-0.8, 0]]]])
    with pytest.raises(ArgumentError, match=r"lp_pool2d: norm_type is 0\.(.|\n)*fix: give a number above 0"):
        sn.lp_pool2d(x, 0)
    with pytest.raises(ArgumentError, match=r"lp_pool1d: norm_type is inf"):
        sn.lp_pool1d(sn.dtensor3("s"), float("inf"))
