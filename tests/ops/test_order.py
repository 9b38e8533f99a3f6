"""Orders where the cases do not reach: what is a view, one plan for every shift, errors."""

import numpy as np
import pytest

from symnet import function, ops
from symnet.errors import ArgumentError, DTypeError, ShapeError
from symnet.graph.inputs import lscalar, matrix, tensor, vector

X = tensor("x", (5, 10))


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda: ops.flip(X, 2), ArgumentError, "flip: axis is 2, but x has 2 axes"),
        (lambda: ops.fliplr(vector("v")), ArgumentError, "axis is 1, but x has 1 axis"),
        (lambda: ops.roll(X, (1, 2), 0), ArgumentError, "roll: 2 shifts for 1 axes"),
        (lambda: ops.roll(X, 1.5, 0), DTypeError, "roll: a shift is 1.5, not an integer"),
        (lambda: ops.roll(X, 1, 7), ArgumentError, "roll: axis 7 is out of range"),
        (lambda: ops.rot90(X, axes=(0, -2)), ArgumentError, r"rot90: axes are \(0, -2\)(.|\n)*two different"),
        (lambda: ops.moveaxis(X, (0, 0), (0, 1)), ArgumentError, r"moveaxis: axes \(0, 0\) cannot go to \(0, 1\)"),
        (lambda: ops.moveaxis(X, (0, 1), 0), ArgumentError, "moveaxis: axes .* cannot go to"),
        (lambda: X.swapaxes(0, 2), ArgumentError, "swapaxes: axis 2 is out of range"),
    ],
)
def test_refused(build, error, message):
    with pytest.raises(error, match=message):
        build()


def test_all_but_rolls_are_views():
    x = tensor("x", (3, 4, 2))
    for y in (ops.flip(x), ops.rot90(x), ops.moveaxis(x, 0, -1), x.swapaxes(0, 1), x.ravel()):
        f = function([x], y.sum())
        assert f.source.count("(out=|np.copyto") == 0
        assert f.kernels == 1


def test_a_symbolic_shift_has_one_plan():
    x, s = matrix("x"), lscalar("s")
    f = function([x, s], ops.roll(x, s, 1))
    a = np.arange(6, dtype=np.float32).reshape(2, 3)
    for shift in (0, 1, -4, 300):
        np.testing.assert_array_equal(f(a, shift), np.roll(a, shift, 1))
    assert len(f._plans) == 1


def test_a_roll_of_an_unknown_size():
    x = vector("x")
    f = function([x], ops.roll(x, 2))
    for n in (5, 2, 1, 0):
        np.testing.assert_array_equal(f(np.arange(n, dtype=np.float32)), np.roll(np.arange(n), 2))


def test_numpys_functions_build_expressions():
    a = np.arange(12.0, dtype=np.float32).reshape(3, 4)
    x = matrix("x")
    for name, args in (("flip", (0,)), ("roll", (1, 0)), ("cumsum", (1,)), ("sort", ()), ("moveaxis", (0, 1)),
                       ("median", (0,)), ("tile", (2,)), ("diff", ()), ("tril", ()), ("pad", (1,))):  # fmt: skip
        np.testing.assert_allclose(getattr(np, name)(x, *args).eval({x: a}), getattr(np, name)(a, *args))


def test_the_methods_of_numpys_arrays():
    a = np.array([[3.0, 0.0], [2.0, 5.0]], np.float32)
    x = matrix("x")
    for name, args in (("ravel", ()), ("swapaxes", (0, 1)), ("diagonal", (1,)), ("repeat", (2, 0)), ("take", ([1], 0)),
                       ("cumsum", (1,)), ("cumprod", ()), ("argsort", ()), ("trace", ())):  # fmt: skip
        np.testing.assert_array_equal(getattr(x, name)(*args).eval({x: a}), getattr(a, name)(*args))
    np.testing.assert_array_equal(x.sort(0).eval({x: a}), np.sort(a, 0))
    np.testing.assert_array_equal(x.nonzero()[1].eval({x: a}), a.nonzero()[1])
    np.testing.assert_array_equal(x.astype("int64").choose([10, 11, 12, 13, x, 15]).eval({x: a}), [[13, 10], [12, 15]])
    np.testing.assert_array_equal(x[1].searchsorted([1.0, 4.0]).eval({x: a}), [0, 1])


def test_shapes_that_meet_only_at_the_call():
    x, y = matrix("x"), matrix("y")
    f = function([x, y], list(ops.broadcast_arrays(x, y)))
    assert [r.shape for r in f(np.zeros((3, 1), np.float32), np.zeros((1, 2), np.float32))] == [(3, 2), (3, 2)]
    with pytest.raises(ShapeError, match="axis .* 2 against 3"):
        f(np.zeros((3, 2), np.float32), np.zeros((3, 3), np.float32))
