"""Learning rates that change, against their formulas in plain Python."""

import math

import numpy as np
import pytest

import symnet as sn
from symnet import optim
from symnet.errors import ArgumentError


def rates(schedule, steps):
    rate = schedule(optim.counter())
    f = sn.function([], rate)
    return [float(f()) for _ in range(steps)]


def test_step_decay():
    expected = [0.5 * 0.1 ** (t // 3) for t in range(10)]
    np.testing.assert_allclose(rates(lambda t: optim.step_decay(t, 0.5, 3), 10), expected, rtol=1e-6)


def test_step_decay_takes_its_steps_on_time():
    step = sn.lscalar("step")
    f = sn.function([step], optim.step_decay(step, 1.0, 49, 0.5))
    for k in (1, 7, 41, 100, 1000):
        assert f(49 * k) == np.float32(0.5**k) and f(49 * k - 1) == np.float32(0.5 ** (k - 1))


def test_cosine():
    expected = [0.1 + 0.4 * (1 + math.cos(math.pi * min(t, 8) / 8)) / 2 for t in range(12)]
    np.testing.assert_allclose(rates(lambda t: optim.cosine(t, 0.5, 8, 0.1), 12), expected, rtol=1e-5)
    assert rates(lambda t: optim.cosine(t, 0.5, 4), 6)[4:] == [0, 0]


def test_warm_up_to_a_number_and_to_a_schedule():
    np.testing.assert_allclose(rates(lambda t: optim.warm_up(t, 0.6, 3), 5), [0.2, 0.4, 0.6, 0.6, 0.6], rtol=1e-6)
    expected = [(0.5 + 0.5 * math.cos(math.pi * t / 8)) * min(1, (t + 1) / 4) for t in range(9)]
    found = rates(lambda t: optim.warm_up(t, optim.cosine(t, 1.0, 8), 4), 9)
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_one_cycle():
    def between(a, b, part):
        return b + (a - b) / 2 * (math.cos(math.pi * part) + 1)

    # 21 steps, a third of them up: the top is at step 6, the end at step 20
    expected = [between(0.04, 1, t / 6) if t <= 6 else between(1, 4e-6, min((t - 6) / 14, 1)) for t in range(24)]
    found = rates(lambda t: optim.one_cycle(t, 1.0, 21, rise=1 / 3), 24)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)
    assert max(range(24), key=found.__getitem__) == 6


def test_a_counter_counts_the_steps_of_the_function_that_trains():
    w, t = sn.shared(np.array([1.0, -2.0]), "w"), optim.counter()
    cost = sn.square(w).sum()
    rate = optim.step_decay(t, 0.1, 2, 0.5)
    step = sn.function([], [cost, rate], updates=optim.sgd(cost, [w], rate))
    look = sn.function([], rate, no_default_updates=True)
    v = w.get_value()
    for k in range(5):
        assert look() == look() == np.float32(0.1 * 0.5 ** (k // 2))
        v = v - float(step()[1]) * 2 * v
        assert t.get_value() == k + 1
    np.testing.assert_allclose(w.get_value(), v, rtol=1e-6)
    t.set_value(0)
    assert look() == np.float32(0.1)


def test_a_call_that_raises_has_counted_nothing():
    w, t, x = sn.shared(np.ones(2, np.float32), "w"), optim.counter(), sn.vector("x")
    cost = sn.square(w - x).sum()
    f = sn.function([x], cost, updates=optim.adam(cost, [w], optim.cosine(t, 0.1, 5)))
    with pytest.raises(sn.SymnetError):
        f(np.ones(3))
    assert t.get_value() == 0 and w.get_value().tolist() == [1, 1]


@pytest.mark.parametrize("call", [
    lambda t: optim.step_decay(t, 0.1, 0), lambda t: optim.cosine(t, 0.1, -1), lambda t: optim.warm_up(t, 0.1, 0),
    lambda t: optim.one_cycle(t, 0.1, 0), lambda t: optim.one_cycle(t, 0.1, 10, rise=0.0),
    lambda t: optim.one_cycle(t, 0.1, 2), lambda t: optim.one_cycle(t, 0.1, 10, rise=1.5),
])  # fmt: skip
def test_schedules_of_no_steps(call):
    with pytest.raises(ArgumentError, match="(every|steps|rise) is "):
        call(optim.counter())
