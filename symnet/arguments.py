"""What `function` takes and gives back: its arguments checked, its calls bound to arrays, its outputs packed."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from symnet.errors import ArgumentError, InputError, UpdateError
from symnet.graph import Constant, Shared, Variable, free_inputs, leaves, toposort
from symnet.op import Op, as_variable
from symnet.ops import cast
from symnet.types import TensorType, convert, shape_text


def check_inputs(inputs: Any) -> list[Variable]:
    """The inputs as a list of distinct free variables."""
    if isinstance(inputs, Variable):
        raise InputError("function: inputs is a variable, not a list.", fix=f"write [{inputs.label}].")
    found = list(inputs)
    for k, x in enumerate(found):
        if not isinstance(x, Variable):
            raise InputError(f"function: input {k} is a {type(x).__name__}, not a symbolic variable.")
        if isinstance(x, Shared):
            raise InputError(
                f"function: input {x.label} is a shared variable, which has its value already.",
                fix="leave it out of the inputs, or use givens={shared: variable}.",
            )
        if isinstance(x, Constant):
            raise InputError(f"function: input {x.label} is a constant.", fix="leave it out of the inputs.")
        if x in found[:k]:
            raise InputError(f"function: input {x.label} is given twice.")
        if x.node is not None:
            raise InputError(
                f"function: input {x.label} is computed from others.",
                operands={"input": x},
                fix="pass the variables it is computed from, or replace it: givens={it: new_variable}.",
            )
    return found


def check_used(inputs: Sequence[Variable], roots: Sequence[Variable], replaced: set[Variable], policy: str) -> None:
    """Every free variable is an input, and (unless allowed) every input is needed."""
    if policy not in ("raise", "warn", "ignore"):
        raise ArgumentError(f"function: on_unused_input is {policy!r}.", fix="use 'raise', 'warn' or 'ignore'.")
    needed = free_inputs(roots)
    known = set(inputs)
    for x in needed:
        if x not in known:
            raise InputError(
                f"function: the outputs need {x.label}, which is not among the inputs.",
                operands={"missing": x},
                origin=x.origin,
                fix=f"add it: inputs=[{', '.join([v.label for v in inputs] + [x.label])}], or give it by givens.",
            )
    unused = [x for x in inputs if x not in set(needed) and x not in replaced]
    if unused and policy != "ignore":
        error = InputError(
            f"function: no output needs the input {unused[0].label}.",
            operands={"input": unused[0]},
            fix="leave it out, or pass on_unused_input='ignore'.",
        )
        if policy == "raise":
            raise error
        warnings.warn(str(error), stacklevel=3)


def check_updates(updates: Any) -> list[tuple[Shared, Variable]]:
    """The updates as pairs, each new value of its shared variable's type."""
    pairs = list(updates.items()) if isinstance(updates, Mapping) else list(updates or ())
    found: dict[Shared, Variable] = {}
    for pair in pairs:
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            raise UpdateError("function: updates holds something that is no pair.", fix="write [(w, w - 0.1 * g)].")
        target, value = pair
        if not isinstance(target, Shared):
            label = target.label if isinstance(target, Variable) else f"a {type(target).__name__}"
            raise UpdateError(
                f"function: {label} is updated but is no shared variable.", fix="make it with sn.shared(value)."
            )
        if target in found:
            raise UpdateError(f"function: {target.label} is updated twice.", operands={"updated": target})
        found[target] = _new_value(target, as_variable(value, target))
    return list(found.items())


def _new_value(target: Shared, value: Variable) -> Variable:
    declared, given = target.type, value.type
    if len(declared.shape) != len(given.shape) or not _may_agree(target, value):
        raise UpdateError(
            f"function: {target.label} has shape {shape_text(declared.shape)}, "
            f"its new value {shape_text(given.shape)}.",
            operands={"updated": target, "value": value},
            fix="sum the extra axes, or reshape the new value to the variable's shape.",
        )
    if declared.dtype == given.dtype:
        return value
    if declared.dtype.startswith(("int", "uint", "bool")) and given.is_float:
        raise UpdateError(
            f"function: {target.label} is {declared.dtype}, its new value {given.dtype}.",
            operands={"updated": target, "value": value},
            fix=f"cast it: value.astype({declared.dtype!r}), or make {target.label} a float.",
        )
    return cast(value, declared.dtype)


def _may_agree(a: Variable, b: Variable) -> bool:
    """Whether no size that is known in both differs."""
    pairs = zip(a.type.shape, b.type.shape, strict=True)
    return all(not (isinstance(n, int) and isinstance(m, int)) or n == m for n, m in pairs)


def check_givens(givens: Any) -> dict[Variable, Variable]:
    """The replacements, each of its variable's type."""
    pairs = list(givens.items()) if isinstance(givens, Mapping) else list(givens or ())
    found: dict[Variable, Variable] = {}
    for old, new in pairs:
        if not isinstance(old, Variable):
            raise ArgumentError(f"function: givens replaces a {type(old).__name__}.", fix="the keys are variables.")
        value = as_variable(new, old)
        if value.type.ndim != old.type.ndim:
            raise ArgumentError(
                f"function: givens replaces {old.label}, which has {old.type.ndim} axes, by one of {value.type.ndim}.",
                operands={"replaced": old, "by": value},
            )
        if not _may_agree(old, value):
            raise ArgumentError(
                f"function: givens replaces {old.label}, which has shape {shape_text(old.type.shape)}, "
                f"by one of shape {shape_text(value.type.shape)}.",
                operands={"replaced": old, "by": value},
            )
        if value.type.dtype != old.type.dtype:
            if old.type.dtype.startswith(("int", "uint", "bool")) and value.type.is_float:
                raise ArgumentError(
                    f"function: givens replaces {old.label} ({old.type.dtype}) by {value.type.dtype}.",
                    operands={"replaced": old, "by": value},
                    fix=f"cast it: value.astype({old.type.dtype!r}).",
                )
            value = cast(value, old.type.dtype)
        found[old] = value
    return found


def shared_below(roots: Sequence[Variable]) -> dict[Shared, None]:
    """The shared variables the roots read."""
    return {x: None for x in leaves(roots) if isinstance(x, Shared)}


def default_updates(roots: Sequence[Variable], updated: set[Shared]) -> list[tuple[Shared, Variable]]:
    """What the shared variables in use become by themselves: random streams move on."""
    return [
        (s, s.default_update) for s in shared_below(roots) if s.default_update is not None and s not in updated
    ]


@dataclass(frozen=True)
class Form:
    """The form of the outputs: one, a list, a tuple, a dict, or none."""

    kind: Literal["one", "list", "tuple", "dict", "none"]
    keys: tuple[str, ...] = ()

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
    if isinstance(outputs, Variable):
        return [outputs], Form("one")
    if isinstance(outputs, Mapping):
        keys = tuple(outputs)
        return [_output(v) for v in outputs.values()], Form("dict", keys)
    if isinstance(outputs, (list, tuple)):
        return [_output(v) for v in outputs], Form("tuple" if isinstance(outputs, tuple) else "list")
    return [_output(outputs)], Form("one")


def _output(value: Any) -> Variable:
    if isinstance(value, (Variable, int, float, np.ndarray, np.generic)):
        return as_variable(value)
    raise ArgumentError(
        f"function: an output is a {type(value).__name__}, not a symbolic variable.",
        fix="outputs are a variable, a list, a tuple or a dict of them.",
    )


@dataclass(frozen=True, slots=True)
class _Expected:
    """What an argument must be to be taken as it is, without a look at anything that could go wrong."""

    type: TensorType
    what: str
    dtype: np.dtype[Any]
    ndim: int
    sizes: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, x: Variable, what: str) -> _Expected:
        sizes = tuple((k, n) for k, n in enumerate(x.type.shape) if isinstance(n, int))
        return cls(x.type, what, np.dtype(x.type.dtype), x.type.ndim, sizes)

    def is_met_by(self, array: np.ndarray) -> bool:
        if array.dtype is not self.dtype or array.ndim != self.ndim or not array.flags.c_contiguous:
            return False
        for axis, n in self.sizes:  # noqa: SIM110  (all() of a generator takes three times as long)
            if array.shape[axis] != n:
                return False
        return True


class Binder:
    """Turns the arguments of a call into arrays of the inputs' types."""

    def __init__(self, inputs: Sequence[Variable], name: str) -> None:
        self._function = name
        self._inputs = list(inputs)
        self._expected = [_Expected.of(x, f"{name}: {x.label}") for x in inputs]

    def __call__(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> list[np.ndarray]:
        if kwargs or len(args) != len(self._expected):
            args = self._by_name(args, kwargs)
        return [
            value
            if value.__class__ is np.ndarray and expected.is_met_by(value)
            else convert(value, expected.type, expected.what)
            for expected, value in zip(self._expected, args)
        ]

    def _by_name(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> list[Any]:
        labels = [x.label for x in self._inputs]
        signature = f"{self._function}({', '.join(labels)})"
        if len(args) > len(labels):
            raise InputError(f"{signature} takes {len(labels)} arguments, got {len(args)}.")
        values = dict(zip(range(len(args)), args, strict=True))
        for key, value in kwargs.items():
            if key not in labels:
                raise InputError(f"{signature} has no input {key!r}.", fix=f"its inputs are {', '.join(labels)}.")
            k = labels.index(key)
            if k in values:
                raise InputError(f"{signature}: {key!r} is given twice.")
            values[k] = value
        missing = [label for k, label in enumerate(labels) if k not in values]
        if missing:
            raise InputError(
                f"{signature} misses {', '.join(missing)}: it takes {len(labels)} arguments, got {len(values)}.",
                operands={"missing": self._inputs[labels.index(missing[0])]},
            )
        return [values[k] for k in range(len(labels))]


class SizeValues:
    """The values of integer expressions that decide sizes, from the arguments of a call."""

    def __init__(self, expressions: Sequence[Variable], inputs: Sequence[Variable]) -> None:
        self._steps: list[tuple[Op, list[int], int]] = []
        self._shared: list[tuple[int, Shared]] = []
        places = {x: k for k, x in enumerate(inputs)}
        known: list[Any] = [None] * len(inputs)

        def place(x: Variable) -> int:
            if x not in places:
                places[x] = len(known)
                known.append(x.data if isinstance(x, Constant) else None)
                if isinstance(x, Shared):
                    self._shared.append((places[x], x))
            return places[x]

        for node in toposort(expressions):
            self._steps.append((node.op, [place(x) for x in node.inputs], place(node.outputs[0])))
        self._wanted = [place(x) for x in expressions]
        self._known = known

    def __call__(self, arrays: Sequence[np.ndarray]) -> tuple[int, ...]:
        values = [*arrays, *self._known[len(arrays) :]]
        for k, s in self._shared:
            values[k] = s.get_value(borrow=True)
        for op, inputs, output in self._steps:
            values[output] = op.run(*[values[k] for k in inputs])
        return tuple([int(values[k]) for k in self._wanted])
