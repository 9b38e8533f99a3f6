"""The arguments of a call as arrays of the inputs' types, and the sizes that depend on their values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from symnet.arguments.signature import In
from symnet.errors import InputError, SymnetError
from symnet.graph import Constant, Shared, Variable, toposort
from symnet.op import Op
from symnet.types import TensorType, convert


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

    def __init__(self, inputs: Sequence[In], name: str, allow_downcast: bool | None) -> None:
        self._function = name
        self._inputs = list(inputs)
        self._expected = [_Expected.of(one.variable, f"{name}: {one.keyword}") for one in inputs]
        self._downcast = [one.allow_downcast if one.allow_downcast is not None else allow_downcast for one in inputs]
        self.defaults = [self._default(k, one) for k, one in enumerate(inputs)]

    def _default(self, k: int, one: In) -> np.ndarray | None:
        if one.value is None:
            return None
        expected = self._expected[k]
        array = convert(one.value, expected.type, f"{expected.what}'s default value", self._downcast[k])
        return array if one.borrow else array.copy()

    def __call__(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> list[np.ndarray]:
        if kwargs or len(args) != len(self._expected):
            args = self._by_name(args, kwargs)
        return [
            value
            if value.__class__ is np.ndarray and expected.is_met_by(value)
            else self._converted(k, value)
            for k, (expected, value) in enumerate(zip(self._expected, args))
        ]

    def _converted(self, k: int, value: Any) -> np.ndarray:
        expected, one = self._expected[k], self._inputs[k]
        try:
            return convert(value, expected.type, expected.what, self._downcast[k])
        except SymnetError as error:
            raise error.at({"declared": one.variable}, None) from None

    def _by_name(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> list[Any]:
        labels = [one.keyword for one in self._inputs]
        signature = f"{self._function}({', '.join(labels)})"
        if len(args) > len(labels):
            raise InputError(
                f"{signature} takes {_arguments(len(labels))}, got {len(args)}.",
                fix="give one value for each input, in this order or by keyword.",
            )
        values = dict(zip(range(len(args)), args, strict=True))
        for key, value in kwargs.items():
            if labels.count(key) != 1:
                several = labels.count(key) > 1
                raise InputError(
                    f"{signature} has {'several inputs' if several else 'no input'} {key!r}.",
                    fix="give them by position, or names of their own: In(x, name='first')."
                    if several
                    else f"its inputs are {', '.join(labels)}.",
                )
            k = labels.index(key)
            if k in values:
                raise InputError(
                    f"{signature}: {key!r} is given twice.", fix="give it by position or by keyword, not by both."
                )
            values[k] = value
        given = len(values)
        values.update((k, value) for k, value in enumerate(self.defaults) if value is not None and k not in values)
        missing = [label for k, label in enumerate(labels) if k not in values]
        if missing:
            raise InputError(
                f"{signature} misses {', '.join(missing)}: it takes {_arguments(len(labels))}, got {given}.",
                operands={"missing": self._inputs[labels.index(missing[0])].variable},
                fix=f"add it to the call, or give it a default: In({missing[0]}, value=...).",
            )
        return [values[k] for k in range(len(labels))]


def _arguments(n: int) -> str:
    return "1 argument" if n == 1 else f"{n} arguments"


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
        with np.errstate(all="ignore"):
            for op, inputs, output in self._steps:
                values[output] = op.run(*[values[k] for k in inputs])
        return tuple([int(values[k]) for k in self._wanted])
