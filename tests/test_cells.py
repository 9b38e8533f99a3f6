"""Cells of a notebook, run again and interrupted: what is defined twice works, and no state is half-updated."""

import nbformat
import pytest
from nbclient import NotebookClient

DEFINE = """
import _thread, threading
import numpy as np
import symnet as sn

sn.seed(0)
x = sn.matrix("x", shape=("batch", 20))
w = sn.shared(np.zeros((20, 400), "float32"), "w")
steps = sn.shared(np.int64(0), "steps")
y_hat = sn.softmax(sn.dropout(x, 0.5) @ w)
cost = -sn.log(y_hat)[:, 0].mean() + 0 * sn.random.uniform((2,)).sum()
train = sn.function([x], cost, updates=[*sn.optim.momentum(cost, [w], 0.5), (steps, steps + 1)], name="train")
images = np.random.default_rng(0).random((10, 20), "float32")
"""
TRAIN = """
for _ in range(5):
    cost_now = train(images)
print(int(steps.get_value()), f"{float(cost_now):.6f}", f"{np.abs(w.get_value()).sum():.5f}")
"""
SHOW = "w, train, y_hat\ntrain"
# Every element of each is the number of calls that were made: a torn update shows as two numbers, or as three counts.
COUNTING = """
parts = [sn.shared(np.zeros((300, 1000), dtype), f"{dtype}_part") for dtype in ("float32", "float64", "int64")]
count = sn.function([], parts[0].sum(), updates={p: p + np.ones((), p.dtype) for p in parts})
"""
INTERRUPTED = """
threading.Timer(0.3, _thread.interrupt_main).start()
while True:
    count()
"""
CONSISTENT = """
seen = {float(value) for p in parts for value in np.unique(p.get_value())}
assert len(seen) == 1 and seen.pop() > 0
before = parts[2].get_value()[0, 0]
count()
assert all((p.get_value() == before + 1).all() for p in parts)
print("consistent")
"""
FIT = """
from symnet.examples.chapter6 import NETWORKS
from symnet.train import Classifier, fit

rng = np.random.default_rng(0)
data = rng.random((500, 784), "float32"), rng.integers(0, 10, 500)
model = Classifier(NETWORKS["shallow"], rng)
start = model.values()
threading.Timer(0.5, _thread.interrupt_main).start()
history = fit(model, data, data, epochs=10**6, batch_size=10, learning_rate=0.01, rng=rng, progress=False)
now = model.values()
assert history.interrupted and history.steps > 0
assert all(np.isfinite(value).all() for value in now.values())
assert any((now[name] != start[name]).any() for name in now)
again = fit(model, data, data, epochs=1, batch_size=10, learning_rate=0.01, rng=rng, progress=False)
print(again.ended, again.steps)
again
"""

ALONE = "a = sn.vector('a', shape=(2,))"
WRONG = """
b = sn.exp(a)
f = sn.function([a], b, name="f")
print(a.origin.short, b.node.origin.short, "# (2,)  " + b.node.origin.short in f.source)
a + sn.vector("c", shape=(3,))
"""


@pytest.fixture(scope="module")
def cells(tmp_path_factory):
    """What each cell gave: twice what defines and trains, then what is interrupted."""
    texts = [DEFINE, TRAIN, SHOW] * 2 + [TRAIN, COUNTING, INTERRUPTED, CONSISTENT, INTERRUPTED, CONSISTENT, FIT, FIT]
    texts += [ALONE, WRONG]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in texts])
    folder = tmp_path_factory.mktemp("cells")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_PREFER_ENV_PATH", "1")
        patch.setenv("IPYTHONDIR", str(folder / "ipython"))
        NotebookClient(
            notebook, timeout=120, kernel_name="python3", coalesce_streams=True, allow_errors=True,
            resources={"metadata": {"path": folder}},
        ).execute()  # fmt: skip
    return [cell.outputs for cell in notebook.cells]


def printed(outputs):
    assert not [o for o in outputs if o.output_type == "error"], outputs
    return "".join(o.text for o in outputs if o.output_type == "stream")


def test_cells_that_define_and_train_give_the_same_when_they_run_again(cells):
    first, second = printed(cells[1]), printed(cells[4])
    assert first == second and first.startswith("5 ")


def test_a_training_cell_that_runs_again_goes_on(cells):
    assert printed(cells[6]).startswith("10 ")


def test_objects_are_shown_in_the_same_way_when_the_cell_runs_again(cells):
    (first,), (second,) = cells[2], cells[5]
    assert first.output_type == "execute_result" and {"text/html", "text/plain"} <= first.data.keys()
    assert "source" in first.data["text/html"] and "source" in second.data["text/html"]


@pytest.mark.parametrize("at", [8, 10])
def test_an_interrupted_loop_leaves_every_variable_after_the_same_call(cells, at):
    (error,) = cells[at]
    assert error.ename == "KeyboardInterrupt"
    assert printed(cells[at + 1]) == "consistent\n"


@pytest.mark.parametrize("at", [12, 13])
def test_an_interrupted_fit_gives_a_model_that_trains_on(cells, at):
    assert printed(cells[at]) == "done 50\n"
    assert "training history" in cells[at][-1].data["text/html"]


def test_lines_of_two_cells_are_told_apart_by_the_numbers_beside_them(cells):
    said, error = cells[-1]
    assert said.text == "In[15]:1 In[16]:1 True\n"
    assert "at In[16]:4" in error.evalue and "In[15]:1" in error.evalue
