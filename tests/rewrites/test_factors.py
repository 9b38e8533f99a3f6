"""Small factors leave sums and meet each other first, and only where that saves a pass over memory."""

import numpy as np
import pytest

import symnet as sn
from symnet.backends.reference import evaluate
from symnet.graph import toposort
from symnet.options import Options
from symnet.rewrites import rewrite

RNG = np.random.default_rng(0)


def rewritten(*outputs):
    results, fired, _ = rewrite(outputs, training=False, options=Options())
    return results, [record.rule for record in fired]


def full(outputs, shape):
    """How many products and quotients have this shape."""
    ops = ("multiply", "divide", "negative", "square")
    return sum(node.op.name in ops and node.outputs[0].type.shape == shape for node in toposort(outputs))


def batch_norm():
    x, gain, bias = sn.tensor("x", ("n", 3, 5)), sn.tensor("gain", (3,)), sn.tensor("bias", (3,))
    centred = x - x.mean((0, 2), keepdims=True)
    deviation = sn.sqrt(sn.square(centred).mean((0, 2), keepdims=True) + 1e-5)
    return (x, gain, bias), gain[None, :, None] * centred / deviation + bias[None, :, None]


def test_batch_normalisation_costs_few_passes():
    inputs, y = batch_norm()
    gradients = sn.grad(None, inputs, known_grads={y: sn.tanh(y)})
    after, fired = rewritten(y, *gradients)
    assert {"factor_after_sum", "small_factors_first"} <= set(fired)
    # forward: a square and the gain; backward: g c, that of c by its factor, g by the gain
    assert full(after, ("n", 3, 5)) == 5 < full([y, *gradients], ("n", 3, 5))


@pytest.mark.parametrize("n", [1, 4])
def test_batch_normalisation_gives_the_same_numbers(n):
    inputs, y = batch_norm()
    gradients = sn.grad(None, inputs, known_grads={y: sn.tanh(y)})
    arrays = [RNG.normal(size=shape).astype("float32") for shape in ((n, 3, 5), (3,), (3,))]
    expected = evaluate([y, *gradients], dict(zip(inputs, arrays, strict=True)))
    for actual, wanted in zip(sn.function(inputs, [y, *gradients])(*arrays), expected, strict=True):
        np.testing.assert_allclose(actual, wanted, rtol=2e-4, atol=2e-6)


def test_a_sum_keeps_its_count_where_no_factor_changes_along_it():
    c, d = sn.tensor("c", ("n", 1)), sn.tensor("d", ("n", 1))
    y = (sn.broadcast_to(c, (c.shape[0], 4)) * d).sum(1)
    value = RNG.normal(size=(3, 1)).astype("float32")
    np.testing.assert_allclose(sn.function([c, d], y)(value, value), 4 * value[:, 0] ** 2, rtol=1e-6)


def test_what_others_read_is_not_computed_twice():
    x, z, c = sn.tensor("x", ("n", 4)), sn.tensor("z", ("n", 4)), sn.tensor("c", (4,))
    product = (x * c) * z
    _, fired = rewritten(product, product.sum(0))
    assert "factor_after_sum" not in fired
    scaled = x * c
    _, fired = rewritten(scaled, scaled * c)
    assert "small_factors_first" not in fired


def test_two_factors_whose_product_is_large_stay_apart():
    x, c, r = sn.tensor("x", ("n", 4)), sn.tensor("c", (4,)), sn.tensor("r", ("n", 1))
    (y,), fired = rewritten(sn.exp(x) * c * r)
    assert "small_factors_first" not in fired and full([y], ("n", 4)) == 2


def test_outer_products_do_not_go_in_circles():
    column, row, s = sn.tensor("column", (4, 1)), sn.tensor("row", (1, 4)), sn.tensor("s", ())
    y = column * (sn.exp(row) / s)
    (after,), _ = rewritten(y)
    assert full([after], (4, 4)) == 1
    a, b = RNG.normal(size=(4, 1)).astype("float32"), RNG.normal(size=(1, 4)).astype("float32")
    np.testing.assert_allclose(sn.function([column, row, s], y)(a, b, 2.0), a * np.exp(b) / 2, rtol=1e-6)


def test_a_sum_is_divided_once_for_each_divisor():
    """The square of a small deviation would be 0."""
    x, s = sn.tensor("x", ("n", 4)), sn.tensor("s", ("n", 1))
    y = (x / s / s).sum(1)
    x_value, s_value = np.full((2, 4), 1e-30, "float32"), np.full((2, 1), 1e-25, "float32")
    np.testing.assert_allclose(sn.function([x, s], y)(x_value, s_value), [4e20, 4e20], rtol=1e-5)


@pytest.mark.parametrize("op", ["multiply", "divide"])
def test_signs_and_quotients_go_to_the_small_factor(op):
    x, c = sn.tensor("x", ("n", 4)), sn.tensor("c", (4,))
    y = -(sn.exp(x) * c if op == "multiply" else sn.exp(x) / c) * 3.0
    (after,), _ = rewritten(y)
    assert full([after], ("n", 4)) == 1
    arrays = RNG.uniform(0.5, 2, (3, 4)).astype("float32"), RNG.uniform(0.5, 2, 4).astype("float32")
    wanted = evaluate([y], {x: arrays[0], c: arrays[1]})[0]
    np.testing.assert_allclose(sn.function([x, c], y)(*arrays), wanted, rtol=1e-6)


@pytest.mark.parametrize("f", [
    lambda x: 1 / x, lambda x: -1 / x, lambda x: -(1 / x), lambda x: 2 / x, lambda x: 1 / (2 * x), lambda x: -1 * x,
    lambda x: -1 / (3 / x),
])  # fmt: skip
@pytest.mark.parametrize("axis", [None, 0, (1,)])
def test_sums_of_inverses(f, axis):
    x = sn.matrix("x", shape=(2, "n"))
    value = RNG.uniform(1, 2, (2, 3)).astype("float32")
    np.testing.assert_allclose(sn.function([x], f(x).sum(axis))(value), f(value).sum(axis), rtol=1e-6)
