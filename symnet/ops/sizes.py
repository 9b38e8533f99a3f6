"""Sizes: the length of an axis as a symbol, and shapes written with such symbols."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from symnet.errors import ArgumentError, DTypeError, ShapeError
from symnet.graph import Constant, Variable
from symnet.graph.notation import Attribute, Part, Row
from symnet.op import Emitter, Op, arr, as_variable, case, vocabulary
from symnet.ops.arithmetic import Multiply
from symnet.ops.conversion import cast
from symnet.origin import here
from symnet.types import INTEGERS, Dim, Shape, TensorType

__all__ = ["size_of", "size", "SizeOf"]

Pattern = tuple[int | None, ...]
"""A shape with None for each size that comes as a further input, and -1 for the size that is left."""

# the length of an axis ------------------------------------------------------------------------------------------------


class SizeOf(Op):
    """The size of one axis as an int64 scalar; it depends on the shape of `x` only."""

    axis: int = 0

    name, roles = "size_of", ("x",)
    on_complex = "own"

    def notation(self, *inputs: Variable) -> Part:
        return Attribute(inputs[0], f"shape[{self.axis}]")

    def infer(self, *inputs: Variable) -> TensorType:
        return TensorType("int64", ())

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        return [None]

    def vmap(self, rows: Sequence[bool], *inputs: Variable) -> Any:
        return size_of(inputs[0], self.axis + 1)

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        return np.array(arrays[0].shape[self.axis], np.int64)

    def lower(self, *inputs: Variable) -> Variable | None:
        return Constant(inputs[0].type.shape[self.axis], "int64")

    def emit(self, e: Emitter, *names: str) -> None:
        e.step(f"{e.out}[()] = {names[0]}.shape[{self.axis}]")


def normal_axis(axis: Any, ndim: int, op: str, x: Variable | None = None) -> int:
    """`axis` counted from the front, for an array of `ndim` axes.

    Raises: ArgumentError, DTypeError; they begin with `op`.
    """
    operands = {} if x is None else {"x": x}
    if not isinstance(axis, (int, np.integer)) or isinstance(axis, bool):
        raise DTypeError(
            f"{op}: an axis is {axis!r}, not an integer.", operands=operands, origin=here(), fix="use an int."
        )
    if not -ndim <= axis < ndim:
        raise ArgumentError(
            f"{op}: axis {axis} is out of range for {ndim} {'axis' if ndim == 1 else 'axes'}.",
            operands=operands,
            origin=here(),
            fix=f"axes go from {-ndim} to {ndim - 1}." if ndim else "there is no axis to name.",
        )
    return int(axis) % ndim


@vocabulary(case(arr(3, 4), 1), case(arr(0, 2), -2))
def size_of(x: Any, axis: int) -> Variable:
    """The size of `x` along an axis as an int64 scalar, a constant where it is known.

    `x.shape[axis]` is the same, and a Python int where the size is known.

    Raises: ArgumentError.
    """
    x = as_variable(x)
    axis = normal_axis(axis, x.type.ndim, "size_of", x)
    known = x.type.shape[axis]
    return Constant(known, "int64") if isinstance(known, int) else SizeOf(axis)(x)


@vocabulary(case(arr(3, 4)), case(arr(0, 2)), case(arr()))
def size(x: Any) -> Any:
    r"""The number of elements, $\prod_k n_k$: an int where every size is known, else a symbolic int64 scalar."""
    total: Any = 1
    for n in as_variable(x).shape:
        total = n if isinstance(total, int) and total == 1 else total * n
    return total


# shapes as users write them -------------------------------------------------------------------------------------------


def split_sizes(shape: Any, op: str, rest: bool = False) -> tuple[Pattern, list[Variable]]:
    """A user's shape as a pattern, and its symbolic sizes as int64 scalars; -1 is taken only with `rest`.

    Raises: DTypeError for a size that is no integer, ShapeError for one below 0.
    """
    pattern: list[int | None] = []
    symbolic: list[Variable] = []
    for n in shape if isinstance(shape, (tuple, list)) else (shape,):
        known = n.data.item() if isinstance(n, Constant) and n.type.ndim == 0 else n
        if isinstance(known, (int, np.integer)) and not isinstance(known, bool):
            if known < (-1 if rest else 0):
                fix = "sizes are 0 or more" + ("; -1 once, for the size that is left." if rest else ".")
                raise ShapeError(f"{op}: a size is {known}.", origin=here(), fix=fix)
            pattern.append(int(known))
        elif isinstance(known, Variable) and known.type.ndim == 0 and known.type.dtype in INTEGERS:
            pattern.append(None)
            symbolic.append(cast(known, "int64"))
        else:
            raise _no_size(n, op)
    if pattern.count(-1) > 1:
        raise ShapeError(
            f"{op}: -1 stands {pattern.count(-1)} times in the shape.", origin=here(), fix="write all sizes but one."
        )
    return tuple(pattern), symbolic


def _no_size(n: Any, op: str) -> DTypeError:
    if isinstance(n, Variable):
        return DTypeError(
            f"{op}: a size is {n.type}, not an integer scalar.",
            operands={"size": n},
            origin=here(),
            fix="divide sizes with // instead of /." if n.type.is_float else "give each axis its own size.",
        )
    fix = "give a number, or the size of an axis: x.shape[0]."
    if isinstance(n, (float, np.floating)):
        fix = "divide sizes with // instead of /, or use int(n)."
    return DTypeError(f"{op}: a size is {n!r}, not an integer.", origin=here(), fix=fix)


def filled(pattern: Sequence[int | None], sizes: Sequence[Any]) -> tuple[Any, ...]:
    """The pattern with each None replaced by the next size."""
    rest = iter(sizes)
    return tuple(next(rest) if n is None else n for n in pattern)


def inferred_shape(pattern: Sequence[int | None], sizes: Sequence[Variable]) -> Shape:
    """The pattern with its symbolic sizes as far as they are known: their value, or the name of what they measure."""
    return filled(pattern, [known_size(n) for n in sizes])


def known_size(n: Variable) -> Dim:
    """What is known of a symbolic size."""
    factor, open_sizes = factors([n])
    if len(open_sizes) == 1 and factor == 1 and isinstance(open_sizes[0], str):
        return open_sizes[0]
    return None if open_sizes else factor


Token = str | tuple[Variable, int] | Variable
"""An open size that equals itself: a name, an axis of a variable, or the scalar."""


def axis_tokens(x: Variable) -> list[int | Token]:
    """The sizes of `x`, each as a number or as what it can be recognised by."""
    return [(x, k) if n is None else n for k, n in enumerate(x.type.shape)]


def factors(sizes: Sequence[int | Token]) -> tuple[int, list[Token]]:
    """The product of sizes: its known factor, and the open sizes in it."""
    known = 1
    tokens: list[Token] = []
    pending: list[int | Token] = list(reversed(sizes))
    while pending:
        n = pending.pop()
        if isinstance(n, Constant):
            n = int(n.data)
        if isinstance(n, int):
            known *= n
        elif isinstance(n, Variable) and n.node is not None and isinstance(n.node.op, SizeOf):
            pending.append(axis_tokens(n.node.inputs[0])[n.node.op.axis])
        elif isinstance(n, Variable) and n.node is not None and isinstance(n.node.op, Multiply):
            pending += reversed(n.node.inputs)
        else:
            tokens.append(n)
    return known, tokens


class Sized(Op):
    """Family of ops whose field `shape` is a pattern; its symbolic sizes are the inputs from `first` on."""

    shape: Pattern
    first = 1

    def sizes(self, *inputs: Variable) -> tuple[Variable, ...]:
        return inputs[self.first :]

    def _shape_written(self, inputs: Sequence[Variable]) -> Row:
        """The shape with its symbolic sizes, as a user would write it."""
        given = iter(inputs[self.first :])
        return Row(tuple(next(given) if n is None else str(n) for n in self.shape))

    def with_sizes(self, sizes: Sequence[int], *inputs: Variable) -> Variable:
        try:
            shape = self._shape(sizes)
        except ShapeError as error:
            raise error.at(dict(zip(self.labels(len(inputs)), inputs, strict=True)), here()) from None
        return replace(self, shape=shape)(*inputs[: self.first])  # type: ignore[call-arg]

    def _shape(self, sizes: Sequence[Any]) -> tuple[int, ...]:
        """The shape for these sizes, which may not stand for 'the rest'."""
        for n in sizes:
            if n < 0:
                raise ShapeError(f"{self.name}: a size is {int(n)}.", fix="sizes are 0 or more.")
        return filled(self.shape, [int(n) for n in sizes])
