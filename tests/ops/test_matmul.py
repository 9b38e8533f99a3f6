"""Matrix products where the cases do not reach: errors, types, structure, and empty axes."""

import re

import numpy as np
import pytest

from symnet import function, ops
from symnet.autodiff import grad
from symnet.backends.reference import evaluate
from symnet.errors import ArgumentError, DTypeError, ShapeError
from symnet.graph import Variable, toposort
from symnet.graph.inputs import tensor
from symnet.types import TensorType


def pair(first, second, dtypes=("float64", "float64")):
    return tensor("images", first, dtypes[0]), tensor("w1", second, dtypes[1])


# sizes ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second", "what", "fix"),
    [
        ((10, 784), (700, 100), "x has 784 columns but w has 700 rows", "w needs 784 rows, or x 700 columns"),
        ((10, 784), (100, 784), "x has 784 columns but w has 100 rows", r"transpose w: w\.T has 784 rows"),
        ((784, 10), (784, 100), "x has 10 columns but w has 784 rows", r"transpose x: x\.T has 784 columns"),
        ((784,), (700, 10), "x has 784 elements but w has 700 rows", "w needs 784 rows"),
        ((3, 784), (700,), "x has 784 columns but w has 700 elements", "w needs 784 elements"),
        ((784,), (700,), "x has 784 elements but w has 700 elements", "784 elements"),
        (("batch", 784), (700, 10), "x has 784 columns but w has 700 rows", r"\(batch, 784\)"),
        ((5, 3, 784), (5, 700, 10), "x has 784 columns but w has 700 rows", "w needs 784 rows"),
    ],
)
@pytest.mark.parametrize("word", [ops.matmul, ops.dot])
def test_inner_sizes_that_differ(word, first, second, what, fix):
    images, w1 = pair(first, second)
    with pytest.raises(ShapeError, match=rf"matmul: {what}\.") as caught:
        word(images, w1)
    assert re.search(fix, caught.value.fix)
    text = str(caught.value)
    assert "images" in text
    assert "w1" in text
    assert "test_matmul.py" in text


def test_sizes_that_meet_only_at_run_time():
    x, w = pair((None, None), (None, None))
    with pytest.raises(ShapeError, match=r"matmul: x has 3 columns but w has 4 rows"):
        evaluate([x @ w], {x: np.ones((2, 3)), w: np.ones((4, 2))})


def test_leading_axes_that_do_not_broadcast():
    with pytest.raises(ShapeError, match=r"matmul: all axes but the last two .* axis 0 has 2 against 3"):
        ops.matmul(*pair((2, 4, 5), (3, 5, 6)))


def test_a_scalar_is_no_matrix_but_has_a_dot_product():
    x, w = pair((), (3,))
    with pytest.raises(ShapeError, match="matmul: x is a scalar") as caught:
        ops.matmul(x, w)
    assert "x * w" in caught.value.fix
    with pytest.raises(ShapeError, match="matmul: w is a scalar"):
        w @ 2.0
    assert ops.dot(x, w).type.shape == (3,)


@pytest.mark.parametrize(
    ("first", "second", "result"),
    [
        (("batch", 784), (784, 10), ("batch", 10)),
        (("batch", None), (None, "units"), ("batch", "units")),
        (("batch", "time", 8), (8, 4), ("batch", "time", 4)),
        (("batch", 2, 3), ("batch", 3, 4), ("batch", 2, 4)),
        ((1, 2, 3), ("batch", 3, 4), ("batch", 2, 4)),
        ((8,), (8, "units"), ("units",)),
        (("batch", 8), (8,), ("batch",)),
        ((8,), (None,), ()),
    ],
)
def test_names_of_sizes_are_kept(first, second, result):
    assert ops.matmul(*pair(first, second)).type.shape == result


# dtypes -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second", "result"),
    [
        ("int32", "float32", "float32"),
        ("int32", "int64", "int64"),
        ("uint8", "bool", "uint8"),
        ("float16", "float16", "float16"),
        ("float32", "float64", "float64"),
    ],
)
def test_operands_promote(first, second, result):
    x, w = pair((2, 3), (3, 2), (first, second))
    y = x @ w
    assert y.type.dtype == result
    assert evaluate([y], {x: np.ones((2, 3), first), w: np.ones((3, 2), second)})[0].dtype == result


def test_bools_have_no_product():
    with pytest.raises(DTypeError, match="matmul is not defined for bool"):
        ops.matmul(*pair((2, 3), (3, 2), ("bool", "bool")))


def test_the_gradient_of_a_float_beside_integers():
    x, w = pair((2, 3), (3, 2), ("float32", "int64"))
    g = grad(ops.sum(x @ w), x)
    assert g.type == x.type
    values = np.arange(6).reshape(3, 2)
    np.testing.assert_array_equal(evaluate([g], {w: values})[0], np.tile(values.sum(1), (2, 1)))


# structure --------------------------------------------------------------------------------------------------


def test_the_gradients_of_a_layer_are_two_products_with_transposes():
    x, w = pair(("batch", 784), (784, 10))
    y = x @ w
    wanted = grad(ops.sum(y), [x, w])
    found = [node for node in toposort(wanted) if node.op.name == "matmul" and node is not y.node]
    assert [x.type for x in wanted] == [x.type, w.type]
    assert len(found) == 2
    assert all(any(v.node and v.node.op.name == "transpose" for v in node.inputs) for node in found)


def test_a_batch_times_a_matrix_is_one_product():
    x, w = Variable(TensorType("float32", (4, 5, 6))), Variable(TensorType("float32", (6, 3)))
    lowered = ops.MatMul().lower(x, w)
    assert lowered.type.shape == (4, 5, 3)
    (product,) = [node for node in toposort([lowered]) if node.op.name == "matmul"]
    assert product.inputs[0].type.shape == (20, 6)


def test_equal_products_are_equal():
    assert ops.MatMul() == ops.MatMul()
    assert hash(ops.MatMul()) == hash(ops.MatMul())


@pytest.mark.parametrize("dtype", ["float32", "int64"])
def test_the_sum_over_nothing_is_zero(dtype):
    x, w = pair((None, None), (None, None), (dtype, dtype))
    y = evaluate([x @ w], {x: np.ones((3, 0), dtype), w: np.ones((0, 2), dtype)})[0]
    assert y.tolist() == [[0, 0]] * 3


@pytest.mark.parametrize(("batch", "rows"), [((1,), (2,)), ((2,), (1,)), ((3, 1), (1, 4))])
def test_leading_axes_broadcast_only_at_run_time_have_the_right_gradient(batch, rows):
    x, w = pair((None,) * (len(batch) + 2), (None,) * (len(rows) + 2))
    gx, gw = grad(ops.sum(x @ w), [x, w])
    a, b = np.ones((*batch, 2, 3)), np.arange(np.prod(rows) * 12.0).reshape(*rows, 3, 4)
    by_x, by_w = evaluate([gx, gw], {x: a, w: b})
    assert by_x.shape == a.shape
    assert by_w.shape == b.shape
    full = np.broadcast_shapes(batch, rows)
    np.testing.assert_allclose(by_x.sum(), np.broadcast_to(b, (*full, 3, 4)).sum() * 2)
    np.testing.assert_allclose(by_w.sum(), np.prod(full) * 2 * 3 * 4)


# tensordot and outer ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("axes", "error", "what"),
    [
        (3, ArgumentError, "axes is 3, but x has 2 axes and w has 3"),
        (-1, ArgumentError, "axes is -1"),
        ("ij", ArgumentError, "axes is 'ij'"),
        ((0, 3), ArgumentError, "3 is no axis of w, which has 3 axes"),
        ((0.5, 0), ArgumentError, r"0\.5 is no axis of x"),
        (((0, 0), (0, 1)), ArgumentError, r"an axis of x is given twice: \(0, 0\)"),
        (((0, 1), (0,)), ArgumentError, "2 axes of x are paired with 1 axes of w"),
        ((0, 0), ShapeError, "axis 0 of x has size 2 but axis 0 of w has size 3"),
    ],
)
def test_axes_that_do_not_pair(axes, error, what):
    images, w1 = pair((2, 3), (3, 2, 4))
    with pytest.raises(error, match=f"tensordot: {what}") as caught:
        ops.tensordot(images, w1, axes=axes)
    assert "w1" in str(caught.value)
    assert "test_matmul.py" in str(caught.value)


def test_tensordot_of_unknown_sizes():
    x, w = pair((None, None, 3), (None, None))
    y = ops.tensordot(x, w, axes=((0, 1), (1, 0)))
    a, b = np.arange(24.0).reshape(4, 2, 3), np.arange(8.0).reshape(2, 4)
    np.testing.assert_allclose(evaluate([y], {x: a, w: b})[0], np.tensordot(a, b, ((0, 1), (1, 0))))


def test_outer_of_vectors_keeps_names():
    x, y = pair(("n",), (4,))
    assert ops.outer(x, y).type.shape == ("n", 4)


@pytest.mark.parametrize("rows, dtype, turned", [(3, "float32", True), (17, "float32", False), (3, "float64", False)])
def test_few_rows_by_a_large_matrix_across_its_order_are_computed_turned(rows, dtype, turned):
    x, w = tensor("x", (None, None), dtype), tensor("w", (None, None), dtype)
    f = function([x, w], ops.dot(x, w.T))
    rng = np.random.default_rng(0)
    a, b = rng.normal(0, 1, (rows, 100)).astype(dtype), rng.normal(0, 1, (120, 100)).astype(dtype)
    np.testing.assert_allclose(f(a, b), a @ b.T, rtol=1e-4, atol=1e-5)
    assert ("turned" in f.source) is turned


def test_a_stack_of_outer_products_needs_no_blas():
    x, w = tensor("x", (5, 4, 1)), tensor("w", (5, 1, 7))
    f = function([x, w], ops.matmul(x, w))
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(5, 4, 1)).astype("float32"), rng.normal(size=(5, 1, 7)).astype("float32")
    np.testing.assert_array_equal(f(a, b), a * b)
    assert "np.multiply(" in f.source


def test_the_bare_op_takes_operands_of_one_dtype():
    a, b = tensor("a", (2, 3), "float32"), tensor("b", (3, 2), "float64")
    op = ops.matmul(a, tensor("c", (3, 2), "float32")).node.op
    with pytest.raises(DTypeError, match=r"matmul: x is float32 but w is float64(.|\n)*cast one of them"):
        op(a, b)


def test_examples_with_several_axes_are_told_to_be_flattened():
    x, w = tensor("x", (64, 20, 4, 4), "float32"), tensor("w", (320, 10), "float32")
    with pytest.raises(ShapeError, match=r"x has 4 columns but w has 320 rows(.|\n)*x\.flatten\(2\) has 320 columns"):
        ops.dot(x, w)
    assert ops.dot(x.flatten(2), w).type.shape == (64, 10)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: ops.matvec(tensor("v", (3,)), tensor("w", (3,))), "matvec: x has 1 axis, and 2 make a matrix"),
        (lambda: ops.matvec(tensor("a", (2, 3)), 1.0), "matvec: v has no axes, and 1 makes a vector"),
        (lambda: ops.vecmat(tensor("v", (2,)), tensor("w", (2,))), "vecmat: x has 1 axis, and 2 make a matrix"),
        (lambda: ops.vecmat(tensor("v", (3,)), tensor("w", (2, 3))), "x has 3 elements but w has 2 rows"),
    ],
)
def test_vectors_and_matrices_that_do_not_meet(build, message):
    with pytest.raises(ShapeError, match=message):
        build()
