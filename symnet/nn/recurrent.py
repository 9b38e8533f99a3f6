"""Recurrent cells, and layers that run them along sequences of a fixed length."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from symnet.errors import ShapeError
from symnet.graph import Variable
from symnet.nn.initialise import Fans, glorot_uniform, orthogonal
from symnet.nn.layer import Layer, Seed
from symnet.ops import dot, sigmoid, stack, tanh, zeros
from symnet.origin import here
from symnet.scope import scope

_ORTHOGONAL = orthogonal()


class Cell(Layer):
    """One step of a recurrence: of an input and states it makes new states, of which the first is the result.

    x (N, D), states (N, units); w (D, gates units), u (units, gates units), b (gates units,). A cell of your own says
    in `advance` what it makes of $x w + b$ and the states.

    Raises: ShapeError.
    """

    gates: ClassVar[int] = 1
    states_count: ClassVar[int] = 1

    def __init__(
        self,
        units: int,
        *,
        w: Any = glorot_uniform,
        u: Any = _ORTHOGONAL,
        b: Any = 0.0,
        name: str | None = None,
        rng: Seed = None,
    ) -> None:
        super().__init__(name=name, rng=rng)
        self.units = units
        self._starts = w, u, b

    def make(self, *inputs: Variable) -> None:
        w, u, b = self._starts
        n, width = self.known(inputs[0], -1, "features"), self.gates * self.units
        self.w = self.parameter("w", (n, width), w, Fans(n, self.units))
        self.u = self.parameter("u", (self.units, width), u, Fans(self.units, self.units))
        self.b = self.parameter("b", (width,), b)

    def forward(self, *inputs: Variable) -> Any:
        x, *states = inputs
        return self.advance(self.project(x), *(states or self.start(x)))

    def project(self, x: Variable) -> Variable:
        """What the input gives to all gates, $x w + b$: of a sequence in one product."""
        return dot(x, self.w) + self.b

    def start(self, x: Variable) -> list[Variable]:
        """The states before the first step: zeros."""
        return [zeros((x.shape[0], self.units), x.type.dtype)] * self.states_count

    def advance(self, z: Variable, *states: Variable) -> tuple[Variable, ...]:
        """The new states, from the input's part `z` (N, gates units) and the old ones."""
        raise NotImplementedError

    def _gates(self, z: Variable) -> list[Variable]:
        return [z[:, k * self.units : (k + 1) * self.units] for k in range(self.gates)]


class RNNCell(Cell):
    r"""One step of the plain recurrence, $h' = \tanh(x w + h u + b)$: `cell(x, h)` gives the tuple (h',).

    x (N, D), h (N, units). Without h it starts from zeros. Source: Elman, Cognitive Science 14 (1990).

    Raises: ShapeError.
    """

    kind = "rnn"

    def advance(self, z: Variable, *states: Variable) -> tuple[Variable, ...]:
        (h,) = states
        return (tanh(z + dot(h, self.u)),)


class LSTMCell(Cell):
    r"""One step of long short-term memory: $c' = f c + i g$, $h' = o \tanh(c')$; `cell(x, h, c)` gives (h', c').

    The gates i, f, o are sigmoids and g is a tanh of $x w + h u + b$, whose columns are theirs in the order i, f, g, o.
    x (N, D), h and c (N, units). With b = 0 the biases of f start at 1, so that it remembers.

    Raises: ShapeError. Source: Hochreiter and Schmidhuber (1997); Gers et al. (2000); Jozefowicz et al., ICML 2015.
    """

    kind, gates, states_count = "lstm", 4, 2

    def make(self, *inputs: Variable) -> None:
        w, u, b = self._starts
        if isinstance(b, (int, float)) and b == 0:
            self._starts = w, u, np.repeat([0.0, 1.0, 0.0, 0.0], self.units)
        super().make(*inputs)

    def advance(self, z: Variable, *states: Variable) -> tuple[Variable, ...]:
        h, c = states
        i, f, g, o = self._gates(z + dot(h, self.u))
        new_c = sigmoid(f) * c + sigmoid(i) * tanh(g)
        return sigmoid(o) * tanh(new_c), new_c


class GRUCell(Cell):
    r"""One step of a gated recurrent unit, $h' = (1 - z) n + z h$ with $n = \tanh(x w_n + b_n + r (h u_n + c))$.

    The gates r and z are sigmoids of $x w + h u + b$; columns in the order r, z, n. x (N, D), h (N, units), c (units,):
    `cell(x, h)` gives the tuple (h',). The reset r comes after the product, as in PyTorch.

    Raises: ShapeError. Source: Cho et al., arXiv:1406.1078.
    """

    kind, gates = "gru", 3

    def make(self, *inputs: Variable) -> None:
        super().make(*inputs)
        self.c = self.parameter("c", (self.units,), 0.0)

    def advance(self, z: Variable, *states: Variable) -> tuple[Variable, ...]:
        (h,) = states
        (xr, xz, xn), (hr, hz, hn) = self._gates(z), self._gates(dot(h, self.u))
        keep = sigmoid(xz + hz)
        new = tanh(xn + sigmoid(xr + hr) * (hn + self.c))
        return (new + keep * (h - new),)


class _Unrolled(Cell):
    """Family of cells that run along a sequence whose length is known."""

    def __init__(self, units: int, last: bool = False, **options: Any) -> None:
        super().__init__(units, **options)
        self.last = last

    def forward(self, *inputs: Variable) -> Any:
        x, *given = inputs
        if x.type.ndim != 3 or not isinstance(x.type.shape[1], int) or not x.type.shape[1]:
            raise ShapeError(
                f"{self.title}: x is {x.type}, but sequences (N, T, D) of a known length T of at least 1 are needed.",
                operands={"x": x},
                origin=here(),
                fix="declare the length, as in sn.tensor('x', shape=('batch', 20, 8)), and pad shorter sequences.",
            )
        z = self.project(x)
        states: Sequence[Variable] = given or self.start(x)
        steps = []
        for t in range(x.type.shape[1]):
            with scope(f"t{t}"):
                states = self.advance(z[:, t], *states)
            steps.append(states[0])
        return states[0] if self.last else stack(steps, axis=1)


class RNN(_Unrolled, RNNCell):
    r"""The plain recurrence along sequences, a `RNNCell` at every step: x (N, T, D), y (N, T, units).

    With `last` y (N, units) is the last step's. T is known; `layer(x, h)` starts from h in place of zeros.

    Raises: ShapeError.
    """


class LSTM(_Unrolled, LSTMCell):
    r"""Long short-term memory along sequences, a `LSTMCell` at every step: x (N, T, D), y (N, T, units).

    With `last` y (N, units) is the last step's. T is known; `layer(x, h, c)` starts from h and c in place of zeros.

    Raises: ShapeError.
    """


class GRU(_Unrolled, GRUCell):
    r"""Gated recurrent units along sequences, a `GRUCell` at every step: x (N, T, D), y (N, T, units).

    With `last` y (N, units) is the last step's. T is known; `layer(x, h)` starts from h in place of zeros.

    Raises: ShapeError.
    """
