"""What a function takes and gives back: its inputs, how each is passed, and the form of its outputs."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from symnet.errors import ArgumentError, InputError, ShapeError
from symnet.graph import Constant, Shared, Variable
from symnet.graph.identity import Identity
from symnet.op import as_variable
from symnet.options import Options
from symnet.types import shape_text


@dataclass(frozen=True, eq=False)
class In:
    """An input of `function`, and how its argument is passed.

    A call without the argument takes `value`: as it is now, or with `borrow=True` as the array is at the call. `name`
    is the argument's keyword, by default the variable's name. With `mutable=True` a call may compute in the argument's
    memory, which saves buffers: its elements are lost, also where the call raises. `allow_downcast` is for this input
    what `allow_input_downcast` is for all.
    """

    variable: Variable
    name: str | None = None
    value: Any = None
    mutable: bool = False
    borrow: bool = False
    allow_downcast: bool | None = None

    @property
    def keyword(self) -> str:
        """What the argument is called."""
        return self.name if self.name is not None else self.variable.label


@dataclass(frozen=True, eq=False)
class Out:
    """An output of `function`, and whether the caller may borrow it.

    With `borrow=True` a call gives the memory it computed the result in, not a copy: it is overwritten by the next
    call. Where that memory is not the function's own (an argument, a shared variable, a constant), it is a copy still.
    """

    variable: Variable
    borrow: bool = False


def check_options(options: Any) -> Options:
    """The options, if they are such."""
    if not isinstance(options, Options):
        given = "a with block" if hasattr(options, "__enter__") else f"a {type(options).__name__}"
        raise ArgumentError(
            f"function: options is {given}, not Options.",
            fix="pass sn.Options(check_finite=True), or call function in a block: with sn.options(check_finite=True).",
        )
    return options


def check_inputs(inputs: Any) -> list[In]:
    """The inputs as a list, their variables distinct and free."""
    if isinstance(inputs, Variable):
        raise InputError("function: inputs is a variable, not a list.", fix=f"write function([{inputs.label}], ...).")
    given = [x if isinstance(x, In) else In(x) for x in inputs]
    before: set[Variable] = set()
    for k, x in enumerate(one.variable for one in given):
        if not isinstance(x, Variable):
            raise InputError(
                f"function: input {k} is a {type(x).__name__}, not a symbolic variable.",
                fix="declare x = sn.vector('x'), pass it here, and give the value in the call.",
            )
        if isinstance(x, Shared):
            raise InputError(
                f"function: input {x.label} is a shared variable, which has its value already.",
                fix="leave it out of the inputs, or use givens={shared: variable}.",
            )
        if isinstance(x, Constant):
            raise InputError(f"function: input {x.label} is a constant.", fix="leave it out of the inputs.")
        if x in before:
            raise InputError(
                f"function: input {x.label} is given twice.", operands={"input": x}, fix="leave one of them out."
            )
        if x.node is not None:
            raise InputError(
                f"function: input {x.label} is computed from others.",
                operands={"input": x},
                fix="pass the variables it is computed from, or replace it: givens={it: new_variable}.",
            )
        before.add(x)
    return given


def check_shapes(inputs: Sequence[Variable], shapes: Any, what: str) -> tuple[tuple[int, ...], ...]:
    """Shapes given by input name, in the inputs' order; `what` begins errors.

    Raises: InputError, ShapeError.
    """
    labels = [x.label for x in inputs]
    if not isinstance(shapes, Mapping) or set(shapes) != set(labels):
        given = ", ".join(map(str, shapes)) if isinstance(shapes, Mapping) else f"a {type(shapes).__name__}"
        raise InputError(
            f"{what}: shapes of {given} are given; the inputs are {', '.join(labels)}.",
            fix="give one shape for each input, by its name.",
        )
    ordered = tuple(tuple(shapes[label]) for label in labels)
    for x, shape in zip(inputs, ordered, strict=True):
        if len(shape) != x.type.ndim or any(n < 0 for n in shape):
            raise ShapeError(
                f"{what}: {x.label} cannot have shape {shape_text(shape)}; its type is {x.type}.",
                fix=f"give {x.type.ndim} sizes, each 0 or more.",
            )
    return ordered


def check_used(inputs: Sequence[Variable], needed: Collection[Variable], replaced: set[Variable], policy: str) -> None:
    """Every variable needed from outside is an input, and (unless allowed) every input is needed."""
    if policy not in ("raise", "warn", "ignore"):
        raise ArgumentError(f"function: on_unused_input is {policy!r}.", fix="use 'raise', 'warn' or 'ignore'.")
    known = set(inputs)
    for x in needed:
        if x not in known:
            raise InputError(
                f"function: the outputs need {x.label}, which is not among the inputs.",
                operands={"missing": x},
                fix=f"add it: inputs=[{', '.join([v.label for v in inputs] + [x.label])}], or give it by givens.",
            )
    unused = [x for x in inputs if x not in needed and x not in replaced]
    if unused and policy != "ignore":
        error = InputError(
            f"function: no output needs the input {unused[0].label}.",
            operands={"input": unused[0]},
            fix="leave it out, or pass on_unused_input='ignore'.",
        )
        if policy == "raise":
            raise error
        warnings.warn(str(error), stacklevel=3)


@dataclass(frozen=True)
class Form:
    """The form of the outputs: one, a list, a tuple, a dict, or none; and which of them are borrowed."""

    kind: Literal["one", "list", "tuple", "dict", "none"]
    keys: tuple[str, ...] = ()
    borrowed: tuple[bool, ...] = ()

    def pack(self, results: list[np.ndarray]) -> Any:
        """The results in this form."""
        if self.kind == "one":
            return results[0]
        if self.kind == "list":
            return results
        if self.kind == "tuple":
            return tuple(results)
        return dict(zip(self.keys, results, strict=True)) if self.kind == "dict" else None

    def describe(self, outputs: Sequence[Variable]) -> str:
        """The outputs' types in this form."""
        types = [f"{y.type.dtype}{shape_text(y.type.shape)}" for y in outputs]
        if self.kind == "dict":
            return "{" + ", ".join(f"{k}: {t}" for k, t in zip(self.keys, types, strict=True)) + "}"
        if self.kind == "one":
            return types[0]
        return {"list": f"[{', '.join(types)}]", "tuple": f"({', '.join(types)})", "none": "None"}[self.kind]


def flatten_outputs(outputs: Any) -> tuple[list[Variable], Form]:
    """The outputs as a list, and how to give them back."""
    if outputs is None:
        return [], Form("none")
    kind: Literal["one", "list", "tuple", "dict"] = "one"
    given, keys = [outputs], ()
    if isinstance(outputs, Mapping):
        kind, given, keys = "dict", list(outputs.values()), tuple(outputs)
    elif isinstance(outputs, (list, tuple)):
        kind, given = "tuple" if isinstance(outputs, tuple) else "list", list(outputs)
    borrowed = tuple(isinstance(value, Out) and value.borrow for value in given)
    return [_output(value.variable if isinstance(value, Out) else value) for value in given], Form(kind, keys, borrowed)


def _output(value: Any) -> Variable:
    if isinstance(value, (Variable, int, float, np.ndarray, np.generic)):
        return as_variable(value)
    if isinstance(value, Identity):
        value.refuse()
    raise ArgumentError(
        f"function: an output is a {type(value).__name__}, not a symbolic variable.",
        fix="outputs are a variable, a list, a tuple or a dict of them.",
    )
