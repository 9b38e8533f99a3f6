"""The contract of an op.

An op is an immutable value (a frozen dataclass, without the decorator; its fields are its static parameters).
Everything about it stands in one section of one file: the user's function, `infer`, `vjp`, `run` (the slow, obvious
NumPy that every backend is checked against), `emit` (the NumPy lines it compiles to), and the cases it is tested on.
"""


from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Protocol, Self, dataclass_transform

import numpy as np

from symnet.errors import BackendError, DTypeError, GradientError, SymnetError
from symnet.graph import Constant, Node, Variable
from symnet.graph.notation import Call, Infix, Part, Prefix
from symnet.machine import Machine
from symnet.op.tangents import product_rule
from symnet.origin import Origin, here
from symnet.types import COMPLEX, TensorType

Layout = Literal["C", "like"]
OnComplex = Literal["refused", "own", "holomorphic"]
OnFloat16 = Literal["widened", "moved", "own"]


@dataclass(frozen=True)
class Split:
    """How an op runs in pieces: the axis along which each operand and the result are cut.

    An operand with None is read whole by every piece; a result with None is the sum of the pieces' results.
    """

    operands: tuple[int | None, ...]
    result: int | None


class Emitter(Protocol):
    """What an op's `emit` writes to. Operands and results are Python names of the generated module."""

    out: str
    outs: Sequence[str]
    """All results, of an op that has several; `out` is the first."""
    scratch: Sequence[str]
    wide_indices: bool
    """Whether NumPy's own indices, `np.intp`, have 64 bits wherever the text is to run."""

    def array(self, name: str) -> np.ndarray:
        """A stand-in for the array behind a name: its shape, dtype and strides are the real ones."""
        ...

    def step(self, line: str) -> None:
        """Add a line that runs at every call."""
        ...

    def view(self, of: str, suffix: str, hint: str = "view") -> str:
        """Name `of + suffix` (`x[::2]`, `x.reshape(3, 4)`): made once where `of` is a buffer, else each call."""
        ...

    def window(self, of: str, shape: tuple[int, ...], strides: tuple[int, ...], hint: str = "windows") -> str:
        """Name `as_strided(of, shape, strides)`; the strides are in bytes, of `e.array(of)`."""
        ...

    def slow(self, reason: str, allocates: bool = False) -> None:
        """Note for `f.report()` that the op takes a slow path here, or makes an array at every call."""
        ...

    def prepared(self, expression: str, hint: str) -> str:
        """Name a constant array made once in the plan, such as `np.zeros((3, 4), np.float32)`."""
        ...

    def is_fixed(self, name: str) -> bool:
        """Whether a name stands for the same memory at every call, or for a number, and not for an argument."""
        ...

    def given(self, thing: Any, hint: str) -> str:
        """Name something that no text can make, such as a user's function: the plan receives it as an argument."""
        ...

    def local(self, expression: str, hint: str) -> str:
        """Name a value computed at every call (a Python number, a view of an argument)."""
        ...

    def fresh(self, hint: str) -> str:
        """`hint` as a name that nothing else has, for the variable of a loop."""
        ...


@dataclass_transform(frozen_default=True)
class Op:
    """Base of all ops. Subclasses are frozen dataclasses; two ops are equal if their class and fields are."""

    name: ClassVar[str] = "op"
    roles: ClassVar[tuple[str, ...]] = ()
    """What the inputs are called in errors; the last role repeats."""
    result_names: ClassVar[tuple[str, ...]] = ()
    """What several results are called in the compiled text, where the user does not name them."""
    symbol: ClassVar[str | None] = None
    """The infix operator it is written with, if any."""
    layout: ClassVar[Layout] = "C"
    """Memory order of the result: `C`, or `like` the first operand of its shape."""
    overwrites: ClassVar[tuple[int, ...]] = ()
    """Operands whose memory the result may take, if they have its shape and dtype and are not needed again."""
    is_view: ClassVar[bool] = False
    """Whether `run` returns a view of its first input wherever the strides allow it."""
    linear_in: ClassVar[tuple[int, ...]] = ()
    """Operands in each of which it is linear while the others stay as they are: its `jvp` is then the product rule."""

    on_complex: ClassVar[OnComplex] = "refused"
    """Whether it takes complex operands, and what its `vjp` is then.

    `own`: the cotangents of `grad`'s convention; so is that of an op which only moves, copies and adds elements.
    `holomorphic`: the transpose written for real numbers, $J^\\top g$. Reverse mode makes $J^H g$ of it, by conjugates
    before and after.
    """

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        _as_dataclass(cls)
        return super().__new__(cls)

    on_float16: ClassVar[OnFloat16] = "widened"
    """How it is compiled where operands are float16.

    `widened`: on float32, and the result is rounded where it is kept. `moved`: it moves elements, and does so in
    float16 where its first operand stands in memory so. `own`: in float16, for it asks about these very numbers.
    """

    @property
    def can_wait(self) -> bool:
        """Whether its lines may run when new values are written, where nothing may go wrong any more."""
        return False

    # what every op says -------------------------------------------------------------------------------------
    def infer(self, *inputs: Variable) -> TensorType | tuple[TensorType, ...]:
        """The type of the result; raises where the inputs cannot meet, whatever their values."""
        raise NotImplementedError

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        """Cotangents of the inputs for the result's cotangent `g`; None where nothing flows.

        `y` is the result. For several results `g` and `y` are tuples, and entries of `g` may be None.
        """
        raise GradientError(
            f"{self.name} has no derivative.", fix="cut it off with sn.stop_gradient(...), or use another op."
        )

    def jvp(self, dx: Sequence[Variable | None], y: Any, *inputs: Variable) -> Any:
        """Tangent of the result for tangents `dx` of the inputs, where None is zero; None where the result's is zero.

        `y` is the result. For several results `y` is a tuple, and so are their tangents. Where an op leaves this at
        `NotImplemented`, forward mode transposes its `vjp`.
        """
        return product_rule(self, dx, inputs) if self.linear_in else NotImplemented

    def vmap(self, rows: Sequence[bool], *inputs: Variable) -> Any:
        """The results for many inputs at once: the inputs marked in `rows` have a new first axis, and so have results.

        A result that is the same for all rows may stay as it is. Where an op leaves this at `NotImplemented`,
        `vectorize` applies it row by row.
        """
        return NotImplemented

    def run(self, *arrays: np.ndarray) -> Any:
        """The value, by the plainest NumPy there is."""
        raise NotImplementedError

    def notation(self, *inputs: Variable) -> Part:
        """How it is written as mathematics; an operand alone where the op goes without saying, as broadcasting does."""
        if self.symbol and len(inputs) == 2:
            return Infix(self.symbol, *inputs)
        return Prefix(self.symbol, *inputs) if self.symbol and len(inputs) == 1 else Call(self.name, inputs)

    # how it is compiled -------------------------------------------------------------------------------------
    def sizes(self, *inputs: Variable) -> tuple[Variable, ...]:
        """Integer scalars that decide the result's shape and must be known before memory is planned."""
        return ()

    def with_sizes(self, sizes: Sequence[int], *inputs: Variable) -> Variable:
        """The same expression with those scalars fixed; called once per plan."""
        return self(*inputs)

    def lower(self, *inputs: Variable) -> Variable | None:
        """The same value from simpler ops, now that every shape is a number; None if `emit` does it."""
        return None

    def split(self, axes: Sequence[int | None], *inputs: Variable) -> Split | None:
        """How it runs on pieces, where operands are cut along `axes`; None if it must see everything at once."""
        return None

    def for_piece(self, axis: int | None, n: int) -> Op:
        """The op that makes a piece: a result with `n` along `axis`."""
        return self

    def scratch(self, *inputs: Variable) -> Sequence[TensorType]:
        """Buffers `emit` needs while it runs."""
        return ()

    def view(self, *names: str) -> str:
        """The NumPy expression of the view, such as `x.transpose(1, 0)`; for ops with `is_view`."""
        raise BackendError(f"{self.name} is no view.")

    def stand_in(self, *arrays: np.ndarray) -> np.ndarray:
        """The view of stand-in operands, for its shape and strides; scalar bounds have no value yet."""
        return np.asarray(self.run(*arrays))

    def flops(self, *inputs: Variable) -> int:
        """Floating-point operations of the matrix products in it."""
        return 0

    def operations(self, *inputs: Variable) -> int:
        """All its arithmetic: that of products, and one operation for each element it computes or adds up.

        A function of an element counts as one. What only moves elements has none.
        """
        return self.flops(*inputs)

    def traffic(self, *inputs: Variable) -> int:
        """Bytes that have to be read and written: those of operands and results, each once."""
        result = self.infer(*inputs)
        types = [*(x.type for x in inputs), *(result if isinstance(result, tuple) else (result,))]
        return sum(type.nbytes for type in types)

    def cost(self, machine: Machine, *inputs: Variable) -> float:
        """Predicted microseconds, with operands in cache: products, and what is moved beside them."""
        return machine.moved(self.traffic(*inputs)) + self.flops(*inputs) / machine.gemm / 1e3

    def emit(self, e: Emitter, *names: str) -> None:
        """Write the lines that compute the result into `e.out`."""
        if self.is_view:
            e.step(f"np.copyto({e.out}, {self.view(*names)})")
            return
        raise BackendError(f"the NumPy backend has no kernel for {self.name}.")

    # applying it --------------------------------------------------------------------------------------------
    def __call__(self, *inputs: Variable) -> Variable:
        return self.apply(inputs, here()).outputs[0]

    def apply(self, inputs: Sequence[Variable], origin: Origin | None) -> Node:
        """A node of this op; errors of `infer` gain the operands and the line."""
        try:
            if self.on_complex == "refused":
                self._refuse_complex(inputs)
            inferred = self.infer(*inputs)
        except SymnetError as error:
            raise error.at(dict(zip(self.labels(len(inputs)), inputs, strict=True)), origin) from None
        return Node(self, inputs, inferred if isinstance(inferred, tuple) else (inferred,), origin)

    def _refuse_complex(self, inputs: Sequence[Variable]) -> None:
        for x in inputs:
            if x.type.dtype in COMPLEX:
                raise DTypeError(
                    f"{self.name} is not defined for {x.type.dtype}.",
                    fix="take the part you mean: x.real, x.imag or sn.abs(x).",
                )

    def labels(self, count: int) -> list[str]:
        """One distinct role for each input."""
        roles = list(self.roles[:count]) or ["x"]
        rest = [f"{roles[-1]}{k}" for k in range(1, count - len(roles) + 1)]
        return roles + rest


def _as_dataclass(cls: type[Op]) -> None:
    """Give the class and its bases the methods of frozen dataclasses, if they have fields of their own.

    That takes half a millisecond each. There are hundreds, and a program has a few dozen: so an import does without.
    """
    if "__dataclass_fields__" in cls.__dict__:
        return
    for base in reversed(cls.__mro__):
        own = base.__dict__
        if issubclass(base, Op) and "__dataclass_fields__" not in own and (base is Op or "__annotations__" in own):
            dataclass(frozen=True)(base)


class Composite(Op):
    """An op written with other ops: one named node until the `expand` pass, so that rewrites and pictures see
    it whole.

    Without a `vjp` of its own it is differentiated through its expansion.
    """

    def expand(self, *inputs: Variable) -> Variable:
        """The same value from other ops."""
        raise NotImplementedError

    def infer(self, *inputs: Variable) -> TensorType | tuple[TensorType, ...]:
        return self.expand(*(Variable(x.type) if not isinstance(x, Constant) else x for x in inputs)).type

    @property
    def has_vjp(self) -> bool:
        """Whether it overrides the gradient of its expansion."""
        return type(self).vjp is not Composite.vjp and type(self).vjp is not Op.vjp
