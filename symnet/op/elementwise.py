"""The family of ops that compute each element from the elements at the same place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from inspect import Parameter, Signature
from typing import Any, ClassVar, Literal

import numpy as np

from symnet.errors import ArgumentError, DTypeError
from symnet.graph import Variable
from symnet.graph.operators import word
from symnet.graph.rows import leveled
from symnet.machine import Machine
from symnet.op.contract import Emitter, Layout, Op, Split
from symnet.op.cuts import aligned
from symnet.op.operands import as_variables
from symnet.op.tangents import like_result, scaled, sum_like, total
from symnet.op.vocabulary import Case, vocabulary
from symnet.types import DTYPES, FLOATS, INTEGERS, TensorType, broadcast, float_of, promote

Kind = Literal["same", "float", "bool"]

# What is meant, most likely, by an operator on a dtype that it does not take; the bool says whether on bools.
_MEANT = {
    ("bitwise_and", False): "; & binds tighter than <: write (a < x) & (x < b)",
    ("bitwise_or", False): "; | binds tighter than <: write (x < a) | (b < x)",
    ("bitwise_xor", False): "; the power is x ** 2",
    ("negative", True): "; the opposite of a bool is ~x",
    ("subtract", True): "; cast first: x.astype('int8')",
}


class Elementwise(Op):
    """An op that computes each element from the elements at the same place, with broadcasting.

    A subclass gives `numpy` (the ufunc), `kind` of its result (`same` as the promoted operands, `float`, or
    `bool`), the dtypes it takes, and `partials`: the derivative of the result by each operand, as
    expressions.
    """

    numpy: ClassVar[str] = ""
    kind: ClassVar[Kind] = "same"
    dtypes: ClassVar[tuple[str, ...]] = DTYPES
    cases: ClassVar[tuple[Case, ...]] = ()
    layout: ClassVar[Layout] = "like"
    overwrites: ClassVar[tuple[int, ...]] = (0, 1, 2)
    emits_calls: ClassVar[bool] = False
    """Whether an `emit` of its own writes nothing but calls that cannot fail, as the family's does."""

    @property
    def can_wait(self) -> bool:
        return self.emits_calls or type(self).emit is Elementwise.emit

    def partials(self, y: Variable, *inputs: Variable) -> Sequence[Any]:
        """The derivative of `y` by each input: an expression, a number, or None where it is always zero."""
        return [None] * len(inputs)

    def operand_dtype(self, dtypes: Sequence[str]) -> str:
        """The dtype all operands are cast to before the ufunc runs."""
        dtype = promote(*dtypes)
        return float_of(dtype) if self.kind == "float" else dtype

    def infer(self, *inputs: Variable) -> TensorType:
        dtype = inputs[0].type.dtype
        if dtype not in self.dtypes:
            raise DTypeError(
                f"{self.name} is not defined for {dtype}.",
                fix=f"it takes {_dtype_words(self.dtypes)}{_MEANT.get((self.name, dtype == 'bool'), '')}.",
            )
        if len(inputs) == 1 and self.kind != "bool":
            return inputs[0].type
        shape = broadcast([x.type.shape for x in inputs])
        return TensorType("bool" if self.kind == "bool" else dtype, shape)

    def vjp(self, g: Variable, y: Variable, *inputs: Variable) -> Sequence[Variable | None]:
        from_partials: list[Variable | None] = []
        # Beside scalars one operand alone gives the result its shape: nothing was broadcast to it.
        alone = sum(x.type.ndim > 0 for x in inputs) == 1
        for x, partial in zip(inputs, self.partials(y, *inputs), strict=True):
            if partial is None or not x.type.is_inexact:
                from_partials.append(None)
            else:
                share = scaled(g, partial)
                from_partials.append(share if alone and x.type.ndim else sum_like(share, x))
        return from_partials

    def jvp(self, dx: Sequence[Variable | None], y: Variable, *inputs: Variable) -> Any:
        if self.linear_in or type(self).vjp is not Elementwise.vjp:
            return super().jvp(dx, y, *inputs)
        partials = self.partials(y, *inputs)
        terms = [scaled(t, p) for t, p in zip(dx, partials, strict=True) if t is not None and p is not None]
        return like_result(total(terms), y, inputs)

    def vmap(self, rows: Sequence[bool], *inputs: Variable) -> Any:
        return self(*leveled(rows, inputs))

    def split(self, axes: Sequence[int | None], *inputs: Variable) -> Split | None:
        return aligned(axes, *inputs)

    def operations(self, *inputs: Variable) -> int:
        return self.infer(*inputs).size

    def cost(self, machine: Machine, *inputs: Variable) -> float:
        words = self.infer(*inputs).nbytes / 4
        return machine.call + words * machine.ufuncs.get(self.numpy, 0.5) / 1e3

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        return np.asarray(getattr(np, self.numpy)(*arrays))

    def emit(self, e: Emitter, *names: str) -> None:
        e.step(f"np.{self.numpy}({', '.join(names)}, out={e.out})")


def _dtype_words(dtypes: Sequence[str]) -> str:
    families = [("floats", FLOATS), ("integers", INTEGERS), ("bool", ("bool",))]
    return " and ".join(word for word, family in families if set(family) <= set(dtypes))


def elementwise(op: Elementwise, *values: Any) -> Variable:
    """The op on operands brought to one dtype: a Python number is weak, everything else promotes."""
    xs = as_variables(*values)
    dtype = op.operand_dtype([x.type.dtype for x in xs])
    return op(*(x if x.type.dtype == dtype else word("cast")(x, dtype) for x in xs))


def word_for(op: Elementwise) -> Callable[..., Variable]:
    """The user's function of an elementwise op: it takes the op's docstring and is registered with its cases."""

    def function(*operands: Any) -> Variable:
        if len(operands) != len(op.roles):
            raise ArgumentError(f"{op.name} takes {len(op.roles)} operands, got {len(operands)}.")
        return elementwise(op, *operands)

    function.__name__ = function.__qualname__ = op.name
    function.__module__ = type(op).__module__
    function.__doc__ = type(op).__doc__
    parameters = [Parameter(role, Parameter.POSITIONAL_ONLY) for role in op.roles]
    function.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
    return vocabulary(*op.cases)(function)
