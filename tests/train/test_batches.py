"""The order of the rows: every row once an epoch, and a place that is found again."""

import json
from itertools import chain

import numpy as np
import pytest

from symnet.errors import ArgumentError
from symnet.train.batches import Batches, Shuffled

X = np.arange(23)


def shuffled(seed=0, size=5):
    return Shuffled((X, -X), size, np.random.default_rng(seed))


def firsts(batches):
    return [x.tolist() for x, _ in batches]


def test_every_row_once_in_a_new_order():
    batches = shuffled()
    assert isinstance(batches, Batches) and len(batches) == 5
    a, b = firsts(batches), firsts(batches)
    assert [len(rows) for rows in a] == [5, 5, 5, 5, 3]
    assert sorted(chain(*a)) == sorted(chain(*b)) == X.tolist() and a != b
    assert all((x == -y).all() for x, y in batches)


@pytest.mark.parametrize("given", range(6))
def test_a_state_is_the_place_after_the_batches_given(given):
    batches = shuffled()
    whole = firsts(shuffled())
    for _, _ in zip(range(given), batches, strict=False):
        pass
    text = json.dumps(batches.state())
    other = shuffled(9)
    firsts(other)
    other.from_state(json.loads(text))
    assert firsts(other) == whole[given:]
    assert firsts(other) == firsts_of_second_epoch()


def firsts_of_second_epoch():
    batches = shuffled()
    firsts(batches)
    return firsts(batches)


def test_an_epoch_that_was_left_goes_on():
    batches = shuffled()
    for _ in zip(range(2), batches, strict=False):
        pass
    batches._rng.random(7)  # others draw from the generator too
    assert firsts(batches) == firsts(shuffled())[2:]


def test_a_state_of_other_data_changes_nothing():
    batches = shuffled()
    before = batches.state()
    for other in (shuffled(size=4), Shuffled((X[1:], X[1:]), 5, np.random.default_rng(0))):
        with pytest.raises(ArgumentError, match="the checkpoint is of"):
            batches.from_state(other.state())
    assert batches.state() == before
