"""What a graph's values are, op by op, and how far each may be off by rounding, found by disturbing every step."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np

from symnet.backends.reference import evaluate
from symnet.graph import Constant, Node, Shared, Variable, toposort
from symnet.op import Composite

Values = Mapping[Variable, np.ndarray]

EXACT = frozenset({
    "index", "set_subtensor", "reshape", "transpose", "expand_dims", "squeeze", "dimshuffle", "broadcast_to",
    "flatten", "flip", "roll", "concatenate", "stack", "maximum", "minimum", "negative", "abs", "sign", "relu", "max",
    "min", "argmax", "argmin", "sort", "argsort", "take", "take_along_axis", "where", "cast", "stop_gradient", "pick",
    "full", "zeros", "ones", "eye", "arange", "repeat", "tile", "diagonal", "diag", "tril", "triu", "clip", "isnan",
    "isinf",
})  # fmt: skip
"""Ops that round nothing: ties of their operands are ties of their results."""
NOISE = 2.0**8
"""The disturbance, in units of the last place: large enough to stand for what some ops in a row round."""
SAMPLES = 2
"""How often every graph is disturbed; one that seems to disagree is looked at `MANY` times, for decisions that seldom
turn out otherwise: the order of what is nearly equal, the sign of what is nearly 0."""
MANY = 64


@dataclass(frozen=True)
class Expected:
    """A value, how far from it another way of computing may be, and whether something on the way was not finite."""

    value: np.ndarray
    slack: np.ndarray
    tame: bool


def expected(outputs: Sequence[Variable], values: Values, samples: int = SAMPLES) -> list[Expected]:
    """The outputs as the reference gives them, and how much they move when each op's rounding is exaggerated."""
    exact = evaluate(outputs, values)
    with np.errstate(all="ignore"):
        parts = _Parts.of(outputs, values)
        moved = [parts.disturbed(values, np.random.default_rng(seed)) for seed in range(samples)]
        tame = all(np.isfinite(a).all() for a in moved[0][1] if a.dtype.kind == "f")
        found = []
        for k, value in enumerate(exact):
            spread = np.zeros(value.shape)
            for arrays, _ in moved:
                away = np.abs(arrays[k].astype("float64") - value.astype("float64"))
                spread = np.maximum(spread, np.where(np.isnan(away) & np.isfinite(value), np.inf, away))
            unit = np.finfo(value.dtype).eps if value.dtype.kind == "f" else 0.0
            finite = np.abs(value[np.isfinite(value)]) if value.dtype.kind == "f" else np.zeros(0)
            rest = 16 * unit * float(np.max(finite, initial=0.0)) if not np.isnan(unit) else 0.0
            tiny = float(np.finfo(value.dtype).tiny) if value.dtype.kind == "f" else 0.0
            fine = tame and (value.dtype.kind != "f" or bool(np.isfinite(value).all()))
            found.append(Expected(value, 4 * spread + rest + tiny, fine))
    return found


@dataclass(frozen=True)
class _Parts:
    """What outputs depend on, in order; `inside` has the same of composites, found at their first disturbance."""

    outputs: Sequence[Variable]
    order: Sequence[Node]
    inside: dict[Node, tuple[Sequence[Variable], _Parts]] = field(default_factory=dict)

    @classmethod
    def of(cls, outputs: Sequence[Variable], given: Collection[Variable]) -> _Parts:
        return cls(outputs, toposort(outputs, stop=given.__contains__))

    def of_composite(self, node: Node) -> tuple[Sequence[Variable], _Parts]:
        """What stands for the inputs of a composite, and what it computes of them."""
        assert isinstance(node.op, Composite)
        if node not in self.inside:
            inner = [Variable(x.type) for x in node.inputs]
            self.inside[node] = inner, _Parts.of([node.op.expand(*inner)], inner)
        return self.inside[node]

    def disturbed(self, given: Values, rng: np.random.Generator) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """The outputs where each step is disturbed, and everything on the way to them."""
        values = {x: np.asarray(v) for x, v in given.items()}
        seen: list[np.ndarray] = []

        def value(x: Variable) -> np.ndarray:
            if x not in values:
                assert isinstance(x, (Constant, Shared)), x
                values[x] = x.data if isinstance(x, Constant) else x.get_value()
            return values[x]

        for node in self.order:
            arrays = [value(x) for x in node.inputs]
            if isinstance(node.op, Composite):
                inner, parts = self.of_composite(node)
                results, others = parts.disturbed(dict(zip(inner, arrays)), rng)
                seen += others
            elif node.op.name in EXACT:
                results = node.op.run(*arrays)
            else:
                results = node.op.run(*(_noisy(a, rng) for a in arrays))
                results = results if isinstance(results, tuple) else (results,)
                results = tuple(_noisy(np.asarray(a), rng) for a in results)
            results = results if isinstance(results, (tuple, list)) else (results,)
            for y, a in zip(node.outputs, results):
                values[y] = np.asarray(a)
        return [value(y) for y in self.outputs], [*seen, *values.values()]


_EPS = {np.dtype(name): np.finfo(name).eps for name in ("float16", "float32", "float64")}


def _noisy(array: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    if array.dtype.kind != "f":
        return array
    noise = NOISE * _EPS[array.dtype] * (2.0 * rng.random(array.shape) - 1.0)  # in [-1, 1), sooner than by `uniform`
    return (array * (1 + noise)).astype(array.dtype)


@cache
def passes() -> tuple[str, ...]:
    """The names of all passes but the one that compiling cannot do without."""
    from symnet.rewrites.pipeline import PIPELINE

    return tuple(step.name for step in PIPELINE if step.name not in ("expand", "merge"))
