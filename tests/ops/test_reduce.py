"""Reductions where the cases do not reach: errors, types, ties, zeros, and how a broadcast is undone."""

import numpy as np
import pytest

from symnet import conv1d, function, ops
from symnet.autodiff import grad
from symnet.backends.reference import evaluate
from symnet.errors import ArgumentError, DTypeError, ShapeError, SymbolicError
from symnet.graph import Variable, shared, toposort
from symnet.graph.inputs import tensor
from symnet.options import options
from symnet.types import TensorType

ALONG = ["sum", "mean", "prod", "max", "min", "any", "all"]
PLACES = ["argmax", "argmin"]


def matrix(shape=(None, None), dtype="float64", name="x"):
    return tensor(name, shape, dtype)


def value(y, **values):
    """`y` with its inputs' values given by name."""
    leaves = {x.name: x for node in toposort([y]) for x in node.inputs if x.name is not None}
    return evaluate([y], {leaves[name]: np.array(v) for name, v in values.items()})[0]


# axes -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ALONG + PLACES)
def test_an_axis_x_does_not_have(name):
    x = matrix((3, 4))
    with pytest.raises(ArgumentError, match=rf"{name}: axis is 2, but x has 2 axes\.") as caught:
        getattr(ops, name)(x, axis=2)
    assert caught.value.fix == "axes of x go from -2 to 1."
    assert "float64 (3, 4)" in str(caught.value)
    assert "test_reduce.py" in str(caught.value)
    with pytest.raises(ArgumentError, match=rf"{name}: axis is 0, but x has no axes") as caught:
        getattr(ops, name)(tensor("x", ()), axis=0)
    assert "scalar" in caught.value.fix


@pytest.mark.parametrize("name", ALONG)
def test_an_axis_given_twice(name):
    with pytest.raises(ArgumentError, match=f"{name}: axis 1 of x is given 2 times"):
        getattr(ops, name)(matrix(), axis=(1, -1))


@pytest.mark.parametrize("name", ALONG + PLACES)
def test_an_axis_that_is_no_integer(name):
    with pytest.raises(ArgumentError, match=rf"{name}: axis is 1\.0, not an integer"):
        getattr(ops, name)(matrix(), axis=1.0)
    with pytest.raises(ArgumentError, match=f"{name}: axis is 'rows', not an integer"):
        getattr(ops, name)(matrix(), axis="rows")


@pytest.mark.parametrize("name", PLACES)
def test_a_place_is_along_one_axis(name):
    with pytest.raises(ArgumentError, match=rf"{name}: axis is \(0, 1\), but it takes one axis or None"):
        getattr(ops, name)(matrix(), axis=(0, 1))


def test_numpys_integers_are_axes():
    x = matrix((3, 4))
    assert ops.sum(x, axis=np.int64(1)).type.shape == (3,)
    assert ops.argmax(x, axis=np.int64(-2)).type.shape == (4,)
    assert ops.sum(x, axis=[0, 1]).type.shape == ()


def test_methods_and_numpys_functions_are_the_same_words():
    x = matrix((3, 4))
    for name in ALONG + PLACES:
        expected = getattr(ops, name)(x, 1, True).type
        assert getattr(x, name)(axis=1, keepdims=True).type == expected
        assert getattr(np, name)(x, axis=1, keepdims=True).type == expected


# types ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ALONG)
def test_names_of_sizes_are_kept(name):
    x = matrix(("batch", None, 5))
    op = getattr(ops, name)
    assert op(x, axis=1).type.shape == ("batch", 5)
    assert op(x, axis=0, keepdims=True).type.shape == (1, None, 5)
    assert op(x, axis=(1, 2)).type.shape == ("batch",)
    assert op(x, keepdims=True).type.shape == (1, 1, 1)


@pytest.mark.parametrize(
    ("dtype", "result"),
    [
        ("bool", "int64"),
        ("int8", "int64"),
        ("int32", "int64"),
        ("uint8", "uint64"),
        ("uint32", "uint64"),
        ("float16", "float16"),
        ("float32", "float32"),
    ],
)
def test_totals_are_as_wide_as_numpys(dtype, result):
    x = matrix(dtype=dtype)
    for op, known in ((ops.sum, np.sum), (ops.prod, np.prod)):
        assert op(x).type.dtype == result == known(np.ones((2, 2), dtype)).dtype.name


def test_the_mean_of_integers_is_floatX():
    x = matrix(dtype="int32")
    assert ops.mean(x).type.dtype == "float32"
    with options(floatX="float64"):
        y = ops.mean(x)
    assert y.type.dtype == "float64"
    assert value(y, x=[[1, 2]]).dtype == np.float64  # also where it is expanded under other options
    assert ops.mean(matrix(dtype="float16")).type.dtype == "float16"


def test_the_mean_of_half_floats_does_not_overflow():
    x = tensor("x", (1000,), "float16")
    assert value(ops.mean(x), x=np.full(1000, 100, "float16")) == 100


def test_a_mean_is_one_node_of_that_name():
    assert ops.mean(matrix()).node.op.name == "mean"


def test_the_mean_of_nothing_is_nan():
    assert np.isnan(value(ops.mean(matrix()), x=np.zeros((0, 3))))


# extremes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["max", "min", *PLACES])
def test_no_extreme_of_nothing(name):
    op = getattr(ops, name)
    with pytest.raises(ShapeError, match=rf"{name}: axis 0 of x has size 0, but 1 element .* x is \(0, 3\)"):
        op(matrix((0, 3)), axis=0)
    unknown = op(matrix(), axis=0)
    with pytest.raises(ShapeError, match=f"{name}: axis 0 of x has size 0") as caught:
        value(unknown, x=np.zeros((0, 3)))
    assert "test_reduce.py" in str(caught.value)
    assert op(matrix((3, 0)), axis=0).type.shape == (0,)
    assert value(unknown, x=np.zeros((3, 0))).shape == (0,)
    assert value(op(matrix(), axis=1), x=np.zeros((0, 0))).shape == (0,)


def test_the_gradient_is_shared_among_equal_extremes():
    x = matrix()
    for op, expected in ((ops.max, [[0, 0.5, 0.5], [1, 0, 0]]), (ops.min, [[1, 0, 0], [0, 0.5, 0.5]])):
        g = grad(ops.sum(op(x, axis=1)), x)
        np.testing.assert_array_equal(value(g, x=[[1.0, 2, 2], [2, 1, 1]]), expected)
        everything = grad(op(x), x)
        assert value(everything, x=np.ones((2, 2))).tolist() == [[0.25, 0.25], [0.25, 0.25]]


def test_a_nan_is_the_extreme_and_the_first_place():
    x = matrix()
    nan = float("nan")
    for op in (ops.max, ops.min):
        assert np.isnan(value(op(x), x=[[1.0, nan]]))
    for op in (ops.argmax, ops.argmin):
        assert value(op(x, axis=1), x=[[1.0, nan, nan], [3.0, 3.0, 3.0]]).tolist() == [1, 0]


# the derivative of a product --------------------------------------------------------------------------------


@pytest.mark.parametrize("zeros", [0, 1, 2, 3])
def test_a_product_beside_zeros_has_exact_derivatives(zeros):
    x = tensor("x", (None,), "float64")
    point = np.array([2.0, -3.0, 5.0, 7.0])
    point[:zeros] = 0.0
    g = grad(ops.prod(x), x)
    n = len(point)
    others = [np.prod(np.delete(point, k)) for k in range(n)]
    np.testing.assert_array_equal(value(g, x=point), others)
    direction = np.array([1.0, 10.0, 100.0, 1000.0])
    h = grad(ops.sum(g * direction), x)
    pairs = [[0.0 if j == k else np.prod(np.delete(point, [j, k])) for j in range(n)] for k in range(n)]
    np.testing.assert_allclose(value(h, x=point), np.array(pairs) @ direction, rtol=1e-14)


@pytest.mark.parametrize("point", [[2.0, 3.0, 5.0, 7.0], [0.0, 3.0, 0.0, 7.0], [0.0, 0.0, 0.0, 7.0]])
def test_a_product_is_differentiable_a_third_time(point):
    x = tensor("x", (4,), "float64")
    for first, second in ((0, 1), (3, 1), (2, 2)):
        g = grad(grad(grad(ops.prod(x), x)[first], x)[second], x)
        others = [0.0 if len({first, second, k}) < 3 else point[6 - first - second - k] for k in range(4)]
        np.testing.assert_allclose(value(g, x=point), others, rtol=1e-14)


def test_the_loop_in_gradients_of_products_leaves_a_users_k_alone():
    x, k = tensor("x", (2, 3), "float64"), shared(np.full((2, 3), 0.5), name="k")
    point = np.array([[1.0, 0.0, 3.0], [2.0, 5.0, -1.0]])
    y = grad(ops.cumprod(x, axis=0).sum(), x) * k
    np.testing.assert_array_equal(function([x], y)(point), evaluate([y], {x: point})[0])


# undoing a broadcast ----------------------------------------------------------------------------------------


def test_a_known_broadcast_is_undone_by_a_sum():
    g = matrix(("batch", 10), name="g")
    for shape, axes, keepdims in (((10,), (0,), False), ((1, 10), (0,), True), ((), (0, 1), False)):
        total = ops.sum_to(g, tensor("b", shape, "float64"))
        assert total.node.op == ops.Sum(axes, keepdims)
        assert total.type.shape == shape
    assert ops.sum_to(g, matrix(("batch", 10))) is g


@pytest.mark.parametrize("shape", [(3, 4), (1, 4), (3, 1), (1, 1)])
def test_an_unknown_broadcast_is_undone_at_run_time(shape):
    g, x = matrix(name="g"), matrix(name="x")
    y = ops.sum_to(g, x)
    assert y.type.shape == (None, None)
    values = np.arange(12.0).reshape(3, 4)
    axes = tuple(k for k in range(2) if shape[k] == 1)
    found = value(y, g=values, x=np.full(shape, np.nan))
    np.testing.assert_array_equal(found, values.sum(axes, keepdims=True))


def test_once_sizes_are_known_nothing_of_x_is_left():
    g, x = Variable(TensorType("float32", (2, 3, 4))), Variable(TensorType("float32", (3, 1)))
    lowered = ops.SumTo().lower(g, x)
    assert lowered.type == x.type
    assert all(v is not x for node in toposort([lowered]) for v in node.inputs)
    assert ops.SumTo().lower(g, g) is g


def test_what_was_not_broadcast_cannot_be_undone():
    g = matrix((3, 4), name="g")
    with pytest.raises(ShapeError, match=r"\(3, 2\) is not broadcast to \(3, 4\): axis 1 has 2 against 4"):
        ops.sum_to(g, matrix((3, 2)))
    with pytest.raises(ShapeError, match=r"sum_to: g has 2 axes, fewer than the 3 axes of x"):
        ops.sum_to(g, tensor("x", (1, 3, 4)))
    with pytest.raises(ShapeError, match=r"axis 0 has 2 against 3"):
        value(ops.sum_to(matrix(name="g"), matrix()), g=np.ones((3, 4)), x=np.ones((2, 4)))
    with pytest.raises(DTypeError, match="sum_to: g is bool"):
        ops.sum_to(matrix(dtype="bool"), matrix())


# what is refused --------------------------------------------------------------------------------------------


def test_pythons_own_sum_does_not_loop_over_a_variable():
    with pytest.raises(SymbolicError, match="cannot be looped over"):
        sum(matrix())


def test_a_symbolic_axis_is_refused():
    with pytest.raises(ArgumentError, match="not an integer"):
        ops.sum(matrix(), axis=tensor("k", (), "int64"))


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axes", [(0,), (1,), (2,), (0, 2), (1, 2), (0, 1, 2)])
def test_sums_of_what_is_laid_out_otherwise(axes, keepdims):
    """A convolution's result has its batch innermost; the sum is laid out likewise, and BLAS makes it."""
    x, w = tensor("x", (5, 3, 9)), tensor("w", (4, 3, 2))
    f = function([x, w], conv1d(x, w).sum(axes, keepdims=keepdims))
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(5, 3, 9)).astype("float32"), rng.normal(size=(4, 3, 2)).astype("float32")
    y = sum(np.einsum("ncl,fc->nfl", a[:, :, k : k + 8], b[:, :, k]) for k in range(2))
    np.testing.assert_allclose(f(a, b), y.sum(axes, keepdims=keepdims), rtol=1e-4, atol=1e-4)
    if axes in ((1,), (0, 2)) and keepdims:
        assert "np.add.reduce" not in f.source


@pytest.mark.parametrize("name", PLACES)
def test_places_along_an_axis_whose_strides_are_those_of_an_axis_of_one(name):
    x = tensor("x", (2, 1, "l", "n"), "float64")
    ordered = ops.take_along_axis(x, ops.argsort(x, axis=0), axis=0)  # which stands with its first axis innermost
    f = function([x], getattr(ops, name)(ops.set_subtensor(ordered[..., 0], 0.5), axis=2))
    for n in (1, 3):
        given = np.random.default_rng(0).normal(size=(2, 1, 8, n))
        wanted = np.sort(given, 0)
        wanted[..., 0] = 0.5
        np.testing.assert_array_equal(f(given), getattr(wanted, name)(axis=2))
