"""The user's graph: variables, the nodes that make them, constants and shared state."""

from __future__ import annotations

import threading
from collections.abc import Collection, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import numpy as np

from symnet.errors import ArgumentError
from symnet.graph.methods import Methods
from symnet.graph.operators import Operators, word
from symnet.origin import Origin, here
from symnet.types import TensorType, canonical_dtype, complex_of, convert, dtype_name

if TYPE_CHECKING:
    from symnet.op import Op


class Variable(Operators, Methods):
    """A symbolic value: an input (`node is None`) or output `index` of a node.

    Two variables are equal only if they are the same object.
    """

    __slots__ = ("__weakref__", "_origin", "index", "name", "node", "type")

    def __init__(
        self,
        type: TensorType,
        node: Node | None = None,
        index: int = 0,
        name: str | None = None,
        origin: Origin | None = None,
    ) -> None:
        self.type = type
        self.node = node
        self.index = index
        self.name = name
        self._origin = origin

    @property
    def origin(self) -> Origin | None:
        """The user's line that made it."""
        return self.node.origin if self.node is not None else self._origin

    @property
    def label(self) -> str:
        """What to call it: its name, else the Python name it was assigned to, else its operation."""
        if self.name is not None:
            return self.name
        target = self.target
        if target is not None:
            return target
        return f"{self.node.op.name}(...)" if self.node is not None else "an unnamed input"

    @property
    def target(self) -> str | None:
        """The Python name at the line that made it, if this value is what the whole line computes."""
        origin = self.origin
        if origin is None or origin.part != "forward" or (self.node is not None and self.node.inner):
            return None
        return origin.target

    def called(self, at: Origin | None) -> str:
        """What an error about the line `at` calls it: nothing is assigned yet on the line that is still at work."""
        if self.name is None and self.node is not None and (self.target is None or self.origin == at):
            return self.node.text
        return self.label

    def __repr__(self) -> str:
        return f"<{self.label}: {self.type}>"

    def _repr_html_(self) -> str:
        """What a notebook shows: the formula, and what it is."""
        return str(word("_repr_html_")(self))

    def _repr_latex_(self) -> str:
        from symnet.graph.latex import latex  # it writes what this module defines

        return latex(self)._repr_latex_()

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickles the graph below it, without recursion.

        Within one pickle a leaf (input, constant, shared variable) stays one object, wherever it is used. A
        result brings its own copy of the nodes below it: two results pickled side by side share their leaves,
        no longer their nodes. `symnet.graph.pickling.flatten([a, b])` keeps those shared too.
        """
        from symnet.graph.pickling import reduce  # it rebuilds what this module defines

        return reduce(self)

    def __copy__(self) -> Variable:
        return self

    def __deepcopy__(self, memo: Any) -> Variable:
        return self


class Node:
    """One application of an op: `op`, its `inputs`, the `outputs` it made and the user's line."""

    __slots__ = ("inner", "inputs", "op", "origin", "outputs")

    def __init__(
        self, op: Op, inputs: Sequence[Variable], types: Sequence[TensorType], origin: Origin | None
    ) -> None:
        self.op = op
        self.inputs = tuple(inputs)
        self.origin = origin
        self.inner = False  # consumed again on the line that made it, so the line's name is not its name
        self.outputs = tuple([Variable(type, self, index) for index, type in enumerate(types)])
        for x in self.inputs:
            if x.node is not None and not x.node.inner and _of_one_line(x.node.origin, origin):
                x.node.inner = True

    @property
    def text(self) -> str:
        """`tanh(x)` where all inputs have names or are short, else `tanh(...)`."""
        inputs = ", ".join(x.called(self.origin) if x.node is None or x.name else "..." for x in self.inputs)
        return f"{self.op.name}({inputs if '...' not in inputs and len(inputs) < 20 else '...'})"

    def __repr__(self) -> str:
        return f"{self.op!r}({', '.join(x.label for x in self.inputs)})"


def _of_one_line(a: Origin | None, b: Origin | None) -> bool:
    return a is b or (a is not None and b is not None and a.lineno == b.lineno and a.line == b.line)


class Constant(Variable):
    """A value known when the graph is built; its data is read-only."""

    __slots__ = ("data",)

    def __init__(self, data: Any, dtype: str | None = None, name: str | None = None) -> None:
        array = np.array(
            data, dtype=canonical_dtype(dtype if dtype is not None else np.asarray(data).dtype), order="C"
        )
        array.flags.writeable = False
        super().__init__(TensorType(dtype_name(array), array.shape), name=name, origin=here())
        self.data = array

    @property
    def label(self) -> str:
        """Its name, or its value where that is short."""
        if self.name is not None:
            return self.name
        return str(self.data.item()) if self.data.ndim == 0 else (self.target or "a constant")


class Shared(Variable):
    """A variable with a value that outlives calls: parameters, optimiser state, random streams, data sets.

    `default_update` is the value it takes after each call of a function that uses it, unless that function
    updates it otherwise. `array` is the value itself, for those who hold the `lock`.
    """

    __slots__ = ("array", "default_update", "lock")

    def __init__(self, value: np.ndarray, type: TensorType, name: str | None = None) -> None:
        super().__init__(type, name=name, origin=here())
        self.array = value
        self.default_update: Variable | None = None
        self.lock = threading.RLock()

    def get_value(self, borrow: bool = False) -> np.ndarray:
        """The value: a copy, or with `borrow=True` the array itself, which later updates overwrite."""
        with self.lock:
            return self.array if borrow else self.array.copy()

    def set_value(self, value: Any, borrow: bool = False) -> None:
        """Give it another value of its type; `borrow=True` keeps the given array where it can, without copying.

        Raises: DTypeError, ShapeError; the old value stays.
        """
        array = convert(value, self.type, f"the value for {self.label}")
        mine = array is not value and array.flags.owndata
        if not array.flags.writeable or not (mine or borrow):
            array = array.copy()
        with self.lock:
            self.array = array

    def __setstate__(self, default_update: Variable | None) -> None:
        self.default_update = default_update

    def __deepcopy__(self, memo: Any) -> Shared:
        """Another shared variable with a copy of the value; its default update depends on it, not on this one."""
        from symnet.graph.walk import substitute  # it walks over what this module defines

        twin = Shared(self.get_value(), self.type, self.name)
        twin._origin = self._origin
        if self.default_update is not None:
            (twin.default_update,) = substitute([self.default_update], {self: twin})
        return twin


def side_by_side(states: Sequence[Shared], movable: Collection[int]) -> np.ndarray | None:
    """One array in which the values of shared variables of one dtype stand one after the other.

    Where they do not yet, they move, and `get_value(borrow=True)` gives another array from then on; but None if one of
    them stands beside others already, in an array whose `id` is not among the `movable`, or if memory does not suffice.
    """
    arrays = [s.array for s in states]
    starts = list(accumulate((a.nbytes for a in arrays), initial=_address(arrays[0])))
    base = arrays[0].base
    if (
        isinstance(base, np.ndarray)
        and base.ndim == 1
        and base.dtype == arrays[0].dtype
        and all(a.base is base and _address(a) == start for a, start in zip(arrays, starts))
    ):
        first = (starts[0] - _address(base)) // base.itemsize
        return base[first : first + sum(a.size for a in arrays)]
    if any(_is_part(a) and id(a.base) not in movable for a in arrays):
        return None
    try:
        flat = np.concatenate([a.reshape(-1) for a in arrays])
    except MemoryError:  # they stay where they are
        return None
    offset = 0
    for s, a in zip(states, arrays, strict=True):
        s.array = flat[offset : offset + a.size].reshape(a.shape)
        offset += a.size
    return flat


def _is_part(array: np.ndarray) -> bool:
    # What was unpickled or mapped may have bytes or a file as its base.
    return isinstance(array.base, np.ndarray) and array.base.size > array.size


def _address(array: np.ndarray) -> int:
    return int(array.__array_interface__["data"][0])


def constant(value: Any, dtype: Any = None, name: str | None = None) -> Constant:
    """A symbolic constant holding a copy of `value`."""
    return Constant(value, dtype, name)


def shared(
    value: Any, name: str | None = None, *, dtype: Any = None, shape: Sequence[Any] | None = None
) -> Shared:
    """A shared variable that starts as a copy of `value`.

    The type's shape is the value's, so `set_value` takes arrays of this shape only; pass `shape=(None, 784)`
    to leave sizes open. Python floats become floatX.

    Raises: DTypeError, ShapeError, ArgumentError.
    """
    if isinstance(value, Variable):
        raise ArgumentError(
            f"shared: the value is the symbolic variable {value.label}.", fix="pass an array or a number."
        )
    array = np.asarray(value)
    if dtype is None:
        weak = not isinstance(value, (np.ndarray, np.generic))
        kind = array.dtype.kind
        dtype = "floatX" if weak and kind == "f" else complex_of("floatX") if weak and kind == "c" else array.dtype
    type = TensorType(canonical_dtype(dtype), array.shape if shape is None else tuple(shape))
    array = np.array(convert(array, type, f"the value of {name or 'the shared variable'}"))
    return Shared(array, type, name)
