"""One training step of the chapter's networks, symnet against PyTorch eager, in turn within one process."""

from __future__ import annotations

import argparse
import math
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from itertools import cycle

# Read by NumPy's BLAS once, when it is loaded.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "2")

import numpy as np
from machine import machine

from symnet.examples.chapter6 import NETWORKS
from symnet.train.loop import Classifier

try:
    import torch
    import torch.nn.functional as F
except ImportError:
    sys.exit("train_step.py compares with PyTorch, which is not installed: pip install '.[bench]'")

THREADS = int(os.environ["OPENBLAS_NUM_THREADS"])
LEARNING_RATE = 0.01
POOL = 64  # random batches with random labels: nothing to learn, so no gradient vanishes into denormals

Batch = tuple[np.ndarray, np.ndarray]
Step = Callable[[np.ndarray, np.ndarray], float]
Values = dict[str, np.ndarray]


def batches(size: int, rng: np.random.Generator) -> list[Batch]:
    """Random images (size, 784) and labels (size,)."""
    return [(rng.random((size, 784), dtype=np.float32), rng.integers(10, size=size)) for _ in range(POOL)]


def symnet_step(net: str) -> tuple[Step, Values]:
    """The step as a user of symnet makes it, and copies of the weights it starts from."""
    model = Classifier(NETWORKS[net], np.random.default_rng(0))
    return lambda x, y: float(model.step(x, y, LEARNING_RATE)), model.values()


def double_conv(images: torch.Tensor, w: dict[str, torch.Tensor]) -> torch.Tensor:
    """Class scores of the double convolution."""
    h = F.relu(F.max_pool2d(F.conv2d(images, w["w_conv1"], w["b_conv1"]), 2))
    h = F.relu(F.max_pool2d(F.conv2d(h, w["w_conv2"], w["b_conv2"]), 2))
    h = F.relu(F.linear(h.flatten(1), w["w_fc1"], w["b_fc1"]))
    return F.linear(h, w["w_fc2"], w["b_fc2"])


def shallow(images: torch.Tensor, w: dict[str, torch.Tensor]) -> torch.Tensor:
    """Class scores of the 784-100-10 network."""
    h = torch.sigmoid(F.linear(images.flatten(1), w["w_fc1"], w["b_fc1"]))
    return F.linear(h, w["w_fc2"], w["b_fc2"])


def torch_step(net: str, values: Values, layout: torch.memory_format) -> Step:
    """The same step in PyTorch eager, from the same weights, in the given memory layout."""
    scores = {"double-conv": double_conv, "shallow": shallow}[net]
    weights = {}
    for name, value in values.items():
        # PyTorch keeps a fully connected layer's weights as (outputs, inputs).
        own = torch.from_numpy(value.T.copy() if value.ndim == 2 else value.copy())
        own = own.contiguous(memory_format=layout) if own.ndim == 4 else own
        weights[name] = own.requires_grad_()
    optimiser = torch.optim.SGD(weights.values(), lr=LEARNING_RATE)

    def step(x: np.ndarray, y: np.ndarray) -> float:
        images = torch.from_numpy(x).view(-1, 1, 28, 28).contiguous(memory_format=layout)
        cost = F.cross_entropy(scores(images, weights), torch.from_numpy(y))
        optimiser.zero_grad()
        cost.backward()
        optimiser.step()
        return cost.item()

    return step


def check_same_work(steps: dict[str, Step], pool: list[Batch]) -> str:
    """Three steps of each on the same batches: equal costs mean equal values, gradients and updates."""
    costs = {name: [step(x, y) for x, y in pool[:3]] for name, step in steps.items()}
    reference = costs["symnet"]
    worst = max(abs(c - r) / abs(r) for own in costs.values() for c, r in zip(own, reference))
    if not worst < 1e-4:
        sys.exit(f"not the same work: the costs of the first steps are {costs}")
    first = ", ".join(f"{name} {own[0]:.6f}" for name, own in costs.items())
    return f"cost of step 1: {first}; steps 1 to 3 differ by {worst:.0e} at most, relatively"


def seconds_per_step(step: Step, pool: Iterator[Batch], count: int) -> float:
    """The mean of `count` steps after one that is not counted: it finds the other's threads and caches."""
    step(*next(pool))
    start = time.perf_counter()
    for _ in range(count):
        step(*next(pool))
    return (time.perf_counter() - start) / count


def compare(net: str, size: int, rounds: int) -> None:
    """Print the check and the table of one network at one batch size."""
    pool = batches(size, np.random.default_rng(1))
    ours, values = symnet_step(net)
    steps = {"symnet": ours, "PyTorch": torch_step(net, values, torch.contiguous_format)}
    if net == "double-conv":
        steps["PyTorch, channels_last"] = torch_step(net, values, torch.channels_last)
    same = check_same_work(steps, pool)

    endless = cycle(pool)
    count = max(3, math.ceil(100 / size))
    times: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(rounds):
        for name, step in steps.items():
            times[name].append(seconds_per_step(step, endless, count))

    print(f"\n{net}, batch {size}: {rounds} rounds of {count} steps each, in turn")
    print(f"  {same}")
    print(f"  {'ms per step':<24}{'median':>9}{'minimum':>9}{'ratio of medians':>18}{'of minima':>11}")
    median = {name: statistics.median(own) * 1e3 for name, own in times.items()}
    least = {name: min(own) * 1e3 for name, own in times.items()}
    for name in steps:
        ratios = f"{median[name] / median['symnet']:>18.2f}{least[name] / least['symnet']:>11.2f}"
        print(f"  {name:<24}{median[name]:>9.3f}{least[name]:>9.3f}{ratios}")


def main() -> None:
    """Read the options and print one table for each network and batch size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=30, help="rounds of each comparison (30)")
    parser.add_argument("--batch", type=int, nargs="+", default=[10, 128], help="batch sizes (10 128)")
    parser.add_argument("--net", nargs="+", choices=["double-conv", "shallow"], default=["double-conv", "shallow"])
    options = parser.parse_args()
    torch.set_num_threads(THREADS)
    print(f"{machine()}, PyTorch {torch.__version__}; {THREADS} threads each, float32")
    print("ratio: time of that row against symnet's; above 1 symnet is faster")
    for net in options.net:
        for size in options.batch:
            compare(net, size, options.rounds)


if __name__ == "__main__":
    main()
