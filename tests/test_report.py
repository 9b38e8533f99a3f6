"""What `f.report()` tells of a plan."""

import time

import numpy as np
import pytest

import symnet as sn
from symnet.examples import chapter6
from symnet.examples.classifier import Classifier
from symnet.rewrites import PIPELINE

F32 = np.float32


def made(net=chapter6.double_conv, batch=10):
    model = Classifier(net, np.random.default_rng(0))
    rng = np.random.default_rng(1)
    model.step(rng.random((batch, 784), F32), rng.integers(0, 10, batch), 0.1)
    return model.step


def test_every_kernel_has_its_part_its_line_and_a_predicted_cost():
    f = made()
    rows = f.report().rows
    assert {row.part for row in rows} == {"forward", "backward", "update"}
    assert all(row.microseconds > 0 and row.times >= 1 for row in rows)
    assert any(row.origin.startswith("chapter6.py:") for row in rows)
    text = str(f.report())
    assert all(row.result[:19] in text for row in rows)
    assert text.partition("compiled in")[0] == repr(f.report()).partition("compiled in")[0]


def test_the_buffers_are_the_memory_there_is():
    f = made()
    assert sum(f.report().buffers.values()) == f.memory
    assert f"memory: {f.memory:,} bytes" in str(f.report())


def test_the_time_of_every_pass_is_told():
    f = made(chapter6.shallow)
    passes, told = f.report().passes, str(f.report()).splitlines()[-1]
    assert {step.name for step in PIPELINE} < set(passes)
    assert {"arguments", "shapes", "updates", "order", "memory", "kernels", "names", "text", "python"} < set(passes)
    assert told.startswith(f"compiled in {sum(passes.values()) * 1e3:.1f} ms: ")
    assert all(f"{name} " in told for name in passes)


def test_no_time_is_left_out():
    x = sn.vector("x", shape=(3,))
    before = time.perf_counter()
    f = sn.function([x], sn.exp(x))
    spent = time.perf_counter() - before
    assert sum(f.report().passes.values()) == pytest.approx(f.compile_time)
    assert 0 < f.compile_time <= spent


def test_pieces_count_as_often_as_they_run():
    x = sn.matrix("x", shape=(64, 64))
    with sn.options(machine=sn.Machine(cache=4096, threads=1)):
        f = sn.function([x], sn.exp(x) * 2 + 1)
    report = f.report()
    (loop,) = report.loops
    assert {row.times for row in report.rows} == {64 // loop.size}
    assert f"in pieces: {loop.size} of 64 at a time" in str(report)


@pytest.mark.parametrize(
    "net", [chapter6.shallow, chapter6.conv, chapter6.double_conv, chapter6.dropout], ids=lambda net: net.__name__
)
def test_the_step_of_every_network_of_the_chapter_allocates_nothing(net):
    assert made(net).allocations == 0  # tests/test_memory.py holds tracemalloc against the same networks


def test_a_slow_path_is_named_with_its_line():
    x = sn.tensor("x", (20, 30))
    f = sn.function([x], sn.dot(x[:, ::2], x[:10, ::2].T))
    assert "slow path: matmul: " in str(f.report()) and "test_report.py" in str(f.report())
