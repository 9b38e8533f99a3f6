"""One entry from each row: how a likelihood picks the probability of the right class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from symnet.errors import DTypeError, ShapeError
from symnet.graph import Constant, Variable
from symnet.graph.notation import Attribute, Call, Item, Part
from symnet.graph.rows import with_rows
from symnet.op import Op, Split, all_linear, arr, as_variable, case, vocabulary
from symnet.ops.conversion import cast
from symnet.ops.create import Arange, counts_from_zero, zeros_like
from symnet.ops.join import concatenate
from symnet.ops.places import AddPlaces, LabelPlaces, SetPlaces, TakePlaces, check_labels
from symnet.ops.sizes import axis_tokens, factors
from symnet.origin import here
from symnet.types import INTEGERS, Dim, TensorType

__all__ = ["pick", "Pick", "SetPicked", "AddPicked"]

# labels ---------------------------------------------------------------------------------------------------------------


def _check(labels: np.ndarray, rows: int, classes: int) -> None:
    """Raise unless there are at most `rows` labels, all from 0 to below `classes`."""
    _check_count(len(labels), rows)
    check_labels(labels.astype(np.int64), classes)


def _check_count(count: Dim, rows: Dim) -> None:
    if isinstance(rows, int) and isinstance(count, int) and count > rows:
        raise ShapeError(f"pick: {count} labels for {rows} rows.", fix="pass one label for each row of x.")


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
        self(*inputs)  # raises where the sizes, known by now, do not meet
        return self.at_places(*inputs[: self.given], label_places(inputs[self.given], inputs[0]))

    at_places: ClassVar[Op]
    """The same op at places instead of labels."""

    def split(self, axes: Sequence[int | None], *inputs: Variable) -> Split | None:
        rows, count = inputs[0].type.shape[0], inputs[self.given].type.shape[0]
        if rows != count or any(k not in (0, None) for k in axes):
            return None
        return Split(tuple(0 if x.type.ndim else None for x in inputs), 0)


def label_places(labels: Variable, x: Variable) -> Variable:
    """The place of each label in the rows of `x`, whose sizes are known."""
    classes = x.type.shape[1]
    assert isinstance(classes, int)
    return LabelPlaces(classes)(cast(labels, "int64"))


def in_one(
    op: Op, x: Variable, values: Sequence[Variable], labels: Variable, expected: Sequence[Variable] = ()
) -> Variable:
    """The op on the labelled rows of all matrices of x (n, N, C), one below the other, with labels (n, L)."""
    n, count = labels.shape
    head = x if x.type.shape[1] == labels.type.shape[1] is not None else x[:, :count]
    flat = [v[:, :count].reshape((n * count,)) for v in values]
    return op(
        head.reshape((n * count, x.shape[2])), *flat, labels.reshape((n * count,)),
        *(as_variable(n * cast(rows, "int64")) for rows in expected),
    )  # fmt: skip


def written_in_one(
    op: Op, x: Variable, value: Variable, labels: Variable, expected: Sequence[Variable] = ()
) -> Variable:
    """The same for an op that gives a changed copy of x; rows after the last label stay as they are."""
    n, count = labels.shape
    head = in_one(op, x, [value], labels, expected).reshape((n, count, x.shape[2]))
    return head if x.type.shape[1] == labels.type.shape[1] is not None else concatenate([head, x[:, count:]], axis=1)


# reading --------------------------------------------------------------------------------------------------------------


class Pick(_Picking):
    """$y_i = x_{i, l_i}$ for labels $l$."""

    name = "pick"
    on_complex = "own"
    on_float16 = "moved"
    roles = ("x", "labels", "rows")
    linear_in = (0,)
    at_places = TakePlaces()

    def notation(self, *inputs: Variable) -> Part:
        x, labels = inputs[:2]
        rows = labels.type.shape[0]
        count = Attribute(labels, "shape[0]") if rows is None else str(rows)
        return Item(x, (Call("arange", (count,)), labels))

    def infer(self, *inputs: Variable) -> TensorType:
        self._check_sizes(inputs)
        return TensorType(inputs[0].type.dtype, inputs[1].type.shape)

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        x, *rest = inputs
        return [SetPicked()(zeros_like(x), g, *rest), *[None] * len(rest)]

    def vmap(self, rows: Sequence[bool], *inputs: Variable) -> Any:
        x, labels, *expected = inputs
        if any(rows[2:]):
            return NotImplemented
        x, labels = with_rows(rows[:2], (x, labels))
        return in_one(self, x, (), labels, expected).reshape(labels.shape)

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        return arrays[0][self._checked(arrays)]


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
    given: ClassVar[int] = 2

    def infer(self, *inputs: Variable) -> TensorType:
        self._check_sizes(inputs)
        return inputs[0].type

    def jvp(self, dx: Sequence[Variable | None], y: Any, *inputs: Variable) -> Any:
        return all_linear(self, dx, inputs, (0, 1))

    def vmap(self, rows: Sequence[bool], *inputs: Variable) -> Any:
        if any(rows[3:]):
            return NotImplemented
        x, value, labels = with_rows(rows[:3], inputs[:3])
        return written_in_one(self, x, value, labels, inputs[3:])


class SetPicked(_WritePicked):
    """A copy of x in which one entry of each row is a given value."""

    name = "set_picked"
    on_complex = "own"
    on_float16 = "moved"
    at_places = SetPlaces()

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        _, value, *rest = inputs
        return [SetPicked()(g, zeros_like(value), *rest), Pick()(g, *rest), *[None] * len(rest)]

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        result = arrays[0].copy()
        result[self._checked(arrays)] = arrays[1]
        return result


class AddPicked(_WritePicked):
    """A copy of x with a value added to one entry of each row."""

    name = "add_picked"
    on_complex = "own"
    on_float16 = "moved"
    at_places = AddPlaces()

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        rest = inputs[2:]
        return [g, Pick()(g, *rest), *[None] * len(rest)]

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        result = arrays[0].copy()
        result[self._checked(arrays)] += arrays[1]
        return result
