"""The algorithms convolutions and their gradients are lowered to; of those that fit the one of least predicted cost.

`python benchmarks/choices.py` holds the predictions against measured times. Everywhere the batch is innermost, so that
the results of one convolution are the columns of the next.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import prod

import numpy as np

from symnet.choices import Choice, cheapest, note, noted
from symnet.graph import Node, Variable, constant, toposort
from symnet.machine import Machine
from symnet.ops.bands import BandedProduct, BandedWeightGrad
from symnet.ops.matmul import MatMul, matmul
from symnet.ops.patches import Patches, RowProduct, RowWeightGrad, static
from symnet.ops.shape import Reshape, Transpose, reshape, transpose
from symnet.ops.turned import TurnedProduct
from symnet.ops.unpatches import UnpatchedProduct
from symnet.ops.windows import Geometry
from symnet.ops.winograd import FILTERS, Winograd
from symnet.options import current
from symnet.types import DTYPES

__all__: list[str] = []


@dataclass(frozen=True)
class Algorithm:
    """One way to compute a convolution or a gradient of it: `build` takes the two operands and all sizes."""

    name: str
    build: Callable[[Variable, Variable, Geometry], Variable]
    fits: Callable[[Geometry], bool] = lambda a: True
    """Whether it gives the result at all."""
    dtypes: Sequence[str] = DTYPES
    """For which dtypes it is exact enough."""


def forward(x: Variable, w: Variable, a: Geometry) -> Variable:
    """The convolution of x with w, (N, F, *out)."""
    return _cheapest("", FORWARD, x, w, a)


def input_grad(w: Variable, g: Variable, a: Geometry) -> Variable:
    """The cotangent of x, (N, C, *size)."""
    return _cheapest(", gradient of x", INPUT_GRAD, w, g, a)


def weight_grad(x: Variable, g: Variable, a: Geometry) -> Variable:
    """The cotangent of w, (F, C/groups, *kernel)."""
    return _cheapest(", gradient of w", WEIGHT_GRAD, x, g, a)


def _cheapest(what: str, algorithms: Sequence[Algorithm], v: Variable, u: Variable, a: Geometry) -> Variable:
    built: dict[str, Variable] = {}
    inner: dict[str, list[Choice]] = {}
    for way in algorithms:
        if u.type.dtype in way.dtypes and way.fits(a):
            with noted() as inner[way.name]:
                built[way.name] = way.build(v, u, a)
    machine = current().machine
    # A convolution and its gradient of w share their patches if they go the same way.
    patches = 1.0 if algorithms is INPUT_GRAD else 0.5
    costs = {name: predicted(y, (v, u), machine, patches) for name, y in built.items()}
    shapes = f"{(a.batch, a.channels, *a.size)} x {(a.filters, a.channels // a.groups, *a.kernel)}"
    chosen = cheapest(f"conv{len(a.size)}d {shapes}{what}", costs)
    note(inner[chosen])
    return built[chosen]


def predicted(y: Variable, operands: Sequence[Variable], machine: Machine, patches: float = 1.0) -> float:
    """The microseconds that all ops between the operands and y take on a machine.

    Views are free, but filters in another order are copied; pictures have their batch innermost already. `patches` is
    the part of the patches' cost that counts.
    """
    return sum(_cost(node, machine, patches) for node in toposort([y], stop=set(operands).__contains__))


def _cost(node: Node, machine: Machine, patches: float) -> float:
    if not node.op.is_view:
        share = patches if isinstance(node.op, Patches) else 1.0
        return share * node.op.cost(machine, *node.inputs)
    before = node.inputs[0].node
    if not isinstance(node.op, Reshape) or before is None or not isinstance(before.op, Transpose):
        return 0.0
    if before.op.axes == (*range(1, len(before.op.axes)), 0):
        return 0.0
    elements = prod(static(before.outputs[0]))
    return machine.call + elements * machine.turn / 1e3


# by columns: one product with all windows ----------------------------------------------------------------------------


class _ColumnsProduct(MatMul):
    """The convolution as a product of filters with columns."""

    name = "conv"


class _ColumnsInputGrad(MatMul):
    """Its gradient of x, where each place of x is in one window."""

    name = "conv_input_grad"


class _ColumnsWeightGrad(MatMul):
    """Its gradient of w."""

    name = "conv_weight_grad"


def _forward_by_columns(x: Variable, w: Variable, a: Geometry) -> Variable:
    return _result(_ColumnsProduct()(_filters(w, a), _columns(x, a)), a)


def _input_grad_by_columns(w: Variable, g: Variable, a: Geometry, by_axis: bool = False) -> Variable:
    if a.is_pointwise:
        p = _ColumnsInputGrad()(_turned(_filters(w, a)), _as_matrix(g, a))
        return _batch_first(reshape(p, (a.channels, *a.size, a.batch)))
    added = UnpatchedProduct(a.kernel, a.size, a.stride, a.dilation, a.pads, a.out, by_axis)
    filters = reshape(w, (a.groups, a.filters // a.groups, a.depth))
    cotangents = reshape(_batch_last(g), (a.groups, a.filters // a.groups, prod(a.out) * a.batch))
    return _batch_first(added(_turned(filters), cotangents))


def _has_axes(a: Geometry) -> bool:
    """Whether sums along one axis after the other are fewer: kh + kw of longer runs, for kh * kw."""
    return sum(k > 1 for k in a.kernel) > 1


def _weight_grad_by_columns(x: Variable, g: Variable, a: Geometry) -> Variable:
    filters, columns = _as_matrix(g, a), _columns(x, a)
    deep = a.filters // a.groups < a.depth
    flat = TurnedProduct()(filters, columns) if deep else _ColumnsWeightGrad()(filters, _turned(columns))
    return reshape(flat, (a.filters, a.channels // a.groups, *a.kernel))


# by rows: one product for each row of results -------------------------------------------------------------------------


def _has_rows(a: Geometry) -> bool:
    """Its patches are smaller by the height of the kernel, but the products are many and small."""
    return a.groups == 1 and a.kernel[0] > 1 and a.out[0] > 1 and a.dilation[0] == 1


def _forward_by_rows(x: Variable, w: Variable, a: Geometry) -> Variable:
    by_row = reshape(_row_first(w), (a.filters, a.depth))
    return _result(RowProduct(a.kernel[0], a.stride[0])(by_row, _rows(x, a)[0]), a)


def _weight_grad_by_rows(x: Variable, g: Variable, a: Geometry) -> Variable:
    across = prod(a.out[1:]) * a.batch
    cotangents = reshape(_batch_last(g), (a.filters, a.out[0], across))
    flat = RowWeightGrad(a.kernel[0], a.stride[0])(cotangents, _rows(x, a)[0])
    return _row_first(reshape(flat, (a.filters, a.kernel[0], a.channels, *a.kernel[1:])))


# by bands: several rows of results from one banded matrix -------------------------------------------------------------


def _has_bands(a: Geometry) -> bool:
    return a.out[0] > 0 and prod(a.out) * a.batch > 0


def _forward_by_bands(x: Variable, w: Variable, a: Geometry) -> Variable:
    filters = reshape(_row_first(w), (a.filters, a.kernel[0], a.depth // a.kernel[0]))
    return _result(BandedProduct(a.kernel[0], a.stride[0], a.dilation[0])(filters, _rows(x, a)), a)


def _weight_grad_by_bands(x: Variable, g: Variable, a: Geometry) -> Variable:
    cotangents = reshape(_batch_last(g), (a.filters, a.out[0], prod(a.out[1:]) * a.batch))
    flat = BandedWeightGrad(a.kernel[0], a.stride[0], a.dilation[0])(cotangents, _rows(x, a))
    return _row_first(reshape(flat, (a.filters, a.kernel[0], a.channels // a.groups, *a.kernel[1:])))


# Winograd's: 3x3 filters with fewer multiplications -------------------------------------------------------------------


def _has_tiles(a: Geometry) -> bool:
    """The products shrink to 16/36, but the sums before and after them grow with channels and filters alone."""
    plain = set(a.stride) == {1} and set(a.dilation) == {1} and a.groups == 1
    return plain and a.kernel == (3, 3) and all(m > 0 and m % 2 == 0 for m in a.out)


def _forward_by_tiles(x: Variable, w: Variable, a: Geometry) -> Variable:
    grown = constant(np.kron(FILTERS, FILTERS).astype(w.type.dtype))
    taps = reshape(w, (a.filters * a.channels, 9))
    tiles = reshape(matmul(grown, transpose(taps)), (16, a.filters, a.channels))
    return _result(Winograd(a.pads)(tiles, x), a)


# the gradient of x as a convolution of g with the filters turned around -----------------------------------------------


def _adjoint(a: Geometry) -> Geometry:
    """The sizes of that convolution."""
    spans = [(k - 1) * d for k, d in zip(a.kernel, a.dilation, strict=True)]
    pads = tuple((span - low, span - high) for span, (low, high) in zip(spans, a.pads, strict=True))
    return replace(a, channels=a.filters, filters=a.channels, size=a.out, out=a.size, pads=pads)


def _is_convolution(a: Geometry) -> bool:
    b = _adjoint(a)
    return set(a.stride) == {1} and all(n >= 0 for pair in b.pads for n in pair) and prod(a.out) > 0


def _input_grad_as_convolution(w: Variable, g: Variable, a: Geometry) -> Variable:
    axes = range(w.type.ndim - 2)
    apart = reshape(w, (a.groups, a.filters // a.groups, *w.type.shape[1:]))
    around = apart[(slice(None),) * 3 + (slice(None, None, -1),) * len(axes)]
    exchanged = transpose(around, (0, 2, 1, *(3 + k for k in axes)))
    return forward(g, reshape(exchanged, (a.channels, a.filters // a.groups, *a.kernel)), _adjoint(a))


# the operands ---------------------------------------------------------------------------------------------------------


def _batch_last(x: Variable) -> Variable:
    return transpose(x, (*range(1, x.type.ndim), 0))


def _batch_first(x: Variable) -> Variable:
    return transpose(x, (x.type.ndim - 1, *range(x.type.ndim - 1)))


def _result(y: Variable, a: Geometry) -> Variable:
    return _batch_first(reshape(y, (a.filters, *a.out, a.batch)))


def _turned(v: Variable) -> Variable:
    """Each matrix transposed."""
    return transpose(v, (*range(v.type.ndim - 2), v.type.ndim - 1, v.type.ndim - 2))


def _filters(w: Variable, a: Geometry) -> Variable:
    """The filters as rows, one matrix for each group."""
    shape = (a.filters, a.depth) if a.groups == 1 else (a.groups, a.filters // a.groups, a.depth)
    return reshape(w, shape)


def _as_matrix(g: Variable, a: Geometry) -> Variable:
    """A result's cotangent as filters by places, one matrix for each group."""
    places = prod(a.out) * a.batch
    shape = (a.filters, places) if a.groups == 1 else (a.groups, a.filters // a.groups, places)
    return reshape(_batch_last(g), shape)


def _columns(x: Variable, a: Geometry) -> Variable:
    """The windows as columns: elements of a filter by places, one matrix for each group."""
    patches = _batch_last(x) if a.is_pointwise else Patches(a.kernel, a.stride, a.dilation, a.pads, a.out)(x)
    places = prod(a.out) * a.batch
    return reshape(patches, (a.depth, places) if a.groups == 1 else (a.groups, a.depth, places))


def _rows(x: Variable, a: Geometry) -> Variable:
    """Patches of rows: groups by rows of x by elements of a filter's row by places in a row."""
    patches = Patches(a.kernel, a.stride, a.dilation, a.pads, a.out, rows=a.groups)(x)
    height = a.size[0] + sum(a.pads[0])
    return reshape(patches, (a.groups, height, a.depth // a.kernel[0], prod(a.out[1:]) * a.batch))


def _row_first(w: Variable) -> Variable:
    """Filters with the first axis of the kernel before the channels, or the other way around."""
    return transpose(w, (0, 2, 1, *range(3, w.type.ndim)))


# Halves of integers are none, and sums of float16 would lose digits that the definition keeps.
FORWARD = (
    Algorithm("tiles", _forward_by_tiles, _has_tiles, ("float32", "float64")),
    Algorithm("bands", _forward_by_bands, _has_bands),
    Algorithm("rows", _forward_by_rows, _has_rows),
    Algorithm("columns", _forward_by_columns),
)
INPUT_GRAD = (
    Algorithm("a convolution", _input_grad_as_convolution, _is_convolution),
    Algorithm("columns", _input_grad_by_columns),
    Algorithm("columns by axis", partial(_input_grad_by_columns, by_axis=True), _has_axes),
)
WEIGHT_GRAD = (
    Algorithm("bands", _weight_grad_by_bands, _has_bands),
    Algorithm("rows", _weight_grad_by_rows, _has_rows),
    Algorithm("columns", _weight_grad_by_columns),
)
