"""Every word of the vocabulary on its cases: value, type, gradients, lowering, backends.

A word that is registered without an oracle or without cases fails here.
"""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest

from calls import ORACLES, WORDS, Call, calls
from symnet import function
from symnet.autodiff import grad, jvp, vectorize, vjp
from symnet.backends.reference import evaluate
from symnet.check import check_grad
from symnet.errors import SymnetError
from symnet.graph import Node, Variable, constant, toposort
from symnet.graph.operators import word
from symnet.op import Composite, Elementwise
from symnet.options import options

# Compared with a generator written out, and with their distributions, in test_random.py and test_distributions.py.
DRAWS = {name for name, entry in WORDS.items() if entry.function.__module__.startswith("symnet.ops.random.")}
RELATIVE = {"float16": 1e-3, "float32": 1e-5, "float64": 1e-12, "complex64": 1e-5, "complex128": 1e-12}
IN_DOUBLE = {"float16": "float64", "float32": "float64", "complex64": "complex128"}
ADJOINT = 1e3  # units in the last place of the sum of sizes by which two orders of one sum may differ
SAMPLES = 12  # elements of each array that numeric differences move one by one


def each(*floats: str, where=lambda call: True) -> pytest.MarkDecorator:
    found = [call for call in calls(*floats) if where(call)]
    return pytest.mark.parametrize("call", found, ids=[call.id for call in found])


def assert_close(actual: np.ndarray, expected: np.ndarray, absolute: float = 0.0) -> None:
    assert actual.shape == expected.shape
    if actual.dtype.kind in "iub":
        assert expected.dtype.kind in "iub" and (actual.dtype.kind == "b") == (expected.dtype.kind == "b")
        np.testing.assert_array_equal(actual, expected)
        return
    with np.errstate(over="ignore"):
        expected = expected.astype(actual.dtype)
    np.testing.assert_allclose(actual, expected, RELATIVE[actual.dtype.name], absolute)


def rounding(outputs: list[Variable], arrays: list[np.ndarray]) -> float:
    """What a sum of products of these values may be wrong by; nothing for a single elementwise op."""
    ops = [node.op for node in toposort(outputs)]
    floats = [a for a in arrays if a.dtype.kind in "fc" and a.size]
    if (len(ops) <= 1 and all(isinstance(op, Elementwise) for op in ops)) or not floats:
        return 0.0
    largest = max(float(np.max(np.abs(a[np.isfinite(a)]), initial=1.0)) for a in floats)
    return RELATIVE[floats[0].dtype.name] * largest


def is_differentiable(call: Call) -> bool:
    return call.case.order > 0 and any(a.dtype.kind in "fc" for a in call.arrays())


def test_every_word_has_an_oracle():
    assert sorted(WORDS.keys() - ORACLES.keys() - DRAWS) == []


def test_every_word_has_cases():
    assert sorted(name for name, entry in WORDS.items() if not entry.cases and name not in DRAWS) == []


def test_every_oracle_has_its_word():
    assert sorted(ORACLES.keys() - WORDS.keys()) == []


@each("float64", "float32")
def test_the_value_is_the_oracles(call):
    xs, arrays = call.variables(), call.arrays()
    outputs = call.build(xs)
    expected = call.expected(arrays)
    assert len(outputs) == len(expected)
    for actual, value in zip(evaluate(outputs, dict(zip(xs, arrays))), expected):
        assert_close(actual, value, rounding(outputs, arrays))
        asked_for_double = "float64" in repr((call.case.args, call.case.kwargs))
        assert asked_for_double or call.floatX == "float64" or actual.dtype != np.float64


@each("float64")
@pytest.mark.parametrize("sizes", ["static", "unknown", "named"])
def test_the_inferred_type_is_the_real_one(call, sizes):
    if sizes != "static" and call.needs_sizes:
        return
    xs, arrays = call.variables(sizes), call.arrays()
    outputs = call.build(xs)
    for y, value in zip(evaluate(outputs, dict(zip(xs, arrays))), call.expected(arrays)):
        assert_close(y, value, rounding(outputs, arrays))  # sizes that meet only at run time meet there
    for y, value in zip(outputs, evaluate(outputs, dict(zip(xs, arrays)))):
        assert y.type.dtype == value.dtype.name
        assert len(y.type.shape) == value.ndim
        for inferred, real in zip(y.type.shape, value.shape):
            assert inferred in (real, f"n{real}", None)
    if sizes == "static":
        depends_on_values = any(node.op.sizes(*node.inputs) for node in toposort(outputs))
        assert depends_on_values or all(y.type.is_static for y in outputs)


def sum_of_sines(y: Variable) -> Variable:
    """A real cost on whose every element, and part of it, something depends."""
    parts = [y.real, y.imag] if y.type.is_complex else [y]
    return word("sum")(sum(map(word("sin"), parts)))


def normal(rng: np.random.Generator, like: np.ndarray) -> np.ndarray:
    drawn = rng.normal(size=like.shape)
    return (drawn + 1j * rng.normal(size=like.shape) if like.dtype.kind == "c" else drawn).astype(like.dtype)


@each("float64", where=is_differentiable)
def test_the_vjp_is_the_numeric_one(call):
    for k, y in enumerate(call.build(call.variables())):
        if y.type.is_inexact:
            f = lambda *xs, k=k: call.build(list(xs))[k]
            with options(floatX="float64"):
                check_grad(f, call.arrays(), order=call.case.order, samples=SAMPLES, evaluate=evaluate)


@each("float32", where=is_differentiable)
def test_the_vjp_in_float32_is_the_one_in_float64(call):
    """At the same point: differences in float32 would be too coarse to say much."""
    point, found = call.arrays(), []
    for floatX in ("float32", "float64"):
        same = replace(call, floatX=floatX)
        xs, arrays = same.variables(), [a.astype(x.dtype) for a, x in zip(point, same.variables())]
        wrt = [x for x in xs if x.type.is_inexact]
        with options(floatX=floatX):
            costs = [sum_of_sines(y) for y in same.build(xs) if y.type.is_inexact]
            gs = grad(None, wrt, known_grads=dict.fromkeys(costs, 1.0), disconnected_inputs="ignore") if costs else []
        found.append(evaluate(gs, dict(zip(xs, arrays))))
    for g32, g64 in zip(*found):
        scale = max(1.0, float(np.max(np.abs(g64), initial=0.0)))
        np.testing.assert_allclose(g32, g64, 1e-4, 1e-5 * scale)


@each("float64", where=is_differentiable)
@pytest.mark.parametrize("sizes", ["static", "unknown"])
def test_the_jvp_is_the_transpose_of_the_vjp(call, sizes):
    r"""$\langle g, J \dot x \rangle = \langle J^\top g, \dot x \rangle$ for random g and tangents."""
    if sizes != "static" and call.needs_sizes:
        return
    rng = np.random.default_rng(0)
    xs = [Variable(x.type.with_dtype(IN_DOUBLE.get(x.dtype, x.dtype)), name=x.name) for x in call.variables(sizes)]
    arrays = [a.astype(x.dtype) for a, x in zip(call.arrays(), xs)]
    ys, wrt = [y for y in call.build(xs) if y.type.is_inexact], [x for x in xs if x.type.is_inexact]
    values = dict(zip(xs, arrays))
    found = evaluate(ys, values)
    dx, g = [Variable(x.type) for x in wrt], [Variable(y.type) for y in ys]
    values.update((d, normal(rng, values[x])) for d, x in zip(dx, wrt))
    values.update((v, normal(rng, y)) for v, y in zip(g, found))
    with options(floatX="float64"):
        tangents = evaluate(jvp(ys, wrt, dx, disconnected_outputs="ignore"), values)
        cotangents = evaluate(vjp(ys, wrt, g, disconnected_inputs="ignore"), values)
    for y, t in zip(found, tangents):
        assert (t.shape, t.dtype) == (y.shape, y.dtype)
    pairs = [(values[v], t) for v, t in zip(g, tangents)], [(values[d], c) for d, c in zip(dx, cotangents)]
    forward, reverse = (sum(float(np.sum(np.conj(a) * b).real) for a, b in side) for side in pairs)
    terms = sum(float(np.sum(np.abs(a * b))) for side in pairs for a, b in side)
    unit = max((np.finfo(values[v].dtype).eps for v in [*dx, *g]), default=0.0)
    assert forward == pytest.approx(reverse, rel=0, abs=ADJOINT * float(unit) * max(1.0, terms))


ROWS = 3


def with_rows(call: Call, rows: list[int], sizes: str) -> tuple[list[np.ndarray], list[list[np.ndarray]]]:
    """All results with some arguments in rows, and those of each row by itself."""
    xs, arrays = call.variables(sizes), call.arrays()
    ys = call.build(xs)
    many = {xs[k]: Variable(xs[k].type.with_shape((ROWS, *xs[k].type.shape))) for k in rows}
    variants = [arrays, *(call.arrays(variant) for variant in range(1, ROWS))]
    values = dict(zip(xs, arrays))
    values.update((many[xs[k]], np.stack([v[k] for v in variants])) for k in rows)
    one_by_one = [evaluate(ys, {x: (v if k in rows else arrays)[k] for k, x in enumerate(xs)}) for v in variants]
    with options(floatX=call.floatX):
        return evaluate(vectorize(ys, many), values), one_by_one


@each("float64", where=lambda call: call.specs() and call.name not in DRAWS)
@pytest.mark.parametrize("sizes", ["static", "unknown"])
def test_vectorized_is_row_by_row(call, sizes):
    """With rows of every argument, and of each alone."""
    count = len(call.specs())
    # An array cannot have rows of different lengths.
    alike = range(0) if any(node.op.sizes(*node.inputs) for node in toposort(call.build(call.variables()))) else [0]
    if (sizes != "static" and call.needs_sizes) or not alike:
        return
    for rows in [[*range(count)], *([k] for k in range(count if count > 1 else 0))]:
        together, one_by_one = with_rows(call, rows, sizes)
        for k, y in enumerate(together):
            assert_close(y, np.stack([values[k] for values in one_by_one]), RELATIVE["float64"] * 10)


@each("float64", "float32", where=lambda call: any(a.dtype.kind in "fc" for a in call.arrays()))
@pytest.mark.parametrize("sizes", ["unknown", "named"])
def test_the_vjp_needs_no_sizes(call, sizes):
    """At every point, also where there is no numeric derivative: cotangents have their input's type."""
    if call.needs_sizes:
        return
    arrays = call.arrays()
    found = []
    for xs in (call.variables("static"), call.variables(sizes)):
        ys = [y for y in call.build(xs) if y.type.is_inexact]
        wrt = [x for x in xs if x.type.is_inexact]
        with options(floatX=call.floatX):
            weights = [constant(np.cos(np.arange(v.size)).reshape(v.shape).astype(v.dtype))
                       for v in evaluate(ys, dict(zip(xs, arrays)))]  # fmt: skip
            gs = grad(None, wrt, known_grads=dict(zip(ys, weights)), disconnected_inputs="ignore") if ys else []
        for x, g in zip(wrt, gs):
            assert g.type.dtype == x.type.dtype
            assert g.type.ndim == x.type.ndim
        found.append(evaluate(gs, dict(zip(xs, arrays))))
    floats = [a for a in arrays if a.dtype.kind in "fc"]
    for x, from_static, from_open in zip(floats, *found):
        assert from_static.shape == x.shape
        np.testing.assert_allclose(from_open, from_static, RELATIVE[x.dtype.name], RELATIVE[x.dtype.name])


def nodes_of(call: Call) -> tuple[list[Node], dict[Variable, np.ndarray]]:
    """The nodes of a call and all values in it."""
    xs, arrays = call.variables(), call.arrays()
    order = toposort(call.build(xs))
    everything = list(dict.fromkeys([*xs, *(v for node in order for v in (*node.inputs, *node.outputs))]))
    return order, dict(zip(everything, evaluate(everything, dict(zip(xs, arrays)))))


def simpler(node: Node, values: dict[Variable, np.ndarray]) -> list[Variable]:
    """The same value from other ops: sizes fixed, lowered, expanded."""
    found = []
    sizes = node.op.sizes(*node.inputs)
    if sizes:
        found.append(node.op.with_sizes([int(n) for n in evaluate(sizes, values)], *node.inputs))
        assert found[0].type.is_static
    elif all(x.type.is_static for x in node.inputs):
        lowered = node.op.lower(*node.inputs)
        found += [] if lowered is None else [lowered]
        if isinstance(node.op, Composite):
            found.append(node.op.expand(*node.inputs))
    return found


@each("float64", "float32")
def test_lowered_expressions_are_equal(call):
    order, values = nodes_of(call)
    for node in order:
        for _ in range(20):
            forms = simpler(node, values)
            for form in forms:
                y = node.outputs[0]
                assert form.type.dtype == y.type.dtype
                assert form.type.ndim == y.type.ndim
                (actual,) = evaluate([form], values)
                scale = RELATIVE.get(y.type.dtype, 0) * max(1.0, float(np.max(np.abs(values[y]), initial=0.0)))
                assert_close(actual, values[y], scale if np.isfinite(scale) else 0.0)
            if not forms or forms[0].node is None or forms[0].node.op == node.op:
                break
            node = forms[0].node
            for x in node.inputs:
                values[x] = evaluate([x], values)[0]
            values[node.outputs[0]] = evaluate([node.outputs[0]], values)[0]


@each("float64")
def test_ops_are_values(call):
    """Equal after a pickle and hashable: the compiler's graph merges equal ops, and functions pickle."""
    for node in toposort(call.build(call.variables())):
        copy = pickle.loads(pickle.dumps(node.op))
        assert copy == node.op
        assert hash(copy) == hash(node.op)


def grown(call: Call, xs: list[Variable], outputs: list[Variable]) -> list[np.ndarray]:
    """Arrays of larger shapes where the case allows them, else of the same."""
    for grow in (1, 2):
        arrays = call.arrays(variant=2, grow=grow)
        try:
            evaluate(outputs, dict(zip(xs, arrays)))
        except (SymnetError, ValueError, IndexError):
            continue
        return arrays
    return call.arrays(variant=2)


@pytest.mark.parametrize("sizes", ["static", "unknown"])
@each("float64", "float32")
def test_compiled_is_the_reference(call, sizes):
    """Called with several values and shapes: a buffer that is not written anew every time would show."""
    if sizes != "static" and call.needs_sizes:
        return
    xs = call.variables(sizes)
    outputs = call.build(xs)
    with options(floatX=call.floatX):
        f = function(xs, outputs, on_unused_input="ignore")
    given = [call.arrays(), call.arrays(variant=1), call.arrays()]
    if sizes == "unknown":
        given.insert(1, grown(call, xs, outputs))
    results = [f(*arrays) for arrays in given]
    for arrays, result in zip(given, results):  # compared at the end: results belong to the caller
        reference = evaluate(outputs, dict(zip(xs, arrays)))
        for actual, expected in zip(result, reference):
            assert actual.dtype == expected.dtype
            size = max(1.0, float(np.max(np.abs(expected[np.isfinite(expected)]), initial=0.0)))
            assert_close(actual, expected, RELATIVE.get(expected.dtype.name, 0.0) * size)


@each("float64", where=is_differentiable)
def test_compiled_gradient_is_the_reference(call):
    xs, arrays = call.variables("static" if call.needs_sizes else "unknown"), call.arrays()
    ys = [y for y in call.build(xs) if y.type.is_inexact]
    wrt = [x for x in xs if x.type.is_inexact]
    if not ys:
        return
    with options(floatX="float64"):
        gs = grad(sum_of_sines(ys[0]), wrt, disconnected_inputs="ignore")
        f = function(xs, gs, on_unused_input="ignore")
    for actual, expected in zip(f(*arrays), evaluate(gs, dict(zip(xs, arrays)))):
        np.testing.assert_allclose(actual, expected, 1e-9, 1e-9)
