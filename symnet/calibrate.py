"""Measures what NumPy's operations cost on this machine: `python -m symnet calibrate`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from symnet.backends.numpy.threads import one_thread_in_blas
from symnet.machine import UFUNCS, Machine

ELEMENTS = 30_000  # two operands and a result of float32 stand in a first or second-level cache
_MATRIX = 512


def calibrate(seconds: float = 0.05) -> Iterator[tuple[str, float, Machine]]:
    """Measure one cost after the other, each for some `seconds`: its name, its value, and the machine so far."""
    machine = Machine()
    with one_thread_in_blas(), np.errstate(all="ignore"):
        for name, value in _measured(seconds):
            if name in UFUNCS:
                machine = machine.with_costs(ufuncs={**machine.ufuncs, name: value})
            else:
                machine = machine.with_costs(**{name: value})
            yield name, value, machine


def _measured(seconds: float) -> Iterator[tuple[str, float]]:
    rng = np.random.default_rng(0)
    one = np.ones(1, np.float32)
    call = _least(lambda: np.add(one, one, out=one), seconds)
    yield "call", call * 1e6
    a, b = rng.random((2, _MATRIX, _MATRIX), np.float32)
    product = np.empty_like(a)
    yield "gemm", 2 * _MATRIX**3 / _least(lambda: np.dot(a, b, out=product), seconds) / 1e9
    x, y = rng.random((2, ELEMENTS), np.float32) + 0.5
    out, mask = np.empty_like(x), np.empty(ELEMENTS, bool)
    yield "copy", (_least(lambda: np.copyto(out, x), seconds) - call) / (2 * x.nbytes) * 1e9
    total = np.empty((), np.float32)
    yield "reduce", (_least(lambda: np.add.reduce(x, out=total), seconds) - call) / ELEMENTS * 1e9
    for name in UFUNCS:
        ufunc = getattr(np, name)
        operands = (x, y)[: ufunc.nin]
        to = mask if name.startswith(("greater", "less", "equal", "not_")) else out
        least = _least(partial(ufunc, *operands, out=to), seconds)
        yield name, max(least - call, 1e-3 * call) / ELEMENTS * 1e9


def _least(run: Callable[[], object], seconds: float) -> float:
    """The least time of a run among as many as fit into `seconds`, at least three."""
    times: list[float] = []
    end = time.perf_counter() + seconds
    while len(times) < 3 or time.perf_counter() < end:
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times)
