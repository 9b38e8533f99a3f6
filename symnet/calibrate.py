"""Measures what NumPy's operations cost on this machine: `python -m symnet calibrate`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from statistics import median

import numpy as np

from symnet.backends.numpy.threads import thread_count, with_one_blas_thread
from symnet.machine import UFUNCS, Machine

ELEMENTS = 30_000  # two operands and a result of float32 stand in a first or second-level cache
UNITS = {
    "call": "us a call", "gemm": "GFLOP/s", "start": "us a product", "loop": "ns a multiplication", "pack": "ns a byte",
    "clash": "ns a byte", "copy": "ns a byte", "run": "ns a run", "shared": "of the threads' time",
    "shared_small": "of the threads' time",
}  # fmt: skip
"""What the costs are counted in, where it is not nanoseconds an element."""


def calibrate(seconds: float = 0.05) -> Iterator[tuple[str, float, Machine]]:
    """Measure one cost after the other, each for some `seconds`: its name, its value, and the machine so far."""
    machine = Machine()
    for name, value in chain(_alone(seconds), _sharing(seconds)):
        if name in UFUNCS:
            machine = machine.with_costs(ufuncs={**machine.ufuncs, name: value})
        else:
            machine = machine.with_costs(**{name: value})
        yield name, value, machine


def against_default(machine: Machine) -> str:
    """How a machine compares with the table that symnet comes with, in words."""
    costs, usual = ({**vars(m), **m.ufuncs} for m in (machine, Machine()))
    names = [*UNITS, "turn", "reduce", *UFUNCS]
    ratios = {name: costs[name] / usual[name] for name in names if name not in ("gemm", "shared", "shared_small")}
    (low, least), *_, (high, most) = sorted(ratios.items(), key=lambda item: item[1])
    return (
        f"against the default table: products {costs['gemm'] / usual['gemm']:.2f} times as fast, other costs "
        f"{median(ratios.values()):.2f} times as high in the median (from {low} {least:.2f} to {high} {most:.2f})"
    )


def _sharing(seconds: float) -> Iterator[tuple[str, float]]:
    """What BLAS makes of all its threads, for products of two sizes, measured in turn with one thread."""
    rng = np.random.default_rng(0)
    for name, n in (("shared_small", 100), ("shared", 512)):
        a, b = rng.random((2, n, n), np.float32)
        product = partial(np.matmul, a, b, out=np.empty_like(a))
        together = _least(product, seconds)
        alone = with_one_blas_thread(_least, product, seconds)
        # Beside other work they may get in each other's way, but one of them would do.
        yield name, min(max(alone / together, 1.0) / thread_count(), 1.0)


def _alone(seconds: float) -> Iterator[tuple[str, float]]:
    """What one thread takes."""
    measured = _measured(seconds)
    with np.errstate(all="ignore"):
        while (found := with_one_blas_thread(next, measured, None)) is not None:
            yield found


def _measured(seconds: float) -> Iterator[tuple[str, float]]:
    rng = np.random.default_rng(0)
    one = np.ones(1, np.float32)
    call = _least(lambda: np.add(one, one, out=one), seconds)
    yield "call", call * 1e6
    yield from _products(rng, call, seconds)
    yield from _copies(rng, call, seconds)
    x, y = rng.random((2, ELEMENTS), np.float32) + 0.5
    out, mask = np.empty_like(x), np.empty(ELEMENTS, bool)
    total = np.empty((), np.float32)
    yield "reduce", (_least(lambda: np.add.reduce(x, out=total), seconds) - call) / ELEMENTS * 1e9
    for name in UFUNCS:
        ufunc = getattr(np, name)
        operands = (x, y)[: ufunc.nin]
        to = mask if name.startswith(("greater", "less", "equal", "not_")) else out
        least = _least(partial(ufunc, *operands, out=to), seconds)
        yield name, max(least - call, 1e-3 * call) / ELEMENTS * 1e9


def _products(rng: np.random.Generator, call: float, seconds: float) -> Iterator[tuple[str, float]]:
    def product(m: int, k: int, n: int, dtype: str = "float32", stack: tuple[int, ...] = ()) -> float:
        a, b = rng.random((m, k)).astype(dtype), rng.random((*stack, k, n)).astype(dtype)
        y = np.empty((*stack, m, n), dtype)
        return _least(lambda: np.matmul(a, b, out=y), seconds)

    yield "gemm", 2 * 512**3 / product(512, 512, 512) / 1e9
    yield "start", max(product(4, 4, 4, stack=(1000,)) - call, call) / 1000 * 1e6
    yield "loop", product(64, 64, 64, "int32") / 64**3 * 1e9
    # Twice the rows are twice the multiplications, but w is packed once.
    k, n = 300, 1000
    low, high = product(16, k, n), product(32, k, n)
    yield "pack", max(2 * low - high, 0.01 * low) / (4 * k * n) * 1e9
    clashing = product(16, k, 1024) - low * 1024 / n
    yield "clash", max(clashing, 0.01 * low) / (4 * (k + 16) * 1024) * 1e9


def _copies(rng: np.random.Generator, call: float, seconds: float) -> Iterator[tuple[str, float]]:
    count = 5 * ELEMENTS  # patches leave the second-level cache
    x = rng.random(count, np.float32)
    in_order = _least(partial(np.copyto, np.empty_like(x), x), seconds) - call
    yield "copy", in_order / (2 * x.nbytes) * 1e9
    halves = rng.random(ELEMENTS, np.float32).astype(np.float16)
    yield "half", _least(partial(np.copyto, np.empty(ELEMENTS, np.float32), halves), seconds) / ELEMENTS * 1e9
    apart = rng.random((count // 12, 16), np.float32)[:, :12]
    in_runs = _least(partial(np.copyto, np.empty(apart.shape, np.float32), apart), seconds) - call
    yield "run", max(in_runs - in_order, 0.01 * in_order) / len(apart) * 1e9
    matrix = rng.random((500, 60), np.float32)
    turned = _least(partial(np.copyto, np.empty((60, 500), np.float32), matrix.T), seconds) - call
    yield "turn", turned / matrix.size * 1e9


def _least(run: Callable[[], object], seconds: float) -> float:
    """The least time of a run among as many as fit into `seconds`, at least three."""
    times: list[float] = []
    end = time.perf_counter() + seconds
    while len(times) < 3 or time.perf_counter() < end:
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times)
