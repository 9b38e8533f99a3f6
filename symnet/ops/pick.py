"""One entry from each row: how a likelihood picks the probability of the right class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from symnet.errors import BoundsError, DTypeError, ShapeError
from symnet.graph import Constant, Variable
from symnet.op import Emitter, Op, Split, arr, as_variable, case, vocabulary
from symnet.ops.create import Arange, counts_from_zero, zeros_like
from symnet.ops.elementwise import cast
from symnet.ops.sizes import axis_tokens, factors
from symnet.origin import here
from symnet.types import INTEGERS, Dim, TensorType

__all__ = ["pick", "Pick", "SetPicked", "AddPicked"]

# labels ---------------------------------------------------------------------------------------------------------------


def _check(labels: np.ndarray, rows: int, classes: int) -> None:
    """Raise unless there are at most `rows` labels, all from 0 to below `classes`."""
    _check_count(len(labels), rows)
    bad = labels[(labels < 0) | (labels >= classes)]
    if bad.size:
        raise BoundsError(
            f"label {int(bad[0])} is out of range for {classes} classes.",
            note=f"the labels are {int(labels.min())} to {int(labels.max())}; nothing was updated",
            fix=f"labels run from 0 to {classes - 1}.",
        )


def _check_count(count: Dim, rows: Dim) -> None:
    if isinstance(rows, int) and isinstance(count, int) and count > rows:
        raise ShapeError(f"pick: {count} labels for {rows} rows.", fix="pass one label for each row of x.")


def _positions(e: Emitter, labels: str, classes: int) -> str:
    """Emit the places of the picked entries in the flattened rows."""
    count = e.array(labels).shape[0]
    starts = e.prepared(f"np.arange({count}) * {classes}", "row_starts")
    e.step(f"check_labels({labels}, {classes})")
    e.step(f"np.add({labels}, {starts}, out={e.scratch[0]})")
    return e.scratch[0]


class _Picking(Op):
    """Family of ops that speak of x[i, labels[i]]; a further scalar input is the number of labels the user expects."""

    given: ClassVar[int] = 1

    def _check_sizes(self, inputs: Sequence[Variable]) -> None:
        labels = inputs[self.given]
        count, rows = labels.type.shape[0], inputs[0].type.shape[0]
        _check_count(count, rows)
        if isinstance(labels, Constant) and isinstance(rows, int) and isinstance(inputs[0].type.shape[1], int):
            _check(labels.data, rows, inputs[0].type.shape[1])

    def _checked(self, arrays: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """The rows and labels of the picked entries."""
        labels, expected = arrays[self.given], arrays[self.given + 1 :]
        _check(labels, *arrays[0].shape)
        if expected:
            self._check_expected(len(labels), int(expected[0]))
        return np.arange(len(labels)), labels

    def _check_expected(self, count: Dim, expected: int) -> None:
        if count != max(expected, 0):
            raise ShapeError(f"pick: {count} labels for {expected} rows.", fix="pass one label for each row.")

    def sizes(self, *inputs: Variable) -> tuple[Variable, ...]:
        return inputs[self.given + 1 :]

    def with_sizes(self, sizes: Sequence[int], *inputs: Variable) -> Variable:
        try:
            self._check_expected(inputs[self.given].type.shape[0], sizes[0])
        except ShapeError as error:
            raise error.at(dict(zip(self.labels(len(inputs)), inputs, strict=True)), here()) from None
        return self(*inputs[: self.given + 1])

    def lower(self, *inputs: Variable) -> Variable | None:
        labels = inputs[self.given]
        if labels.type.dtype == "int64":
            return None
        return self(*inputs[: self.given], cast(labels, "int64"))

    def split(self, axes: Sequence[int | None], *inputs: Variable) -> Split | None:
        rows, count = inputs[0].type.shape[0], inputs[self.given].type.shape[0]
        if rows != count or any(k not in (0, None) for k in axes):
            return None
        return Split(tuple(0 if x.type.ndim else None for x in inputs), 0)

    def scratch(self, *inputs: Variable) -> Sequence[TensorType]:
        return [inputs[self.given].type.with_dtype("int64")]


# reading --------------------------------------------------------------------------------------------------------------


class Pick(_Picking):
    """$y_i = x_{i, l_i}$ for labels $l$."""

    name = "pick"
    roles = ("x", "labels", "rows")

    def infer(self, *inputs: Variable) -> TensorType:
        self._check_sizes(inputs)
        return TensorType(inputs[0].type.dtype, inputs[1].type.shape)

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        x, *rest = inputs
        return [SetPicked()(zeros_like(x), g, *rest), *[None] * len(rest)]

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        return arrays[0][self._checked(arrays)]

    def emit(self, e: Emitter, *names: str) -> None:
        x, labels = names
        array = e.array(x)
        positions = _positions(e, labels, array.shape[1])
        if not e.array(labels).size:
            return
        if array.flags.c_contiguous:
            e.step(f"np.take({e.view(x, '.reshape(-1)', f'{x}_flat')}, {positions}, out={e.out}, mode='clip')")
        elif array.T.flags.c_contiguous:
            # The rows stand side by side: entry (i, l) is l times the number of rows further on.
            rows = e.prepared(f"np.arange({e.array(labels).size})", "rows")
            e.step(f"np.multiply({labels}, {array.shape[0]}, out={positions})")
            e.step(f"np.add({positions}, {rows}, out={positions})")
            e.step(f"np.take({e.view(x, '.T.reshape(-1)', f'{x}_flat')}, {positions}, out={e.out}, mode='clip')")
        else:
            e.slow(f"the entries are picked into a new array, as {x} has gaps", allocates=True)
            e.step(f"{e.out}[...] = {x}[{e.prepared(f'np.arange({e.array(labels).size})', 'rows')}, {labels}]")


@vocabulary(
    case(arr(3, 4), arr(values=[2, 0, 3], dtype="int64")),
    case(arr(3, 1), arr(values=[0, 0], dtype="int32")),
    case(arr(2, 3), arr(values=[1, 1], dtype="uint8")),
    case(arr(0, 3), arr(values=[], dtype="int64")),
    case(arr(2, 3), [1, 2]),
)
def pick(x: Any, labels: Any) -> Variable:
    """One entry of each row, $y_i = x_{i, l_i}$: x (N, C) and labels (N,) integers give (N,).

    A label below 0 or from C on is an error, never another entry; fewer labels than rows pick from the first rows.

    Raises: ShapeError, DTypeError; BoundsError, if need be at the call.
    """
    return _picked(as_variable(x), as_variable(labels), None)


def _picked(x: Variable, labels: Variable, expected: Any) -> Variable:
    """`pick`, of as many labels as expected: a number, a symbolic one, or None where any number will do."""
    if x.type.ndim != 2 or labels.type.ndim != 1:
        raise ShapeError(
            f"pick: x has {x.type.ndim} axes and labels {labels.type.ndim}, not 2 and 1.",
            operands={"x": x, "labels": labels},
            origin=here(),
            fix="x holds a row of classes for each label: (N, C) and (N,).",
        )
    if labels.type.dtype not in INTEGERS:
        raise DTypeError(
            f"pick: the labels are {labels.type.dtype}, and labels are integers.",
            operands={"x": x, "labels": labels},
            origin=here(),
            fix="declare them as integers: y = sn.lvector('y'), or labels.astype('int64').",
        )
    if expected is None:
        return Pick()(x, labels)
    count = axis_tokens(labels)[0]
    if factors([expected]) == factors([count]):
        return Pick()(x, labels)
    if isinstance(expected, int) and isinstance(count, int):
        raise ShapeError(
            f"pick: {count} labels for {expected} rows.",
            operands={"x": x, "labels": labels},
            origin=here(),
            fix="pass one label for each row.",
        )
    return Pick()(x, labels, as_variable(expected))


def pick_key(x: Variable, key: Any) -> Variable | None:
    """The textbook form x[arange(n), y] as `pick`; None for any other key."""
    if not (isinstance(key, tuple) and len(key) == 2 and x.type.ndim == 2):
        return None
    rows, labels = key
    symbolic = isinstance(labels, Variable) and labels.type.ndim == 1 and labels.type.dtype in INTEGERS
    expected = _counted(rows) if symbolic else None
    return None if expected is None else _picked(x, labels, expected)


def _counted(rows: Any) -> Any:
    """How far `rows` counts from 0 in steps of 1, or None if it is something else."""
    if isinstance(rows, Variable) and rows.node is not None and isinstance(rows.node.op, Arange):
        start, stop, step = rows.node.inputs
        if not counts_from_zero(start, step):
            return None
        if rows.type.shape[0] is not None and not isinstance(rows.type.shape[0], str):
            return rows.type.shape[0]
        return stop
    if isinstance(rows, Constant):
        rows = rows.data
    if isinstance(rows, (range, list, np.ndarray)) and not any(isinstance(i, Variable) for i in rows):
        numbers = np.asarray(rows)
        if numbers.dtype.kind in "iu" and np.array_equal(numbers, np.arange(len(numbers))):
            return len(numbers)
    return None


# writing --------------------------------------------------------------------------------------------------------------


class _WritePicked(_Picking):
    """Family of ops that give a copy of x with x[i, labels[i]] changed."""

    roles: ClassVar[tuple[str, ...]] = ("x", "value", "labels", "rows")
    overwrites: ClassVar[tuple[int, ...]] = (0,)
    given: ClassVar[int] = 2

    def infer(self, *inputs: Variable) -> TensorType:
        self._check_sizes(inputs)
        return inputs[0].type

    def emit(self, e: Emitter, *names: str) -> None:
        x, value, labels = names
        if x != e.out and e.array(x) is not e.array(e.out):
            e.step(f"np.copyto({e.out}, {x})")
        positions = _positions(e, labels, e.array(e.out).shape[1])
        if e.array(e.out).flags.c_contiguous:
            self.emit_part(e, e.view(e.out, ".reshape(-1)", f"{e.out}_flat"), positions, value)
        else:
            rows = e.prepared(f"np.arange({e.array(labels).size})", "rows")
            self.emit_part(e, e.out, f"({rows}, {labels})", value)

    def emit_part(self, e: Emitter, x: str, at: str, value: str) -> None:
        """Write the line that changes these entries."""
        raise NotImplementedError


class SetPicked(_WritePicked):
    """A copy of x in which one entry of each row is a given value."""

    name = "set_picked"

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        _, value, *rest = inputs
        return [SetPicked()(g, zeros_like(value), *rest), Pick()(g, *rest), *[None] * len(rest)]

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        result = arrays[0].copy()
        result[self._checked(arrays)] = arrays[1]
        return result

    def emit_part(self, e: Emitter, x: str, at: str, value: str) -> None:
        e.step(f"{x}[{at}] = {value}")


class AddPicked(_WritePicked):
    """A copy of x with a value added to one entry of each row."""

    name = "add_picked"

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        rest = inputs[2:]
        return [g, Pick()(g, *rest), *[None] * len(rest)]

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        result = arrays[0].copy()
        result[self._checked(arrays)] += arrays[1]
        return result

    def emit_part(self, e: Emitter, x: str, at: str, value: str) -> None:
        e.step(f"np.add.at({x}, {at}, {value})")
