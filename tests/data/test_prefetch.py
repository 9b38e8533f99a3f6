"""The thread that makes minibatches ahead: how far, and that it ends whatever happens."""

import gc
import os
import signal
import threading
import time

import numpy as np
import pytest

from symnet.data import augment, batches
from symnet.data.prefetch import ahead
from symnet.errors import ArgumentError

SECONDS = 10


def threads():
    return [thread for thread in threading.enumerate() if thread.name == "symnet-prefetch"]


@pytest.fixture(autouse=True)
def no_thread_is_left():
    assert threads() == []
    yield
    assert threads() == []


@pytest.fixture
def interruptible():
    """Ctrl-C raises KeyboardInterrupt, which a shell's background jobs ignore."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def eventually(condition):
    end = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.001)


def counting(made, end=10**9):
    for k in range(end):
        made.append(k)
        yield k


@pytest.mark.parametrize("count", [1, 2, 7])
def test_it_is_ahead_by_so_many_and_no_more(count):
    made = []
    items = ahead(counting(made), count)
    for k in range(5):
        assert next(items) == k
        # Handed out: k + 1. The permit for one more comes with the next request.
        eventually(lambda wanted=k + count: len(made) == wanted)
        time.sleep(0.01)
        assert len(made) == k + count
    items.close()


def test_all_items_come_in_order():
    assert list(ahead(counting([], 100), 3)) == list(range(100))
    assert list(ahead(counting([], 0), 3)) == []


def test_nothing_begins_before_the_first_request():
    made = []
    items = ahead(counting(made), 2)
    time.sleep(0.01)
    assert made == threads() == []
    items.close()


@pytest.mark.parametrize("error", [ValueError("sour"), KeyboardInterrupt(), StopAsyncIteration()])
def test_an_exception_in_the_thread_comes_after_the_items_before_it(error):
    def failing():
        yield 1
        yield 2
        raise error

    found = []
    with pytest.raises(type(error)) as info:
        found.extend(iter_into(found, ahead(failing(), 5)))
    assert found == [1, 2] and info.value is error
    assert "failing" in [entry.name for entry in info.traceback]


def iter_into(found, items):
    for item in items:
        found.append(item)
    return []


def test_leaving_the_loop_ends_the_thread_and_the_source():
    closed = []

    def source():
        try:
            yield from counting([])
        finally:
            closed.append(threading.current_thread().name)

    for item in ahead(source(), 3):
        if item == 4:
            break
    gc.collect()
    assert threads() == [] and closed == ["symnet-prefetch"]


def test_leaving_the_loop_does_not_wait_for_all_that_was_ordered():
    made = []

    def source():
        for k in counting(made):
            yield k
            time.sleep(0.001)

    items = ahead(source(), 10_000)
    assert next(items) == 0
    items.close()
    assert len(made) < 10_000


@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt, SystemExit])
def test_an_exception_in_the_loop_ends_the_thread(kind):
    def loop():
        for _ in batches(np.zeros((1000, 2)), np.zeros(1000), 10, 0, prefetch=50):
            raise kind

    with pytest.raises(kind):
        loop()
    assert threads() == []


def test_an_interrupt_while_waiting_ends_the_wait(interruptible):
    """Ctrl-C comes to the main thread, which waits for a minibatch that takes long."""
    slow, waiting = threading.Event(), threading.Event()

    def source():
        yield 1
        waiting.set()
        slow.wait(SECONDS)
        yield 2

    def interrupt():
        waiting.wait(SECONDS)
        time.sleep(0.02)
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.02)
        slow.set()

    other = threading.Thread(target=interrupt)
    other.start()
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        list(ahead(source(), 1))
    other.join()
    assert time.monotonic() - start < SECONDS / 2


def test_a_source_that_is_stuck_is_left_behind(monkeypatch):
    monkeypatch.setattr("symnet.data.prefetch._SECONDS_TO_STOP", 0.05)
    slow = threading.Event()

    def source():
        yield 1
        slow.wait(SECONDS)

    items = ahead(source(), 2)
    assert next(items) == 1
    items.close()
    assert len(threads()) == 1 and threads()[0].daemon
    slow.set()
    threads()[0].join()


def test_what_numpy_is_told_to_ignore_it_ignores_in_the_thread():
    def divided():
        yield np.ones(2) / np.zeros(2)

    with np.errstate(divide="ignore"):
        assert np.isinf(next(ahead(divided(), 1))).all()
    with np.errstate(divide="raise"), pytest.raises(FloatingPointError):
        next(ahead(divided(), 1))


def test_an_error_of_symnet_in_the_thread_shows_the_loop():
    loop = batches(np.zeros((20, 4)), np.zeros(20), 10, 0, transform=lambda x, rng: augment.shift(x, rng), prefetch=2)
    with pytest.raises(ArgumentError, match=r"shift: images have shape \(20, 4\)(.|\n)*at test_prefetch.py") as info:
        for _ in loop:
            pass
    assert "for _ in loop:" in str(info.value)


def test_two_pairs_of_threads_at_once():
    runs = [batches(np.arange(500.0), None, 7, seed, prefetch=3) for seed in (1, 2)]
    plain = [batches(np.arange(500.0), None, 7, seed) for seed in (1, 2)]
    for made, wanted in zip(zip(*runs), zip(*plain)):
        np.testing.assert_array_equal(made[0], wanted[0])
        np.testing.assert_array_equal(made[1], wanted[1])
