"""What a graph's values are, op by op, and how far each may be off by rounding, found by disturbing every step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from symnet.backends.reference import evaluate
from symnet.graph import Constant, Shared, Variable, toposort
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
        moved = [_disturbed(outputs, values, np.random.default_rng(seed)) for seed in range(samples)]
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
            fine = moved[0][1] and (value.dtype.kind != "f" or bool(np.isfinite(value).all()))
            found.append(Expected(value, 4 * spread + rest + tiny, fine))
    return found


def _disturbed(outputs: Sequence[Variable], given: Values, rng: np.random.Generator) -> tuple[list[np.ndarray], bool]:
    values = {x: np.asarray(v) for x, v in given.items()}
    tame = True

    def value(x: Variable) -> np.ndarray:
        if x not in values:
            assert isinstance(x, (Constant, Shared)), x
            values[x] = x.data if isinstance(x, Constant) else x.get_value()
        return values[x]

    for node in toposort(outputs, stop=values.__contains__):
        arrays = [value(x) for x in node.inputs]
        if isinstance(node.op, Composite):
            inner = [Variable(x.type) for x in node.inputs]
            (y,), fine = _disturbed([node.op.expand(*inner)], dict(zip(inner, arrays)), rng)
            results, tame = (y,), tame and fine
        elif node.op.name in EXACT:
            results = node.op.run(*arrays)
        else:
            results = node.op.run(*(_noisy(a, rng) for a in arrays))
            results = results if isinstance(results, tuple) else (results,)
            results = tuple(_noisy(np.asarray(a), rng) for a in results)
        results = results if isinstance(results, tuple) else (results,)
        for y, a in zip(node.outputs, results):
            values[y] = np.asarray(a)
            tame = tame and (values[y].dtype.kind != "f" or bool(np.isfinite(values[y]).all()))
    tame = tame and all(np.isfinite(a).all() for a in values.values() if a.dtype.kind == "f")
    return [value(y) for y in outputs], tame


def _noisy(array: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    if array.dtype.kind != "f":
        return array
    noise = NOISE * np.finfo(array.dtype).eps * rng.uniform(-1.0, 1.0, array.shape)
    return (array * (1 + noise)).astype(array.dtype)


@cache
def passes() -> tuple[str, ...]:
    """The names of all passes but the one that compiling cannot do without."""
    from symnet.rewrites.pipeline import PIPELINE

    return tuple(step.name for step in PIPELINE if step.name not in ("expand", "merge"))
