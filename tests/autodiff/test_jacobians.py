"""Whole Jacobians and Hessians, against closed forms and numeric differences, at known and open sizes."""

import numpy as np
import pytest

import symnet as sn
from symnet.errors import ArgumentError, GradientError
from symnet.graph import toposort

RNG = np.random.default_rng(0)
W, B = RNG.normal(size=(4, 3)), RNG.normal(size=3)
FILTERS = RNG.normal(size=(3, 2, 2, 2))

FUNCTIONS = {
    "layer": ((4,), lambda x: sn.tanh(x @ W + B)),
    "unit vector": ((4,), lambda x: x / sn.sqrt((x * x).sum())),
    "softmax": ((2, 3), sn.softmax),
    "product": ((2, 3), lambda x: x.prod(1)),
    "extremes": ((2, 3), lambda x: x.max(0) * x.min(1).sum()),
    "repeats": ((4, 2), lambda x: x[[0, 0, 2]] * x[1]),
    "gram": ((3, 2), lambda x: x @ x.T),
    "batch of products": ((2, 2, 2), lambda x: x @ x),
    "convolution": ((1, 2, 3, 3), lambda x: sn.tanh(sn.conv2d(x, FILTERS))),
    "filters": ((2, 2, 2, 2), lambda w: sn.tanh(sn.conv2d(np.ones((2, 2, 3, 3)), w, padding=1))),
    "depthwise": ((2, 1, 2, 2), lambda w: sn.conv2d(FILTERS, w, groups=2, padding="same") * w.sum()),
    "pooling": ((1, 1, 4, 4), lambda x: sn.pool2d(sn.exp(x), 2)),
    "writing": ((4,), lambda x: sn.set_subtensor(x[1:3], x[0] * x[3])),
    "choice": ((4,), lambda x: sn.where(x > 0, x**2, sn.sin(x))),
    "a scalar's": ((), lambda x: sn.stack([x, x * x, sn.exp(x)])),
    "a matrix of a scalar": ((), lambda x: sn.tanh(x * W)),
    "losses": ((3, 4), lambda x: sn.cross_entropy(x, [0, 3, 3], reduction="none")),
    "linear": ((3,), lambda x: x[::-1] * 2.0),
}


def numeric(f, x, eps=1e-6):
    """The Jacobian of an array's function by central differences."""
    x = np.asarray(x)
    columns = []
    for k in range(x.size):
        step = np.zeros(x.size)
        step[k] = eps
        step = step.reshape(x.shape)
        columns.append((f(x + step) - f(x - step)) / (2 * eps))
    return np.stack(columns, -1).reshape(np.shape(f(x)) + x.shape)


@pytest.mark.parametrize("mode", ["forward", "reverse", "auto"])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_jacobian_is_the_numeric_one(name, mode):
    shape, f = FUNCTIONS[name]
    at = RNG.normal(size=shape)
    found = []
    for sizes in (shape, (None,) * len(shape)):
        x = sn.tensor("x", sizes, "float64")
        y = f(x)
        J = sn.jacobian(y, x, mode=mode)
        assert J.type.ndim == y.type.ndim + x.type.ndim
        found.append(sn.function([x], J, on_unused_input="ignore")(at))
    np.testing.assert_allclose(found[0], numeric(sn.function([x], f(x)), at), 1e-6, 1e-7)
    np.testing.assert_allclose(found[1], found[0], 1e-12, 1e-12)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_hessian_is_the_numeric_one_and_its_products_agree(name):
    shape, f = FUNCTIONS[name]
    at, v = RNG.normal(size=shape), RNG.normal(size=shape)
    x = sn.tensor("x", (None,) * len(shape), "float64")
    cost = sn.sin(f(x)).sum()
    gradient, hessian, product = sn.function(
        [x], [sn.grad(cost, x), sn.hessian(cost, x), sn.hessian_vector_product(cost, x, v)]
    )(at)
    expected = numeric(sn.function([x], sn.grad(cost, x)), at)
    assert hessian.shape == gradient.shape * 2
    np.testing.assert_allclose(hessian, expected, 1e-5, 1e-6)
    np.testing.assert_allclose(product, np.tensordot(expected, v, v.ndim), 1e-5, 1e-5)


def test_closed_forms():
    x = sn.dvector("x")
    at = np.array([0.5, -1.0, 2.0])
    A = RNG.normal(size=(3, 3))
    quadratic = sn.dot(x, sn.dot(A, x))
    f = sn.function([x], [sn.jacobian(sn.exp(x), x), sn.hessian(quadratic, x), sn.jacobian(sn.dot(A, x), x)])
    diagonal, hessian, linear = f(at)
    np.testing.assert_allclose(diagonal, np.diag(np.exp(at)))
    np.testing.assert_allclose(hessian, A + A.T)
    np.testing.assert_array_equal(linear, A)
    p = np.exp(at) / np.exp(at).sum()
    for mode in ("forward", "reverse"):
        J = sn.function([x], sn.jacobian(sn.softmax(x), x, mode=mode))(at)
        np.testing.assert_allclose(J, np.diag(p) - np.outer(p, p))


def test_lists_of_variables():
    x, w = sn.dvector("x", shape=(3,)), sn.dmatrix("w", shape=(2, 3))
    y = sn.dot(w, x)
    by_x, by_w = sn.function([x, w], sn.jacobian(y, [x, w]))(np.arange(3.0), np.ones((2, 3)))
    assert by_x.tolist() == np.ones((2, 3)).tolist()
    assert by_w.shape == (2, 2, 3)
    assert by_w[0].tolist() == [[0, 1, 2], [0, 0, 0]]
    blocks = sn.hessian((y * y).sum(), [x, w])
    assert [[h.type.shape for h in row] for row in blocks] == [[(3, 3), (3, 2, 3)], [(2, 3, 3), (2, 3, 2, 3)]]
    xs, ws = np.array([1.0, -2.0, 0.5]), RNG.normal(size=(2, 3))
    found = sn.function([x, w], [h for row in blocks for h in row])(xs, ws)
    np.testing.assert_allclose(found[0], 2 * ws.T @ ws)
    np.testing.assert_allclose(found[2], np.moveaxis(found[1], 0, -1))
    products = sn.hessian_vector_product((y * y).sum(), [x, w], [xs, ws])
    assert isinstance(products, list) and len(products) == 2


def test_blocks_without_curvature_are_zeros():
    x, w = sn.dvector("x"), sn.dvector("w")
    blocks = sn.hessian((x * x).sum() + w.sum(), [x, w])
    found = sn.function([x, w], [h for row in blocks for h in row])(np.ones(2), np.ones(3))
    assert [h.shape for h in found] == [(2, 2), (2, 3), (3, 2), (3, 3)]
    assert [h.any() for h in found] == [True, False, False, False]


def test_the_mode_follows_the_sizes():
    def parts(y, x):
        return {node.origin.part for node in toposort([sn.jacobian(y, x)])} - {"forward"}

    x, z, open_size = sn.dscalar("x"), sn.dvector("z", shape=(100,)), sn.dvector("v")
    assert parts(sn.exp(x) * np.ones(100), x) == {"tangent"}
    assert parts(sn.exp(z)[:2], z) == {"backward"}
    assert parts(sn.exp(open_size), open_size) == {"backward"}


def test_empty_shapes():
    x = sn.dvector("x")
    for mode in ("forward", "reverse"):
        f = sn.function([x], sn.jacobian(sn.sin(x) * 2.0, x, mode=mode))
        assert f(np.zeros(0)).shape == (0, 0)
        assert f(np.zeros(1)).tolist() == [[2.0]]


def test_a_jacobian_of_a_scalar_is_the_gradient():
    x = sn.dvector("x")
    f = sn.function([x], [sn.jacobian((x * x).sum(), x), sn.jacobian((x * x).sum(), x, mode="forward")])
    assert [J.tolist() for J in f(np.array([1.0, -2.0]))] == [[2, -4], [2, -4]]


def test_dropout_has_one_mask_for_all_rows():
    x = sn.dvector("x", shape=(50,))
    y = sn.dropout(x, 0.5)
    for mode in ("forward", "reverse"):
        once, J = sn.function([x], [y, sn.jacobian(y, x, mode=mode)], training=True)(np.ones(50))
        np.testing.assert_array_equal(J, np.diag(once))
    assert sn.function([], sn.jacobian(y, x))().tolist() == np.eye(50).tolist()


def test_errors():
    x, w, n = sn.dvector("x"), sn.dvector("w"), sn.lvector("n")
    y = x * 2.0
    with pytest.raises(GradientError, match=r"jacobian: y does not depend on w\.(.|\n)*disconnected_inputs='ignore'"):
        sn.jacobian(y, w)
    zeros = sn.jacobian(y, [x, w], disconnected_inputs="ignore")[1]
    assert sn.function([x, w], zeros)(np.ones(2), np.ones(3)).shape == (2, 3)
    with pytest.raises(ArgumentError, match="jacobian: mode is 'both'"):
        sn.jacobian(y, x, mode="both")
    with pytest.raises(GradientError, match="jacobian: n is int64"):
        sn.jacobian(y, n)
    with pytest.raises(ArgumentError, match="jacobian: y holds a float"):
        sn.jacobian(2.0, x)
    with pytest.raises(GradientError, match=r"hessian: the cost has 1 axis(.|\n)*fix: reduce it first"):
        sn.hessian(y, x)
    with pytest.raises(GradientError, match="hessian_vector_product: the cost has 1 axis"):
        sn.hessian_vector_product(y, x, x)
    with pytest.raises(ArgumentError, match="hessian_vector_product: x holds a int"):
        sn.hessian_vector_product(y.sum(), 3, x)
    with pytest.raises(ArgumentError, match="jvp: 2 tangents for 1 inputs"):
        sn.hessian_vector_product(y.sum(), x, [x, x])
