"""Runs that are interrupted, killed or saved on a disk that is full, and resumed bit for bit."""

import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from types import SimpleNamespace

import numpy as np
import pytest

import symnet as sn
from made_digits import digits
from symnet import saving
from symnet.errors import ArgumentError, DataError
from symnet.train import Callback, Checkpoints, Classifier, EarlyStopping, Trainer, fit

TRAIN, VALIDATION = digits(95, 1), digits(40, 2)
STEPS = 10
"""Of an epoch: nine batches of ten, and five rows."""


def network(x, rng):
    """One hidden layer with dropout and batch normalisation, so that there is every kind of state."""
    def layer(n, m, name):
        return SimpleNamespace(params=[sn.shared((rng.normal(size=(n, m)) / n**0.5).astype("float32"), f"w_{name}")])

    a, b = layer(784, 12, "a"), layer(12, 10, "b")
    mean, variance = (sn.shared(np.full(12, v, "float32"), name) for v, name in ((0, "mean"), (1, "variance")))
    gamma, beta = sn.shared(np.ones(12, "float32"), "gamma"), sn.shared(np.zeros(12, "float32"), "beta")
    a.params += [gamma, beta]
    h = sn.batch_norm(sn.dot(x, a.params[0]), mean, variance, gamma, beta)
    return sn.dot(sn.dropout(sn.relu(h), 0.3), b.params[0]), [a, b]


def model(seed=0):
    sn.seed(seed)
    return Classifier(network, np.random.default_rng(seed), mu=0.9)


def run(m, *callbacks, epochs=3, seed=0, train=TRAIN, **more):
    usual = {"batch_size": 10, "learning_rate": 0.05, "progress": False, **more}
    rng = np.random.default_rng(seed)
    return fit(m, train, VALIDATION, epochs=epochs, rng=rng, callbacks=callbacks, **usual)


def record(history):
    return [(e.number, e.cost, e.validation_accuracy, e.learning_rate) for e in history.epochs], history.kept


def everything(m):
    return {name: value.tobytes() for name, value in saving.values(m.states).items()}


class At(Callback):
    """Do something after a step."""

    def __init__(self, step, action):
        self.step, self.action = step, action

    def after_step(self, trainer, cost):
        if trainer.history.steps == self.step:
            self.action(trainer)


def interrupt(trainer):
    raise KeyboardInterrupt


# bit for bit ----------------------------------------------------------------------------------------------------------


def test_the_states_are_all_that_changes():
    names = {"w_a", "w_b", "gamma", "beta", "mean", "variance", "random_state"}
    velocities = {f"v_{name}" for name in ("w_a", "w_b", "gamma", "beta")}
    m = model()
    assert set(m.states) == names | velocities
    assert set(m.values()) == names - {"random_state"}


@pytest.mark.parametrize("step", [1, 7, STEPS, STEPS + 1, 2 * STEPS, 3 * STEPS])
def test_a_resumed_run_is_the_run(tmp_path, step):
    whole, latest = model(), {}
    expected = run(whole, At(3 * STEPS, lambda trainer: latest.update(everything(whole))))
    run(model(), At(step, lambda trainer: trainer.save(tmp_path / "run.npz")), At(step, interrupt))
    # Another seed everywhere: all that counts is in the file.
    later, last = model(5), {}
    collect = At(3 * STEPS, lambda trainer: last.update(everything(later)))
    history = run(later, collect, seed=5, resume=tmp_path / "run.npz")
    assert record(history) == record(expected) and history.steps == expected.steps == 3 * STEPS
    assert last == latest or step == 3 * STEPS
    assert {n: v.tobytes() for n, v in later.values().items()} == {n: v.tobytes() for n, v in whole.values().items()}


def test_the_end_of_an_epoch_is_a_place_to_resume_from(tmp_path):
    expected = run(model())
    history = run(model(), Checkpoints(tmp_path / "run.npz"), At(2 * STEPS + 3, interrupt))
    assert history.ended == f"interrupted in epoch 3, after {2 * STEPS + 3} steps"
    later = Trainer(model(5), TRAIN, VALIDATION, epochs=3, batch_size=10, learning_rate=0.05, progress=False,
                    rng=np.random.default_rng(9))  # fmt: skip
    later.load(tmp_path / "run.npz")
    assert later.history.steps == 2 * STEPS and len(later.history.epochs) == 2
    assert record(later.fit()) == record(expected)


def test_a_run_that_is_over_stays_over(tmp_path):
    expected = run(model(), Checkpoints(tmp_path / "run.npz"))
    m = model(5)
    history = run(m, resume=tmp_path / "run.npz")
    assert record(history) == record(expected) and history.steps == 3 * STEPS


def test_a_resumed_run_stops_early_where_the_run_does(tmp_path):
    m = model()
    m.accuracy = lambda split: 0.5
    expected = run(m, EarlyStopping(2), Checkpoints(tmp_path / "run.npz"), epochs=9)
    assert len(expected.epochs) == 3
    later = model(5)
    later.accuracy = m.accuracy
    history = run(later, EarlyStopping(2), epochs=9, resume=tmp_path / "run.npz")
    assert record(history) == record(expected) and history.ended == expected.ended


def test_without_validation_too(tmp_path):
    def go(m, *callbacks, **more):
        usual = {"epochs": 3, "batch_size": 10, "learning_rate": 0.05, "progress": False, **more}
        return fit(m, TRAIN, None, rng=np.random.default_rng(0), callbacks=callbacks, **usual)

    m, later = model(), model(5)
    expected = go(m)
    go(model(), Checkpoints(tmp_path / "run.npz"), At(14, interrupt))
    assert record(go(later, resume=tmp_path / "run.npz")) == record(expected)
    assert everything(later) == everything(m)


def test_one_seed_decides_all():
    def go(n):
        sn.seed(n)
        return record(fit(Classifier(network), TRAIN, VALIDATION, epochs=2, batch_size=10, learning_rate=0.05,
                          progress=False))  # fmt: skip

    assert go(3) == go(3) != go(4)


# what is refused ------------------------------------------------------------------------------------------------------


def refused(path, error, match, m=None, **changes):
    m = m or model(5)
    before = everything(m)
    with pytest.raises(error, match=match) as raised:
        run(m, resume=path, **changes)
    assert everything(m) == before
    return str(raised.value)


@pytest.fixture
def saved(tmp_path):
    run(model(), Checkpoints(tmp_path / "run.npz"), At(7, interrupt), epochs=1)
    return tmp_path / "run.npz"


def test_another_model_is_refused(saved):
    def wider(x, rng):
        scores, (a, b) = network(x, rng)
        more = sn.shared(np.zeros(10, "float32"), "b_extra")
        b.params.append(more)
        return scores + more, [a, b]

    m = Classifier(wider, np.random.default_rng(0), mu=0.9)
    text = refused(saved, ArgumentError, "is of another model; nothing was loaded", m)
    assert "not in the file: b_extra; v_b_extra" in text
    text = refused(saved, ArgumentError, "another model", Classifier(network, np.random.default_rng(0)))
    assert "only in the file: v_beta; v_gamma; v_w_a; v_w_b" in text


def test_other_data_are_refused(saved):
    text = refused(saved, ArgumentError, "noted with size 10, but here size is 5", batch_size=5)
    assert "the data and the size of minibatches" in text
    refused(saved, ArgumentError, "noted with rows 95, but here rows is 60", train=digits(60, 1))


def test_damaged_and_foreign_files_are_refused(saved):
    m = model()
    saving.save(saved.parent / "other.npz", m.states)
    with pytest.raises(ArgumentError, match="another model"):  # no best parameters
        run(m, resume=saved.parent / "other.npz")
    best = {f"best/{name}": value for name, value in m.values().items()}
    saving.write(saved.parent / "other.npz", {**saving.values(m.states), **best}, {"history": {}})
    refused(saved.parent / "other.npz", DataError, "not of a run by fit: 'epochs' is missing")
    saved.write_bytes(saved.read_bytes()[:-100])
    refused(saved, DataError, "no whole checkpoint")
    refused(saved.with_name("missing.npz"), DataError, "cannot be read: No such file")


# disks ----------------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(os.name != "posix", reason="a limit of POSIX")
def test_a_full_disk_costs_no_training(tmp_path):
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    full = At(5, lambda trainer: resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard)))
    expected = run(model(), epochs=1)
    try:
        match = r"step (6|10) is not saved: .*run\.npz cannot be written: File too large"
        with pytest.warns(RuntimeWarning, match=match):
            history = run(model(), full, Checkpoints(tmp_path / "run.npz", every=6), epochs=1)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert record(history) == record(expected)
    assert os.listdir(tmp_path) == ["run.npz"]
    assert record(run(model(5), epochs=1, resume=tmp_path / "run.npz")) == record(expected)


def test_a_file_that_cannot_be_written_is_known_before_the_first_step(tmp_path):
    m = model()
    before = everything(m)
    with pytest.raises(DataError, match="cannot be written: No such file"):
        run(m, Checkpoints(tmp_path / "missing" / "run.npz"))
    assert everything(m) == before


def test_a_run_that_is_not_finite_is_not_saved(tmp_path):
    m = model()
    spoil = At(14, lambda trainer: m.params[0].set_value(np.full((784, 12), np.inf, "float32")))
    history = run(m, spoil, Checkpoints(tmp_path / "run.npz", every=1))
    assert history.ended == "stopped after step 14: w_a is not finite" and history.stopped
    assert history.kept == "epoch 1" and all(np.isfinite(v).all() for v in m.values().values())
    later = model(5)
    assert record(run(later, resume=tmp_path / "run.npz")) == record(run(model()))


# killed ---------------------------------------------------------------------------------------------------------------

PROGRAM = """
import sys
sys.path[:0] = {paths!r}
from pathlib import Path
from test_resume import *
path = Path(sys.argv[1])
m = model()
history = run(m, Checkpoints(path, every=1), epochs=8, resume=path if path.exists() else None)
print(told(history, m))
"""


def told(history, m):
    return f"{record(history)} {hashlib.sha256(repr(sorted(everything(m).items())).encode()).hexdigest()}"


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
def test_killed_at_any_moment_the_last_checkpoint_loads(tmp_path):
    path, here = tmp_path / "run.npz", os.path.dirname(__file__)
    program = PROGRAM.format(paths=[here, os.path.dirname(here)])
    command = [sys.executable, "-c", program, str(path)]
    moments, kills = random.Random(0), 0
    while True:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        before = path.stat().st_mtime_ns if path.exists() else 0
        while process.poll() is None and not (path.exists() and path.stat().st_mtime_ns != before):
            time.sleep(0.001)
        if kills < 4:
            time.sleep(moments.uniform(0, 0.05))
            process.send_signal(signal.SIGKILL)
        out, _ = process.communicate()
        if process.returncode == 0:
            break
        assert process.returncode == -signal.SIGKILL
        kills += 1
        saving.read(path)
    assert kills >= 2
    assert os.listdir(tmp_path) == ["run.npz"], "what killed processes left is removed by the next"
    m = model()
    assert out.strip() == told(run(m, epochs=8), m)
