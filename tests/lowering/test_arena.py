"""All parameters at once: what stands side by side, and that nobody notices but the clock."""

import pickle

import numpy as np
import pytest

import symnet as sn
from symnet.examples import chapter6
from symnet.examples.classifier import Classifier
from symnet.lowering import lower

F32 = np.float32
SHAPES = [(4, 3), (3,), (3, 2), (2,)]


def params(names=("w1", "b1", "w2", "b2")):
    rng = np.random.default_rng(0)
    return [sn.shared(rng.normal(0, 1, shape).astype(F32), name) for shape, name in zip(SHAPES, names)]


def cost_of(weights):
    w1, b1, w2, b2 = weights
    x = sn.matrix("x", shape=("n", 4))
    return x, sn.square(sn.dot(sn.tanh(sn.dot(x, w1) + b1), w2) + b2).sum()


OPTIMISERS = {
    "sgd": lambda cost, weights: sn.optim.sgd(cost, weights, 0.1),
    "momentum": lambda cost, weights: sn.optim.momentum(cost, weights, 0.1),
    "nesterov": lambda cost, weights: sn.optim.nesterov(cost, weights, 0.1),
    "adagrad": lambda cost, weights: sn.optim.adagrad(cost, weights, 0.1),
    "rmsprop": lambda cost, weights: sn.optim.rmsprop(cost, weights, 0.1),
    "adam": lambda cost, weights: sn.optim.adam(cost, weights, 0.1),
    "adamw": lambda cost, weights: sn.optim.adamw(cost, weights, 0.1),
    "cosine": lambda cost, weights: sn.optim.adam(cost, weights, sn.optim.cosine(sn.optim.counter(), 0.1, 4)),
    "clip_by_norm": lambda cost, weights: sn.optim.sgd(
        sn.optim.clip_by_norm(sn.grad(cost, weights), 0.1), weights, 0.1
    ),
    "average": lambda cost, weights: sn.optim.average(sn.optim.momentum(cost, weights, 0.1), weights),
    "decay": lambda cost, weights: [(w, 0.99 * w - 0.1 * g) for w, g in zip(weights, sn.grad(cost, weights))],
    "clipped": lambda cost, weights: [
        (w, w - 0.1 * g / (1 + sn.sqrt(sum(sn.square(g).sum() for g in sn.grad(cost, weights)))))
        for w, g in zip(weights, sn.grad(cost, weights))
    ],
    "some_not": lambda cost, weights: [
        (w, w - (0.1 * g if w.type.ndim == 2 else 0.2 * g.sum() * w)) for w, g in zip(weights, sn.grad(cost, weights))
    ],
}


@pytest.mark.parametrize("name", OPTIMISERS)
def test_an_arena_changes_no_number(name):
    values = {}
    for arenas in (True, False):
        weights = params()
        x, cost = cost_of(weights)
        f = sn.function([x], cost, updates=OPTIMISERS[name](cost, weights))
        f._arenas = arenas
        images = np.random.default_rng(1).normal(0, 1, (5, 4)).astype(F32)
        costs = [f(images) for _ in range(4)]
        assert bool(f._latest.plan.program.arenas) == (arenas and name != "some_not")
        values[arenas] = [*costs, *(w.get_value() for w in weights)]
    for one, other in zip(values[True], values[False], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6)


def test_gradient_descent_is_two_calls():
    weights = params()
    x, cost = cost_of(weights)
    f = sn.function([x], cost, updates=sn.optim.sgd(cost, weights, 0.1))
    f(np.ones((5, 4), F32))
    update = f.source[f.source.index("update = [") :]
    assert update.count("partial(") == 2 and "out=params" in update


@pytest.mark.parametrize(("name", "passes"), [
    ("nesterov", 6), ("adagrad", 7), ("rmsprop", 9), ("adam", 12), ("adamw", 13),
])  # fmt: skip
def test_every_optimiser_updates_all_parameters_at_once(name, passes):
    weights = params()
    x, cost = cost_of(weights)
    f = sn.function([x], cost, updates=OPTIMISERS[name](cost, weights))
    f(np.ones((5, 4), F32))
    update = f.source[f.source.index("update = [") :]
    assert update.count("# (23,)") == passes  # of all 23 numbers at once
    assert update.count("partial(") == passes + update.count("# ()")


def test_the_optimisers_of_the_chapter_update_all_parameters_at_once():
    for momentum, calls in [(0.0, 2), (0.9, 4)]:
        step = Classifier(chapter6.double_conv, np.random.default_rng(0), momentum).step
        program = lower(step.inputs, step.outputs, step.updates, [(2, 784), (2,), ()], {})
        assert len(program.last) == calls


def test_each_shared_variable_stays_an_array_of_its_own_to_its_user():
    weights = params()
    x, cost = cost_of(weights)
    f = sn.function([x], cost, updates=sn.optim.sgd(cost, weights, 0.1))
    images = np.ones((5, 4), F32)
    f(images)
    before = [w.get_value() for w in weights]
    weights[0].set_value(np.zeros((4, 3), F32))
    f(images)
    assert not np.array_equal(weights[0].get_value(), before[0])
    borrowed = weights[2].get_value(borrow=True)
    borrowed[...] = 7
    assert np.all(weights[2].get_value() == 7) and np.array_equal(weights[1].get_value().shape, (3,))
    expected = [w.get_value() - 0.1 * g for w, g in zip(weights, sn.function([x], sn.grad(cost, weights))(images))]
    f(images)
    for w, value in zip(weights, expected, strict=True):
        np.testing.assert_allclose(w.get_value(), value, rtol=1e-5, atol=1e-6)
    copies = pickle.loads(pickle.dumps([w.get_value(borrow=True) for w in weights]))
    assert all(np.array_equal(a, w.get_value()) for a, w in zip(copies, weights, strict=True))


def test_a_function_that_comes_back_from_a_pickle_trains():
    # What is unpickled from a thousand bytes on has those bytes as its base.
    weights = [sn.shared(np.ones(300, F32), name) for name in ("v", "w")]
    x = sn.matrix("x", shape=(None, 300))
    cost = sn.mean(sn.tanh(x * weights[0]) * weights[1])
    train = sn.function([x], cost, updates=sn.optim.momentum(cost, weights, 0.01, 0.9))
    copy = pickle.loads(pickle.dumps(train))
    images = np.ones((5, 300), F32)
    for _ in range(3):
        assert copy(images) == train(images)


def test_functions_that_want_other_orders_both_work_and_do_not_move_values_forever():
    weights = params()
    x, cost = cost_of(weights)
    everything = sn.function([x], cost, updates=sn.optim.sgd(cost, weights, 0.01))
    matrices = sn.function([x], cost, updates=sn.optim.sgd(cost, weights[::2], 0.01))
    backwards = sn.function([x], cost, updates=sn.optim.sgd(cost, weights[::-1], 0.01))
    images = np.ones((5, 4), F32)
    reference = [w.get_value() for w in weights]
    gradients = sn.function([x], sn.grad(cost, weights))
    for k in range(6):
        chosen = [everything, matrices, backwards][k % 3]
        gs = gradients(images)
        reference = [
            w.get_value() - 0.01 * g if chosen is not matrices or j % 2 == 0 else w.get_value()
            for j, (w, g) in enumerate(zip(weights, gs, strict=True))
        ]
        chosen(images)
        for w, value in zip(weights, reference, strict=True):
            np.testing.assert_allclose(w.get_value(), value, rtol=1e-5, atol=1e-6)
    homes = [id(w.get_value(borrow=True)) for w in weights]
    for f in (everything, matrices, backwards):
        f(images)
    assert [id(w.get_value(borrow=True)) for w in weights] == homes


def test_a_gradient_that_is_also_an_output_and_one_that_is_a_view():
    a, b = sn.shared(np.ones((2, 3), F32), "a"), sn.shared(np.ones((3, 2), F32), "b")
    x, y = sn.matrix("x"), sn.matrix("y")
    g, h = sn.tanh(sn.dot(x, y)), sn.exp(sn.dot(x, y)).T
    f = sn.function([x, y], [g, h], updates=[(a, a - 0.5 * g), (b, b - 0.5 * h)])
    left, right = np.ones((2, 4), F32), np.full((4, 3), 0.1, F32)
    for k in (1, 2):
        got_g, got_h = f(left, right)
        np.testing.assert_allclose(got_g, np.tanh(left @ right), rtol=1e-6)
        np.testing.assert_allclose(got_h, np.exp(left @ right).T, rtol=1e-6)
        np.testing.assert_allclose(a.get_value(), 1 - 0.5 * k * got_g, rtol=1e-5)
        np.testing.assert_allclose(b.get_value(), 1 - 0.5 * k * got_h, rtol=1e-5)
    program = lower([x, y], [g, h], list(f.updates), [(2, 4), (4, 3)], {})
    assert len(program.arenas) == 1


def test_a_parameter_that_another_update_reads_turned_around_stays_by_itself():
    a, b, c = (sn.shared(np.full((3, 3), k + 1.0, F32), name) for k, name in enumerate("abc"))
    f = sn.function([], updates=[(a, a - 0.5 * sn.exp(-b)), (b, b - 0.5 * sn.exp(-c)), (c, c - 0.5 * a.T)])
    f()
    np.testing.assert_allclose(a.get_value(), 1 - 0.5 * np.exp(-2) * np.ones((3, 3)), rtol=1e-6)
    np.testing.assert_allclose(c.get_value(), 3 - 0.5 * np.ones((3, 3)), rtol=1e-6)
