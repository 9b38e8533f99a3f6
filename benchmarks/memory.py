"""What training steps of the double convolution leave behind in memory, and what one step allocates while it runs."""

from __future__ import annotations

import argparse
import gc
import linecache
import sys
import tracemalloc
from collections.abc import Iterator
from itertools import cycle, groupby, islice
from types import FrameType
from typing import Any

import numpy as np
from machine import machine

from symnet.examples.chapter6 import NETWORKS
from symnet.train.loop import Classifier

try:
    import psutil
except ImportError:
    sys.exit("memory.py reads the resident memory with psutil, which is not installed: pip install '.[test]'")

LEARNING_RATE = 0.01
SMALL = 512  # bytes: integers, tuples and frames stay below, arrays and casting buffers do not

Batch = tuple[np.ndarray, np.ndarray]


def train(model: Classifier, batches: Iterator[Batch], steps: int) -> None:
    """Make `steps` training steps and keep nothing of them."""
    for x, y in islice(batches, steps):
        model.step(x, y, LEARNING_RATE)


def growth(model: Classifier, batches: Iterator[Batch], steps: int) -> tuple[int, int, int]:
    """What stays allocated after `steps` steps: bytes, blocks, and the blocks among them that are array data."""
    own = [tracemalloc.Filter(False, tracemalloc.__file__)]
    arrays = tracemalloc.DomainFilter(True, np.lib.tracemalloc_domain)
    train(model, batches, steps)  # with tracing on: what Python and NumPy keep for reuse is filled here
    gc.collect()
    before = tracemalloc.take_snapshot().filter_traces(own)
    train(model, batches, steps)
    gc.collect()
    after = tracemalloc.take_snapshot().filter_traces(own)
    differences = after.compare_to(before, "filename")
    data = after.filter_traces([arrays]).compare_to(before.filter_traces([arrays]), "filename")
    return (
        sum(d.size_diff for d in differences),
        sum(d.count_diff for d in differences),
        sum(d.count_diff for d in data),
    )


def peak_of_a_step(model: Classifier, batch: Batch) -> int:
    """The most bytes that were allocated at once during one step, over those before it."""
    current, _ = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    model.step(*batch, LEARNING_RATE)
    return tracemalloc.get_traced_memory()[1] - current


def lines_that_allocate(model: Classifier, batch: Batch) -> tuple[int, list[tuple[int, str]]]:
    """How many lines one step runs, and those that allocate more than SMALL bytes, dearest first.

    Counted over every line of Python that the call runs: the generated step and what surrounds it.
    """
    state: dict[str, Any] = {"lines": 0, "at": None, "before": 0}
    found: list[tuple[int, str]] = []

    def close_line() -> None:
        peak = tracemalloc.get_traced_memory()[1] - state["before"]
        if state["at"] and peak > SMALL:
            filename, number = state["at"]
            found.append((peak, linecache.getline(filename, number).strip()))

    def trace(frame: FrameType, event: str, arg: Any) -> Any:
        close_line()
        state["at"] = (frame.f_code.co_filename, frame.f_lineno) if event == "line" else None
        state["lines"] += event == "line"
        state["before"] = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        return trace

    model.step(*batch, LEARNING_RATE)
    sys.settrace(trace)
    try:
        model.step(*batch, LEARNING_RATE)
    finally:
        sys.settrace(None)
    return state["lines"], sorted(found, reverse=True)


def main() -> None:
    """Read the options and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch", type=int, default=10, help="batch size (10)")
    parser.add_argument("--steps", type=int, default=10_000, help="steps between the resident memory figures (10000)")
    options = parser.parse_args()
    print(machine())
    print(f"double-conv, batch {options.batch}; everything after the first call")

    rng = np.random.default_rng(1)
    pool = [
        (rng.random((options.batch, 784), dtype=np.float32), rng.integers(10, size=options.batch)) for _ in range(64)
    ]
    batches = cycle(pool)
    model = Classifier(NETWORKS["double-conv"], np.random.default_rng(0))
    train(model, batches, 1)

    tracemalloc.start()
    grown = [growth(model, batches, 1000) for _ in range(3)]
    peaks = [peak_of_a_step(model, pool[0]) for _ in range(20)]
    count, found = lines_that_allocate(model, pool[0])
    tracemalloc.stop()
    # Tuples and integers that Python keeps for reuse come and go; a leak would add its blocks at every step, each time.
    for size, blocks, arrays in grown:
        print(f"growth over 1,000 steps: {size:+,} bytes in {blocks:+,} blocks, {arrays:+,} of them array data")
    print(f"one step's own peak: {min(peaks):,} bytes (buffers of the plan: {model.step.memory:,} bytes)")
    print(f"lines that allocate more than {SMALL} bytes: {len(found)} of the {count} lines a step runs")
    for peak, same in islice(groupby(found, key=lambda pair: pair[0]), 8):
        lines = [line for _, line in same]
        print(f"  {peak:>10,} bytes in {len(lines):>2} lines, such as {lines[-1]}")

    process = psutil.Process()
    train(model, batches, 100)
    gc.collect()
    before = process.memory_info().rss
    train(model, batches, options.steps)
    gc.collect()
    after = process.memory_info().rss
    print(
        f"resident memory over {options.steps:,} steps: {before / 2**20:.1f} MiB before, "
        f"{after / 2**20:.1f} MiB after ({(after - before) / 2**10:+,.0f} KiB)"
    )


if __name__ == "__main__":
    main()
