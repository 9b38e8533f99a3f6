"""`python -m symnet chapter6`: rows are run, resumed, recorded, and vote."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest

import symnet.examples.book.run as book
from made_digits import dataset
from made_digits import digits as made_digits
from symnet.__main__ import main
from symnet.data import Dataset, Split, expand
from symnet.examples.book import records
from symnet.examples.book.networks import Network
from symnet.examples.book.rows import ROWS
from symnet.train import Classifier

FILES = [
    "checkpoint.npz", "history.json", "parameters.npz", "predict.npz", "predict.py", "record.json", "step.py",
    "wrong.svg",
]  # fmt: skip


def pixels(split):
    return Split((split.images * 256).astype(np.uint8), split.labels)


@pytest.fixture
def made_up(monkeypatch):
    """Few made-up digits in the place of MNIST, as pixels."""
    data = Dataset(*map(pixels, dataset(40, 20, 30)))
    monkeypatch.setattr(book, "mnist", lambda dtype: data)
    return data


def chapter6(*options):
    return main(["chapter6", *map(str, options)])


def parameters(folder):
    with np.load(folder / "parameters.npz") as found:
        return {name: found[name] for name in found if name != "checkpoint.json"}


def results(folder):
    return json.loads((folder / "results.json").read_text())


# a row --------------------------------------------------------------------------------------------------------------


def test_a_row_leaves_its_folder_and_a_record(tmp_path, made_up, capsys):
    assert chapter6("relu", "--epochs", 2, "--seed", 3, "--out", tmp_path) == 0
    folder = tmp_path / "relu-3"
    assert sorted(path.name for path in folder.iterdir()) == sorted([*FILES, "filters.svg"])
    (record,) = results(tmp_path)
    assert record == json.loads((folder / "record.json").read_text())
    history = json.loads((folder / "history.json").read_text())
    assert (record["row"], record["seed"], record["quick"], record["ended"]) == ("relu", 3, False, "done")
    assert record["settings"] == history["settings"] == {
        "filters": [20, 40], "hidden": [100], "activation": "relu", "dropout": 0.0, "epochs": 2, "batch_size": 10,
        "learning_rate": 0.03, "lambda": 0.1, "expanded": False, "distorted": 0.0, "whole": False, "one_cycle": False,
    }  # fmt: skip
    best = max(history["epochs"], key=lambda epoch: epoch["validation_accuracy"])
    assert record["validation_accuracy"] == best["validation_accuracy"] and record["epochs"] == 2
    assert record["seconds"] == pytest.approx(sum(epoch["seconds"] for epoch in history["epochs"]))
    assert {epoch["learning_rate"] for epoch in history["epochs"]} == {0.03}
    assert set(record["hardware"]) == {"cpu", "system", "cores", "threads", "python", "numpy"}
    assert record["hardware"]["numpy"] == np.__version__ and re.match(r"\d{4}-\d\d-\d\dT", record["date"])
    assert f"relu, seed 3: {record['right']} of 30 right" in capsys.readouterr().out


def test_the_deep_row_trains_on_distorted_digits_in_one_cycle(tmp_path, made_up, monkeypatch):
    seen = []
    one = book.augment.distort
    monkeypatch.setattr(book.augment, "distort", lambda x, rng, **k: seen.append((x, one(x, rng, **k))) or seen[-1][1])
    assert chapter6("deep", "--epochs", 4, "--out", tmp_path) == 0
    (record,) = results(tmp_path)
    assert record["settings"] == ROWS["deep"].settings() | {"epochs": 4}
    assert all(x.shape[1:] == (28, 28) and x.dtype == "float32" and not np.array_equal(x, y) for x, y in seen)
    assert [len(x) for x, _ in seen] == [40] * 4
    assert not any(np.array_equal(seen[0][1], y) for _, y in seen[1:])


def test_the_cycle_of_a_row_is_as_long_as_its_run():
    x, y = made_digits(8, 1)
    row = replace(ROWS["deep"], epochs=5, network=Network())
    model = book.classifier(row, np.random.default_rng(0), steps=4)
    w, moves = model.params[2], []
    for _ in range(20):
        before = w.get_value()
        model.step(x, y, row.learning_rate)
        moves.append(np.abs(w.get_value() - before).max())
    assert min(moves[5:15]) > row.learning_rate / 10 and moves[-1] < row.learning_rate / 100


def test_the_wide_row_trains_on_all_images_and_keeps_the_last_epoch(tmp_path, made_up, monkeypatch):
    seen = []
    monkeypatch.setattr(book.augment, "distort", lambda x, rng, **k: seen.append(x) or x)
    assert chapter6("wide", "--epochs", 4, "--out", tmp_path) == 0
    (record,) = results(tmp_path)
    assert record["validation_accuracy"] is None and record["best_epoch"] == 4
    rows = np.concatenate([made_up.train.images, made_up.validation.images]).astype("float32") / 256
    for x in (np.concatenate(seen[k : k + len(seen) // 4]) for k in range(0, len(seen), len(seen) // 4)):
        x = x.reshape(len(rows), -1)
        assert np.array_equal(x[np.lexsort(x.T)], rows[np.lexsort(rows.T)])


def test_the_test_images_are_judged_by_the_parameters_kept(tmp_path, made_up):
    assert chapter6("shallow", "--epochs", 3, "--out", tmp_path) == 0
    x, w = made_up.test.images / np.float32(256), parameters(tmp_path / "shallow-0")
    h = 1 / (1 + np.exp(-(x @ w["w_fc1"] + w["b_fc1"])))
    right = int((np.argmax(h @ w["w_last"] + w["b_last"], 1) == made_up.test.labels).sum())
    (record,) = results(tmp_path)
    assert (record["right"], record["total"]) == (right, 30) and record["test_accuracy"] == right / 30
    assert (tmp_path / "shallow-0" / "wrong.svg").read_text("utf-8").count("<image ") == 30 - right


def test_a_row_is_resumed_bit_for_bit(tmp_path, made_up, monkeypatch):
    row = ("dropout", "--quick", "--epochs", 3)  # the one with most state: random streams, expanded data
    assert chapter6(*row, "--out", tmp_path / "whole") == 0
    accuracy, calls = Classifier.accuracy, []

    def interrupted(self, split):
        calls.append(split)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return accuracy(self, split)

    with monkeypatch.context() as patched:
        patched.setattr(Classifier, "accuracy", interrupted)
        assert chapter6(*row, "--out", tmp_path / "parts") == 130
    (record,) = results(tmp_path / "parts")
    assert record["ended"].startswith("interrupted in epoch 2") and record["epochs"] == 1
    assert chapter6(*row, "--resume", "--out", tmp_path / "parts") == 0
    (record,) = results(tmp_path / "parts")
    assert record["ended"] == "done" and record["epochs"] == 3
    whole, parts = (parameters(tmp_path / name / "dropout-0-quick") for name in ("whole", "parts"))
    assert list(whole) == list(parts) and all(np.array_equal(whole[name], parts[name]) for name in whole)


def test_a_run_that_was_finished_is_resumed_to_the_same(tmp_path, made_up):
    found = []
    for options in ((), ("--resume",)):
        assert chapter6("shallow", "--epochs", 2, *options, "--out", tmp_path) == 0
        (record,) = results(tmp_path)
        found.append([record[name] for name in ("epochs", "right", "seconds", "best_epoch", "validation_accuracy")])
    assert found[0] == found[1]


def test_expanded_rows_train_on_five_times_as_many(tmp_path, made_up, monkeypatch):
    seen = []
    monkeypatch.setattr(book, "expand", lambda split: seen.append(split) or expand(split))
    assert len(book.digits(ROWS["fc-300"], False).train.labels) == 200
    assert len(book.digits(ROWS["relu"], False).train.labels) == 40 and len(seen) == 1
    assert book.digits(ROWS["fc-300"], False).test.images.dtype == np.float32


def test_quick_runs_take_as_many_images_expanded_or_not(monkeypatch):
    many = Split(np.zeros((12_000, 784), np.uint8), np.zeros(12_000, np.int64))
    monkeypatch.setattr(book, "mnist", lambda dtype: Dataset(many, many, many))
    sizes = [[len(part.labels) for part in book.digits(ROWS[name], True)] for name in ("relu", "expanded")]
    assert sizes == [[5000, 1000, 1000]] * 2


# all, and the vote ---------------------------------------------------------------------------------------------------


@pytest.fixture
def two_rows(monkeypatch):
    """A table of one row and the vote of two of its nets, both small."""
    import symnet.__main__ as program

    small = ROWS["shallow"]
    vote = book.replace(small, name="ensemble", voter="shallow", voters=3)
    rows = {"shallow": small, "ensemble": vote}
    for module in (program, book, records):
        monkeypatch.setattr(module, "ROWS", rows)
    return rows


@pytest.mark.parametrize("vote", ["majority", "average"])
def test_all_rows_are_run_and_the_nets_that_miss_trained(vote, tmp_path, made_up, two_rows, capsys):
    two_rows["ensemble"] = book.replace(two_rows["ensemble"], vote=vote)
    assert chapter6("all", "--quick", "--seed", 1, "--out", tmp_path) == 0
    found = {(r["row"], r["seed"]): r for r in results(tmp_path)}
    assert list(found) == [("shallow", 1), ("shallow", 3), ("shallow", 4), ("shallow", 5), ("ensemble", 1)]
    assert all(record["quick"] and record["epochs"] == 1 for record in found.values())
    record = found["ensemble", 1]
    assert [net["seed"] for net in record["voters"]] == [3, 4, 5]
    assert record["seconds"] == pytest.approx(sum(found["shallow", seed]["seconds"] for seed in (3, 4, 5)))

    x = made_up.test.images / np.float32(256)
    votes, mean = np.zeros((30, 10)), np.zeros((30, 10))
    for seed in (3, 4, 5):
        w = parameters(tmp_path / f"shallow-{seed}-quick")
        h = 1 / (1 + np.exp(-(x @ w["w_fc1"] + w["b_fc1"])))
        e = np.exp(h @ w["w_last"] + w["b_last"])
        votes[np.arange(30), e.argmax(1)] += 1
        mean += e / e.sum(1, keepdims=True) / 3
    if vote == "majority":
        mean = np.where(votes == votes.max(1, keepdims=True), mean, 0.0)
    assert record["right"] == int((mean.argmax(1) == made_up.test.labels).sum())
    folder = tmp_path / "ensemble-1-quick"
    assert (folder / "wrong.svg").read_text("utf-8").count("<image ") == 30 - record["right"]
    assert len(parameters(folder)) == 3 * 4
    assert sorted(path.name for path in folder.iterdir()) == [
        "parameters.npz", "predict.npz", "predict.py", "record.json", "wrong.svg"
    ]  # fmt: skip


def test_folders_of_rows_that_are_no_more_are_passed_over(tmp_path, made_up):
    assert chapter6("shallow", "--epochs", 1, "--out", tmp_path) == 0
    (record,) = results(tmp_path)
    (tmp_path / "older-0").mkdir()
    (tmp_path / "older-0" / "record.json").write_text(json.dumps(record | {"row": "older"}))
    assert records.gather(tmp_path) == results(tmp_path) == [record]


def test_the_longest_run_of_a_row_stands_then_the_latest(tmp_path, made_up):
    for epochs, seed in [(2, 0), (1, 0), (1, 3)]:
        assert chapter6("shallow", "--epochs", epochs, "--seed", seed, "--out", tmp_path) == 0
    long, other = results(tmp_path)
    assert (long["epochs"], other["seed"]) == (2, 3)
    later = long | {"date": "2999-01-01", "right": 0}
    assert records.merged([later, long], [other]) == records.merged([long], [other, later]) == [later, other]


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_settings_are_what_json_gives_back(row):
    assert json.loads(json.dumps(row.settings())) == row.settings()


def test_all_is_resumed(tmp_path, made_up, two_rows, monkeypatch, capsys):
    accuracy, calls = Classifier.accuracy, []

    def interrupted(self, split):
        calls.append(split)
        if len(calls) == 4:  # in the vote's second net
            raise KeyboardInterrupt
        return accuracy(self, split)

    monkeypatch.setattr(Classifier, "accuracy", interrupted)
    assert chapter6("all", "--quick", "--epochs", 2, "--out", tmp_path) == 130
    assert chapter6("all", "--quick", "--epochs", 2, "--resume", "--out", tmp_path) == 0
    out = capsys.readouterr().out
    assert "shallow, seed 1: goes on" in out and "shallow, seed 2: is trained" in out
    assert [(r["row"], r["seed"], r["ended"]) for r in results(tmp_path)] == [
        ("shallow", 0, "done"), ("shallow", 1, "done"), ("shallow", 2, "done"), ("ensemble", 0, "done")
    ]  # fmt: skip


def test_nets_of_other_settings_do_not_vote(tmp_path, made_up, two_rows):
    for epochs in (1, 2):
        assert chapter6("ensemble", "--quick", "--epochs", epochs, "--out", tmp_path) == 0
    assert [record["epochs"] for record in results(tmp_path)] == [2, 2, 2, 2]


def test_a_run_that_diverges_leaves_no_record_and_a_net_that_does_no_vote(tmp_path, made_up, two_rows, capsys):
    for name in two_rows:
        two_rows[name] = book.replace(two_rows[name], learning_rate=3e38)
    assert chapter6("shallow", "--out", tmp_path) == 1
    assert re.search(r"^symnet: stopped (at|after) step \d+", capsys.readouterr().err)
    assert chapter6("ensemble", "--out", tmp_path) == 1
    assert re.search(r"symnet: shallow, seed 0: stopped .*\n.*fix: let other seeds vote", capsys.readouterr().err)
    assert not (tmp_path / "results.json").exists()


# bad input -----------------------------------------------------------------------------------------------------------


def test_without_a_row_they_are_listed(capsys):
    assert chapter6() == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(ROWS) and "99.67%" in lines[11]


@pytest.mark.parametrize(("options", "message"), [
    (["fc-77"], "invalid choice: 'fc-77'.*'shallow'.*'ensemble'.*'all'"),
    (["shallow", "--seed", "-1"], "--seed: -1 is negative"),
    (["shallow", "--epochs", "0"], "--epochs: 0 is not at least 1"),
    (["shallow", "conv"], "unrecognized arguments: conv"),
])  # fmt: skip
def test_bad_options(options, message, capsys):
    with pytest.raises(SystemExit) as stopped:
        chapter6(*options)
    assert stopped.value.code == 2
    assert re.search(message, capsys.readouterr().err)


def test_a_folder_that_cannot_be_written_fails_before_the_data(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(book, "mnist", lambda dtype: pytest.fail("the data were read"))
    (tmp_path / "file").write_text("mine")
    assert chapter6("shallow", "--out", tmp_path / "file") == 1
    error = capsys.readouterr().err
    assert error.startswith("symnet: the run folder ") and "Not a directory" in error and "--out" in error


def test_nothing_to_resume(tmp_path, made_up, capsys):
    assert chapter6("shallow", "--resume", "--out", tmp_path) == 1
    assert "checkpoint.npz cannot be read: No such file" in capsys.readouterr().err
    assert not (tmp_path / "results.json").exists()


def test_a_checkpoint_of_other_data(tmp_path, made_up, monkeypatch, capsys):
    assert chapter6("shallow", "--epochs", 1, "--out", tmp_path) == 0
    other = Dataset(*map(pixels, dataset(50, 20, 30)))
    monkeypatch.setattr(book, "mnist", lambda dtype: other)
    assert chapter6("shallow", "--epochs", 1, "--resume", "--out", tmp_path) == 1
    assert "rows 40, but here rows is 50" in capsys.readouterr().err
