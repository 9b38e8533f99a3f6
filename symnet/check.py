"""Symbolic gradients compared with numeric ones; words and rules of one's own held against themselves."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from symnet.autodiff import grad, jvp
from symnet.backends import reference
from symnet.errors import ArgumentError, GradientError, OpError, RewriteError
from symnet.function import function
from symnet.graph import Variable, constant, free_inputs, toposort
from symnet.graph.text import in_short
from symnet.ops import sum as sum_of
from symnet.options import options
from symnet.origin import here
from symnet.rewrites import Rule, rewrite
from symnet.types import TensorType

Evaluate = Callable[[Sequence[Variable], Mapping[Variable, Any]], Sequence[np.ndarray]]


@dataclass(frozen=True)
class _Tolerance:
    """Step of the differences relative to max(1, |x|), and what they may be wrong by."""

    eps: float
    rtol: float
    atol: float


# The truncation error of a central difference is about eps^2, its rounding error about unit / eps.
_TOLERANCES = {"float64": _Tolerance(1e-5, 1e-5, 1e-6), "float32": _Tolerance(1e-2, 2e-2, 2e-2)}
_DOUBLE = {"float64", "complex128"}


def check_grad(
    f: Callable[..., Variable],
    point: Sequence[Any],
    *,
    order: int = 2,
    eps: float | None = None,
    rtol: float | None = None,
    atol: float | None = None,
    seed: int = 0,
    samples: int | None = None,
    evaluate: Evaluate = reference.evaluate,
) -> float:
    r"""Compare derivatives of `f` at a point with central differences,
    $(f(x + \epsilon e_k) - f(x - \epsilon e_k)) / 2 \epsilon$, and return the largest difference.

    Reverse mode is compared element by element, forward mode along a random direction through all inputs. `f` takes
    one symbolic variable for each array of `point` and gives one of any shape, which is reduced to a scalar by a
    random projection; `order=2` checks the gradient of a random projection of the gradient too. Of complex numbers the
    real and the imaginary part are moved apart. Arrays of integers and bools are passed on and not differentiated.
    Double precision is recommended; single is compared loosely. Every element is moved, or with `samples` that many
    of each array and all of them together along a random direction.

    Raises: GradientError naming the worst element, ArgumentError.
    """
    if order < 1:
        raise ArgumentError(f"check_grad: order is {order}.", fix="order=1 checks gradients, order=2 also theirs.")
    arrays = [np.array(v) for v in point]
    xs = [Variable(TensorType(a.dtype.name, a.shape), name=f"x{k}", origin=here()) for k, a in enumerate(arrays)]
    places = [k for k, x in enumerate(xs) if x.type.is_inexact]
    if not places:
        raise ArgumentError("check_grad: no array of the point holds floats.", fix="pass float64 arrays.")
    rng = np.random.default_rng(seed)
    y = f(*xs)
    if not isinstance(y, Variable) or not y.type.is_inexact:
        what = str(y.type) if isinstance(y, Variable) else f"a {type(y).__name__}"
        raise ArgumentError(f"check_grad: f gives {what}.", fix="f must give one symbolic float variable.")
    tolerance = _tolerance([arrays[k].dtype.name for k in places] + [y.type.dtype], eps, rtol, atol)
    cost = _projection([y], _values([y], xs, arrays, evaluate), rng)
    worst = 0.0
    for k in range(1, order + 1):
        gradients = grad(cost, [xs[k] for k in places], disconnected_inputs="ignore")
        analytic = _values(gradients, xs, arrays, evaluate)
        check = _Differences(cost, xs, arrays, evaluate, tolerance, k)
        worst = max([worst, *(check.element_by_element(*pair, samples, rng) for pair in zip(places, analytic))])
        if samples is not None:
            worst = max(worst, check.along_a_direction(places, analytic, rng))
        if k == 1:
            worst = max(worst, check.of_the_tangent(places, np.random.default_rng(seed)))
        if k < order:
            cost = _projection(gradients, analytic, rng)
    return worst


def _tolerance(dtypes: Sequence[str], eps: float | None, rtol: float | None, atol: float | None) -> _Tolerance:
    default = _TOLERANCES["float64" if set(dtypes) <= _DOUBLE else "float32"]
    return _Tolerance(
        default.eps if eps is None else eps,
        default.rtol if rtol is None else rtol,
        default.atol if atol is None else atol,
    )


def _values(
    outputs: Sequence[Variable], xs: Sequence[Variable], arrays: Sequence[np.ndarray], evaluate: Evaluate
) -> list[np.ndarray]:
    return [np.asarray(v) for v in evaluate(list(outputs), dict(zip(xs, arrays, strict=True)))]


def _projection(ys: Sequence[Variable], values: Sequence[np.ndarray], rng: np.random.Generator) -> Variable:
    """The sum of all elements, each with a random weight that is neither small nor like its neighbours'."""
    terms = []
    for y, value in zip(ys, values, strict=True):
        for part in [y.real, y.imag] if y.type.is_complex else [y]:
            weights = rng.uniform(0.5, 1.5, value.shape) * rng.choice([-1.0, 1.0], value.shape)
            terms.append(sum_of(part * constant(weights.astype(part.type.dtype))))
    cost = terms[0]
    for term in terms[1:]:
        cost = cost + term
    return cost


@dataclass(frozen=True)
class _Differences:
    """Central differences of a scalar `cost`, and their comparison with its symbolic gradients."""

    cost: Variable
    xs: Sequence[Variable]
    arrays: Sequence[np.ndarray]
    evaluate: Evaluate
    tolerance: _Tolerance
    order: int

    def element_by_element(
        self, place: int, analytic: np.ndarray, samples: int | None, rng: np.random.Generator
    ) -> float:
        """The largest difference over the elements of one input, or over `samples` of them."""
        x = self.arrays[place]
        if analytic.shape != x.shape or analytic.dtype != x.dtype:
            raise GradientError(
                f"check_grad: the gradient by input {place} is {analytic.dtype} {analytic.shape}, "
                f"but the input is {x.dtype} {x.shape}."
            )
        chosen = np.arange(x.size)
        if samples is not None and samples < x.size:
            chosen = np.sort(rng.choice(x.size, samples, replace=False))
        worst = (-1.0, 0.0, "")
        for k, part in product(chosen, ("real", "imag") if x.dtype.kind == "c" else ("real",)):
            index = np.unravel_index(k, x.shape)
            step = np.zeros(x.shape, x.dtype)
            step[index] = self.tolerance.eps * max(1.0, abs(x[index])) * (1 if part == "real" else 1j)
            numeric, noise = self._slope({place: step}, float(abs(step[index])))
            where = f"{'imaginary part of ' * (part == 'imag')}input {place} at index {tuple(int(i) for i in index)}"
            worst = max(worst, self._compared(float(getattr(analytic[index], part)), numeric, noise, where))
        return self._judged(worst)

    def along_a_direction(
        self, places: Sequence[int], analytic: Sequence[np.ndarray], rng: np.random.Generator
    ) -> float:
        """The difference of the slope when all elements of all inputs move at once."""
        directions = self._directions(places, rng)
        pairs = [(g, directions[k]) for k, g in zip(places, analytic, strict=True)]
        terms = [np.sum((np.conj(g) * d).real, dtype="float64") for g, d in pairs]
        text = "a random direction through all inputs"
        return self._judged(self._compared(float(np.sum(terms)), *self._slope_along(directions), text))

    def of_the_tangent(self, places: Sequence[int], rng: np.random.Generator) -> float:
        """The difference of the slope that forward mode gives when all elements of all inputs move at once."""
        directions = self._directions(places, rng)
        xs = [self.xs[place] for place in places]
        tangent = jvp(self.cost, xs, [constant(directions[k]) for k in places], disconnected_outputs="ignore")
        slope = float(_values([tangent], self.xs, self.arrays, self.evaluate)[0])
        text = "a random direction through all inputs, in forward mode,"
        return self._judged(self._compared(slope, *self._slope_along(directions), text))

    def _directions(self, places: Sequence[int], rng: np.random.Generator) -> dict[int, np.ndarray]:
        """Which way each input moves: all its elements, none of them by little."""
        found = {}
        for place in places:
            x = self.arrays[place]
            size = np.maximum(1.0, np.abs(x)) / np.sqrt(max(1, x.size))
            d = rng.uniform(0.5, 1.5, x.shape) * rng.choice([-1.0, 1.0], x.shape) * size
            if x.dtype.kind == "c":
                d = d * np.exp(1j * rng.uniform(0.0, 2 * np.pi, x.shape))
            found[place] = d.astype(x.dtype)
        return found

    def _slope_along(self, directions: Mapping[int, np.ndarray]) -> tuple[float, float]:
        eps = self.tolerance.eps
        return self._slope({k: (eps * d).astype(d.dtype) for k, d in directions.items()}, eps)

    def _slope(self, steps: Mapping[int, np.ndarray], step: float) -> tuple[float, float]:
        """The numeric slope, and how much of it may be the rounding of `cost`."""
        high, low = (
            float(_values([self.cost], self.xs, self._moved(steps, sign), self.evaluate)[0]) for sign in (1, -1)
        )
        unit = float(np.finfo(self.cost.type.dtype).eps)
        return (high - low) / (2 * step), 8 * unit * max(abs(high), abs(low)) / step

    def _moved(self, steps: Mapping[int, np.ndarray], sign: int) -> list[np.ndarray]:
        return [x + sign * steps[k] if k in steps else x for k, x in enumerate(self.arrays)]

    def _compared(self, analytic: float, numeric: float, noise: float, where: str) -> tuple[float, float, str]:
        """How many times the tolerance the difference is, the difference, and a text for the error."""
        difference = abs(analytic - numeric)
        allowed = self.tolerance.atol + self.tolerance.rtol * max(abs(analytic), abs(numeric)) + noise
        text = f"the gradient by {where} is {analytic:.9g}, but differences say {numeric:.9g}"
        if not np.isfinite(difference):
            return float("inf"), float("inf"), text
        return difference / allowed, difference, text

    def _judged(self, worst: tuple[float, float, str]) -> float:
        times, difference, text = worst
        if times > 1:
            raise GradientError(
                f"check_grad: {text}.",
                note=f"order {self.order}; eps {self.tolerance.eps:g}, rtol {self.tolerance.rtol:g}, "
                f"atol {self.tolerance.atol:g}; off by {times:.3g} times the tolerance",
                fix="look at the vjp and jvp of the ops in f, or move the point away from kinks, ties and jumps.",
            )
        return difference


def check_op(f: Callable[..., Any], point: Sequence[Any], *, order: int = 2) -> None:
    """Hold a word of one's own, or any function of symbolic variables, against itself in all the ways it is used.

    At the arrays of `point`: the compiled value and gradients are those of `run`, called twice and with open sizes too;
    the type that `infer` tells is the real one; derivatives to `order` (0: none) are the numeric ones, forward and
    reverse; and the op is a value, equal to its pickled copy, so that equal expressions merge. float64 is recommended.

    Raises: OpError saying which of these does not hold, or what the op itself raises.
    """
    arrays = [np.array(v) for v in point]
    for is_open in (True, False):
        shapes = [(None,) * a.ndim if is_open else a.shape for a in arrays]
        types = [TensorType(a.dtype.name, shape) for a, shape in zip(arrays, shapes, strict=True)]
        xs = [Variable(t, name=f"x{k}", origin=here()) for k, t in enumerate(types)]
        result = f(*xs)
        ys = list(result) if isinstance(result, (list, tuple)) else [result]
        floats = [x for x in xs if x.type.is_float]
        gs = []
        if order and floats and all(y.type.is_float for y in ys):
            cost = sum((sum_of(y * y) for y in ys[1:]), sum_of(ys[0] * ys[0]))
            gs = grad(cost, floats, disconnected_inputs="ignore")
        _check_compiled(xs, ys, gs, arrays)
    for node in toposort(ys):
        if pickle.loads(pickle.dumps(node.op)) != node.op:
            raise OpError(f"check_op: {node.op.name} is not equal to its own copy.",
                          fix="make it a frozen dataclass whose fields say all it depends on.")  # fmt: skip
    if gs:
        for k in range(len(ys)):
            pick = lambda *v, k=k: [*r][k] if isinstance(r := f(*v), (list, tuple)) else r
            check_grad(pick, arrays, order=order)


def _check_compiled(
    xs: Sequence[Variable], ys: Sequence[Variable], gs: Sequence[Variable], arrays: Sequence[np.ndarray]
) -> None:
    compiled = function(xs, [*ys, *gs], on_unused_input="ignore")
    expected = reference.evaluate([*ys, *gs], dict(zip(xs, arrays, strict=True)))
    for _ in range(2):
        for y, found, value in zip([*ys, *gs], compiled(*arrays), expected, strict=True):
            rough = {"float64": 1e-9, "float32": 1e-4, "float16": 1e-2}.get(value.dtype.name, 0.0)
            if found.dtype != value.dtype or not np.allclose(found, value, rough, rough, equal_nan=True):
                raise OpError(
                    f"check_op: compiled, {y.label} is {_first(found)}, but run gives {_first(value)}.",
                    operands={"result": y},
                    fix="look at emit, lower or view: they have to write what run gives, into all of e.out.",
                )


def _first(array: np.ndarray) -> str:
    return np.array2string(array.ravel()[:4], precision=6, threshold=4) + (" ..." if array.size > 4 else "")


def check_rule(rule: Rule) -> None:
    """Hold a rewrite rule of one's own against its `example`.

    It fires there when a function is compiled, and the example keeps its type and its value: at positive numbers and at
    those of either sign, with open sizes of 3 and of 1. A value that is not finite as written may become one that is.

    Raises: RewriteError saying which of these does not hold, or what the driver of rules raises.
    """
    before = rule.example()
    with options(rules=[rule]) as chosen:
        (after,), fired, _ = rewrite([before], training=False, options=chosen)
    if rule.name not in {record.rule for record in fired}:
        first = f"these came first: {', '.join(record.rule for record in fired)}; " if fired else ""
        raise RewriteError(
            f"check_rule: {rule.name} does not fire on its example, {in_short(before, 3)}.",
            note=f"{first}compiled it is {in_short(after, 3)}",
            fix="write the pattern for the form that is there once it is simplified, or mend the example.",
        )
    for size, low, seed in product((3, 1), (0.1, -2.0), range(8)):
        _check_kept(rule, before, after, size, low, np.random.default_rng(seed))


def _check_kept(
    rule: Rule, before: Variable, after: Variable, size: int, low: float, rng: np.random.Generator
) -> None:
    """The rewritten example has the value of the one written, with open sizes `size` and numbers from `low` to 2."""
    shapes = {x: [n if isinstance(n, int) else size for n in x.type.shape] for x in free_inputs([before])}
    values = {x: rng.uniform(low, 2.0, shape).astype(x.type.dtype) for x, shape in shapes.items()}
    with np.errstate(all="ignore"):
        old, new = (np.asarray(reference.evaluate([y], values)[0]) for y in (before, after))
    rough = {"float64": 1e-9, "float32": 1e-4, "float16": 1e-2}.get(old.dtype.name, 0.0)
    finite = np.isfinite(old)
    if old.shape != new.shape or not np.allclose(new[finite], old[finite], rough, rough):
        raise RewriteError(
            f"check_rule: {rule.name} changes its example from {_first(old)} to {_first(new)}.",
            note=f"{in_short(before, 3)} -> {in_short(after, 3)}, with numbers from {low:g} to 2",
            fix="let the replacement compute the same, or give None where it does not.",
        )
