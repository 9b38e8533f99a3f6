"""New values in place: whatever reads an old value does so before it is overwritten."""

import gc
import signal
import threading

import numpy as np
import pytest

import symnet as sn
from symnet.lowering import lower

F32 = np.float32


def states(*names, shape=(3, 3)):
    rng = np.random.default_rng(len(names))
    return [sn.shared(rng.normal(0, 1, shape).astype(F32), name) for name in names]


def new_values(updates):
    """What the new values are, computed as outputs, which nothing overwrites."""
    return sn.function([], [v for _, v in updates], on_unused_input="ignore")()


UPDATES = {
    "sgd": lambda a, b, c: [(a, a - 0.1 * b), (b, b - 0.1 * c)],
    "swapped": lambda a, b, c: [(a, b + 0), (b, a + 0)],
    "around": lambda a, b, c: [(a, b * 1.5), (b, c * 2.5), (c, a * 3.5)],
    "momentum": lambda a, b, c: [(b, v := 0.9 * b - 0.1 * c), (a, a + v)],
    "nesterov": lambda a, b, c: [(b, v := 0.9 * b - 0.1 * c), (a, a - 0.9 * b + 1.9 * v)],
    "transposed": lambda a, b, c: [(a, a + a.T), (b, b.T * 2)],
    "own_view": lambda a, b, c: [(a, a + a[::-1]), (b, 2 * b)],
    "copied": lambda a, b, c: [(a, b), (b, a), (c, c.T)],
    "same_value": lambda a, b, c: [(a, v := a + b), (b, v)],
    "twice": lambda a, b, c: [(a, a * a), (b, sn.sigmoid(b) + b), (c, sn.where(c > 0, c, -c))],
    "broadcast": lambda a, b, c: [(a, a + b[0]), (b, b + a[:, :1])],
    "contracted": lambda a, b, c: [(a, a - sn.dot(a, b)), (b, b / sn.sqrt(sn.square(b).sum()))],
    "ring": lambda a, b, c: [(a, a + b), (b, b + c), (c, c + a)],
}


@pytest.mark.parametrize("name", UPDATES)
def test_every_new_value_comes_from_old_ones(name):
    shared = states("a", "b", "c")
    updates = UPDATES[name](*shared)
    f = sn.function([], [shared[0] * 1, updates[0][1] * 2], updates=updates)
    for _ in range(2):
        expected, old = new_values(updates), shared[0].get_value()
        outputs = f()
        np.testing.assert_allclose(outputs[0], old)
        np.testing.assert_allclose(outputs[1], 2 * expected[0], rtol=1e-6)
        for (s, _), value in zip(updates, expected, strict=True):
            np.testing.assert_allclose(s.get_value(), value, rtol=1e-6, atol=1e-6)


def test_gradient_descent_writes_no_second_copy_of_the_weights():
    w = sn.shared(np.ones((100, 100), F32), "w")
    g = sn.matrix("g")
    program = lower([g], [], [(w, w - 0.1 * sn.tanh(g))], [(100, 100)], {})
    assert program.nbytes == 40_000


def test_an_argument_that_looks_into_an_updated_variable_keeps_its_value():
    a, b = states("a", "b")
    x = sn.matrix("x")
    f = sn.function([x], updates=[(a, a + x), (b, b + x)])
    before = [a.get_value(), b.get_value()]
    f(a.get_value(borrow=True)[:])
    np.testing.assert_array_equal(a.get_value(), before[0] * 2)
    np.testing.assert_array_equal(b.get_value(), before[1] + before[0])


def test_an_output_shows_the_old_value_of_what_is_updated():
    (a,) = states("a")
    f = sn.function([], [a, a.T], updates=[(a, a * 2)])
    old = a.get_value()
    got = f()
    np.testing.assert_array_equal(got[0], old)
    np.testing.assert_array_equal(got[1], old.T)


# updates that outgrow the cache ---------------------------------------------------------------------------------------


def piecewise(threads):
    return sn.options(machine=sn.Machine(cache=1000, threads=threads))


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("name", UPDATES)
def test_large_updates_run_in_pieces(name, threads):
    shared = states("a", "b", "c", shape=(60, 60))
    updates = UPDATES[name](*shared)
    with piecewise(threads):
        f = sn.function([], [shared[0] * 1], updates=updates)
    for _ in range(2):
        expected = new_values(updates)
        f()
        for (s, _), value in zip(updates, expected, strict=True):
            np.testing.assert_allclose(s.get_value(), value, rtol=2e-5, atol=1e-5)


@pytest.mark.parametrize("name", ["sgd", "momentum", "nesterov", "twice", "ring"])
def test_what_can_run_in_pieces_does(name):
    shared = states("a", "b", "c", shape=(60, 60))
    with piecewise(2):
        f = sn.function([], updates=UPDATES[name](*shared))
    f()
    assert any(step.loop is not None and step.loop.workers == 2 for step in f._latest.plan.program.last)


def test_many_threads_update_large_arrays_at_once():
    functions = []
    for k in range(6):
        (a,) = states(f"a{k}", shape=(100, 100))
        a.set_value(np.zeros((100, 100), F32))
        with piecewise(2):
            functions.append((a, sn.function([], updates=[(a, a + sn.exp(a * 0))])))
    threads = [threading.Thread(target=lambda f=f: [f() for _ in range(20)], daemon=True) for _, f in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    assert all(np.all(a.get_value() == 20) for a, _ in functions)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no interval timers here")
def test_interrupts_leave_a_large_update_whole_or_unmade():
    shared = states("a", "b", shape=(300, 300))
    with piecewise(2):
        f = sn.function([], updates=[(s, s * 0 + sn.exp(s * 0) + s) for s in shared])
    for s in shared:
        s.set_value(np.zeros((300, 300), F32))
    f()
    interrupts = 0

    def interrupt(*_):
        raise KeyboardInterrupt

    old = signal.signal(signal.SIGALRM, interrupt)
    gc.disable()
    try:
        for k in range(200):
            try:
                signal.setitimer(signal.ITIMER_REAL, 1e-5 * (1 + k % 100))
                f()
                signal.setitimer(signal.ITIMER_REAL, 0)
            except KeyboardInterrupt:
                interrupts += 1
            assert len({float(x) for s in shared for x in np.unique(s.get_value(borrow=True))}) == 1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)
        gc.enable()
    assert interrupts > 10


def test_an_update_that_looks_into_an_argument_in_another_way():
    (a,) = states("a")
    x = sn.matrix("x")
    f = sn.function([x], updates=[(a, a + sn.where(x > 0, x, -2 * x))])
    before, value = a.get_value(), np.linspace(-1, 1, 9, dtype=F32).reshape(3, 3)
    f(value)
    np.testing.assert_allclose(a.get_value(), before + np.where(value > 0, value, -2 * value), rtol=1e-6)


class Halved(sn.Elementwise):
    """An op as a user writes one, with statements in its lines."""

    name, roles = "halved", ("x",)

    def run(self, *arrays):
        return arrays[0] / 2

    def emit(self, e, *names):
        half = e.local(f"{names[0]}[...] * 0.5", "half")
        e.step(f"{e.out}[...] = {half}")


def test_an_op_that_writes_statements_works_in_an_update():
    (a,) = states("a")
    f = sn.function([], updates=[(a, Halved()(a + 1) * 4)])
    before = a.get_value()
    f()
    np.testing.assert_allclose(a.get_value(), (before + 1) / 2 * 4, rtol=1e-6)
