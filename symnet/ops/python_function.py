"""Python functions of arrays as ops: what symnet has no word for, computed by the user's own code at every call."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import field
from functools import wraps
from importlib import import_module
from typing import Any, ClassVar

import numpy as np

from symnet.errors import ArgumentError, ShapeError, SymnetError
from symnet.graph import Variable
from symnet.op import Emitter, OnFloat16, Op, as_variable
from symnet.ops.conversion import cast
from symnet.origin import here
from symnet.types import Dim, TensorType, shape_text

__all__ = ["PythonFunction", "as_op"]


class PythonFunction(Op):
    """A user's function of arrays, with the types of what it takes and gives."""

    function: Callable[..., Any]
    inputs: tuple[TensorType, ...]
    outputs: tuple[TensorType, ...]
    gradient: Callable[..., Any] | None
    name: str = field(default="as_op", kw_only=True)  # type: ignore[misc]
    on_float16: ClassVar[OnFloat16] = "own"

    def __reduce_ex__(self, protocol: Any) -> Any:
        # Under the name of the function stands the word that it became, so the word is what pickle can find again.
        module, name = getattr(self.function, "__module__", ""), getattr(self.function, "__qualname__", "")
        if getattr(_found(module, name), "op", None) == self:
            return _op_of, (module, name)
        return super().__reduce_ex__(protocol)

    def infer(self, *inputs: Variable) -> tuple[TensorType, ...]:
        if len(inputs) != len(self.inputs):
            raise ArgumentError(
                f"{self.name} takes {len(self.inputs)} inputs, got {len(inputs)}.", fix="give one for each input type."
            )
        sizes: dict[str, Dim] = {}
        for k, (x, declared) in enumerate(zip(inputs, self.inputs, strict=True)):
            self._check(k, x, declared, sizes)
        return tuple(t.with_shape(sizes.get(n, n) if isinstance(n, str) else n for n in t.shape) for t in self.outputs)

    def _check(self, k: int, x: Variable, declared: TensorType, sizes: dict[str, Dim]) -> None:
        wrong = x.type.dtype != declared.dtype or x.type.ndim != declared.ndim
        for n, want in zip(x.type.shape, declared.shape, strict=False):
            known = sizes.setdefault(want, n) if isinstance(want, str) else want
            if isinstance(want, str) and known is None:
                sizes[want] = known = n
            wrong = wrong or (isinstance(n, int) and isinstance(known, int) and n != known)
        if wrong:
            raise ShapeError(
                f"{self.name}: input {k} is {x.type}, but {declared} is declared.",
                operands={f"input {k}": x},
                fix="cast or reshape it, or declare another type in itypes; equal names of sizes must agree.",
            )

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        if self.gradient is None:
            return super().vjp(g, y, *inputs)
        found = self.gradient(g, y, *inputs)
        values = list(found) if isinstance(found, (list, tuple)) else [found]
        if len(values) != len(inputs):
            raise ArgumentError(
                f"{self.name}: its vjp gives {len(values)} cotangents for {len(inputs)} inputs.",
                fix="give one for each input, None where nothing flows.",
            )
        return [None if v is None else as_variable(v, x) for v, x in zip(values, inputs, strict=True)]

    def run(self, *arrays: np.ndarray) -> Any:
        known: dict[str, int] = {}
        for array, declared in zip(arrays, self.inputs, strict=True):
            known.update((n, size) for n, size in zip(declared.shape, array.shape, strict=True) if isinstance(n, str))
        outs = []
        for t in self.outputs:
            outs.append(np.empty([known[n] if isinstance(n, str) else n or 0 for n in t.shape], t.dtype))
        run_python(self.function, arrays, outs)
        return tuple(outs) if len(outs) > 1 else outs[0]

    def emit(self, e: Emitter, *names: str) -> None:
        e.slow("a Python function of the user's", allocates=True)
        function = e.given(self.function, f"call_{self.name}")
        given, taken = (f"({', '.join(v)}{',' if len(v) == 1 else ''})" for v in (names, tuple(e.outs)))
        e.step(f"run_python({function}, {given}, {taken})")


def _found(module: str, name: str) -> Any:
    """What stands under a dotted name in a module that was imported, or None."""
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    return found


def _op_of(module: str, name: str) -> PythonFunction:
    """The op of a word that `as_op` made, found by its name."""
    import_module(module)
    op: PythonFunction = _found(module, name).op
    return op


def run_python(function: Callable[..., Any], arrays: Sequence[np.ndarray], outs: Sequence[np.ndarray]) -> None:
    """Call a user's function on arrays it cannot write into, and copy what it gives into `outs`.

    Raises: SymnetError where it gives something else than was declared, and what it raises itself.
    """
    shown = []
    for array in arrays:
        view = np.asarray(array).view()
        view.flags.writeable = False
        shown.append(view)
    name = getattr(function, "__name__", "the function")
    try:
        found = function(*shown)
    except Exception as error:
        raise SymnetError(
            f"{name} raised {type(error).__name__}: {error}.",
            fix="its own traceback stands above; nothing was updated.",
        ) from error
    results = list(found) if isinstance(found, (list, tuple)) else [found]
    if len(results) != len(outs):
        raise SymnetError(
            f"{name} gave {len(results)} results, but {len(outs)} are declared.",
            fix="return one array for each of otypes.",
        )
    for k, (result, out) in enumerate(zip(results, outs, strict=True)):
        array = np.asarray(result)
        if array.shape != out.shape or array.dtype != out.dtype:
            raise SymnetError(
                f"{name}: result {k} is {array.dtype} {shape_text(array.shape)}, "
                f"but {out.dtype} {shape_text(out.shape)} is declared.",
                fix="return arrays of the declared dtype and shape, or change otypes.",
            )
        np.copyto(out, array)


def as_op(
    itypes: Any, otypes: Any, vjp: Callable[..., Any] | None = None, name: str | None = None
) -> Callable[..., Any]:
    """Decorator: a Python function of NumPy arrays becomes a word on symbolic variables.

    `itypes` and `otypes` say what it takes and gives, each one type or a list: constructors as they are
    (`[sn.fmatrix, sn.fvector]`), or variables whose sizes have names: `otypes=sn.fvector(shape=("n",))` has the size
    that `itypes=sn.fmatrix(shape=("n", "d"))` brings. Sizes of results have to be numbers or names of this kind. The
    function is given arrays it cannot write into. `vjp(g, y, *inputs)` gives cotangents of the inputs as symbolic
    expressions; without it there is no gradient.

    Raises: ArgumentError for types that say too little; ShapeError, DTypeError when the word is used.
    """
    inputs, outputs = _types("itypes", itypes), _types("otypes", otypes)
    named = {n for t in inputs for n in t.shape if isinstance(n, str)}
    for t in outputs:
        open_sizes = [n for n in t.shape if n is None or (isinstance(n, str) and n not in named)]
        if open_sizes:
            raise ArgumentError(
                f"as_op: a result is {t}, and nothing says how large {open_sizes[0] or '?'} is.",
                fix="name the size in an input as well: sn.fvector(shape=('n',)), or give a number.",
            )

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        op = PythonFunction(function, inputs, outputs, vjp, name=name or function.__name__)

        @wraps(function)
        def word(*values: Any) -> Any:
            xs = [_cast(op, k, as_variable(v)) for k, v in enumerate(values)]
            node = op.apply(xs, here())
            return node.outputs[0] if len(outputs) == 1 else list(node.outputs)

        word.op = op  # type: ignore[attr-defined]
        return word

    return decorate


def _types(argument: str, given: Any) -> tuple[TensorType, ...]:
    return tuple(_type(argument, one) for one in (given if isinstance(given, (list, tuple)) else [given]))


def _type(argument: str, one: Any) -> TensorType:
    if isinstance(one, TensorType):
        return one
    made = one if isinstance(one, Variable) or not callable(one) else one()
    if not isinstance(made, Variable):
        raise ArgumentError(
            f"as_op: {argument} holds {one!r}, which is no type.",
            fix="give constructors such as sn.fmatrix, or variables.",
        )
    return made.type


def _cast(op: PythonFunction, k: int, x: Variable) -> Variable:
    """A value in the dtype of the input, where it loses nothing that counts."""
    if k >= len(op.inputs) or x.type.dtype == op.inputs[k].dtype:
        return x
    declared = op.inputs[k]
    return cast(x, declared.dtype) if declared.is_float or np.can_cast(x.type.dtype, declared.dtype) else x
