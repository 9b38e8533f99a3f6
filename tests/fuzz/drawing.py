"""Random graphs from seeds: leaves, lines of the vocabulary on what is there already, outputs and updates."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

import symnet as sn
from fuzz.words import FAMILIES, Word
from symnet.backends.reference import evaluate

NUMBERS = ("2", "-1", "0.5", "1", "0", "3", "-0.0", "1e-3", "-2.5", "1e6", "7", "0.1")
SPECIAL = (0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 800.0, -800.0, 1e30, 1e-30)
NAMES = (None, None, None, "x", "w", "loss", "h", "np", "out", "a b", "é", "x")
LARGEST = 1e8  # of values: beyond it most of a graph would be infinite
MOST = 20_000  # elements of a value


@dataclass(frozen=True)
class Leaf:
    """An input, a shared variable or a constant, and its value for each set of sizes."""

    kind: str
    values: tuple[np.ndarray, ...]
    shape: tuple[int | str | None, ...]
    name: str | None = None


@dataclass(frozen=True)
class Line:
    """An expression of earlier entries, `{0}` being the first of the operands."""

    text: str
    operands: tuple[int, ...]
    name: str | None = None


@dataclass(frozen=True)
class Graph:
    """Leaves and lines, in order; the outputs, and the new value of each shared variable that has one."""

    entries: tuple[Leaf | Line, ...]
    outputs: tuple[int, ...]
    updates: tuple[tuple[int, int], ...]
    floatX: str
    wild: bool = False

    def build(self) -> list[sn.Variable]:
        """The variable of each entry."""
        built: list[sn.Variable] = []
        with sn.options(floatX=self.floatX):
            for entry in self.entries:
                built.append(make(entry, built))
        return built

    def live(self) -> Graph:
        """The graph without what no output and no update needs."""
        needed = {*self.outputs, *(k for pair in self.updates for k in pair)}
        for k in reversed(range(len(self.entries))):
            entry = self.entries[k]
            if k in needed and isinstance(entry, Line):
                needed.update(entry.operands)
        kept = {old: new for new, old in enumerate(sorted(needed))}
        entries = [
            replace(e, operands=tuple(kept[o] for o in e.operands)) if isinstance(e, Line) else e
            for e in (self.entries[k] for k in sorted(needed))
        ]
        updates = tuple((kept[s], kept[k]) for s, k in self.updates)
        return replace(self, entries=tuple(entries), outputs=tuple(kept[k] for k in self.outputs), updates=updates)

    def code(self) -> str:
        """A program that builds it, calls it and prints its values beside the reference's."""
        lines = ["import numpy as np", "from numpy import inf, nan  # noqa: F401", "", "import symnet as sn",
                 "from symnet.backends.reference import evaluate", "",
                 f"with sn.options(floatX={self.floatX!r}):"]  # fmt: skip
        inputs, values = [], []
        for k, entry in enumerate(self.entries):
            if isinstance(entry, Line):
                lines.append(f"    v{k} = {entry.text.format(*(f'v{o}' for o in entry.operands))}")
                lines += [f"    v{k}.name = {entry.name!r}"] if entry.name else []
                continue
            value = entry.values[0]
            array = f"np.array({value.tolist()!r}, {value.dtype.name!r}).reshape({value.shape})"
            if entry.kind == "input":
                lines.append(f"    v{k} = sn.tensor({entry.name!r}, {entry.shape!r}, {value.dtype.name!r})")
                inputs.append(f"v{k}")
                values.append(array)
            else:
                lines.append(f"    v{k} = sn.{entry.kind}({array}, name={entry.name!r})")
        updates = ", ".join(f"(v{s}, v{k})" for s, k in self.updates)
        outputs = ", ".join(f"v{k}" for k in self.outputs)
        lines += [f"    inputs, outputs, updates = [{', '.join(inputs)}], [{outputs}], [{updates}]",
                  "    arrays = [" + ", ".join(values) + "]",
                  '    f = sn.function(inputs, outputs, updates, on_unused_input="ignore")',
                  "print(evaluate(outputs, dict(zip(inputs, arrays))))", "print(f(*arrays))"]  # fmt: skip
        return "\n".join(lines)


def make(entry: Leaf | Line, built: Sequence[sn.Variable]) -> sn.Variable:
    """The variable of an entry, after those of the entries before it."""
    if isinstance(entry, Line):
        names = {f"v{o}": built[o] for o in entry.operands}
        text = entry.text.format(*(f"v{o}" for o in entry.operands))
        y = eval(text, {"sn": sn, "np": np, **names})
        if entry.name is not None and y.name is None and y.node is not None:
            y.name = entry.name
        return y
    value = entry.values[0]
    if entry.kind == "input":
        return sn.tensor(entry.name, entry.shape, value.dtype)
    return (sn.shared if entry.kind == "shared" else sn.constant)(value, name=entry.name)


def draw(seed: int, nodes: tuple[int, int] = (5, 40)) -> tuple[Graph, int]:
    """The graph of a seed, and how many lines were refused while it was drawn."""
    return _Drawing(np.random.default_rng(seed), nodes).graph()


class _Drawing:
    """A graph while it is drawn, with the value of each entry."""

    def __init__(self, rng: np.random.Generator, nodes: tuple[int, int]) -> None:
        self.rng = rng
        self.count = int(rng.integers(nodes[0], nodes[1] + 1))
        self.floatX = "float32" if rng.random() < 0.4 else "float64"
        self.style = str(rng.choice(["smooth", "tied", "wild"], p=[0.6, 0.25, 0.15]))
        big = 150 if rng.random() < 0.1 else 4
        self.sizes = {"n": big, "m": 3, "k": 2, "l": 5, "one": 1, "z": 0}
        self.second = {"n": int(rng.choice([1, 6, 7])), "m": int(rng.choice([2, 4])), "k": int(rng.choice([1, 3])),
                       "l": 8, "one": 1, "z": 2}  # fmt: skip
        self.entries: list[Leaf | Line] = []
        self.built: list[sn.Variable] = []
        self.values: dict[sn.Variable, np.ndarray] = {}
        self.refused = 0

    def graph(self) -> Graph:
        with sn.options(floatX=self.floatX):
            for _ in range(int(self.rng.integers(2, 6))):
                self.add(self.leaf(self.axes()))
            lines, tries = 0, 0
            while lines < self.count and tries < 20 * self.count:
                tries += 1
                lines += self.step()
        used = {o for e in self.entries if isinstance(e, Line) for o in e.operands}
        ends = [k for k, e in enumerate(self.entries) if isinstance(e, Line) and k not in used]
        lines_at = [k for k, e in enumerate(self.entries) if isinstance(e, Line)]
        some = [int(k) for k in self.rng.permutation(lines_at)[: int(self.rng.integers(0, 3))]]
        outputs = tuple(dict.fromkeys([*ends, *some]))
        graph = Graph(tuple(self.entries), outputs, self.updates(), self.floatX, self.style == "wild")
        return graph.live(), self.refused

    def axes(self) -> tuple[str, ...]:
        if self.rng.random() < 0.15:
            return ("k", str(self.rng.choice(["m", "one"])), "l", "n")
        shares = {"n": 0.3, "m": 0.28, "k": 0.15, "l": 0.15, "one": 0.09, "z": 0.03}
        names = [str(a) for a in self.rng.choice([*shares], 3, p=[*shares.values()])]
        return tuple(names[: self.rng.choice([0, 1, 2, 3], p=[0.1, 0.3, 0.45, 0.15])])

    def leaf(self, axes: Sequence[str]) -> Leaf:
        kind = str(self.rng.choice(["input", "shared", "constant"], p=[0.75, 0.15, 0.1]))
        dtype = str(self.rng.choice(["floatX", "int64", "int32", "bool"], p=[0.75, 0.12, 0.05, 0.08]))
        shape: list[Any] = []
        for a in axes:
            open_ = kind == "input" and self.rng.random() < 0.5
            shape.append((a if self.rng.random() < 0.5 else None) if open_ and a != "one" else self.sizes[a])
        first = tuple(self.sizes[a] for a in axes)
        second = tuple(n if isinstance(n, int) else self.second[a] for n, a in zip(shape, axes))
        values = (self.array(first, dtype), self.array(second, dtype))
        return Leaf(kind, values, tuple(shape), self.name())

    def new(self, shape: tuple[int, ...]) -> Leaf:
        value = self.array(shape, "floatX")
        return Leaf(str(self.rng.choice(["input", "shared", "constant"])), (value, value), shape, self.name())

    def array(self, shape: tuple[int, ...], dtype: str) -> np.ndarray:
        if dtype == "bool":
            return np.asarray(self.rng.random(shape) < 0.5)
        if dtype != "floatX":
            return np.asarray(self.rng.integers(-3, 6, shape), dtype)
        found = np.asarray(self.rng.uniform(-2, 2, shape))
        if self.style == "tied":
            found = np.round(2 * found) / 2
        elif self.style == "wild":
            found = np.where(self.rng.random(shape) < 0.3, self.rng.choice(SPECIAL, shape), found)
        return found.astype(self.floatX)

    def name(self) -> str | None:
        return NAMES[self.rng.integers(len(NAMES))]

    def add(self, entry: Leaf | Line) -> int:
        """Puts an entry at the end; raises what making it raises."""
        y = make(entry, self.built)
        if isinstance(entry, Line):
            (value,) = evaluate([y], self.values)
            if value.size > MOST or not _tame(value, self.style, self.rng):
                raise OverflowError
        else:
            value = entry.values[0]
        self.entries.append(entry)
        self.built.append(y)
        self.values[y] = value
        return len(self.entries) - 1

    def step(self) -> bool:
        """Tries to add one line."""
        family = FAMILIES[self.rng.integers(len(FAMILIES))]
        word: Word = family[self.rng.integers(len(family))]
        operands: list[int] = []
        for kind in word.kinds:
            fitting = [k for k in range(len(self.built)) if self.fits(k, kind, operands)]
            if not fitting:
                return False
            weights = np.arange(1, len(fitting) + 1) ** 1.5  # what was made last is used more
            operands.append(int(self.rng.choice(fitting, p=weights / weights.sum())))
        before = len(self.entries)
        first = self.values[self.built[operands[0]]]
        if word.new is not None:
            operands.append(self.add(self.new(eval(word.new, {"s": first.shape}))))
        text = self.filled(word.text, first.ndim)
        try:
            self.add(Line(text, tuple(operands), self.name()))
            return True
        except OverflowError:
            pass
        except (sn.SymnetError, ValueError, IndexError, ZeroDivisionError, np.linalg.LinAlgError):
            self.refused += 1
        for y in self.built[before:]:
            del self.values[y]
        del self.entries[before:], self.built[before:]
        return False

    def fits(self, k: int, kind: str, chosen: Sequence[int]) -> bool:
        match = re.fullmatch(r"([fibna])(\d?)(\+?)([~=@]?)", kind)
        assert match is not None, kind
        letter, axes, more, meets = match.groups()
        value = self.values[self.built[k]]
        letters = {"f": "f", "i": "iu", "b": "b", "n": "fiu", "a": "fiub"}[letter]
        if value.dtype.kind not in letters or (axes and value.ndim < int(axes)):
            return False
        if axes and not more and value.ndim != int(axes):
            return False
        if not meets:
            return True
        shape = self.values[self.built[chosen[0]]].shape
        if meets == "@":
            return value.shape[-2 if value.ndim > 1 else -1] == shape[-1] and max(value.ndim, len(shape)) < 4
        if meets == "=":
            return value.shape == shape
        try:
            return len(np.broadcast_shapes(value.shape, shape)) < 5
        except ValueError:
            return False

    def filled(self, text: str, ndim: int) -> str:
        axes = self.rng.permutation(max(ndim, 1))
        axes = [int(a) - ndim * (self.rng.random() < 0.5) for a in axes]
        drawn: Mapping[str, str] = {
            "axis": str(axes[0]), "axis1": str(axes[-1]), "c": str(self.rng.choice(NUMBERS)),
            "p": str(self.rng.choice(["2", "0.5", "1e-3", "3"])), "k": str(self.rng.integers(1, 4)),
        }  # fmt: skip
        return re.sub(r"\{([a-z]\w*)\}", lambda m: drawn[m[1]], text)

    def updates(self) -> tuple[tuple[int, int], ...]:
        found = []
        for s, entry in enumerate(self.entries):
            if isinstance(entry, Leaf) and entry.kind == "shared" and self.rng.random() < 0.7:
                fitting = [k for k, y in enumerate(self.built) if k != s and y.type == self.built[s].type]
                if fitting:
                    found.append((s, int(self.rng.choice(fitting))))
        return tuple(found)


def _tame(value: np.ndarray, style: str, rng: np.random.Generator) -> bool:
    if value.dtype.kind != "f" or value.size == 0 or style == "wild":
        return True
    fine = np.isfinite(value).all() and np.max(np.abs(value)) < LARGEST
    return bool(fine) or rng.random() < 0.03
