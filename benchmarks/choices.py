"""How good the table of costs is: every way to compute a convolution and its gradients, predicted and measured."""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

# Read by NumPy's BLAS once, when it is loaded.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from machine import machine

import symnet as sn
from symnet.graph import Variable
from symnet.machine import calibrated
from symnet.ops.conv_lowering import FORWARD, INPUT_GRAD, WEIGHT_GRAD, Algorithm, predicted
from symnet.ops.windows import Geometry

THREADS = int(os.environ["OPENBLAS_NUM_THREADS"])
PASSES = {"forward": FORWARD, "gradient of x": INPUT_GRAD, "gradient of w": WEIGHT_GRAD}
HOPELESS = 4.0  # ways predicted to take so many times as long as the best are not measured


def geometry(batch: int, channels: int, size: tuple[int, ...], filters: int, kernel: int, *,
             stride: int = 1, same: bool = False, groups: int = 1) -> Geometry:  # fmt: skip
    """A convolution with a square kernel."""
    axes = len(size)
    pad = kernel // 2 if same else 0
    out = tuple((n + 2 * pad - kernel) // stride + 1 for n in size)
    return Geometry(batch, channels, filters, groups, size, (kernel,) * axes, (stride,) * axes, (1,) * axes,
                    ((pad, pad),) * axes, out)  # fmt: skip


SHAPES = [
    *(geometry(batch, 1, (28, 28), 20, 5) for batch in (1, 5, 10, 16, 32, 64, 128)),
    *(geometry(batch, 20, (12, 12), 40, 5) for batch in (1, 5, 10, 16, 32, 64, 128)),
    *(geometry(batch, c, (n, n), c, 3, same=True)
      for batch, c, n in [(8, 64, 32), (8, 64, 14), (8, 128, 16), (8, 256, 8), (8, 32, 32), (1, 64, 32), (16, 16, 32),
                          (1, 128, 28), (1, 256, 14), (1, 16, 56), (4, 64, 56), (1, 512, 7)]),
    geometry(8, 3, (32, 32), 32, 3, same=True),
    geometry(8, 64, (32, 32), 64, 3, stride=2, same=True),
    geometry(8, 32, (28, 28), 64, 1),
    geometry(16, 8, (28, 28), 8, 5, same=True),
    geometry(8, 16, (64, 64), 16, 3),
    *(geometry(batch, c, (n, n), c, k, same=True, groups=c)
      for batch, c, n, k in [(8, 32, 32, 3), (8, 64, 16, 3), (16, 128, 8, 3), (1, 32, 32, 3), (8, 64, 28, 5)]),
    geometry(8, 64, (16, 16), 64, 3, same=True, groups=16),
    geometry(8, 64, (16, 16), 64, 3, same=True, groups=4),
    geometry(16, 32, (128,), 64, 5),
    geometry(16, 1, (1000,), 16, 9),
    geometry(2, 8, (16, 16, 16), 16, 3, same=True),
    geometry(4, 1, (12, 12, 12), 8, 3),
]  # fmt: skip


def batch_innermost(shape: Sequence[int]) -> Variable:
    """Random pictures (N, C, *size) as the convolution before would leave them in memory."""
    values = np.random.default_rng(0).standard_normal((*shape[1:], shape[0]), np.float32)
    return sn.transpose(sn.shared(values), (len(shape) - 1, *range(len(shape) - 1)))


def operands(name: str, a: Geometry) -> tuple[Variable, Variable]:
    """What the ways of that pass take."""
    filters = (a.filters, a.channels // a.groups, *a.kernel)
    x, g = batch_innermost((a.batch, a.channels, *a.size)), batch_innermost((a.batch, a.filters, *a.out))
    w = sn.shared(np.random.default_rng(1).standard_normal(filters, np.float32))
    return {"forward": (x, w), "gradient of x": (w, g), "gradient of w": (x, g)}[name]


def made(way: Algorithm, name: str, a: Geometry, on: sn.Machine) -> tuple[float, Callable[[], object]]:
    """The predicted microseconds, and a function that computes it that way into memory of its own."""
    v, u = operands(name, a)
    with sn.options(machine=on):
        y = way.build(v, u, a)
        cost = predicted(y, (v, u), on)
        if name != "gradient of w":
            y = sn.transpose(y, (*range(1, y.type.ndim), 0))
        result = sn.shared(np.zeros([int(n) for n in y.type.shape], np.float32))  # type: ignore[arg-type]
        return cost, sn.function([], [], updates=[(result, y)])


def measured(runs: dict[str, Callable[[], object]], seconds: float) -> dict[str, float]:
    """The least microseconds of each, in turn for some seconds; each first runs once more to find its caches."""
    least = dict.fromkeys(runs, float("inf"))
    end = time.perf_counter() + seconds
    rounds = 0
    while rounds < 5 or time.perf_counter() < end:
        for name, run in runs.items():
            run()
            start = time.perf_counter()
            run()
            least[name] = min(least[name], 1e6 * (time.perf_counter() - start))
        rounds += 1
    return least


def compare(name: str, a: Geometry, on: sn.Machine, seconds: float) -> tuple[float, list[float]]:
    """Print one line; the regret (the time of the chosen way, by that of the best) and predicted by measured times."""
    ways = {way.name: made(way, name, a, on) for way in PASSES[name] if way.fits(a)}
    costs = {way: cost for way, (cost, _) in ways.items()}
    chosen = min(costs, key=lambda way: costs[way])
    times = measured({way: run for way, (cost, run) in ways.items() if cost < HOPELESS * costs[chosen]}, seconds)
    regret = times[chosen] / min(times.values())
    columns = ", ".join(f"{way} {costs[way]:,.0f} / {t:,.0f}" for way, t in times.items())
    size = "x".join(map(str, a.size))
    plan = f"{a.batch:>4} {a.channels:>4} {size:>9} {a.filters:>4} {'x'.join(map(str, a.kernel)):>6} {a.groups:>4}"
    print(f"{plan}  {name:<14}{regret:>6.2f}  {chosen:<24}{columns}")
    return regret, [costs[way] / t for way, t in times.items()]


def main() -> None:
    """Print a line for each shape and pass, and how far the choices and the predictions are off."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=0.5, help="for each line (0.5)")
    parser.add_argument("--default", action="store_true", help="predict with the default table, not the calibrated one")
    options = parser.parse_args()
    # Everything in one piece: pieces would be chosen for on their own.
    on = replace(sn.Machine() if options.default else calibrated(), cache=1 << 40, threads=THREADS)
    print(f"{machine()}; {THREADS} BLAS threads, float32; microseconds: predicted / measured")
    print(f"{'N':>4} {'C':>4} {'size':>9} {'F':>4} {'kernel':>6} grp  {'pass':<14}regret  chosen")
    found = [compare(name, a, on, options.seconds) for a in SHAPES for name in PASSES]
    regrets = [regret for regret, _ in found]
    ratios = statistics.quantiles([r for _, rs in found for r in rs], n=10)
    print(f"regret of {len(found)} choices: median {statistics.median(regrets):.2f}, "
          f"mean {statistics.mean(regrets):.3f}, worst {max(regrets):.2f}")  # fmt: skip
    print(f"predicted by measured: median {ratios[4]:.2f}, 8 of 10 between {ratios[0]:.2f} and {ratios[-1]:.2f}")


if __name__ == "__main__":
    main()
