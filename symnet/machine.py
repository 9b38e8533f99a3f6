"""What plans know of the machine they run on: its caches, its threads, and what NumPy's operations cost there."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from symnet.errors import ArgumentError

UFUNCS: Mapping[str, float] = {
    "add": 0.13, "subtract": 0.13, "multiply": 0.13, "divide": 0.2, "maximum": 0.15, "minimum": 0.15, "negative": 0.12,
    "absolute": 0.12, "square": 0.12, "sqrt": 0.25, "reciprocal": 0.2, "exp": 0.45, "expm1": 2.0, "log": 0.5,
    "log1p": 3.0, "tanh": 0.55, "sin": 0.6, "cos": 0.6, "sign": 0.57, "power": 20.0, "floor_divide": 3.0,
    "remainder": 5.0, "greater": 0.11, "greater_equal": 0.11, "less": 0.11, "less_equal": 0.11, "equal": 0.11,
    "not_equal": 0.11,
}  # fmt: skip
"""Nanoseconds for each float32 element of arrays in cache, by ufunc."""

BLAS = ("float32", "float64")
"""The dtypes whose products NumPy hands to BLAS."""
SHARED = 1 << 18
"""OpenBLAS shares a product among its threads if it has more multiplications than this ..."""
PACKED = 10**6
"""... and copies its operands to where they lie in the order it reads them if it has more than this."""


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
    `reduce` nanoseconds for each float32 element of a reduction that BLAS cannot do, `ufuncs` as in `UFUNCS`.
    """

    cache: int = 4 << 20
    threads: int | None = None
    call: float = 0.5
    gemm: float = 105.0
    start: float = 0.08
    loop: float = 0.7
    pack: float = 0.025
    clash: float = 0.06
    copy: float = 0.0125
    run: float = 5.0
    turn: float = 0.6
    reduce: float = 0.26
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
        if dtype not in BLAS or k == 1:
            return self.call + count * m * k * n * self.loop / 1e3
        itemsize = 4 if dtype == "float32" else 8
        rate = self.gemm * 4 / itemsize * (self._sharing if m * k * n > SHARED else 1.0)
        each = self.start + (2 * m * k * n / rate + itemsize * m * n * self.copy) / 1e3
        if m * k * n > PACKED and m > 1 and n > 1:
            each += itemsize * (m * k + k * n) * self.pack / 1e3
            if n * itemsize % 4096 == 0:
                each += itemsize * (k * n + m * n) * self.clash / 1e3
        return self.call + count * each

    @property
    def _sharing(self) -> float:
        """How much faster its threads make a large product, of which a fifth of each thread's time is lost."""
        return max(1.0, 0.8 * (self.threads or 1))

    def moved(self, nbytes: float, runs: float = 0) -> float:
        """Predicted microseconds of a call that reads or writes so many bytes in so many runs."""
        return self.call + (nbytes * self.copy + runs * self.run) / 1e3

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it to a JSON file."""
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(json.dumps(asdict(self), indent=2) + "\n", "utf-8")

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Machine:
        """What `save` wrote.

        Raises: ArgumentError where the file is something else.
        """
        try:
            values: dict[str, Any] = json.loads(Path(path).read_text("utf-8"))
            return replace(cls(), **values)
        except (ValueError, TypeError) as error:
            raise ArgumentError(f"{os.fspath(path)} does not describe a machine: {error}.",
                                fix="write it anew: python -m symnet calibrate.") from error  # fmt: skip


def calibrated() -> Machine:
    """This machine as `python -m symnet calibrate` found it, or the one symnet is built on."""
    path = calibration_file()
    return Machine.load(path) if path.exists() else Machine()


def calibration_file() -> Path:
    """Where the measured costs are kept: `$XDG_CONFIG_HOME/symnet/machine.json`, or below `~/.config`."""
    home = os.environ.get("XDG_CONFIG_HOME") or os.path.join(os.path.expanduser("~"), ".config")
    return Path(home) / "symnet" / "machine.json"


ONE_THREAD = Machine(threads=1)
