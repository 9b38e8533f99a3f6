"""The comparison runs: symnet and plain NumPy, on rows that are quick, and stops at unequal work."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import symnet as sn

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


@pytest.fixture
def modules(monkeypatch):
    """Benchmarks import one another from their folder, as scripts do."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "") or "").startswith(str(BENCHMARKS)):
            del sys.modules[name]


def compare(*arguments):
    command = [sys.executable, str(BENCHMARKS / "compare.py"), "--rounds", "1", "--turn", "0", *arguments]
    return subprocess.run(command, capture_output=True, text=True)


def test_compares_training_and_elementwise_work_with_plain_numpy():
    run = compare("--peers", "numpy", "--rows", "mlp-10", "conv-10", "adam")
    assert run.returncode == 0, run.stderr
    for title in ("MLP 784-100-10, batch 10", "book conv net", "Adam update"):
        assert title in run.stdout
    assert run.stdout.count("plain NumPy ") == 3
    assert "bar: 5x PyTorch: not measured" in run.stdout


def test_networks_nobody_tuned_for_are_the_same_for_all():
    run = compare("--peers", "numpy", "--rows", "untuned-causal", "untuned-attention", "untuned-recurrent")
    assert run.returncode == 0, run.stderr
    assert run.stdout.count("plain NumPy ") == 3


@pytest.mark.parametrize("net", ["causal", "separable", "autoencoder", "attention", "recurrent"])
def test_steps_of_networks_nobody_tuned_for_make_no_array(modules, net):
    from peers.untuned.symnet import COSTS
    from untuned import NETWORKS

    data = NETWORKS[net].data(np.random.default_rng(0), net)
    weights = {name: sn.shared(value, name) for name, value in data["params"].items()}
    inputs = [sn.tensor(name, x.shape, x.dtype) for name, x in zip(NETWORKS[net].batch, data["batches"][0])]
    cost = COSTS[net](weights, *inputs)
    step = sn.function(inputs, cost, updates=sn.optim.sgd(cost, list(weights.values()), 0.01))
    first, *_, last = [float(step(*data["batches"][0])) for _ in range(5)]
    assert last < first
    assert step.allocations == 0


def test_unequal_work_is_refused(modules):
    from contest import Mismatch, check
    from workloads import WORKLOADS

    x = np.array([1.0, -2.0])
    check(WORKLOADS[0], {"symnet": ([[x]], 0.0), "numpy": ([[x + 1e-5]], 0.0)})
    with pytest.raises(Mismatch, match="symnet and numpy differ by 5.0e-04"):
        check(WORKLOADS[0], {"symnet": ([[x]], 0.0), "numpy": ([[x + 1e-3]], 0.0)})
    with pytest.raises(Mismatch, match="symnet and numpy differ by nan"):
        check(WORKLOADS[0], {"symnet": ([[x]], 0.0), "numpy": ([[x * np.nan]], 0.0)})
    with pytest.raises(Mismatch, match=r"shape \(2,\) from symnet, \(1,\) from numpy"):
        check(WORKLOADS[0], {"symnet": ([[x]], 0.0), "numpy": ([[x[:1]]], 0.0)})


def test_peer_that_is_not_there_or_fails_is_named(modules):
    from report import Row
    from workloads import WORKLOADS

    times = {"symnet": {"median": 2.0, "minimum": 1.0}, "numpy": {"median": 3.0, "minimum": 3.0}}
    row = Row(WORKLOADS[0], {"times": times, "failed": {"torch": "ModuleNotFoundError: No module named 'torch'"}})
    assert "PyTorch eager: ModuleNotFoundError: No module named 'torch'" in str(row)
    assert row.ratio("numpy") == 1.5 and row.ratio("numpy", "minimum") == 3


def test_counted_work_is_that_of_the_formulas(modules):
    from workloads import NETWORKS

    forward = [25 * 24 * 24 * 20, 20 * 25 * 8 * 8 * 40, 640 * 100, 100 * 10]
    net = NETWORKS["double-conv"]
    assert net.multiplications() == forward
    assert net.flops(10) == 2 * 10 * (3 * sum(forward) - forward[0])
    assert net.flops(10, training=False) == 2 * 10 * sum(forward)


def test_page_is_written_from_the_stored_results(modules):
    from compare import PAGE, RESULTS
    from page import page

    assert PAGE.read_text(encoding="utf-8") == page(json.loads(RESULTS.read_text(encoding="utf-8")))
