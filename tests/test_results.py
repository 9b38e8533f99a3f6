"""Returned arrays belong to the caller: nothing the caller can still see changes at a later call."""

import numpy as np

import symnet as sn
from symnet.results import LARGE

N = LARGE  # as many float32 are four times as large


def step():
    x = sn.vector("x")
    return sn.function([x], [x * 2, x + 1, x.sum()])


def of(value):
    return np.full(N, value, np.float32)


def test_results_that_are_kept_stay_as_they_are():
    f = step()
    kept = [f(of(k)) for k in range(4)]
    for k, (double, more, total) in enumerate(kept):
        assert np.all(double == 2 * k) and np.all(more == k + 1) and total == np.float32(N) * k


def test_a_result_of_which_a_part_is_kept_stays_as_it_is():
    f = step()
    part, row, memory = f(of(1))[0][10:20], f(of(2))[1].reshape(2, -1)[1], memoryview(f(of(3))[0])
    f(of(4))
    f(of(5))
    assert np.all(part == 2) and np.all(row == 3) and memory[5] == 6


def test_a_result_nobody_holds_lends_its_memory_to_the_next():
    f = step()
    first = f(of(1))[0].ctypes.data
    assert f(of(2))[0].ctypes.data == first
    held = f(of(3))[0]
    assert f(of(4))[0].ctypes.data != held.ctypes.data and np.all(held == 6)


def test_a_result_changed_by_its_caller_is_right_the_next_time():
    f = step()
    f(of(1))[0][:] = 99
    assert np.all(f(of(2))[0] == 4)
