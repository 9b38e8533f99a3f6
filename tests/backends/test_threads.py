"""Threads in BLAS and beside it: held to one, and given back."""

import numpy as np
import pytest

import symnet as sn
from symnet.backends.numpy.threads import share, thread_count, with_one_blas_thread

F32 = np.float32


@pytest.mark.skipif(thread_count() < 2, reason="BLAS has one thread here anyway")
def test_blas_is_held_to_one_thread_and_given_back():
    before = thread_count()

    def nested():
        return thread_count(), with_one_blas_thread(thread_count), thread_count()

    assert with_one_blas_thread(nested) == (1, 1, 1)
    assert thread_count() == before


def test_the_count_comes_back_after_an_error():
    before = thread_count()
    with pytest.raises(ValueError, match="invalid literal"):
        with_one_blas_thread(int, "one")
    assert thread_count() == before


def test_calls_leave_the_count_as_it_was():
    before = thread_count()
    x, y = sn.matrix("x"), sn.lvector("y")
    w = sn.shared(np.zeros((64, 4), F32), "w")
    with sn.options(machine=sn.Machine(cache=1500, threads=2)):
        f = sn.function([x, y], sn.cross_entropy(sn.dot(sn.tanh(x), w), y))
    images = np.ones((64, 64), F32)
    f(images, np.zeros(64, np.int64))
    assert thread_count() == before
    with pytest.raises(sn.SymnetError):
        f(images, np.full(64, 9))
    assert thread_count() == before


def test_every_piece_runs_once_and_always_on_the_same_worker():
    seen: list[list[int]] = [[], [], []]
    share([(k,) for k in range(7)], *(own.append for own in seen))
    assert seen == [[0, 1, 2], [3, 4, 5], [6]]


@pytest.mark.parametrize("bad", [0, 4, 6])
def test_what_a_worker_raises_is_raised_once_all_are_done(bad):
    done = []

    def worker(k):
        if k == bad:
            raise ValueError(f"piece {k}")
        done.append(k)

    with pytest.raises(ValueError, match=f"piece {bad}"):
        share([(k,) for k in range(7)], worker, worker)
    assert bad not in done
