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


@dataclass(frozen=True)
class Machine:
    """Sizes and costs that plans are made for; `python -m symnet calibrate` measures them.

    `cache` is how many bytes one thread works on at a time: work on more is done in pieces of this size, or of `near`
    bytes where elements are only passed over, without a matrix product to slow the memory's pace. `threads` is
    how many threads share the pieces; None: as many as NumPy's BLAS is set to use. Costs are those of one thread:
    `call` microseconds to call NumPy before it touches an element, `gemm` GFLOP/s of float32 matrix products, `copy`
    nanoseconds for each byte copied within the cache, `reduce` nanoseconds for each float32 element of a reduction
    that BLAS cannot do, `ufuncs` as in `UFUNCS`.
    """

    cache: int = 4 << 20
    near: int = 2 << 20
    threads: int | None = None
    call: float = 0.5
    gemm: float = 100.0
    copy: float = 0.03
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
