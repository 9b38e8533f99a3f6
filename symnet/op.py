"""The contract of an op.

An op is an immutable value (a frozen dataclass; its fields are its static parameters). Everything about it
stands in one section of one file: the user's function, `infer`, `vjp`, `run` (the slow, obvious NumPy that
every backend is checked against), `emit` (the NumPy lines it compiles to), and the cases it is tested on.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import reduce
from inspect import Parameter, Signature
from typing import Any, ClassVar, Literal, Protocol, TypeVar

import numpy as np

from symnet.errors import ArgumentError, BackendError, DTypeError, GradientError, SymbolicError, SymnetError
from symnet.graph import Constant, Node, Variable
from symnet.graph.operators import word
from symnet.graph.rows import leveled
from symnet.machine import Machine
from symnet.origin import Origin, here
from symnet.types import COMPLEX, DTYPES, FLOATS, INTEGERS, TensorType, broadcast, complex_of, float_of, promote

Layout = Literal["C", "like"]
OnComplex = Literal["refused", "own", "holomorphic"]


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


@dataclass(frozen=True)
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

    def cost(self, machine: Machine, *inputs: Variable) -> float:
        """Predicted microseconds, with operands in cache: products, and what is moved beside them."""
        result = self.infer(*inputs)
        types = [*(x.type for x in inputs), *(result if isinstance(result, tuple) else (result,))]
        return machine.moved(sum(type.nbytes for type in types)) + self.flops(*inputs) / machine.gemm / 1e3

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


# user's functions -------------------------------------------------------------------------------------------


def as_variable(value: Any, like: Variable | None = None) -> Variable:
    """A variable as it is, all else as a constant; a Python number takes the dtype of `like` where it fits."""
    if isinstance(value, Variable):
        return value
    if isinstance(value, (bool, np.bool_)):
        return Constant(value, "bool")
    if isinstance(value, int):
        return Constant(value, _weak_int(value, like))
    if isinstance(value, float) and not isinstance(value, np.generic):
        return Constant(value, like.type.dtype if like is not None and like.type.is_inexact else "floatX")
    if isinstance(value, complex) and not isinstance(value, np.generic):
        return Constant(value, complex_of("bool" if like is None else like.type.dtype))
    try:
        array = np.asarray(value)
    except SymbolicError:
        if not isinstance(value, (list, tuple)):
            raise
        raise DTypeError(
            f"a {type(value).__name__} with symbolic variables in it is no array.", fix="use sn.stack([...])."
        ) from None
    except ValueError:  # lists of unequal lengths
        array = np.asarray(None)
    if array.dtype.name not in DTYPES:
        raise DTypeError(
            f"{_shown(value)} cannot become a symbolic constant.",
            fix=f"write the number {value.strip()} without quotes."
            if isinstance(value, str) and _is_number(value)
            else "pass a number, an array of numbers or a symbolic variable.",
        )
    if not isinstance(value, (np.ndarray, np.generic)) and array.dtype == np.float64:
        return Constant(array, "floatX")
    if not isinstance(value, (np.ndarray, np.generic)) and array.dtype == np.complex128:
        return Constant(array, complex_of("floatX"))
    return Constant(array)


def _weak_int(value: int, like: Variable | None) -> str:
    dtype = "int64" if like is None or like.type.dtype == "bool" else like.type.dtype
    if dtype in FLOATS or dtype in COMPLEX:
        return dtype
    limits = np.iinfo(dtype)
    if not limits.min <= value <= limits.max:
        beside = f"{like.label}, which is " if like is not None and like.type.dtype == dtype else ""
        raise DTypeError(
            f"{value} does not fit {beside}{dtype} ({limits.min} to {limits.max}).",
            fix=f"cast it first: {like.label}.astype('int64')."
            if like is not None and beside
            else "use a float.",
        )
    return dtype


def elementwise(op: Elementwise, *values: Any) -> Variable:
    """The op on operands brought to one dtype: a Python number is weak, everything else promotes."""
    xs = as_variables(*values)
    dtype = op.operand_dtype([x.type.dtype for x in xs])
    return op(*(x if x.type.dtype == dtype else word("cast")(x, dtype) for x in xs))


def _shown(value: Any) -> str:
    return "None" if value is None else f"a {type(value).__name__}{f' {value!r}' * isinstance(value, str)}"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def as_variables(*values: Any) -> list[Variable]:
    """Operands of one elementwise expression: Python numbers are weak beside a variable or an array."""
    if all(isinstance(v, Variable) for v in values):
        return list(values)
    strong = [
        as_variable(v) for v in values if not isinstance(v, (bool, int, float, complex)) or isinstance(v, np.generic)
    ]
    like = None
    if strong:
        dtype = promote(*(v.type.dtype for v in strong))
        like = next((v for v in strong if v.type.dtype == dtype), strong[0])
    return [as_variable(v, like) for v in values]


# families ---------------------------------------------------------------------------------------------------

Kind = Literal["same", "float", "bool"]

# What is meant, most likely, by an operator on a dtype that it does not take; the bool says whether on bools.
_MEANT = {
    ("bitwise_and", False): "; & binds tighter than <: write (a < x) & (x < b)",
    ("bitwise_or", False): "; | binds tighter than <: write (x < a) | (b < x)",
    ("bitwise_xor", False): "; the power is x ** 2",
    ("negative", True): "; the opposite of a bool is ~x",
    ("subtract", True): "; cast first: x.astype('int8')",
}


@dataclass(frozen=True)
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

    def cost(self, machine: Machine, *inputs: Variable) -> float:
        words = self.infer(*inputs).nbytes / 4
        return machine.call + words * machine.ufuncs.get(self.numpy, 0.5) / 1e3

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        return np.asarray(getattr(np, self.numpy)(*arrays))

    def emit(self, e: Emitter, *names: str) -> None:
        e.step(f"np.{self.numpy}({', '.join(names)}, out={e.out})")


def aligned(axes: Sequence[int | None], *inputs: Variable) -> Split:
    """The cut of operands that broadcast: along one axis, counted from the right, wherever it is not stretched."""
    behind = next(x.type.ndim - k for x, k in zip(inputs, axes, strict=True) if k is not None)
    ndim = max(x.type.ndim for x in inputs)
    has_axis = [x.type.ndim >= behind and x.type.shape[x.type.ndim - behind] != 1 for x in inputs]
    cuts = tuple(x.type.ndim - behind if cut else None for x, cut in zip(inputs, has_axis, strict=True))
    return Split(cuts, ndim - behind)


def along_same(axes: Sequence[int | None], *inputs: Variable, except_for: Collection[int] = ()) -> Split | None:
    """The cut of operands and a result that share an axis, unless it is one the op works along."""
    axis = next(k for k in axes if k is not None)
    return None if axis in except_for else Split((axis,) * len(inputs), axis)


def _dtype_words(dtypes: Sequence[str]) -> str:
    families = [("floats", FLOATS), ("integers", INTEGERS), ("bool", ("bool",))]
    return " and ".join(word for word, family in families if set(family) <= set(dtypes))


def scaled(g: Variable, partial: Any) -> Variable:
    """`g * partial`, without the product where `partial` is the number 1 or -1."""
    if isinstance(partial, (int, float)):
        if partial == 1:
            return g
        if partial == -1:
            return -g
    return g * partial


def sum_like(g: Variable, x: Variable) -> Variable:
    """`g` summed over the axes along which `x` was broadcast to it."""
    return g if g.type == x.type and None not in x.type.shape else word("sum_to")(g, x)


def total(terms: Sequence[Variable]) -> Variable | None:
    """The sum of the terms; None for none."""
    return reduce(word("add"), terms) if terms else None


def product_rule(op: Op, dx: Sequence[Variable | None], inputs: Sequence[Variable]) -> Variable | None:
    r"""$\sum_k f(x_1, \dots, \dot x_k, \dots, x_n)$ over the operands in which the op is linear."""
    tangents = [(k, dx[k]) for k in op.linear_in]
    return total([op(*inputs[:k], t, *inputs[k + 1 :]) for k, t in tangents if t is not None])


def all_linear(
    op: Op, dx: Sequence[Variable | None], inputs: Sequence[Variable], places: Collection[int]
) -> Variable:
    """The tangent of an op that is linear in the operands at `places` together: the op on their tangents."""
    tangents = [word("zeros_like")(x) if t is None else t for t, x in zip(dx, inputs, strict=True)]
    return op(*(t if k in places else x for k, (t, x) in enumerate(zip(tangents, inputs, strict=True))))


def like_result(t: Variable | None, y: Variable, inputs: Sequence[Variable]) -> Variable | None:
    """The tangent `t` in the shape of `y`, to which the inputs were broadcast."""
    if t is None or (t.type.shape == y.type.shape and None not in y.type.shape):
        return t
    # Beside scalars one operand alone gives the result its shape: nothing was broadcast to it.
    alone = t.type.ndim == y.type.ndim and sum(x.type.ndim > 0 for x in inputs) == 1
    return t if alone else word("broadcast_to")(t, y.shape)


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


# cases ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Arr:
    """An argument of a case: random values of a shape, or given ones; `dtype` 'floatX' runs in both floats."""

    shape: tuple[int, ...]
    values: Any = None
    dtype: str = "floatX"
    low: float = -2.0
    high: float = 2.0


def arr(*shape: int, values: Any = None, dtype: str = "floatX", low: float = -2.0, high: float = 2.0) -> Arr:
    """Random values in [low, high) of a shape, e.g. `arr(3, 4)`; or `arr(values=[...])`."""
    return Arr(shape if values is None else np.shape(values), values, dtype, low, high)


@dataclass(frozen=True)
class Case:
    """One call of a user's function on which it is tested: value, shape, gradients, dtypes, backends."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    order: int = 2
    """To which order derivatives are compared with numeric ones; 0 at points where there are none."""


def case(*args: Any, order: int = 2, **kwargs: Any) -> Case:
    """A case: the arguments of the user's function, `arr(...)` for symbolic ones."""
    return Case(args, kwargs, order)


@dataclass(frozen=True)
class Entry:
    """A word of the vocabulary: the user's function and its cases."""

    name: str
    function: Callable[..., Any]
    cases: tuple[Case, ...]


registry: dict[str, Entry] = {}


F = TypeVar("F", bound=Callable[..., Any])


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


def vocabulary(*cases: Case, name: str | None = None) -> Callable[[F], F]:
    """Register a user's function under its name, with the cases it is tested on."""

    def register(function: F) -> F:
        registry[name or function.__name__] = Entry(name or function.__name__, function, cases)
        return function

    return register
