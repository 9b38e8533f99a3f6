"""Members trained in processes: bit for bit as alone, some of them failing, killed or interrupted."""

import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest

import symnet as sn
from accidents import Accident
from made_digits import digits
from symnet import saving
from symnet.backends.numpy.threads import thread_count
from symnet.errors import ArgumentError, BoundsError, DataError, TrainingError
from symnet.train import Callback, Classifier, EarlyStopping, fit, train_ensemble

TRAIN, VALIDATION = digits(95, 1), digits(40, 2)
USUAL = {"epochs": 2, "batch_size": 10, "learning_rate": 0.05, "decay": False}
TESTS = Path(__file__).parents[1]


def network(x, rng):
    """Dropout draws at each step; with momentum, there is every kind of state."""
    model = sn.nn.Sequential(
        sn.nn.Dense(12), sn.nn.BatchNorm(), sn.relu, sn.nn.Dropout(0.3), sn.nn.Dense(10), rng=rng
    )
    return model(x), [model]


def make(rng):
    return Classifier(network, rng, mu=0.9)


def ensemble(seeds=(7, 3), processes=0, **more):
    return train_ensemble(
        more.pop("make", make), TRAIN, VALIDATION, **{"seeds": seeds, "progress": False, "processes": processes}
        | USUAL | more
    )  # fmt: skip


def alone(seed, **more):
    sn.seed(seed)
    rng = np.random.default_rng(seed)
    model = make(rng)
    history = fit(model, TRAIN, VALIDATION, rng=rng, progress=False, **USUAL | more)
    return model, history


def numbers(history):
    return [(e.number, e.cost, e.validation_accuracy, e.learning_rate) for e in history.epochs], history.kept


def same(a, b):
    return all(np.array_equal(a[name], b[name]) for name in a.keys() | b.keys())


# what comes of it -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("processes", "floatX"), [(0, "float32"), (2, "float64")])
def test_members_are_what_their_seeds_give_alone(processes, floatX):
    sn.seed(5)
    draw = sn.default_generator().random()
    sn.seed(5)
    more = {"callbacks": [EarlyStopping(1)], "epochs": 4}
    with sn.options(floatX=floatX):
        # A function that pickle cannot say, as one of a notebook's cell.
        made, histories = ensemble(make=lambda rng: make(rng), processes=processes, threads=thread_count(), **more)
        assert sn.default_generator().random() == draw
        for seed, member, history in zip((7, 3), made.members, histories, strict=True):
            model, wanted = alone(seed, **more)
            assert numbers(history) == numbers(wanted) and history.ended == wanted.ended
            assert same(member.values(), model.values())
            assert {w.dtype for w in member.values().values()} == {np.dtype(floatX)}
    assert not same(*(m.values() for m in made.members))
    assert not multiprocessing.active_children()


def test_without_validation_the_last_epoch_is_kept():
    made, [history] = train_ensemble(make, TRAIN, None, seeds=[3], processes=0, progress=False, **USUAL)
    sn.seed(3)
    rng = np.random.default_rng(3)
    model = make(rng)
    fit(model, TRAIN, None, rng=rng, progress=False, **USUAL)
    assert history.kept == "epoch 2" and same(made.members[0].values(), model.values())


def test_progress_is_told(capsys):
    _, [history] = ensemble(seeds=[4], progress=True)
    told = capsys.readouterr().out.splitlines()
    assert [text.split(":")[0] for text in told] == [
        "member 1 (seed 4), epoch  1", "member 1 (seed 4), epoch  2",
        f"member 1 (seed 4), done, kept {history.kept}",
    ]  # fmt: skip


# a folder -------------------------------------------------------------------------------------------------------------


class Count(Callback):
    """Writes a line for each member that is trained here or elsewhere."""

    def __init__(self, path):
        self.path = path

    def begin(self, trainer):
        with self.path.open("a") as file:
            file.write("begun\n")

    def trained(self):
        return len(self.path.read_text().splitlines()) if self.path.exists() else 0


def test_only_missing_members_are_trained(tmp_path):
    count, folder = Count(tmp_path / "count.txt"), tmp_path / "members"
    first, _ = ensemble([1, 2], folder=folder, callbacks=iter([count]))
    assert count.trained() == 2 and sorted(p.name for p in folder.iterdir()) == ["member1.npz", "member2.npz"]
    (folder / "member2.npz").unlink()
    more, histories = ensemble([1, 2, 3], folder=folder, callbacks=[count])
    assert count.trained() == 4 and len(histories) == 3
    for a, b in zip(first.members, more.members, strict=False):
        assert same(a.values(), b.values())
    again, same_histories = ensemble([1, 2, 3], folder=folder, callbacks=[count], processes=2)
    assert count.trained() == 4 and same(again.values(), more.values())
    assert list(map(numbers, same_histories)) == list(map(numbers, histories))
    alone(1)
    with pytest.raises(ArgumentError, match=r"member1\.npz was trained otherwise(.|\n)*seed was 1, here 4") as raised:
        ensemble([4], folder=folder)
    assert len(str(raised.value).splitlines()) <= 10
    with pytest.raises(ArgumentError, match="epochs was 2, here 3"):
        ensemble([1], folder=folder, epochs=3)
    with pytest.raises(ArgumentError, match="data was"):
        train_ensemble(make, digits(95, 9), VALIDATION, seeds=[1], folder=folder, **USUAL)
    with pytest.raises(ArgumentError, match=r"is of another model(.|\n)*not in the file: w_top"):
        ensemble([1], folder=folder, make=lambda rng: Classifier(wide, rng))
    (folder / "member1.npz").write_bytes(b"?")
    with pytest.raises(DataError, match="is no whole checkpoint"):
        ensemble([1], folder=folder)
    saving.write(folder / "member1.npz", {}, None)
    with pytest.raises(DataError, match="holds no member"):
        ensemble([1], folder=folder)


def wide(x, rng):
    top = sn.nn.Dense(10, rng=rng, name="top")
    return top(x), [top]


# what goes wrong ------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(os.name != "posix", reason="there are no such signals")
def test_members_that_fail_are_told_of_and_the_others_kept():
    with pytest.raises(TrainingError) as raised:
        ensemble([5, 6, 7], processes=2, callbacks=[Accident()])
    text = str(raised.value)
    failed = {"member 2 (seed 6)": "its process was killed by signal 9", "member 3 (seed 7)": "ValueError: the disk"}
    assert all(f"{title} failed: {why}" in text or f"so did {title}: {why}" in text for title, why in failed.items())
    assert "in after_epoch" in str(raised.value.__cause__) or text.startswith("train_ensemble: member 2")
    assert "1 of 3 members are kept" in text and len(text.splitlines()) <= 10
    folder = Path(text.partition("folder='")[2].partition("'")[0])
    assert [p.name for p in folder.iterdir()] == ["member1.npz"]
    count = Count(folder / "count.txt")
    made, _ = ensemble([5, 6], folder=folder, callbacks=[count])
    assert count.trained() == 1 and same(made.members[0].values(), alone(5)[0].values())
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()


class Break(Callback):
    def after_step(self, trainer, cost):
        raise ValueError("the disk is wet")


def test_the_traceback_is_there():
    with pytest.raises(TrainingError, match=r"member 1 \(seed 8\) failed: ValueError: the disk is wet") as raised:
        ensemble([8], callbacks=[Break()])
    assert "in after_step" in str(raised.value.__cause__) and "kept" not in str(raised.value)


def test_a_member_without_an_epoch_has_failed():
    with pytest.raises(TrainingError, match=r"member 1 \(seed 0\) failed: NumericError: it stopped"):
        ensemble([0], learning_rate=1e38)


def test_what_cannot_travel():
    class Local(Callback):
        pass

    with pytest.raises(ArgumentError, match=r"member 1 \(seed 7\) cannot be sent(.|\n)*in a module(.|\n)*processes=0"):
        ensemble(processes=1, callbacks=[Local()])
    assert not multiprocessing.active_children()
    ensemble([0], epochs=1, callbacks=[Local()])


def test_wrong_calls():
    with pytest.raises(ArgumentError, match="there are no seeds"):
        ensemble([])
    with pytest.raises(ArgumentError, match=r"the seeds \[1, 2, 1\] are not all different"):
        ensemble([1, 2, 1])
    with pytest.raises(ArgumentError, match=r"processes is -1(.|\n)*choose 0 or more"):
        ensemble(processes=-1)
    with pytest.raises(ArgumentError, match=r"threads is 0(.|\n)*choose 1 or more"):
        ensemble(threads=0)
    with pytest.raises(ArgumentError, match="batch_size is 0"):
        ensemble(batch_size=0)
    with pytest.raises(BoundsError, match="label 12"):
        train_ensemble(make, (TRAIN.images, np.full(95, 12)), VALIDATION, **USUAL)
    with pytest.raises(ArgumentError, match="vote is 'mean'"):
        ensemble(vote="mean")
    one = make(np.random.default_rng(0))
    with pytest.raises(ArgumentError, match=r"members 1 and 2 have \w+ in common(.|\n)*inside `make`"):
        ensemble(make=lambda rng: one)


# interrupts -----------------------------------------------------------------------------------------------------------


PROGRAM = """
    import os, sys
    from pathlib import Path
    sys.path[:0] = sys.argv[2:]
    from made_digits import digits
    from symnet.examples.chapter6 import shallow
    from symnet.train import Callback, Classifier, train_ensemble

    class Note(Callback):
        def after_epoch(self, trainer):
            Path(sys.argv[1], str(os.getpid())).touch()

    if {guard}:
        train_ensemble(
            lambda rng: Classifier(shallow, rng), digits(95, 1), digits(40, 2), seeds=range({members}), processes=2,
            epochs=10**6, batch_size=10, learning_rate=1e-6, callbacks=[Note()], progress=False,
        )
"""


def program(tmp_path, guard, members):
    script, notes = tmp_path / "script.py", tmp_path / "notes"
    notes.mkdir()
    script.write_text(textwrap.dedent(PROGRAM.format(guard=guard, members=members)))
    words = [sys.executable, str(script), str(notes), str(TESTS)]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    return subprocess.Popen(words, stderr=subprocess.PIPE, text=True, env=environment), notes


def until(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


def runs(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{process}/stat")
    return not (stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z")


@pytest.mark.skipif(os.name != "posix", reason="there are no such signals")
@pytest.mark.parametrize(("name", "members"), [("SIGINT", 2), ("SIGKILL", 1)])
def test_no_process_outlives_its_parent(tmp_path, name, members):
    parent, notes = program(tmp_path, "__name__ == '__main__'", members)
    try:
        assert until(lambda: len(list(notes.iterdir())) == members), parent.stderr.read()
        children = [int(p.name) for p in notes.iterdir()]
        assert all(map(runs, children))
        parent.send_signal(getattr(signal, name))
        errors = parent.communicate(timeout=60)[1]
        assert until(lambda: not any(map(runs, children)), 10)
        assert name == "SIGKILL" or "KeyboardInterrupt" in errors
        assert name == "SIGKILL" or sorted(p.name for p in tmp_path.iterdir()) == ["notes", "script.py"]
    finally:
        parent.kill()


def test_a_script_without_a_guard_is_told_so(tmp_path):
    parent, _ = program(tmp_path, "True", 1)
    try:
        errors = parent.communicate(timeout=60)[1]
    finally:
        parent.kill()
    assert parent.returncode == 1
    assert "train_ensemble is called while a process imports this script" in errors
    last = errors[errors.index("TrainingError: ") :]
    assert "was not begun" in last and "below `if __name__ == '__main__':`" in last
