"""The training loop: what it reaches, what it keeps however it ends, and what it refuses."""

import numpy as np
import pytest

import symnet as sn
from made_digits import digits
from symnet.errors import ArgumentError, BoundsError, NumericError
from symnet.examples.chapter6 import NETWORKS
from symnet.train import Classifier, fit

TRAIN, VALIDATION = digits(300, 1), digits(60, 2)
USUAL = {"epochs": 2, "batch_size": 10, "learning_rate": 0.1, "progress": False}


def model(seed=0, net="shallow", mu=0.0):
    sn.seed(seed)
    return Classifier(NETWORKS[net], np.random.default_rng(seed), mu=mu)


def run(m, train=TRAIN, validation=VALIDATION, seed=0, **changes):
    return fit(m, train, validation, rng=np.random.default_rng(seed), **{**USUAL, **changes})


def same(a, b):
    return a.keys() == b.keys() and all(np.array_equal(a[name], b[name]) for name in a)


class Interrupting:
    """The step, with Ctrl-C pressed in place of call number `at`."""

    def __init__(self, step, at):
        self.step, self.left = step, at

    def __call__(self, *args):
        self.left -= 1
        if not self.left:
            raise KeyboardInterrupt
        return self.step(*args)


def nan_in_step(m, number):
    """Let a step of the model meet NaNs; returns the values before each step, as they are made."""
    step, before = m.step, []

    def nan_once(x, y, rate):
        before.append(m.values())
        return step(np.full_like(x, np.nan) if len(before) == number else x, y, rate)

    m.step = nan_once
    return before


# what it reaches ------------------------------------------------------------------------------------------------


def test_it_learns():
    m = model()
    history = run(m)
    assert history.ended == "done" and not history.stopped and not history.interrupted
    assert [epoch.number for epoch in history.epochs] == [1, 2]
    assert history.steps == 60
    assert history.epochs[1].cost < history.epochs[0].cost
    assert history.best.validation_accuracy == m.accuracy(VALIDATION) > 0.9
    assert all(epoch.seconds > 0 and epoch.images_per_second > 0 for epoch in history.epochs)


def test_the_cost_of_an_epoch_weighs_images_equally():
    m = model()
    x, y = TRAIN.images[:25], TRAIN.labels[:25]
    other = model()
    parts = sn.data.batches(x, y, 10, np.random.default_rng(0))
    costs = [float(other.step(some_x, some_y, 0.1)) for some_x, some_y in parts]
    history = run(m, (x, y), epochs=1, decay=False)
    assert history.epochs[0].cost == pytest.approx((10 * costs[0] + 10 * costs[1] + 5 * costs[2]) / 25)
    assert history.steps == 3


def test_the_learning_rate_falls_along_half_a_cosine():
    rates = []
    m = model()
    m.step = lambda x, y, rate: rates.append(rate) or 0.0
    run(m, epochs=4)
    np.testing.assert_allclose(rates, 0.05 + 0.05 * np.cos(np.pi * np.arange(120) / 120))
    rates.clear()
    run(m, epochs=4, decay=False)
    assert set(rates) == {0.1} and len(rates) == 120


def test_each_epoch_goes_through_every_image_in_a_new_order():
    rows = []
    m = model()
    m.step = lambda x, y, rate: rows.append(x[:, 0]) or 0.0
    run(m, batch_size=7)
    seen = np.concatenate(rows)
    first, second = seen[:300], seen[300:]
    assert len(second) == 300 and not np.array_equal(first, second)
    for epoch in (first, second):
        np.testing.assert_array_equal(np.sort(epoch), np.sort(TRAIN.images[:, 0]))


def test_the_model_is_left_with_the_best_epoch(monkeypatch):
    m = model()
    accuracies, values = iter([0.3, 0.8, 0.8, 0.1]), []
    monkeypatch.setattr(m, "accuracy", lambda split: values.append(m.values()) or next(accuracies))
    history = run(m, epochs=4)
    assert history.best.number == 2 and history.kept == "epoch 2"
    assert same(m.values(), values[1]) and not same(m.values(), values[3])


def test_without_validation_the_last_epoch_stays():
    m = model()
    history = run(m, validation=None, epochs=3)
    assert history.kept == "epoch 3" and history.best is history.epochs[2]
    assert [epoch.validation_accuracy for epoch in history.epochs] == [None] * 3
    assert "validation" not in str(history.epochs[0]) and "%" not in repr(history)
    again = model()
    for learning_rate, (x, y) in zip(rates(3), three_epochs()):
        again.step(x, y, learning_rate)
    assert same(m.values(), again.values())


def rates(epochs):
    steps = 30 * epochs
    return 0.1 * (0.5 + 0.5 * np.cos(np.pi * np.arange(steps) / steps))


def three_epochs():
    batches = sn.data.batches(*TRAIN, 10, np.random.default_rng(0))
    return [pair for _ in range(3) for pair in batches]


def test_without_validation_a_nan_leaves_the_epoch_before():
    m = model()
    before = nan_in_step(m, 70)
    history = run(m, validation=None, epochs=3)
    assert history.stopped and history.kept == "epoch 2" and same(m.values(), before[60])


def test_accuracy_counts_every_row_of_a_ragged_split():
    m = model()
    assert m.accuracy(VALIDATION, batch_size=7) == m.accuracy(VALIDATION)
    assert m.predictions(VALIDATION.images[:0]).shape == (0,)


# the same again ---------------------------------------------------------------------------------------------------


def record(history):
    return [(e.number, e.cost, e.validation_accuracy, e.learning_rate) for e in history.epochs]


def test_a_seed_decides_the_run():
    a, b, c = model(3), model(3), model(4)
    histories = [record(run(m, seed=s)) for m, s in ((a, 3), (b, 3), (c, 4))]
    assert histories[0] == histories[1] != histories[2]
    assert same(a.values(), b.values()) and not same(a.values(), c.values())


def test_a_seed_decides_dropout():
    x, y = TRAIN.images[:10], TRAIN.labels[:10]
    costs = [[float(m.step(x, y, 0.0)) for _ in range(3)] for m in (model(3, "dropout"), model(3, "dropout"))]
    assert costs[0] == costs[1]
    sn.seed(4)
    m = Classifier(NETWORKS["dropout"], np.random.default_rng(3))  # the weights of seed 3, the masks of seed 4
    assert float(m.step(x, y, 0.0)) not in costs[0]


def test_dropout_is_for_training_only():
    x, y = TRAIN.images[:10], TRAIN.labels[:10]
    m = model(0, "dropout")
    assert m.step.training and not m.predict.training
    assert len({float(m.step(x, y, 0.0)) for _ in range(3)}) == 3
    still = sn.function([m.x, m.y], m.cost)
    assert not still.training and float(still(x, y)) == float(still(x, y))
    first = float(still(x, y))
    for _ in range(8):
        m.step(x, y, 0.01)
    assert float(still(x, y)) < first
    np.testing.assert_array_equal(m.predict(x), m.predict(x))


# ends before its time ------------------------------------------------------------------------------------------------


def test_ctrl_c_in_the_first_epoch_keeps_the_steps_made():
    m, other = model(), model()
    start = m.values()
    m.step = Interrupting(m.step, at=8)
    history = run(m)
    assert history.interrupted and history.ended == "interrupted in epoch 1, after 7 steps"
    assert history.kept == "step 7" and history.best is None and not history.epochs
    for k, (x, y) in zip(range(7), sn.data.batches(*TRAIN, 10, np.random.default_rng(0))):
        other.step(x, y, 0.1 * (0.5 + 0.5 * np.cos(np.pi * k / 60)))
    assert same(m.values(), other.values()) and not same(m.values(), start)


def test_ctrl_c_before_the_first_step_keeps_the_initial_values():
    m = model()
    start = m.values()
    m.step = Interrupting(m.step, at=1)
    assert run(m).kept == "the initial values"
    assert same(m.values(), start)


def test_ctrl_c_later_keeps_the_best_epoch():
    m, other = model(), model()
    m.step = Interrupting(m.step, at=31 + 5)
    history = run(m)
    assert history.ended == "interrupted in epoch 2, after 35 steps" and history.kept == "epoch 1"
    assert len(history.epochs) == 1
    other.step = Interrupting(other.step, at=31)
    run(other)
    assert same(m.values(), other.values())


def test_a_nan_in_the_data_stops_and_names_its_row():
    x = TRAIN.images.copy()
    # Rows are looked at a hundred or so at a time, so this one is not among the first that are.
    order = np.concatenate([y for _, y in sn.data.batches(TRAIN.images, np.arange(300), 10, np.random.default_rng(0))])
    x[order[147], 5] = np.nan
    m, other = model(), model()
    history = run(m, (x, TRAIN.labels))
    assert history.stopped
    assert history.ended == f"stopped at step 13: batches: x holds nan in row {order[147]} at (5,)."
    assert history.kept == "step 12" and history.steps == 12
    other.step = Interrupting(other.step, at=13)
    run(other)
    assert same(m.values(), other.values())


def test_a_nan_after_the_first_epoch_keeps_the_best():
    m = model()
    before = nan_in_step(m, 40)
    history = run(m)
    assert history.ended.startswith("stopped at step 40: ") and history.kept == "epoch 1"
    assert same(m.values(), before[30])


def test_parameters_that_are_no_numbers_are_not_kept():
    m = model()
    start, step, calls = m.values(), m.step, []

    def overflowing(x, y, rate):
        calls.append(step(x, y, rate))
        if len(calls) == 6:  # a finite cost, and infinite new values
            m.params[0].set_value(np.full((784, 100), np.nan, np.float32))
        return calls[-1]

    m.step = overflowing
    history = run(m)
    assert history.ended.startswith("stopped at step 7: ") and history.kept == "the initial values"
    assert same(m.values(), start)


@pytest.mark.parametrize("net", ["shallow", "double-conv"])
def test_a_huge_learning_rate_stops_and_keeps_numbers(net):
    m = model(0, net)
    history = run(m, (TRAIN.images[:50], TRAIN.labels[:50]), learning_rate=1e38, epochs=1, decay=False)
    assert history.stopped and "not finite" in history.ended
    assert history.kept == "the initial values" or history.kept == f"step {history.steps}"
    assert all(np.isfinite(value).all() for value in m.values().values())


def test_the_step_itself_raises_and_changes_nothing():
    m = model(mu=0.9)
    before = [s.get_value() for s, _ in m.updates]
    with pytest.raises(NumericError, match="not finite"):
        m.step(np.full((4, 784), np.nan, np.float32), TRAIN.labels[:4], 0.1)
    with pytest.raises(BoundsError, match="label 10 is out of range for 10 classes"):
        m.step(TRAIN.images[:2], np.array([3, 10]), 0.1)
    assert all(np.array_equal(s.get_value(), old) for (s, _), old in zip(m.updates, before))


# what it refuses ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("split", ["training", "validation"])
@pytest.mark.parametrize("label", [10, -1])
def test_labels_out_of_range_are_found_before_training(split, label):
    bad = digits(40, 1)
    bad.labels[17] = bad.labels[30] = label
    m = model()
    start = m.values()
    with pytest.raises(BoundsError, match=f"{split} label {label} in row 17 is out of range for 10 classes") as raised:
        run(m, **{"train" if split == "training" else "validation": bad})
    assert "2 of 40 labels" in str(raised.value) and "from 0 to 9" in str(raised.value)
    assert same(m.values(), start)


@pytest.mark.parametrize(("changes", "message"), [
    ({"epochs": 0}, "epochs is 0"),
    ({"batch_size": 0}, "batch_size is 0, but there are 300 images"),
    ({"batch_size": 301}, "batch_size is 301, but there are 300 images"),
    ({"learning_rate": 0.0}, "learning_rate is 0.0"),
    ({"learning_rate": -1.0}, "learning_rate is -1.0"),
    ({"learning_rate": float("nan")}, "learning_rate is nan"),
    ({"learning_rate": float("inf")}, "learning_rate is inf"),
    ({"train": (TRAIN.images, TRAIN.labels[:-1])}, "300 training images but 299 labels"),
    ({"validation": (VALIDATION.images[:7], VALIDATION.labels)}, "7 validation images but 60 labels"),
    ({"train": (TRAIN.images[:0], TRAIN.labels[:0])}, "there are no training images"),
    ({"validation": (VALIDATION.images[:0], VALIDATION.labels[:0])}, "there are no validation images"),
])  # fmt: skip
def test_bad_arguments(changes, message):
    with pytest.raises(ArgumentError, match=message):
        run(model(), **changes)


def test_images_of_another_size():
    with pytest.raises(sn.SymnetError, match="x.*783.*784|x.*784.*783"):
        run(model(), (TRAIN.images[:, 1:], TRAIN.labels))
