"""Words that move, choose, add and multiply elements, on complex numbers: the cases of real ones with complex arrays.

`test_cases.py` has the cases that say complex themselves; the oracles here are the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

import symnet.ops  # noqa: F401  (fills the registry)
from calls import WORDS, Call
from symnet import function
from symnet.autodiff import grad
from symnet.backends.reference import evaluate
from symnet.check import check_grad
from symnet.graph import Variable
from symnet.graph.operators import word
from symnet.op import Arr
from symnet.options import options

MOVES = [
    "append", "argwhere", "array_equal", "array_split", "assert_value", "atleast_1d", "atleast_2d", "atleast_3d",
    "broadcast_arrays", "broadcast_to", "choose", "column_stack", "compress", "concatenate", "diag", "diagflat",
    "diagonal", "dimshuffle", "dsplit", "dstack", "ediff1d", "embedding", "expand_dims", "extract", "fft.fftshift",
    "fft.ifftshift", "fill_diagonal", "flatnonzero", "flatten", "flip", "fliplr", "flipud", "fold", "full",
    "full_like", "grad_scale", "hsplit", "hstack", "inc_subtensor", "index", "linalg.diagonal", "matrix_transpose",
    "meshgrid", "moveaxis", "nonzero", "pad", "pick", "piecewise", "pixel_shuffle", "put_along_axis", "ravel",
    "repeat", "reshape", "roll", "rot90", "select", "set_subtensor", "sort", "split", "squeeze", "stack",
    "swapaxes", "switch", "take", "take_along_axis", "tile", "transpose", "tril", "triu", "unfold", "unstack",
    "vsplit", "vstack", "zero_grad",
]  # fmt: skip
SUMS = [
    "add", "average", "cross", "cumulative_prod", "cumulative_sum", "cumprod", "cumsum", "diff", "dot", "einsum",
    "inner", "kron", "linalg.cross", "linalg.inv", "linalg.matrix_power", "linalg.multi_dot", "linalg.outer",
    "linalg.solve", "linalg.solve_triangular", "linalg.trace", "matmul", "mean", "multiply", "outer", "prod", "std",
    "subtract", "sum", "tensordot", "trace", "trapezoid", "var", "vdot", "vecdot",
]  # fmt: skip


@dataclass(frozen=True)
class ComplexCall(Call):
    """A case of real numbers on complex ones."""

    def _array(self, spec: Arr, rng: np.random.Generator, grow: int) -> np.ndarray:
        array = super()._array(spec, rng, grow)
        if spec.dtype != "floatX":
            return array
        return array + 1j * rng.uniform(-1, 1, array.shape)


def complex_calls() -> list[ComplexCall]:
    found = []
    for name in (*MOVES, *SUMS):
        of_all = [ComplexCall(WORDS[name], number, "float64") for number in range(len(WORDS[name].cases))]
        found += [call for call in of_all if any(spec.dtype == "floatX" for spec in call.specs())][:5]
    return found


each = pytest.mark.parametrize("call", complex_calls(), ids=lambda call: call.id)


@each
def test_values_types_and_the_compiled_function(call):
    xs, arrays = call.variables(), call.arrays()
    ys = call.build(xs)
    values = function(xs, ys, on_unused_input="ignore")(*arrays)
    for y, value, reference, expected in zip(ys, values, evaluate(ys, dict(zip(xs, arrays))), call.expected(arrays)):
        assert y.type.dtype == value.dtype.name == reference.dtype.name
        assert value.shape == expected.shape
        scale = float(np.max(np.abs(expected[np.isfinite(expected)]), initial=1.0))
        np.testing.assert_allclose(value, expected, 1e-12, 1e-12 * scale)
        np.testing.assert_allclose(value, reference, 1e-12, 1e-12 * scale)


def parts(y: Variable) -> list[Variable]:
    return [y.real, y.imag] if y.type.is_complex else [y]


@each
def test_gradients(call):
    if not call.case.order:
        return
    for k, y in enumerate(call.build(call.variables())):
        if y.type.is_inexact:
            f = lambda *xs, k=k: call.build(list(xs))[k]
            with options(floatX="float64"):
                check_grad(f, call.arrays(), order=1, samples=5, evaluate=evaluate)


@each
def test_compiled_gradients_with_named_sizes(call):
    """Sizes and their names come to the gradient as they are."""
    if call.name in ("squeeze", "unstack") or not call.case.order:
        return
    xs, arrays = call.variables("named"), call.arrays()
    wrt = [x for x in xs if x.type.is_inexact]
    ys = [y for y in call.build(xs) if y.type.is_inexact]
    if not ys:
        return
    costs = [word("sum")(word("sin")(part)) for y in ys for part in parts(y)]
    with options(floatX="float64"):
        gs = grad(None, wrt, known_grads=dict.fromkeys(costs, 1.0), disconnected_inputs="ignore")
    for x, g in zip(wrt, gs):
        assert g.type.dtype == x.type.dtype and g.type.ndim == x.type.ndim
    values = function(xs, gs, on_unused_input="ignore")(*arrays)
    for actual, expected in zip(values, evaluate(gs, dict(zip(xs, arrays)))):
        np.testing.assert_allclose(actual, expected, 1e-9, 1e-9)
