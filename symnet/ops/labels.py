"""What the gradient of a cross-entropy needs of labels: a subtraction at one entry of each row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from symnet.graph import Variable
from symnet.graph.rows import with_rows
from symnet.op import Emitter, Op, Split, all_linear
from symnet.ops.pick import _check, label_places, pick, written_in_one
from symnet.ops.places import AddPlaces
from symnet.types import TensorType

__all__ = ["LessAtLabels", "PadRows"]


class LessAtLabels(Op):
    """`x` (N, C) less one entry of each row: $x_{i, l_i} - v_i$; rows after the last label stay as they are."""

    name, roles = "less_at_labels", ("x", "value", "labels")

    def infer(self, *inputs: Variable) -> TensorType:
        return inputs[0].type

    def vjp(self, g: Variable, y: Variable, *inputs: Variable) -> Sequence[Variable | None]:
        return [g, -pick(g, inputs[2]), None]

    def jvp(self, dx: Sequence[Variable | None], y: Variable, *inputs: Variable) -> Any:
        return all_linear(self, dx, inputs, (0, 1))

    def vmap(self, rows: Sequence[bool], *inputs: Variable) -> Any:
        x, value, labels = with_rows(rows, inputs)
        return written_in_one(self, x, value, labels)

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        x, value, labels = arrays
        _check(labels, *x.shape)
        result = x.copy()
        result[np.arange(len(labels)), labels] -= value[: len(labels)]
        return result

    def split(self, axes: Sequence[int | None], *inputs: Variable) -> Split | None:
        counts = {x.type.shape[0] for x in inputs}
        return Split((0, 0, 0), 0) if len(counts) == 1 and set(axes) <= {0, None} else None

    def lower(self, *inputs: Variable) -> Variable | None:
        x, value, labels = inputs
        if value.type.shape != labels.type.shape:
            value = value[: labels.type.shape[0]]
        return AddPlaces("subtract")(x, value, label_places(labels, x))


class PadRows(Op):
    """A vector, continued by zeros to one element for each row of `x`, of which only the shape is used."""

    name, roles, linear_in = "pad_rows", ("v", "x"), (0,)

    def infer(self, *inputs: Variable) -> TensorType:
        v, x = inputs
        return v.type.with_shape((x.type.shape[0],))

    def vjp(self, g: Variable, y: Variable, *inputs: Variable) -> Sequence[Variable | None]:
        return [g[: inputs[0].shape[0]], None]

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        v, x = arrays
        return np.concatenate([v, np.zeros(len(x) - len(v), v.dtype)])

    def split(self, axes: Sequence[int | None], *inputs: Variable) -> Split | None:
        v, x = inputs
        return Split((0, 0), 0) if v.type.shape[0] == x.type.shape[0] and axes[0] == 0 == axes[1] else None

    def lower(self, *inputs: Variable) -> Variable | None:
        v, x = inputs
        return v if v.type.shape[0] == x.type.shape[0] else None

    def emit(self, e: Emitter, *names: str) -> None:
        count = e.array(names[0]).shape[0]
        e.step(f"{e.out}[:{count}] = {names[0]}")
        e.step(f"{e.out}[{count}:] = 0")
