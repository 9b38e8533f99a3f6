"""One entry from each row: how a likelihood picks the probability of the right class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from symnet.errors import BoundsError, DTypeError, ShapeError
from symnet.graph import Variable
from symnet.op import Emitter, Op, arr, as_variable, case, vocabulary
from symnet.types import INTEGERS, TensorType

__all__ = ["Pick", "PickScatter", "pick"]


def _check(labels: np.ndarray, rows: int, classes: int) -> None:
    if len(labels) > rows:
        raise ShapeError(f"pick: there are {len(labels)} labels for {rows} rows.")
    bad = labels[(labels < 0) | (labels >= classes)]
    if bad.size:
        raise BoundsError(
            f"label {int(bad[0])} is out of range for {classes} classes.",
            note=f"the labels are {int(labels.min())} to {int(labels.max())}; nothing was updated",
            fix=f"labels run from 0 to {classes - 1}.",
        )


def _infer_rows(x: Variable, labels: Variable) -> None:
    rows, count = x.type.shape[0], labels.type.shape[0]
    if isinstance(rows, int) and isinstance(count, int) and count > rows:
        raise ShapeError(
            f"pick: there are {count} labels for {rows} rows.", fix="pass one label for each row of x."
        )


def _scratch(x: Variable, labels: Variable) -> list[TensorType]:
    return [TensorType("int64", labels.type.shape)]


def _positions(e: Emitter, labels: str, classes: int) -> str:
    """Emit the places of the picked entries in the flattened rows."""
    count = e.array(labels).shape[0]
    starts = e.prepared(f"np.arange({count}) * {classes}", "row_starts")
    e.step(f"check_labels({labels}, {classes})")
    e.step(f"np.add({labels}, {starts}, out={e.scratch[0]})")
    return e.scratch[0]


@dataclass(frozen=True)
class Pick(Op):
    """$y_i = x_{i, l_i}$ for labels $l$."""

    name = "pick"
    roles = ("x", "labels")

    def infer(self, *inputs: Variable) -> TensorType:
        _infer_rows(*inputs)
        return TensorType(inputs[0].type.dtype, inputs[1].type.shape)

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        return [PickScatter()(g, inputs[1], inputs[0]), None]

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        x, labels = arrays
        _check(labels, *x.shape)
        return x[np.arange(len(labels)), labels]

    def scratch(self, *inputs: Variable) -> list[TensorType]:
        return _scratch(*inputs)

    def emit(self, e: Emitter, *names: str) -> None:
        x, labels = names
        rows, classes = e.array(x).shape
        if e.array(labels).size > rows:
            raise ShapeError(f"pick: there are {e.array(labels).size} labels for {rows} rows.")
        positions = _positions(e, labels, classes)
        if e.array(x).flags.c_contiguous:
            flat = e.view(x, ".reshape(-1)", f"{x}_flat")
            e.step(f"np.take({flat}, {positions}, out={e.out}, mode='clip')")
        else:
            row_numbers = e.prepared(f"np.arange({e.array(labels).size})", "row_numbers")
            e.step(f"{e.out}[...] = {x}[{row_numbers}, {labels}]")


@dataclass(frozen=True)
class PickScatter(Op):
    """The adjoint of `Pick`: zeros of x's shape with $g_i$ at $(i, l_i)$. Of `x` only the shape is used."""

    name = "pick_scatter"
    roles = ("g", "labels", "x")

    def infer(self, *inputs: Variable) -> TensorType:
        g, labels, x = inputs
        _infer_rows(x, labels)
        return TensorType(g.type.dtype, x.type.shape)

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        return [Pick()(g, inputs[1]), None, None]

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        g, labels, x = arrays
        _check(labels, *x.shape)
        result = np.zeros(x.shape, g.dtype)
        result[np.arange(len(labels)), labels] = g
        return result

    def scratch(self, *inputs: Variable) -> list[TensorType]:
        return _scratch(inputs[2], inputs[1])

    def emit(self, e: Emitter, *names: str) -> None:
        g, labels, _ = names
        positions = _positions(e, labels, e.array(e.out).shape[1])
        flat = e.view(e.out, ".reshape(-1)", f"{e.out}_flat")
        e.step(f"{e.out}.fill(0)")
        e.step(f"{flat}[{positions}] = {g}")


@vocabulary(
    case(arr(3, 4), arr(values=[2, 0, 3], dtype="int64")),
    case(arr(3, 1), arr(values=[0, 0], dtype="int32")),
    case(arr(2, 3), arr(values=[1, 1], dtype="uint8")),
)
def pick(x: Any, labels: Any, rows: Any = None) -> Variable:
    """One entry of each row, $y_i = x_{i, l_i}$; x (N, C), labels (N,) integers, result (N,).

    A label below 0 or from C on is an error, never another entry. `rows` is the number of labels the caller expects.

    Raises: ShapeError, DTypeError; BoundsError at the call.
    """
    x, labels = as_variable(x), as_variable(labels)
    if x.type.ndim != 2 or labels.type.ndim != 1:
        raise ShapeError(
            f"pick: x has {x.type.ndim} axes and labels {labels.type.ndim}, not 2 and 1.",
            operands={"x": x, "labels": labels},
        )
    if labels.type.dtype not in INTEGERS:
        raise DTypeError(
            f"pick: the labels are {labels.type.dtype}, and labels are integers.",
            operands={"labels": labels},
            fix="declare them as integers: y = sn.lvector('y'), or labels.astype('int64').",
        )
    count = labels.type.shape[0]
    if isinstance(rows, int) and isinstance(count, int) and rows != count:
        raise ShapeError(f"there are {count} labels for {rows} rows.", operands={"x": x, "labels": labels})
    return Pick()(x, labels)
