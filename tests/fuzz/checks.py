"""What must hold of every graph, however it is compiled."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

import symnet as sn
from fuzz.drawing import Graph, Leaf, Line
from fuzz.oracle import MANY, SAMPLES, Expected, expected, passes
from symnet.backends.reference import evaluate

SMALL = sn.Machine(cache=512, threads=2)
"""A machine whose cache holds a few rows, so that what can be cut is cut into pieces."""

SPREADING = ("conv", "resize", "upsample", "adaptive", "kron", "linalg", "/ sn.exp(")
"""Words one of whose ways to compute multiplies zeros by all operands, so that an infinity spreads or does not; and
quotients of exponentials, which are compiled as softmax: an infinite logit makes its row NaN, not one place."""


class Disagreement(AssertionError):
    """A graph that does not hold what it should: `check` says what, `args` how."""

    def __init__(self, check: str, text: str) -> None:
        super().__init__(f"{check}: {text}")
        self.check = check


@dataclass
class Tally:
    """How often each check was made, and why others were not."""

    counts: Counter[str] = field(default_factory=Counter)

    def add(self, what: str) -> None:
        self.counts[what] += 1


def check(graph: Graph, tally: Tally | None = None) -> None:
    """All checks of a graph.

    Raises: Disagreement at the first that fails, SymnetError where the graph cannot be compiled.
    """
    try:
        _check(graph, tally or Tally(), SAMPLES)
    except Disagreement:
        _check(graph, Tally(), MANY)


def _check(graph: Graph, tally: Tally, samples: int) -> None:
    run = _Run(graph, graph.build(), tally, samples)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        f = run.compiled()
        run.values_agree("all rewrites", f, 0)
        run.values_agree("no rewrites", run.compiled(exclude=passes()), 0)
        run.values_agree("small cache", run.compiled(machine=SMALL), 0)
        run.other_sizes_agree(f)
        run.gradients_agree()


class _Run:
    def __init__(self, graph: Graph, built: Sequence[sn.Variable], tally: Tally, samples: int) -> None:
        self.graph, self.built, self.tally, self.samples = graph, built, tally, samples
        self.leaves = {built[k]: e for k, e in enumerate(graph.entries) if isinstance(e, Leaf)}
        self.inputs = [x for x, e in self.leaves.items() if e.kind == "input"]
        self.states = [x for x, e in self.leaves.items() if e.kind == "shared"]
        self.outputs = [built[k] for k in graph.outputs]
        self.updates = [(built[s], built[k]) for s, k in graph.updates]
        self.expected: dict[int, list[Expected]] = {}
        texts = " ".join(e.text for e in graph.entries if isinstance(e, Line))
        self.spreads = any(word in texts for word in SPREADING)

    def values(self, which: int) -> dict[sn.Variable, np.ndarray]:
        return {x: e.values[which if e.kind == "input" else 0] for x, e in self.leaves.items()}

    def compiled(self, **changes: object) -> sn.Function:
        with sn.options(floatX=self.graph.floatX, **changes):
            return sn.function(self.inputs, self.outputs, self.updates, on_unused_input="ignore", training=False)

    def called(self, what: str, f: sn.Function, arrays: Sequence[np.ndarray]) -> list[np.ndarray]:
        """What a call gives; a call that raises what no reference raised is a disagreement."""
        try:
            return list(f(*arrays))
        except Exception as error:
            raise Disagreement(what, f"the call raises {type(error).__name__}: {error}") from error

    def reset(self) -> None:
        for s in self.states:
            s.set_value(self.leaves[s].values[0])

    def values_agree(self, what: str, f: sn.Function, which: int) -> None:
        """Outputs and new states are the reference's, and the same once more from the same state."""
        roots = [*self.outputs, *(y for _, y in self.updates)]
        values = self.values(which)
        self.reset()
        if which not in self.expected:
            self.expected[which] = expected(roots, values, self.samples)
        arrays = [values[x] for x in self.inputs]
        first = self.called(what, f, arrays)
        kept = [a.copy() for a in first]
        news = [s.get_value() for s, _ in self.updates]
        self.reset()
        second = self.called(what, f, arrays)
        again = [s.get_value() for s, _ in self.updates]
        self.reset()
        for x, a in zip(self.inputs, arrays):
            if not np.array_equal(a, self.leaves[x].values[which], equal_nan=a.dtype.kind == "f"):
                raise Disagreement(what, "an argument was overwritten")
        for k, (a, b, c) in enumerate(zip([*first, *news], [*kept, *news], [*second, *again])):
            if not np.array_equal(a, b, equal_nan=a.dtype.kind == "f"):
                raise Disagreement(what, f"result {k} of the first call was overwritten by the second")
            if not np.array_equal(a, c, equal_nan=a.dtype.kind == "f"):
                raise Disagreement(what, f"result {k} of the second call is another: {a} and then {c}")
        if self.spreads and not all(one.tame for one in self.expected[which]):
            return self.tally.add(f"{what}, no values: infinities times zeros")
        for k, (found, one) in enumerate(zip([*kept, *news], self.expected[which])):
            compare(what, f"result {k}", found, one, strict=what == "no rewrites")
        self.tally.add(what)

    def other_sizes_agree(self, f: sn.Function) -> None:
        """A function that was called with sizes, called with others, where the reference can meet them."""
        if all(np.shape(e.values[0]) == np.shape(e.values[1]) for e in self.leaves.values()):
            return self.tally.add("sizes are all static")
        values = self.values(1)
        try:
            evaluate([*self.outputs, *(y for _, y in self.updates)], values)
        except (sn.SymnetError, ValueError, IndexError, ZeroDivisionError):
            return self.tally.add("other sizes do not meet")
        self.values_agree("other sizes", f, 1)

    def gradients_agree(self) -> None:
        """The gradient of a projection: compiled and reference, and central differences."""
        floats = [y for y in self.outputs if y.type.is_float]
        wrt = [x for x, e in self.leaves.items() if x.type.is_float and e.kind != "constant"]
        if not floats or not wrt:
            return self.tally.add("no gradient: no floats")
        values = self.values(0)
        rng = np.random.default_rng(0)
        with sn.options(floatX=self.graph.floatX):
            weights = [sn.constant(rng.uniform(0.5, 1.5, v.shape).astype(v.dtype)) for v in evaluate(floats, values)]
            try:
                cost = sum(sn.sum(y * w) for y, w in zip(floats, weights))
                gs = sn.grad(cost, wrt, disconnected_inputs="ignore")
            except sn.SymnetError as error:
                return self.tally.add(f"no gradient: {type(error).__name__}")
        roots = [cost, *gs]
        wanted = expected(roots, values, self.samples)
        # A factor that is not finite may leave a sum of nothing, which was 0.
        spreads = self.spreads or any(0 in v.shape for v in values.values())
        if spreads and not all(one.tame for one in wanted):
            return self.tally.add("gradient, no values: infinities times zeros")
        self.reset()
        with sn.options(floatX=self.graph.floatX):
            f = sn.function(self.inputs, roots, on_unused_input="ignore", training=False)
        found = self.called("gradient", f, [values[x] for x in self.inputs])
        if any(not np.isfinite(v).all() for x, v in values.items() if x.type.is_float):
            return self.tally.add("gradient at infinity")
        for k, (a, one) in enumerate(zip(found, wanted)):
            # A NaN may spread: from a maximum, say, to all candidates.
            if one.tame or not np.isnan(one.value).any():
                compare("gradient", f"result {k}", a, one, strict=False)
        self.tally.add("gradient")
        if all(one.tame for one in wanted) and not any(x.type.dtype != "float64" for x in [*wrt, *floats]):
            self.differences_agree(cost, wrt, [one.value for one in wanted[1:]], values)

    def differences_agree(self, cost, wrt, gs, values) -> None:  # type: ignore[no-untyped-def]
        """The slope along a random direction, where three steps agree on it from both sides."""
        texts = " ".join(e.text for e in self.graph.entries if isinstance(e, Line))
        if any(word in texts for word in ("stop_gradient", "grad_", "zero_grad", "float32")):
            return self.tally.add("no differences: gradients are not the slope")
        rng = np.random.default_rng(1)
        ways = {x: rng.uniform(0.5, 1.0, values[x].shape) * rng.choice([-1, 1], values[x].shape) for x in wrt}
        slope = sum(float(np.sum(g * ways[x])) for g, x in zip(gs, wrt))

        def at(t: float) -> float:
            return float(evaluate([cost], {**values, **{x: values[x] + t * ways[x] for x in wrt}})[0])

        size = sum(float(np.sum(np.abs(g * ways[x]))) for g, x in zip(gs, wrt)) + 1e-3
        middle = at(0.0)
        slopes = [(at(s * h) - middle) / (s * h) for h in (1e-5, 3e-6) for s in (1, -1)]
        noise = 1e-9 * (abs(middle) + 1) / 3e-6 * 1e-3 + 1e-4 * size
        if not np.isfinite(slopes).all() or max(slopes) - min(slopes) > 10 * noise:
            return self.tally.add("no differences: not smooth there")
        if abs(slope - float(np.mean(slopes))) > 30 * noise:
            raise Disagreement("differences", f"the gradient says {slope:.9g}, differences {slopes}")
        self.tally.add("differences")


def compare(what: str, which: str, found: np.ndarray, wanted: Expected, strict: bool) -> None:
    """A result against the reference's, within what rounding explains.

    Where something on the way is not finite, rewrites may know better, and decisions made of it may turn out otherwise;
    without rewrites (`strict`) the same is NaN and infinite.
    """
    value = wanted.value
    if found.shape != value.shape or found.dtype != value.dtype:
        raise Disagreement(what, f"{which} is {found.dtype} {found.shape}, not {value.dtype} {value.shape}")
    with np.errstate(all="ignore"):
        away = np.abs(found.astype("float64") - value.astype("float64"))
    same = (found == value) | (away <= wanted.slack) | np.isinf(wanted.slack)
    if value.dtype.kind == "f":
        same |= np.isnan(found) & np.isnan(value)
        if not wanted.tame and not strict:
            same |= np.isfinite(found) | np.isnan(value)
    elif not wanted.tame and not strict:
        return
    if not same.all():
        worst = np.argwhere(~same)[0]
        at = tuple(int(k) for k in worst)
        raise Disagreement(what, f"{which} at {at} is {found[at]!r}, not {value[at]!r} (slack {wanted.slack[at]:.3g})")
