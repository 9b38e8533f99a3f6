"""What runs do beside training: callbacks, early stopping, plots that move, bars, batches of another kind."""

import io
import sys
from types import ModuleType

import numpy as np
import pytest

import symnet as sn
from made_digits import digits
from symnet.errors import ArgumentError, BoundsError
from symnet.examples.chapter6 import NETWORKS
from symnet.train import Callback, Checkpoints, Classifier, EarlyStopping, LivePlot, Trainer, fit
from symnet.train.progress import bar

TRAIN, VALIDATION = digits(60, 1), digits(20, 2)


def model(**more):
    sn.seed(0)
    return Classifier(NETWORKS["shallow"], np.random.default_rng(0), **more)


def run(m, *callbacks, train=TRAIN, **changes):
    usual = {"epochs": 2, "learning_rate": 0.1, "progress": False, "callbacks": callbacks}
    if train is TRAIN:
        usual |= {"batch_size": 20, "rng": np.random.default_rng(0)}
    return fit(m, train, VALIDATION, **{**usual, **changes})


class Diary(Callback):
    def __init__(self):
        self.entries = []

    def begin(self, trainer):
        self.entries.append("begin")

    def after_step(self, trainer, cost):
        assert np.isfinite(cost)
        self.entries.append(trainer.history.steps)

    def after_epoch(self, trainer):
        self.entries.append(str(trainer.history.epochs[-1].number) + " epochs")

    def end(self, trainer):
        self.entries.append(trainer.history.kept)


def test_when_callbacks_are_called():
    diary = Diary()
    history = run(model(), diary)
    assert diary.entries == ["begin", 1, 2, 3, "1 epochs", 4, 5, 6, "2 epochs", history.kept]


def test_a_callback_ends_the_run_in_mid_epoch():
    class Enough(Callback):
        def after_step(self, trainer, cost):
            if trainer.history.steps == 4:
                trainer.stop("ended early: enough")

    m, diary = model(), Diary()
    history = run(m, Enough(), diary)
    assert history.ended == "ended early: enough" and history.kept == "epoch 1" and history.steps == 4
    assert not history.stopped and not history.interrupted
    assert diary.entries == ["begin", 1, 2, 3, "1 epochs", 4, "epoch 1"]


def test_a_callback_that_fails_leaves_the_best_parameters():
    class Failing(Callback):
        def after_step(self, trainer, cost):
            if trainer.history.steps == 5:
                raise RuntimeError("no")

    class First(Callback):
        def after_epoch(self, trainer):
            best.append(trainer.model.values())

    m, best = model(), []
    with pytest.raises(RuntimeError, match="no"):
        run(m, First(), Failing())
    assert len(best) == 1
    assert all(np.array_equal(best[0][name], value) for name, value in m.values().items())


@pytest.mark.parametrize(("accuracies", "epochs"), [
    ([0.5, 0.6, 0.6, 0.6, 0.9], 4),
    ([0.5, 0.4, 0.6, 0.5, 0.5], 5),
    ([0.1, 0.2, 0.3, 0.4, 0.5], 5),
])  # fmt: skip
def test_early_stopping_waits_for_a_better_epoch(accuracies, epochs):
    m, given = model(), iter(accuracies)
    m.accuracy = lambda split: next(given)
    history = run(m, EarlyStopping(2), epochs=5)
    assert len(history.epochs) == epochs
    assert (history.ended == "done") == (accuracies[-1] == 0.5 and accuracies[0] == 0.1)
    if history.ended != "done":
        assert history.ended == f"ended early: no epoch was better since epoch {history.best.number}"


@pytest.mark.parametrize("patience", [0, -1])
def test_no_patience(patience):
    with pytest.raises(ArgumentError, match=f"patience is {patience}"):
        EarlyStopping(patience)


def test_early_stopping_needs_something_held_out():
    with pytest.raises(ArgumentError, match="EarlyStopping: nothing is held out to judge epochs by"):
        fit(model(), TRAIN, None, epochs=2, batch_size=10, learning_rate=0.1, callbacks=[EarlyStopping(1)])


def test_new_parameters_that_are_no_numbers_are_not_the_best():
    m = model()
    step = m.step

    def step_to_nowhere(x, y, rate):
        cost = step(x, y, rate)  # finite
        m.params[1].set_value(np.full(100, np.inf, "float32"))
        return cost

    m.step = step_to_nowhere
    m.accuracy = lambda split: 1.0
    start = m.values()
    history = run(m, train=TRAIN, batch_size=60, epochs=3)
    assert history.ended == "stopped after step 1: b_fc1 is not finite" and history.stopped
    assert history.best is None and history.kept == "the initial values" and not history.epochs
    assert all(np.array_equal(start[name], value) for name, value in m.values().items())


# plots and bars -------------------------------------------------------------------------------------------------------


class Handle:
    def __init__(self):
        self.shown = []

    def update(self, history):
        self.shown.append(len(history.epochs))


def test_a_plot_is_redrawn_after_each_epoch():
    handle = Handle()
    run(model(), LivePlot(handle), epochs=3)
    assert handle.shown == [1, 2, 3, 3]


def test_a_plot_finds_the_notebook_s_display(monkeypatch):
    handle, display = Handle(), ModuleType("IPython.display")
    first = []
    display.display = lambda shown, display_id: first.append((shown, display_id)) or handle
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    monkeypatch.setitem(sys.modules, "ipykernel", ModuleType("ipykernel"))
    history = run(model(), LivePlot())
    assert first == [(history, True)] and handle.shown == [1, 2, 2]


def test_a_plot_outside_of_notebooks_shows_nothing(monkeypatch):
    monkeypatch.delitem(sys.modules, "ipykernel", raising=False)
    plot = LivePlot()
    assert len(run(model(), plot).epochs) == 2


def test_lines_are_for_those_who_want_progress(capsys):
    run(model(), progress=True)
    out, err = capsys.readouterr()
    assert out.startswith("epoch  1: cost ") and len(out.splitlines()) == 2
    assert err == ""  # no terminal
    run(model())
    assert capsys.readouterr() == ("", "")


def test_a_bar_counts_from_where_an_epoch_was_left(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with bar(range(7, 10), "epoch 1/2", 7, 10, True) as shown:
        assert list(shown) == [7, 8, 9]
    assert "epoch 1/2:  70%" in terminal.getvalue() and " 7/10 " in terminal.getvalue()
    with bar(range(3), "epoch 1/2", 0, 3, False) as shown:
        assert list(shown) == [0, 1, 2] and shown.disable


# batches of another kind ----------------------------------------------------------------------------------------------


class InOrder:
    """The rows in their order, by tens."""

    def __init__(self):
        self.given = 0

    def __iter__(self):
        while self.given < len(self):
            self.given += 1
            yield tuple(part[10 * self.given - 10 : 10 * self.given] for part in TRAIN)
        self.given = 0

    def __len__(self):
        return 6

    def state(self):
        return {"given": self.given}

    def from_state(self, state):
        self.given = state["given"]


def test_batches_of_the_user_s_own(tmp_path):
    expected = run(model(), train=InOrder())
    assert expected.steps == 12

    class Leave(Callback):
        def after_step(self, trainer, cost):
            if trainer.history.steps == 8:
                trainer.save(tmp_path / "run.npz")
                raise KeyboardInterrupt

    run(model(), Leave(), train=InOrder())
    history = run(model(), train=InOrder(), resume=tmp_path / "run.npz")
    assert [e.cost for e in history.epochs] == [e.cost for e in expected.epochs]


def test_batches_have_a_size_and_an_order_of_their_own():
    with pytest.raises(ArgumentError, match="batch_size and rng are given, but the batches have their own"):
        run(model(), train=InOrder(), batch_size=10)


@pytest.mark.parametrize("train", [iter([]), TRAIN[0], (*TRAIN, TRAIN[1])])
def test_what_is_neither_rows_nor_batches(train):
    with pytest.raises(ArgumentError, match="train is .*, neither .x, y. nor batches"):
        run(model(), train=train)


def test_a_bad_label_of_a_batch_is_found_by_its_step():
    class Bad(InOrder):
        def __iter__(self):
            yield TRAIN[0][:2], np.array([3, 10])

    m = model()
    start = m.values()
    with pytest.raises(BoundsError, match="label 10 is out of range for 10 classes"):
        run(m, train=Bad())
    assert all(np.array_equal(start[name], value) for name, value in m.values().items())


def test_batches_without_rows():
    class Empty(InOrder):
        def __iter__(self):
            return iter(())

    with pytest.raises(ArgumentError, match="hold no rows"):
        run(model(), train=Empty())


# evaluation -----------------------------------------------------------------------------------------------------------


def test_evaluate_and_predict():
    m = Classifier(NETWORKS["dropout"], np.random.default_rng(0))
    trainer = Trainer(m, TRAIN, VALIDATION, epochs=1, batch_size=20, learning_rate=0.1, progress=False)
    p = m.predicted_probabilities(VALIDATION.images, batch_size=7)
    found = trainer.evaluate(VALIDATION)
    assert found.cost == pytest.approx(-np.log(p[np.arange(20), VALIDATION.labels]).mean(), rel=1e-5)
    np.testing.assert_array_equal(trainer.predict(VALIDATION.images), p.argmax(1))
    assert found.accuracy == np.mean(p.argmax(1) == VALIDATION.labels)
    assert m.evaluate(VALIDATION, batch_size=7).cost == pytest.approx(found.cost, rel=1e-6)
    np.testing.assert_allclose(p.sum(1), 1, rtol=1e-5)


def test_an_optimiser_of_the_user_s_choice():
    asked = []

    def half_steps(cost, params, rate):
        asked.append(len(params))
        return sn.optim.sgd(cost, params, 0.5 * rate)

    a, b = model(optimiser=half_steps), model()
    x, y = TRAIN.images[:10], TRAIN.labels[:10]
    a.step(x, y, 0.2)
    b.step(x, y, 0.1)
    assert asked == [4]
    for name, value in a.values().items():
        np.testing.assert_allclose(value, b.values()[name], rtol=1e-5, atol=1e-7)


def test_checkpoints_are_some_steps_apart():
    with pytest.raises(ArgumentError, match=r"Checkpoints: every is 0\.(.|\n)*at least 1 step"):
        Checkpoints("run.npz", every=0)
