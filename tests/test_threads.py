"""Calls from several threads, and signals at any moment: all updates of a call or none."""

import gc
import signal
import sys
import threading

import numpy as np
import pytest

import symnet as sn
from symnet.backends.numpy.threads import thread_count

F32 = np.float32


class Alarm(Exception):
    """What the handlers of these tests raise when they stand in for a time limit."""


@pytest.fixture
def handler():
    """Sets a handler of SIGINT; the old one comes back."""
    old = signal.getsignal(signal.SIGINT)
    yield lambda function: signal.signal(signal.SIGINT, function)
    signal.signal(signal.SIGINT, old)


@pytest.mark.parametrize("error", [KeyboardInterrupt, Alarm])
def test_an_interrupt_at_any_line_leaves_all_updates_or_none(handler, error):
    states = [sn.shared(np.full(3, float(k), F32), f"s{k}") for k in range(4)]
    f = sn.function([], updates={s: s * 2 + 10 for s in states})
    f()

    def interrupt(*_):
        raise error

    handler(interrupt)
    lines = 0

    def watch(frame, event, _):
        nonlocal lines
        lines += event == "line"
        if event == "line" and lines == wanted:
            signal.raise_signal(signal.SIGINT)
        return watch

    wanted, outcomes = 0, set()
    while lines == wanted:
        lines, wanted = 0, wanted + 1
        before = [float(s.get_value()[0]) for s in states]
        old = sys.gettrace()
        sys.settrace(watch)
        try:
            f()
        except error:
            pass
        finally:
            sys.settrace(old)
        made = [float(s.get_value()[0]) == 2 * value + 10 for s, value in zip(states, before)]
        assert len(set(made)) == 1
        outcomes.add(made[0])
        for s, value in zip(states, before):
            s.set_value(np.full(3, value, F32))
    assert wanted > 20 and outcomes == {True, False}


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no interval timers here")
@pytest.mark.parametrize("multiplies", [False, True])
def test_interrupts_at_any_moment_leave_all_updates_or_none(multiplies):
    states = [sn.shared(np.zeros(2000, F32), f"s{k}") for k in range(30)]
    w, before = sn.shared(np.ones((20, 20), F32), "w"), thread_count()
    f = sn.function([], sn.dot(w, w).sum() if multiplies else None, updates={s: s + 1 for s in states})
    f()
    interrupts = 0

    def interrupt(*_):
        raise KeyboardInterrupt

    old = signal.signal(signal.SIGALRM, interrupt)
    gc.disable()  # other libraries' callbacks run at a collection, and an interrupt there would be theirs
    try:
        for k in range(300):
            try:
                signal.setitimer(signal.ITIMER_REAL, 1e-6 * (1 + k))
                f()
                signal.setitimer(signal.ITIMER_REAL, 0)
            except KeyboardInterrupt:
                interrupts += 1
            assert len({float(s.get_value(borrow=True)[j]) for s in states for j in (0, -1)}) == 1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)
        gc.enable()
    assert interrupts > 10
    assert thread_count() == before
    # No lock stayed taken: another thread can call.
    other = threading.Thread(target=f, daemon=True)
    other.start()
    other.join(10)
    assert not other.is_alive()


# threads ------------------------------------------------------------------------------------------------------------


def in_threads(*jobs):
    """Run the jobs at once; whatever one raises is raised."""
    errors = []
    start = threading.Barrier(len(jobs))

    def work(job):
        try:
            start.wait(10)
            job()
        except BaseException as error:
            errors.append(error)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        threads = [threading.Thread(target=work, args=(job,), daemon=True) for job in jobs]
        for t in threads:
            t.start()
        for t in threads:
            t.join(30)
        assert not any(t.is_alive() for t in threads)
    finally:
        sys.setswitchinterval(interval)
    if errors:
        raise errors[0]


def test_several_threads_may_call_one_function():
    x = sn.matrix("x")
    f = sn.function([x], [sn.tanh(x) * 2, (x * x).sum(1)])

    def job(k):
        def call():
            value = np.full((20 + k % 2, 50), k, F32)
            expected = [np.tanh(value) * 2, (value * value).sum(1)]
            for _ in range(150):
                for r, e in zip(f(value), expected, strict=True):
                    np.testing.assert_array_equal(r, r.flat[0])
                    np.testing.assert_allclose(r, e, rtol=1e-5)

        return call

    in_threads(*(job(k) for k in range(4)))


def test_functions_that_share_state_see_whole_updates_only():
    a, b = sn.shared(np.zeros(1000, F32), "a"), sn.shared(np.zeros(1000, F32), "b")
    forward = sn.function([], updates=[(a, a + 1), (b, b + 1)])
    backward = sn.function([], updates=[(b, b + 1), (a, a + 1)])
    both = sn.function([], [a, b])

    def read():
        for _ in range(300):
            u, v = both()
            assert u.min() == u.max() == v.min() == v.max()

    in_threads(*[lambda: [forward() for _ in range(300)]] * 2, *[lambda: [backward() for _ in range(300)]] * 2, read)
    assert (a.get_value() == 1200).all() and (b.get_value() == 1200).all()
