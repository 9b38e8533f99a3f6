"""The cases of the vocabulary as calls with real arrays: shared by the tests that go through every op."""

from __future__ import annotations

import importlib.util
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import numpy as np

import symnet.ops  # noqa: F401  (fills the registry)
from symnet.graph import Variable
from symnet.graph.inputs import tensor
from symnet.op import Arr, Case, Entry, as_variable, registry
from symnet.options import options

Sizes = Literal["static", "unknown", "named"]


def _module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"oracles_{path.stem}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _oracles() -> dict[str, Callable[..., Any]]:
    found: dict[str, Callable[..., Any]] = {}
    for path in sorted((Path(__file__).parent / "ops" / "oracles").glob("*.py")):
        for name, oracle in _module(path).ORACLES.items():
            assert name not in found, f"two oracles for {name}"
            found[name] = oracle
    return found


ORACLES = _oracles()
WORDS = {name: entry for name, entry in registry.items() if entry.function.__module__.startswith("symnet.")}
"""The vocabulary of the package: other tests may register words of their own."""


def arrays_in(value: Any, swap: Callable[[Arr], Any]) -> Any:
    """`value` with every `arr(...)` in it, however deep in lists, tuples and slices, replaced by `swap(arr)`."""
    if isinstance(value, Arr):
        return swap(value)
    if isinstance(value, (list, tuple)):
        return type(value)(arrays_in(v, swap) for v in value)
    if isinstance(value, dict):
        return {k: arrays_in(v, swap) for k, v in value.items()}
    if isinstance(value, slice):
        return slice(*(arrays_in(v, swap) for v in (value.start, value.stop, value.step)))
    return value


@dataclass(frozen=True)
class Call:
    """One case of one word in one float type."""

    entry: Entry
    number: int
    floatX: str

    @property
    def name(self) -> str:
        return self.entry.name

    @property
    def case(self) -> Case:
        return self.entry.cases[self.number]

    @property
    def id(self) -> str:
        return f"{self.name}-{self.number}" + ("" if self.floatX == "float64" else f"-{self.floatX}")

    @property
    def needs_sizes(self) -> bool:
        """Whether it says nothing where sizes are open: which axes are of size 1, how many parts there are."""
        return self.name == "unstack" or (self.name == "squeeze" and len(self.case.args) + len(self.case.kwargs) == 1)

    def specs(self) -> list[Arr]:
        found: list[Arr] = []
        arrays_in((self.case.args, self.case.kwargs), found.append)
        return found

    def arrays(self, variant: int = 0, grow: int = 0) -> list[np.ndarray]:
        """The case's arrays; another `variant` has other random values, `grow` adds to every size above 1."""
        rng = np.random.default_rng([zlib.crc32(self.name.encode()), self.number, variant])
        return [self._array(spec, rng, grow) for spec in self.specs()]

    def _array(self, spec: Arr, rng: np.random.Generator, grow: int) -> np.ndarray:
        dtype = self.floatX if spec.dtype == "floatX" else spec.dtype
        if spec.values is not None:
            return np.array(spec.values, dtype)
        shape = tuple(n + grow if n > 1 else n for n in spec.shape)
        if dtype == "bool":
            return rng.random(shape) < 0.5
        if np.dtype(dtype).kind in "iu":
            low = max(spec.low, 0) if dtype.startswith("u") else spec.low
            return rng.integers(int(low), int(np.ceil(spec.high)), shape).astype(dtype)
        if np.dtype(dtype).kind == "c":
            return (rng.uniform(spec.low, spec.high, (*shape, 2)) @ [1, 1j]).astype(dtype)
        return rng.uniform(spec.low, spec.high, shape).astype(dtype)

    def variables(self, sizes: Sizes = "static") -> list[Variable]:
        """An input variable for each array; named sizes are called after their number: `n3`."""
        name_size = {"static": lambda n: n, "unknown": lambda n: None, "named": lambda n: f"n{n}"}[sizes]
        return [
            tensor(f"x{k}", tuple(name_size(n) for n in array.shape), array.dtype)
            for k, array in enumerate(self.arrays())
        ]

    def apply(self, function: Callable[..., Any], values: list[Any]) -> Any:
        """The case's call, with these values for its arrays."""
        present = iter(values)
        args, kwargs = arrays_in((self.case.args, self.case.kwargs), lambda _: next(present))
        with options(floatX=self.floatX):
            return function(*args, **kwargs)

    def build(self, variables: list[Variable]) -> list[Variable]:
        """The symbolic results; a size that is known when the graph is built counts as a constant."""
        result = self.apply(self.entry.function, list(variables))
        return [as_variable(y) for y in (result if isinstance(result, (list, tuple)) else [result])]

    def expected(self, arrays: list[np.ndarray]) -> list[np.ndarray]:
        """What the oracle says, computed in double precision."""
        exact = [a.astype({"float32": "float64", "complex64": "complex128"}.get(a.dtype.name, a.dtype)) for a in arrays]
        with np.errstate(all="ignore"):
            result = self.apply(ORACLES[self.name], exact)
        return [np.asarray(y) for y in (result if isinstance(result, (list, tuple)) else [result])]


def calls(*floats: str) -> Iterator[Call]:
    """Every case of every word; in several float types where it has arrays of floatX."""
    for entry in WORDS.values():
        for number in range(len(entry.cases)):
            for k, floatX in enumerate(floats):
                call = Call(entry, number, floatX)
                if k == 0 or any(spec.dtype == "floatX" for spec in call.specs()):
                    yield call
