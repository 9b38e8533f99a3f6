"""The text of the chapter's training steps, whole, as it stood when somebody last read it.

`python tests/test_snapshots.py` writes the files in tests/snapshots again. Remarks are kept without the lines of user
files, so that an edit of chapter6.py above a layer changes nothing here.
"""

import re
from pathlib import Path

import numpy as np
import pytest

import symnet as sn
from symnet.examples.chapter6 import NETWORKS

FOLDER = Path(__file__).parent / "snapshots"
STEPS = [*((name, 10, 1) for name in NETWORKS), ("double-conv", 128, 2)]


def training_step(name, batch, threads):
    """The function and its parameters, on a machine that is the same wherever the test runs."""
    with sn.options(machine=sn.Machine(threads=threads)):
        sn.seed(0)
        images, labels = sn.tensor("images", ("batch", 784)), sn.tensor("labels", ("batch",), "int64")
        scores, layers = NETWORKS[name](images, np.random.default_rng(0))
        params = [w for layer in layers for w in layer.params]
        cost = sn.cross_entropy(scores, labels)
        f = sn.function([images, labels], cost, updates=sn.optim.momentum(cost, params, 0.1), name="train")
        f.prepare(images=(batch, 784), labels=(batch,))
    return f, params


def text(name, batch, threads):
    return re.sub(r"(\w+\.py):\d+", r"\1", training_step(name, batch, threads)[0].source)


def file_of(name, batch, threads):
    return FOLDER / f"{name}-{batch}-{threads}.txt"


@pytest.mark.parametrize("step", STEPS, ids=str)
def test_the_text_is_the_one_last_read(step):
    stored = file_of(*step).read_text(encoding="utf-8")
    assert text(*step) == stored, (
        "if the new text reads as well as the old, `python tests/test_snapshots.py` renews the files and "
        "`git diff tests/snapshots` shows what changed."
    )


@pytest.mark.parametrize("step", STEPS, ids=str)
def test_the_text_reads_like_the_rules(step):
    f, params = training_step(*step)
    code = [re.sub(r"\s+# .*", "", line) for line in f.source.splitlines()]
    assert [line for line in code if len(line) > 120] == []
    names = set(re.findall(r"\w+", "\n".join(code)))
    assert [name for name in names if name.count("_view") > 1] == []
    assert {w.name for w in params} <= names
    run = f.source[f.source.index("    def step(images, labels):") :]
    assert not re.search(r"\bblock\d*\b", run)
    headings = " ".join(re.findall(r"^ +# (.*)", f.source, re.MULTILINE))
    parts = re.findall(r"forward|backward|update", headings)
    assert list(dict.fromkeys(parts)) == ["forward", "backward", "update"]


def write_snapshots() -> None:
    FOLDER.mkdir(exist_ok=True)
    for step in STEPS:
        file_of(*step).write_text(text(*step), encoding="utf-8")


if __name__ == "__main__":
    write_snapshots()
