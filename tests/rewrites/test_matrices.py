"""Rules of linear algebra in the formulas they are for, and where they must stay away."""

import numpy as np
import pytest

import symnet as sn
from symnet.graph import toposort
from symnet.options import Options
from symnet.rewrites import rewrite

RNG = np.random.default_rng(0)


def rewritten(*outputs):
    results, fired, _ = rewrite(list(outputs), training=False, options=Options())
    return [node.op.name for node in toposort(results)], {record.rule for record in fired}


@pytest.mark.parametrize("shape", [(None, None), (300, 300), (2, 300, 300), (None, None, None)])
def test_the_likelihood_of_a_gaussian_in_many_dimensions(shape):
    """The determinant of its covariance overflows; its logarithm and the gradient, an inverse, do not."""
    x = sn.tensor("x", shape, "float32")
    cost = sn.log(sn.linalg.det(x)).sum()
    f = sn.function([x], [cost, sn.grad(cost, x)])
    a = 50 * np.eye(300, dtype="float32")
    a = a if len(shape) == 2 else np.stack([a, 2 * a])
    value, g = f(a)
    np.testing.assert_allclose(value, np.linalg.slogdet(a)[1].sum(), 1e-6)
    np.testing.assert_allclose(g, np.linalg.inv(a).swapaxes(-1, -2), 1e-6)
    names, _ = rewritten(cost, sn.grad(cost, x))
    assert "det" not in names and "cofactors" not in names and "svd" not in names


def test_the_logarithm_of_other_determinants_is_what_it_was():
    x = sn.tensor("x", (3, 2, 2), "float64")
    a = np.array([[[1.0, 2], [3, 4]], [[1, 2], [2, 4]], [[4, 1], [1, 4]]])
    with np.errstate(all="ignore"):
        got = sn.function([x], sn.log(sn.linalg.det(x)))(a)
        absolute = sn.function([x], sn.log(abs(sn.linalg.det(x))))(a)
    np.testing.assert_allclose(got, [np.nan, -np.inf, np.log(15)])
    np.testing.assert_allclose(absolute, [np.log(2), -np.inf, np.log(15)])


def solves(y):
    names, _ = rewritten(*y) if isinstance(y, list) else rewritten(y)
    return "solve" in names and "inv" not in names


def test_products_with_an_inverse_are_solutions():
    a, b, stack = sn.dmatrix("a"), sn.dmatrix("b"), sn.dtensor3("stack")
    v, inverse = sn.dvector("v"), sn.linalg.inv
    x, y, z, s = RNG.normal(size=(3, 3)), RNG.normal(size=(3, 3)), RNG.normal(size=3), RNG.normal(size=(2, 3, 3))
    i = np.linalg.inv
    for expression, expected in [
        (inverse(a) @ b, i(x) @ y),
        (inverse(a) @ v, i(x) @ z),
        (b @ inverse(a), y @ i(x)),
        (v @ inverse(a), z @ i(x)),
        (inverse(a).T @ b, i(x).T @ y),
        (b @ inverse(a).T, y @ i(x).T),
        (inverse(stack) @ b, i(s) @ y),
        (b @ inverse(stack), y @ i(s)),
        (v @ (inverse(a) @ v), z @ i(x) @ z),
    ]:
        assert solves(expression)
        f = sn.function([a, b, v, stack], expression, on_unused_input="ignore")
        np.testing.assert_allclose(f(x, y, z, s), expected, 1e-9)


def test_an_inverse_that_is_needed_anyway_is_kept():
    a, b = sn.dmatrix("a"), sn.dmatrix("b")
    i = sn.linalg.inv(a)
    assert not solves([i @ b, i])
    assert not solves(i @ b + i)
    assert not solves([i @ b, i @ (b + 1), i @ (b + 2), i @ (b + 3)])
    assert solves([i @ b, i @ (b + 1)])
    assert not solves(sn.linalg.inv(sn.dtensor3("stack")) @ sn.dvector("v"))


def test_the_trace_of_a_product_needs_no_product():
    square = sn.tensor("q", ("n", "n"), "float64")
    x, w = sn.tensor("x", ("n", 4), "float64"), sn.tensor("w", (4, "n"), "float64")
    stack = sn.tensor("s", (2, 3, 3))
    for y in (sn.linalg.trace(x @ w), sn.trace(square @ square), sn.linalg.trace(stack @ np.eye(3))):
        names, fired = rewritten(y)
        assert ("trace_of_product" in fired) == (y.type.ndim == 0)
    f = sn.function([x, w], sn.trace(x @ w))
    a, b = RNG.normal(size=(5, 4)), RNG.normal(size=(4, 5))
    np.testing.assert_allclose(f(a, b), np.trace(a @ b), 1e-12)
    _, fired = rewritten(sn.trace(x @ w, 1))
    assert "trace_of_product" not in fired
    _, fired = rewritten(sn.trace(sn.tensor("x", (3, 4)) @ sn.tensor("w", (4, 2))))
    assert "trace_of_product" not in fired


def test_only_what_is_read_of_a_factorisation_is_computed():
    a = sn.dmatrix("a")
    for word, alone, whole in ((sn.linalg.eigvalsh, "eigvalsh", "eigh"), (sn.linalg.svdvals, "svdvals", "svd")):
        y = word(a)
        names, _ = rewritten(y)
        assert alone in names and whole not in names
        names, _ = rewritten(y, sn.grad(y.sum(), a))
        assert whole in names and alone not in names
    w, v = sn.linalg.eigh(sn.tanh(a))
    names, _ = rewritten(w, v)
    assert "eigvalsh" not in names
