"""Normalisation where the cases do not reach: batch normalisation's two lives, its passes, precision, errors."""

import numpy as np
import pytest

import symnet as sn
from symnet.backends.reference import evaluate
from symnet.check import check_grad
from symnet.errors import ArgumentError, DTypeError, ShapeError

RNG = np.random.default_rng(0)
X = RNG.normal(1, 3, (6, 3, 2, 2)).astype("float32")


def running(channels=3):
    return sn.shared(np.zeros(channels, "float32"), "mean"), sn.shared(np.ones(channels, "float32"), "var")


def step(mean, var, **inputs):
    """A function that trains on `x`, and one that predicts."""
    x = sn.tensor("x", (None, 3, 2, 2))
    y = sn.batch_norm(x, mean, var, momentum=0.25)
    steps = sn.shared(0, "steps")
    return sn.function([x], y, updates=[(steps, steps + 1)]), sn.function([x], y)


# the two lives of batch normalisation ---------------------------------------------------------------------------------


def test_training_uses_the_batch_and_moves_the_averages():
    mean, var = running()
    train, predict = step(mean, var)
    expected_mean, expected_var = np.zeros(3), np.ones(3)
    for k in range(3):
        batch = X * (k + 1)
        by_channel = batch.transpose(1, 0, 2, 3).reshape(3, -1).astype("float64")
        z = (by_channel - by_channel.mean(1)[:, None]) / np.sqrt(by_channel.var(1)[:, None] + 1e-5)
        np.testing.assert_allclose(train(batch), z.reshape(3, 6, 2, 2).transpose(1, 0, 2, 3), 1e-4, 1e-5)
        expected_mean = 0.75 * expected_mean + 0.25 * by_channel.mean(1)
        expected_var = 0.75 * expected_var + 0.25 * by_channel.var(1, ddof=1)
        np.testing.assert_allclose(mean.get_value(), expected_mean, 1e-5)
        np.testing.assert_allclose(var.get_value(), expected_var, 1e-5)
    z = (X - expected_mean[:, None, None]) / np.sqrt(expected_var[:, None, None] + 1e-5)
    np.testing.assert_allclose(predict(X), z, 1e-4, 1e-5)
    np.testing.assert_allclose(mean.get_value(), expected_mean, 1e-5)  # prediction left it


def test_the_functions_say_what_they_update():
    train, predict = step(*running())
    assert [s.label for s, _ in train.updates] == ["steps", "mean", "var"]
    assert predict.updates == () and not predict.training
    assert sum("predicting_batch_norm" in str(fired) for fired in predict.rewrites) == 1


def test_a_training_function_of_the_gradient_alone_moves_the_averages_too():
    mean, var = running()
    x = sn.tensor("x", (None, 3, 2, 2))
    weight = sn.shared(np.ones(3, "float32"))
    g = sn.grad(sn.batch_norm(x, mean, var, weight).sum(), weight)
    sn.function([x], g, training=True)(X)
    np.testing.assert_allclose(mean.get_value(), 0.1 * X.mean((0, 2, 3)), 1e-5)


def test_an_update_by_the_user_stands_and_givens_are_followed():
    mean, var = running()
    x = sn.tensor("x", (None, 3, 2, 2))
    y = sn.batch_norm(x, mean, var)
    data = sn.shared(X, "data")
    f = sn.function([], y, updates=[(var, var * 2)], givens={x: data + 1})
    f()
    np.testing.assert_array_equal(var.get_value(), [2, 2, 2])
    np.testing.assert_allclose(mean.get_value(), 0.1 * (X + 1).mean((0, 2, 3)), 1e-5)


def test_averages_can_be_told_to_stay():
    mean, var = running()
    x = sn.tensor("x", (None, 3, 2, 2))
    y = sn.batch_norm(x, mean, var)
    assert sn.function([x], y, training=True, no_default_updates=True).updates == ()
    f = sn.function([x], y, training=True, no_default_updates=[var])
    assert [s for s, _ in f.updates] == [mean]


def test_a_layer_that_is_used_twice_averages_over_both():
    mean, var = running()
    a, b = sn.tensor("a", (None, 3)), sn.tensor("b", (None, 3))
    y = sn.batch_norm(a, mean, var).sum() + sn.batch_norm(b, mean, var).sum()
    ones, twos = np.ones((4, 3), "float32"), np.full((4, 3), 2, "float32")
    sn.function([a, b], y, training=True)(ones, twos)
    np.testing.assert_allclose(mean.get_value(), np.full(3, 0.9 * 0.1 + 0.1 * 2), 1e-6)


def test_a_call_that_raises_moves_nothing():
    mean, var = running()
    x, y = sn.tensor("x", (None, 3)), sn.lvector("y")
    f = sn.function([x, y], sn.cross_entropy(sn.batch_norm(x, mean, var), y), training=True)
    with pytest.raises(sn.SymnetError, match="label 3 is out of range"):
        f(np.ones((2, 3), "float32"), np.array([0, 3]))
    np.testing.assert_array_equal(mean.get_value(), np.zeros(3))


def test_one_element_has_no_spread():
    mean, var = running()
    x = sn.tensor("x", (None, 3))
    sn.function([x], sn.batch_norm(x, mean, var), training=True)(np.ones((1, 3), "float32"))
    np.testing.assert_allclose(var.get_value(), np.full(3, 0.9), 1e-6)


@pytest.mark.parametrize("training", [False, True])
def test_gradients_in_both_lives(training):
    """To second order, against differences of the compiled function itself."""
    def compiled(outputs, values):
        xs = list(values)
        return sn.function(xs, list(outputs), training=training, on_unused_input="ignore")(*values.values())

    with sn.options(floatX="float64"):
        check_grad(
            lambda x, w, b: sn.batch_norm(x, np.array([0.5, -1.0]), np.array([2.0, 0.5]), w, b),
            [RNG.normal(size=(4, 2)), RNG.normal(size=2), RNG.normal(size=2)],
            order=2,
            evaluate=compiled,
        )


# how it compiles ------------------------------------------------------------------------------------------------------


def large_steps(f, shape):
    """How many lines of the step write an array of a shape."""
    source = f.source[f.source.index("def step") :]
    return sum(str(tuple(shape)) in line.partition("#")[2] for line in source.splitlines())


def test_as_many_passes_as_by_hand():
    shape = (16, 3, 4, 4)
    x, c = sn.tensor("x", shape), sn.tensor("c", shape)
    weight, bias = sn.shared(np.ones(3, "float32")), sn.shared(np.zeros(3, "float32"))
    y = sn.batch_norm(x, *running(), weight, bias)
    predict = sn.function([x], y)
    assert large_steps(predict, shape) == 2  # x a + b
    train = sn.function([x], y, training=True)
    assert large_steps(train, shape) == 3  # x - mean, (x - mean) a, + b; the mean and the variance are reductions
    gs = sn.grad(None, [x, weight, bias], known_grads={y: c})
    both = sn.function([x, c], [y, *gs], training=True)
    assert large_steps(both, shape) == 3 + 4  # c a - (d t + l)


# precision ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("normed", [sn.layer_norm, sn.rms_norm, lambda x: sn.group_norm(x, 2), sn.batch_norm])
def test_float16_squares_do_not_overflow(normed):
    x = sn.tensor("x", (None, 4), dtype="float16")
    values = np.array([[300.0, -400.0, 500.0, 1000.0], [-300.0, 400.0, -500.0, 0.0]], "float16")
    y, wide = sn.function([x], normed(x))(values), sn.dmatrix("wide")
    assert y.dtype == "float16"
    np.testing.assert_allclose(y, evaluate([normed(wide)], {wide: values.astype("float64")})[0], 2e-3, 1e-3)


def test_a_large_mean_costs_no_digits():
    x = sn.fmatrix("x")
    values = (1000 + np.array([[0.0, 1.0, 2.0, 3.0]])).astype("float32")
    expected = (np.arange(4) - 1.5) / np.sqrt(1.25 + 1e-5)
    np.testing.assert_allclose(sn.function([x], sn.layer_norm(x))(values)[0], expected, 1e-5)


@pytest.mark.parametrize(("make", "error", "match"), [
    (lambda x: sn.batch_norm(x, np.zeros(3)), ArgumentError, "batch_norm: running_var is missing"),
    (lambda x: sn.batch_norm(x, np.zeros(2), np.ones(3)), ShapeError, r"running_mean has shape \(2,\), but x has 3"),
    (lambda x: sn.batch_norm(x, weight=np.ones(4)), ShapeError, r"weight has shape \(4,\), but x has 3"),
    (lambda x: sn.batch_norm(x[:, 0]), ShapeError, "batch_norm: x has 1 axis, but at least 2"),
    (lambda x: sn.batch_norm(x, eps=-1), ArgumentError, "batch_norm: eps is -1"),
    (lambda x: sn.batch_norm(x, momentum="0.1"), ArgumentError, "batch_norm: momentum is '0.1'"),
    (lambda x: sn.layer_norm(x.astype("int64")), DTypeError, "layer_norm: x is int64"),
    (lambda x: sn.layer_norm(x, axis=2), ArgumentError, "layer_norm: axis is 2, but x has 2 axes"),
    (lambda x: sn.layer_norm(x, np.ones((4, 3))), ShapeError, r"weight has shape \(4, 3\), but x has 3"),
    (lambda x: sn.group_norm(x, 2), ShapeError, "group_norm: 2 groups of 3 channels"),
    (lambda x: sn.instance_norm(x), ShapeError, "instance_norm: x has 2 axes, but at least 3"),
])  # fmt: skip
def test_errors(make, error, match):
    with pytest.raises(error, match=match):
        make(sn.matrix("x", shape=(4, 3)))
