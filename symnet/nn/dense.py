"""Fully connected layers, and tables of rows by number."""

from __future__ import annotations

from typing import Any

from symnet.errors import ShapeError
from symnet.graph import Variable
from symnet.nn.initialise import Fans, he_normal, normal
from symnet.nn.layer import Layer, Seed
from symnet.ops import dot, embedding
from symnet.origin import here


class Dense(Layer):
    r"""Fully connected layer, $y = x w + b$.

    x (..., inputs), y (..., outputs), w (inputs, outputs), b (outputs,). The weights start by `w`, the biases at `b`;
    with `b=None` there are none.

    Raises: ShapeError where the inputs are not those of the first call.
    """

    kind = "fc"

    def __init__(
        self, outputs: int, *, w: Any = he_normal, b: Any = 0.0, name: str | None = None, rng: Seed = None
    ) -> None:
        super().__init__(name=name, rng=rng)
        self.outputs = outputs
        self._starts = w, b

    def make(self, *inputs: Variable) -> None:
        w, b = self._starts
        n = self.known(inputs[0], -1, "inputs")
        self.w = self.parameter("w", (n, self.outputs), w, Fans(n, self.outputs))
        self.b = None if b is None else self.parameter("b", (self.outputs,), b)

    def forward(self, *inputs: Variable) -> Variable:
        (x,) = inputs
        n, expected = x.type.shape[-1] if x.type.ndim else None, self.w.type.shape[0]
        if isinstance(n, int) and n != expected:
            raise ShapeError(
                f"{self.title}: x has {n} inputs, but w takes {expected}.",
                operands={"x": x, "w": self.w},
                origin=here(),
                fix="make a layer of its own for inputs of another size, or reshape x.",
            )
        y = dot(x, self.w)
        return y if self.b is None else y + self.b


_standard = normal(1.0)


class Embedding(Layer):
    r"""Rows of a table by their numbers, $y_{\dots d} = w_{i_{\dots} d}$: ids (...), y (..., size), w (rows, size).

    The row `padding_idx` of the table learns nothing; it starts at 0 where no `w` is given.

    Raises: BoundsError for an id outside 0 ... rows - 1, if need be at the call; DTypeError; ArgumentError.
    """

    kind = "embedding"

    def __init__(
        self, rows: int, size: int, padding_idx: int | None = None, *, w: Any = _standard, name: str | None = None,
        rng: Seed = None,
    ) -> None:
        super().__init__(name=name, rng=rng)
        self.rows, self.size, self.padding_idx = rows, size, padding_idx
        self._start = w

    def make(self, *inputs: Variable) -> None:
        self.w = self.parameter("w", (self.rows, self.size), self._start, Fans(self.rows, self.size))
        if self._start is _standard and self.padding_idx in range(-self.rows, self.rows):
            start = self.w.get_value()
            start[self.padding_idx] = 0
            self.w.set_value(start)

    def forward(self, *inputs: Variable) -> Variable:
        return embedding(inputs[0], self.w, self.padding_idx)
