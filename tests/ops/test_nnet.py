"""Softmax and cross-entropy where the cases do not reach: large logits, errors."""

import numpy as np
import pytest

import symnet as sn
from symnet.backends.reference import evaluate
from symnet.errors import ArgumentError, BoundsError, DTypeError, ShapeError
from symnet.graph import toposort
from symnet.ops.nnet import CrossEntropy

LOGITS = np.array([[1000.0, 0.0, -1000.0], [-5.0, 0.0, 5.0], [-1000.0, -1000.0, -1000.0]])


def ops_of(*outputs):
    return [type(node.op) for node in toposort(outputs)]


# cross-entropy ----------------------------------------------------------------------------------------------


def stable(z, labels):
    z = z.astype("float64")
    d = z - z.max(1, keepdims=True)
    p = np.exp(d) / np.exp(d).sum(1, keepdims=True)
    losses = np.log(np.exp(d).sum(1)) - d[np.arange(len(z)), labels]
    return losses, p - np.eye(z.shape[1])[labels]


@pytest.mark.parametrize("labels", [[0, 1, 2], [2, 2, 2]])
def test_cross_entropy_of_large_logits_and_its_gradient(labels):
    z, y = sn.matrix("z", dtype="float32"), sn.lvector("y")
    losses = sn.cross_entropy(z, y, reduction="none")
    g = sn.grad(losses.sum(), z)
    expected = stable(LOGITS, np.array(labels))
    for results in (
        evaluate([losses, g], {z: LOGITS.astype("float32"), y: np.array(labels)}),
        sn.function([z, y], [losses, g])(LOGITS.astype("float32"), np.array(labels)),
    ):
        for actual, value in zip(results, expected, strict=True):
            np.testing.assert_allclose(actual, value, rtol=1e-5, atol=1e-6)


def test_one_hot_targets_give_what_labels_give():
    z, y, t = sn.dmatrix("z"), sn.lvector("y"), sn.dmatrix("t")
    by_label, by_row = sn.cross_entropy(z, y), sn.cross_entropy(z, t)
    labels = np.array([0, 1, 2])
    values = {z: LOGITS, y: labels, t: np.eye(3)[labels]}
    a, b, c, d = evaluate([by_label, by_row, sn.grad(by_label, z), sn.grad(by_row, z)], values)
    np.testing.assert_allclose(a, b)
    np.testing.assert_allclose(c, d, atol=1e-12)


def test_cross_entropy_is_one_node_until_it_is_expanded():
    z, y = sn.matrix("z"), sn.lvector("y")
    assert CrossEntropy in ops_of(sn.cross_entropy(z, y))


@pytest.mark.parametrize("labels", [[0, 3], [-1, 0]])
def test_a_label_outside_the_classes_is_an_error_in_value_and_gradient(labels):
    z, y = sn.dmatrix("z"), sn.lvector("y")
    cost = sn.cross_entropy(z, y)
    for output in (cost, sn.grad(cost, z)):
        with pytest.raises(BoundsError, match=f"label {sum(labels)} is out of range for 3 classes"):
            evaluate([output], {z: LOGITS[:2], y: np.array(labels)})
        with pytest.raises(BoundsError, match="out of range for 3 classes"):
            sn.function([z, y], output)(LOGITS[:2], np.array(labels))


def test_the_gradient_of_the_gradient_by_labels():
    z, y = sn.dmatrix("z"), sn.lvector("y")
    g = sn.grad(sn.cross_entropy(z, y, reduction="sum"), z)
    second = sn.grad(g[:, 0].sum(), z)
    p = np.exp([0.0, 0.5, 1.0]) / np.exp([0.0, 0.5, 1.0]).sum()
    (value,) = evaluate([second], {z: np.array([[0.0, 0.5, 1.0]]), y: np.array([1])})
    np.testing.assert_allclose(value, [p[0] * (np.eye(3)[0] - p)], atol=1e-12)


@pytest.mark.parametrize(("make", "error", "match"), [
    (lambda z: sn.cross_entropy(z, sn.lmatrix("t", shape=(4, 3)).T), ShapeError, "axis 0 has 4 in .* but 3"),
    (lambda z: sn.cross_entropy(z, sn.lvector("y", shape=(5,))), ShapeError, "axis 0 has 4 in .* but 5"),
    (lambda z: sn.cross_entropy(z, sn.vector("y")), DTypeError, "the target is float32"),
    (lambda z: sn.cross_entropy(z, sn.lscalar("y")), ShapeError, r"\(4, 3\) and target \(\) do not fit"),
    (lambda z: sn.cross_entropy(sn.scalar("s"), 0), ShapeError, "the logits are a scalar"),
    (lambda z: sn.cross_entropy(z, sn.lvector("y"), reduction="max"), ArgumentError, "reduction is 'max'"),
    (lambda z: sn.softmax(z, axis=2), ArgumentError, "softmax: axis is 2, but x has 2 axes"),
    (lambda z: sn.logsumexp(z, axis=(0, 0)), ArgumentError, "logsumexp: axis 0 of x is given 2 times"),
])  # fmt: skip
def test_errors(make, error, match):
    with pytest.raises(error, match=match):
        make(sn.matrix("z", shape=(4, 3)))


def test_sparsemax_of_nothing_and_its_slope():
    x = sn.matrix("x", shape=(2, 0))
    with pytest.raises(ShapeError, match=r"sparsemax: axis 1 of x has size 0"):
        sn.sparsemax(x)
    z = sn.dvector("z")
    jacobian = sn.function([z], sn.jacobian(sn.sparsemax(z), z))(np.array([0.5, 0.3, -2.0]))
    np.testing.assert_allclose(jacobian, [[0.5, -0.5, 0], [-0.5, 0.5, 0], [0, 0, 0]])


def test_nothing_flows_to_a_logarithm_of_no_sum():
    """All elements -inf: PyTorch and JAX have NaN here. One inf has no limit, and makes NaN in its place alone."""
    x, t = sn.dmatrix("x"), sn.dmatrix("t")
    y = sn.logsumexp(x, 1)
    f = sn.function([x, t], [y, sn.grad(y.sum(), x), sn.jvp(y, x, t)])
    value, slope, tangent = f([[-np.inf] * 3, [np.inf, 1.0, 2.0], [-np.inf, 0.0, 0.0]], np.ones((3, 3)))
    np.testing.assert_allclose(value, [-np.inf, np.inf, np.log(2)])
    np.testing.assert_allclose(slope, [[0, 0, 0], [np.nan, 0, 0], [0, 0.5, 0.5]])
    np.testing.assert_allclose(tangent, [0, np.nan, 1])


def test_a_sum_of_exponentials_and_its_gradient_take_one_exponential():
    x = sn.tensor("x", (8, 5))
    y = sn.logsumexp(x, 1)
    assert sn.function([x], [y, sn.grad(y.sum(), x)]).source.count("np.exp(") == 1
