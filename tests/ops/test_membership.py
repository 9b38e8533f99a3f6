"""Membership, where the cases do not reach: long lists of values, open sizes, and what is compiled."""

import numpy as np
import pytest

from symnet import function, ops
from symnet.graph.inputs import lvector, tensor


@pytest.mark.parametrize("n", [0, 1, 64, 65, 500])
def test_known_and_open_values_say_what_numpy_says(n):
    x, v = tensor("x", (40, 30), "int64"), lvector("v")
    rng = np.random.default_rng(0)
    point, values = rng.integers(0, 700, (40, 30)), rng.integers(0, 700, n)
    found = function([x, v], [ops.isin(x, values), ops.isin(x, v), ops.isin(x, v, invert=True)])(point, values)
    expected = np.isin(point, values)
    for actual, wanted in zip(found, [expected, expected, ~expected]):
        np.testing.assert_array_equal(actual, wanted)


def test_a_few_values_make_no_array():
    x = tensor("x", (40, 30))
    assert function([x], ops.isin(x, [1.0, 2.0, 3.0])).allocations == 0


def test_what_sets_have_in_common_follows_their_sizes():
    x, y = lvector("x"), lvector("y")
    f = function([x, y], [word(x, y) for word in (ops.union1d, ops.intersect1d, ops.setdiff1d, ops.setxor1d)])
    for a, b in (([3, 1, 1], [1, 2]), ([], [5]), ([1, 2, 3], [3, 2, 1]), ([4], [])):
        expected = [word(a, b) for word in (np.union1d, np.intersect1d, np.setdiff1d, np.setxor1d)]
        for actual, wanted in zip(f(np.array(a, np.int64), np.array(b, np.int64)), expected):
            np.testing.assert_array_equal(actual, wanted)
