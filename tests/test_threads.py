"""Calls from several threads, and signals at any moment: all updates of a call or none."""

import gc
import signal
import sys
import threading

import numpy as np
import pytest

import symnet as sn
from symnet.function import _commit

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
@pytest.mark.parametrize("after", range(4))
def test_an_interrupt_between_two_updates_comes_once_all_are_made(handler, error, after):
    states = [sn.shared(np.full(3, float(k), F32), f"s{k}") for k in range(4)]
    f = sn.function([], updates={s: s + 10 for s in states})
    f()
    update = f._latest.plan.update

    def interrupt(*_):
        raise error

    handler(interrupt)
    copies = 0

    def watch(frame, event, _):
        # A signal just before line `after` of the generated update.
        nonlocal copies
        if frame.f_code is update.__code__ and event == "line":
            copies += 1
            if copies == after + 1:
                signal.raise_signal(signal.SIGINT)
        return watch

    old = sys.gettrace()
    sys.settrace(watch)
    try:
        with pytest.raises(error):
            f()
    finally:
        sys.settrace(old)
    assert copies == after + 1
    assert [float(s.get_value()[0]) for s in states] == [20, 21, 22, 23]


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no interval timers here")
def test_interrupts_at_any_moment_leave_all_updates_or_none():
    states = [sn.shared(np.zeros(2000, F32), f"s{k}") for k in range(30)]
    f = sn.function([], updates={s: s + 1 for s in states})
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
    # No lock stayed taken: another thread can call.
    other = threading.Thread(target=f, daemon=True)
    other.start()
    other.join(10)
    assert not other.is_alive()


def test_an_update_that_cannot_be_written_is_an_error():
    def update():
        raise ValueError("assignment destination is read-only")

    with pytest.raises(ValueError, match="read-only"):
        _commit(update)


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
