"""Entries at labels: found once for forward and backward, in any memory order, and never outside."""

import numpy as np
import pytest

import symnet as sn
from symnet.errors import BoundsError

RNG = np.random.default_rng(0)


def test_labels_are_checked_once_for_a_cost_and_its_gradient():
    x, y = sn.matrix("x"), sn.lvector("y")
    cost = sn.cross_entropy(x, y)
    f = sn.function([x, y], [cost, sn.grad(cost, x)])
    f(np.ones((5, 3), "float32"), [0, 1, 2, 0, 1])
    assert f.source.count("check_labels(") == 1
    assert f.source.count("np.add(y, row_starts") == 1


@pytest.mark.parametrize("labels", [[0, -1, 2], [0, 3, 2], [-(2**63), 0, 0], [2**63 - 1, 0, 0]])
def test_a_label_outside_is_an_error_with_its_number(labels):
    x, y = sn.matrix("x"), sn.lvector("y")
    f = sn.function([x, y], sn.pick(x, y))
    bad = next(n for n in labels if not 0 <= n < 3)
    with pytest.raises(BoundsError, match=rf"label {bad} is out of range for 3 classes[\s\S]*test_places.py"):
        f(np.ones((3, 3), "float32"), labels)


MEMORIES = {
    "row-major": lambda x: x,
    "column-major": lambda x: x.T,
    "neither": lambda x: x.reshape((4, 2, 3)).transpose((2, 0, 1))[:, :, 1],
}


@pytest.mark.parametrize("order", MEMORIES)
def test_reading_and_writing_in_any_memory_order(order):
    x, y, v = sn.matrix("x"), sn.lvector("y"), sn.vector("v")
    h = MEMORIES[order](sn.exp(x))
    outputs = [sn.pick(h, y), sn.set_subtensor(sn.pick(h, y), v), sn.inc_subtensor(sn.pick(h, y), v)]
    shape = (3, 4) if order == "row-major" else (4, 3) if order == "column-major" else (8, 3)
    array, labels, values = RNG.normal(0, 1, shape).astype("float32"), np.array([3, 0, 3]), np.float32([5, 6, 7])
    f = sn.function([x, y, v], outputs)
    picked, replaced, added = f(array, labels, values)
    expected = MEMORIES[order](np.exp(array))
    rows = np.arange(3)
    np.testing.assert_allclose(picked, expected[rows, labels], 1e-6)
    want = expected.copy()
    want[rows, labels] = values
    np.testing.assert_allclose(replaced, want, 1e-6)
    want[rows, labels] = expected[rows, labels] + values
    np.testing.assert_allclose(added, want, 1e-6)


@pytest.mark.parametrize("order", ["row-major", "column-major"])
def test_the_result_may_take_the_operands_memory(order):
    x, y = sn.matrix("x"), sn.lvector("y")
    h = MEMORIES[order](sn.exp(x))
    f = sn.function([x, y], sn.inc_subtensor(sn.pick(h, y), 1.0))
    array = RNG.normal(0, 1, (3, 3)).astype("float32")
    want = MEMORIES[order](np.exp(array)).copy()
    want[np.arange(3), [2, 0, 1]] += 1
    np.testing.assert_allclose(f(array, [2, 0, 1]), want, 1e-6)
