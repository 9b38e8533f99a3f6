"""Python's operators on symbolic variables, and NumPy's functions.

They stand here so that editors and type checkers see them; what they do belongs to the ops, which hand their
functions over once, when `symnet.ops` is imported (`bind`). So the graph needs to know no op.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from symnet.errors import SymbolicError
from symnet.graph.identity import Identity
from symnet.origin import Origin, here

if TYPE_CHECKING:
    from symnet.graph.variable import Variable

_vocabulary: dict[str, Callable[..., Any]] = {}

# NumPy's names for what has another name here.
_NUMPY_NAMES = {
    "absolute": "abs",
    "true_divide": "divide",
    "around": "round",
    "amax": "max",
    "amin": "min",
    "radians": "deg2rad",
    "degrees": "rad2deg",
    "conjugate": "conj",
}


def bind(functions: Mapping[str, Callable[..., Any]]) -> None:
    """Give the operators their meaning: a mapping from names to the ops' functions."""
    _vocabulary.update(functions)


def word(name: str) -> Callable[..., Any]:
    """The op's function of that name."""
    return _vocabulary[name]


class Operators:
    """Mixin of `Variable`: arithmetic, comparison, and what Python and NumPy may ask of it."""

    __slots__ = ()
    __array_priority__ = 1000
    type: Any
    if TYPE_CHECKING:

        def called(self, at: Origin | None) -> str: ...

    # arithmetic ---------------------------------------------------------------------------------------------
    def __add__(self, other: Any) -> Variable:
        return word("add")(self, other)

    def __radd__(self, other: Any) -> Variable:
        return word("add")(other, self)

    def __sub__(self, other: Any) -> Variable:
        return word("subtract")(self, other)

    def __rsub__(self, other: Any) -> Variable:
        return word("subtract")(other, self)

    def __mul__(self, other: Any) -> Variable:
        return word("multiply")(self, other)

    def __rmul__(self, other: Any) -> Variable:
        return word("multiply")(other, self)

    def __truediv__(self, other: Any) -> Variable:
        return word("divide")(self, other)

    def __rtruediv__(self, other: Any) -> Variable:
        return word("divide")(other, self)

    def __floordiv__(self, other: Any) -> Variable:
        return word("floor_divide")(self, other)

    def __rfloordiv__(self, other: Any) -> Variable:
        return word("floor_divide")(other, self)

    def __mod__(self, other: Any) -> Variable:
        return word("remainder")(self, other)

    def __rmod__(self, other: Any) -> Variable:
        return word("remainder")(other, self)

    def __divmod__(self, other: Any) -> tuple[Variable, Variable]:
        pair: tuple[Variable, Variable] = word("divmod")(self, other)
        return pair

    def __rdivmod__(self, other: Any) -> tuple[Variable, Variable]:
        pair: tuple[Variable, Variable] = word("divmod")(other, self)
        return pair

    def __pow__(self, other: Any) -> Variable:
        return word("power")(self, other)

    def __rpow__(self, other: Any) -> Variable:
        return word("power")(other, self)

    def __matmul__(self, other: Any) -> Variable:
        return word("matmul")(self, other)

    def __rmatmul__(self, other: Any) -> Variable:
        return word("matmul")(other, self)

    def __neg__(self) -> Variable:
        return word("negative")(self)

    def __pos__(self) -> Variable:
        return self  # type: ignore[return-value]

    def __abs__(self) -> Variable:
        return word("abs")(self)

    def __invert__(self) -> Variable:
        return word("invert")(self)

    def __and__(self, other: Any) -> Variable:
        return word("bitwise_and")(self, other)

    def __or__(self, other: Any) -> Variable:
        return word("bitwise_or")(self, other)

    def __xor__(self, other: Any) -> Variable:
        return word("bitwise_xor")(self, other)

    def __rand__(self, other: Any) -> Variable:
        return word("bitwise_and")(other, self)

    def __ror__(self, other: Any) -> Variable:
        return word("bitwise_or")(other, self)

    def __rxor__(self, other: Any) -> Variable:
        return word("bitwise_xor")(other, self)

    def __lshift__(self, other: Any) -> Variable:
        return word("left_shift")(self, other)

    def __rlshift__(self, other: Any) -> Variable:
        return word("left_shift")(other, self)

    def __rshift__(self, other: Any) -> Variable:
        return word("right_shift")(self, other)

    def __rrshift__(self, other: Any) -> Variable:
        return word("right_shift")(other, self)

    # comparison: `==` stays identity, so that variables can be found in lists; elementwise it is `sn.equal` ---
    def __eq__(self, other: object) -> Any:
        return Identity(self, "==", other)

    def __ne__(self, other: object) -> Any:
        return Identity(self, "!=", other)

    __hash__ = object.__hash__

    def __lt__(self, other: Any) -> Variable:
        return word("less")(self, other)

    def __le__(self, other: Any) -> Variable:
        return word("less_equal")(self, other)

    def __gt__(self, other: Any) -> Variable:
        return word("greater")(self, other)

    def __ge__(self, other: Any) -> Variable:
        return word("greater_equal")(self, other)

    # NumPy's functions on a variable build expressions ------------------------------------------------------
    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        name = _NUMPY_NAMES.get(ufunc.__name__, ufunc.__name__)
        if method != "__call__" or kwargs or name not in _vocabulary:
            raise SymbolicError(
                f"np.{ufunc.__name__} cannot compute on a symbolic variable.",
                fix="symbolic variables have no values yet; build the expression from symnet's functions.",
            )
        return word(name)(*inputs)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        name = _NUMPY_NAMES.get(func.__name__, func.__name__)
        space = func.__module__.removeprefix("numpy.")
        if space in ("linalg", "fft") and f"{space}.{name}" in _vocabulary:
            name = f"{space}.{name}"
        if name not in _vocabulary:
            raise SymbolicError(
                f"np.{func.__name__} cannot compute on a symbolic variable.",
                fix="symbolic variables have no values yet; build the expression from symnet's functions.",
            )
        return word(name)(*args, **kwargs)

    # Python asks for a number: there is none before the function runs ---------------------------------------
    def __bool__(self) -> NoReturn:
        self._no_value(
            "has no truth value",
            "sn.where(c, a, b) for `if`, (a < x) & (x < b) for `and` or a < x < b, ~c for `not`, sn.maximum for max.",
        )

    def __len__(self) -> NoReturn:
        self._no_value("has no length yet", "use x.shape[0], which is a number where the size is known.")

    def __iter__(self) -> NoReturn:
        self._no_value(
            "cannot be looped over",
            "write the whole-array expression (x.sum() for sum(x)), x[0], x[1] for its rows, or sn.map(f, x).",
        )

    def __index__(self) -> NoReturn:
        self._no_value("is no Python integer", "use sn.arange(n) for range(n); symbolic bounds work in x[a:b].")

    def __int__(self) -> NoReturn:
        self._no_value("is no Python integer", "use x.astype('int64'), or x.eval({...}) for its value.")

    def __float__(self) -> NoReturn:
        self._no_value(
            "is no Python float",
            "use x.eval({...}) or a function for its value; sn.exp(x) for math.exp(x), x.astype('float32') for a cast.",
        )

    def __complex__(self) -> NoReturn:
        self._no_value("is no Python number", "use x.eval({...}) for its value.")

    def __array__(self, dtype: Any = None, copy: Any = None) -> NoReturn:
        self._no_value(
            "is no array",
            "use sn.stack([x, y]) to make one of several variables; a function or x.eval({...}) for its value.",
        )

    def __setitem__(self, key: Any, value: Any) -> NoReturn:
        self._no_value("cannot be assigned to", "use y = sn.set_subtensor(x[i], v), which gives a new variable.")

    def __format__(self, spec: str) -> str:
        if spec:
            self._no_value(f"has no value to print as {spec!r}", "use x.eval({...}) or a function for its value.")
        return str(self)

    def __contains__(self, item: Any) -> NoReturn:
        self._no_value("cannot be searched", "use sn.any(sn.equal(x, item)).")

    def _no_value(self, complaint: str, fix: str) -> NoReturn:
        at = here()
        raise SymbolicError(
            f"{self.called(at)} is a symbolic variable ({self.type}) and {complaint}.", fix=fix, origin=at
        )
