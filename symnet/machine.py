"""What plans know of the machine they run on: its caches, its threads, and what NumPy's operations cost there."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from math import log
from typing import Any

import numpy as np

from symnet.errors import ArgumentError

UFUNCS: Mapping[str, float] = {
    "add": 0.1, "subtract": 0.1, "multiply": 0.1, "divide": 0.1, "maximum": 0.1, "minimum": 0.1, "negative": 0.06,
    "absolute": 0.06, "square": 0.06, "sqrt": 0.33, "reciprocal": 0.2, "exp": 0.43, "expm1": 0.31, "log": 0.35,
    "log1p": 0.4, "tanh": 0.33, "sin": 0.5, "cos": 0.5, "sign": 0.4, "power": 0.65, "floor_divide": 9.5,
    "remainder": 8.5, "greater": 0.07, "greater_equal": 0.07, "less": 0.07, "less_equal": 0.07, "equal": 0.07,
    "not_equal": 0.07,
}  # fmt: skip
"""Nanoseconds for each float32 element of arrays in cache, by ufunc."""

_FEATURES: Mapping[str, bool] = getattr(np._core._multiarray_umath, "__cpu_features__", {})  # type: ignore[attr-defined]
if not (_FEATURES.get("AVX512_SKX") or _FEATURES.get("X86_V4")):
    # What NumPy computes one element after the other, or in shorter vectors, on other processors.
    UFUNCS = {
        **UFUNCS, "exp": 1.3, "expm1": 11.0, "log": 1.6, "log1p": 11.0, "tanh": 2.5, "sin": 1.6, "cos": 1.6,
        "power": 5.7, "floor_divide": 20.0,
    }  # fmt: skip

BLAS = ("float32", "float64")
"""The dtypes whose products NumPy hands to BLAS."""
SHARED = 1 << 18
"""OpenBLAS shares a product among its threads if it has more multiplications than this ..."""
PACKED = 10**6
"""... and copies its operands to where they lie in the order it reads them if it has more than this."""
SMALL, LARGE = 10**6, 10**8
"""Multiplications of products whose threads lose most by waiting for each other, and of those that lose least."""


@dataclass(frozen=True)
class Machine:
    """Sizes and costs that plans are made for; `python -m symnet calibrate` measures them.

    `cache` is how many bytes one thread works on at a time: work on more is done in pieces of this size. `threads` is
    how many threads share the pieces; None: as many as NumPy's BLAS is set to use. Costs are those of one thread:
    `call` microseconds to call NumPy before it touches an element, `gemm` GFLOP/s of large float32 matrix products,
    `start` microseconds to start each product of a stack of them, `loop` nanoseconds for each multiplication of a
    product that BLAS cannot do, `pack` nanoseconds for each byte of an operand that BLAS brings into its own order,
    `clash` nanoseconds more for each byte of rows that stand a multiple of 4 KiB apart and meet in few sets of the
    cache, `copy` nanoseconds for each byte read or written in order, `run` nanoseconds for each
    place where the order breaks off, `turn` nanoseconds for each float32 element of a matrix copied by columns,
    `reduce` nanoseconds for each float32 element of a reduction that BLAS cannot do, `half` for each that is converted
    from float16 or to it, `ufuncs` as in `UFUNCS`. Of the
    time of all threads of BLAS a large product makes use of the part `shared`, one of a million multiplications of
    `shared_small`.
    """

    cache: int = 8 << 20
    threads: int | None = None
    call: float = 0.5
    gemm: float = 105.0
    start: float = 0.05
    loop: float = 0.7
    pack: float = 0.025
    clash: float = 0.06
    copy: float = 0.0125
    run: float = 4.5
    turn: float = 0.5
    reduce: float = 0.2
    half: float = 2.5
    shared: float = 0.8
    shared_small: float = 0.5
    ufuncs: Mapping[str, float] = field(default_factory=lambda: dict(UFUNCS), hash=False)

    def __post_init__(self) -> None:
        numbers = {k: v for k, v in asdict(self).items() if k != "ufuncs" and v is not None}
        for what, n in {**numbers, **self.ufuncs}.items():
            if not isinstance(n, (int, float)) or not n > 0:
                raise ArgumentError(f"Machine: {what} is {n!r}.", fix=f"{what} is a number above 0.")

    def with_costs(self, **costs: Any) -> Machine:
        """The same machine with other costs, e.g. `with_costs(gemm=80.0)`."""
        return replace(self, **costs)

    def product(self, m: int, k: int, n: int, count: int = 1, dtype: str = "float32") -> float:
        """Predicted microseconds of a stack of `count` products (m, k) @ (k, n).

        The multiplications, the result written, and for large ones the operands packed and rows that clash.
        """
        if k == 1:
            return self.call + count * m * (n * self.ufuncs.get("multiply", 0.1) + self.run) / 1e3
        if dtype not in BLAS:
            return self.call + count * m * k * n * self.loop / 1e3
        itemsize = 4 if dtype == "float32" else 8
        if m == 1 or n == 1:  # each element of the matrix is used once: reading it is what takes the time
            return self.call + count * (self.start + itemsize * (m * k + k * n) * self.copy / 1e3)
        rate = self.gemm * 4 / itemsize * self.speed_up(m * k * n)
        each = self.start + (2 * m * k * n / rate + itemsize * m * n * self.copy) / 1e3
        if m * k * n > PACKED:
            each += itemsize * (m * k + k * n) * self.pack / 1e3
            if n * itemsize % 4096 == 0:
                each += itemsize * (k * n + m * n) * self.clash / 1e3
        return self.call + count * each

    def speed_up(self, multiplications: int) -> float:
        """How many times as fast its threads make a product as one does.

        Measured (float32, two threads against one): 1.0 and 1.1 for 64^3 and 493 x 46 x 46, 0.8 for 20 x 25 x 5760;
        1.6, 0.9, 1.8, 1.5 for 40 x 500 x 640, 500 x 40 x 640, 128 x 784 x 100, 256^3; 1.6 for 512^3.
        """
        if multiplications <= SHARED:
            return 1.0
        size = (log(multiplications) - log(SMALL)) / (log(LARGE) - log(SMALL))
        used = self.shared_small + (self.shared - self.shared_small) * min(max(size, 0.0), 1.0)
        return max(1.0, used * (self.threads or 1))

    def moved(self, nbytes: float, runs: float = 0) -> float:
        """Predicted microseconds of a call that reads or writes so many bytes in so many runs."""
        return self.call + (nbytes * self.copy + runs * self.run) / 1e3

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it to a JSON file."""
        import json  # an import of symnet does without, unless a file is to be read

        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(json.dumps(asdict(self), indent=2) + "\n")

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Machine:
        """What `save` wrote.

        Raises: ArgumentError where the file is something else.
        """
        import json

        try:
            with open(path, encoding="utf-8") as file:
                values: dict[str, Any] = json.load(file)
            return replace(cls(), **values)
        except (ValueError, TypeError) as error:
            raise ArgumentError(f"{os.fspath(path)} does not describe a machine: {error}.",
                                fix="write it anew: python -m symnet calibrate.") from error  # fmt: skip


def calibrated() -> Machine:
    """This machine as `python -m symnet calibrate` found it, or the one symnet is built on."""
    path = calibration_file()
    return Machine.load(path) if os.path.exists(path) else Machine()


def calibration_file() -> str:
    """Where the measured costs are kept: `$XDG_CONFIG_HOME/symnet/machine.json`, or below `~/.config`."""
    home = os.environ.get("XDG_CONFIG_HOME") or os.path.join(os.path.expanduser("~"), ".config")
    return os.path.join(home, "symnet", "machine.json")


ONE_THREAD = Machine(threads=1)
