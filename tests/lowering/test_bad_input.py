"""Odd and bad arguments to plans that run in pieces on two threads and keep their parameters in arenas."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import symnet as sn

F32 = np.float32
SMALL = sn.Machine(cache=2048, threads=2)
RNG = np.random.default_rng(0)
W, B = RNG.uniform(-1, 1, (6, 4)).astype(F32), RNG.uniform(-1, 1, 4).astype(F32)


def regression():
    """A step of gradient descent on the sum of squares of tanh(xw + b), and its parameters."""
    with sn.options(machine=SMALL):
        x, w, b = sn.tensor("x", ("batch", 6)), sn.shared(W, "w"), sn.shared(B, "b")
        cost = (sn.tanh(sn.dot(x, w) + b) ** 2).sum()
        f = sn.function([x], cost, updates=sn.optim.sgd(cost, [w, b], 0.01), name="regress")
    return f, [w, b]


def by_hand(x):
    x = x.astype(float)
    h = np.tanh(x @ W + B)
    g = 2 * h * (1 - h**2)
    return (h**2).sum(), W - 0.01 * x.T @ g, B - 0.01 * g.sum(0)


def check(f, params, x):
    cost, w, b = by_hand(np.array(x))
    np.testing.assert_allclose(f(x), cost, rtol=1e-4)
    np.testing.assert_allclose(params[0].get_value(), w, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(params[1].get_value(), b, rtol=1e-3, atol=1e-4)


LAYOUTS = {
    "turned": lambda x: np.asfortranarray(x),
    "backwards": lambda x: x[::-1, ::-1],
    "every other row": lambda x: np.repeat(x, 2, 0)[::2],
    "one row again and again": lambda x: np.broadcast_to(x[:1], x.shape),
}


@pytest.mark.parametrize("n", [0, 1, 2, 257, 1000])
def test_a_batch_of_any_length(n):
    check(*regression(), RNG.uniform(-1, 1, (n, 6)).astype(F32))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_an_argument_in_any_order_is_only_read(layout):
    f, params = regression()
    x = LAYOUTS[layout](RNG.uniform(-1, 1, (1000, 6)).astype(F32))
    x.flags.writeable = False
    before = x.copy()
    check(f, params, x)
    assert "at a time, on 2 threads" in f.source and "params" in f.source
    np.testing.assert_array_equal(x, before)


def test_a_batch_that_cannot_be_allocated_changes_nothing():
    f, params = regression()
    x = np.broadcast_to(np.ones(6, F32), (1 << 45, 6))
    with pytest.raises(sn.errors.SymnetError, match="no memory for .*x.*: .* needs 844,424,930,131,968 bytes"):
        f(x)
    for s, value in zip(params, (W, B), strict=True):
        np.testing.assert_array_equal(s.get_value(), value)
    check(f, params, np.ones((1000, 6), F32))


def test_two_functions_that_share_parameters_in_many_threads():
    f, params = regression()
    with sn.options(machine=SMALL):
        x = sn.tensor("x", ("batch", 6))
        predict = sn.function([x], sn.tanh(sn.dot(x, params[0]) + params[1]))
    value = np.zeros((1000, 6), F32)
    alone, expected = regression()
    for _ in range(20):
        alone(value)
    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(g, value) for _ in range(20) for g in (f, predict)]
        shown = [job.result() for job in jobs][1::2]
    assert all((y == y[0]).all() for y in shown)  # no row saw another step's parameters
    for s, one in zip(params, expected, strict=True):
        np.testing.assert_array_equal(s.get_value(), one.get_value())
