"""Layers without parameters: a function, an activation, a shape, dropout."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from symnet.errors import ArgumentError
from symnet.graph import Variable
from symnet.nn.layer import Layer, Seed
from symnet.op import registry
from symnet.ops import dropout, flatten, reshape, softmax
from symnet.ops.random.streams import RandomStream


class Lambda(Layer):
    """A function of symbols as a layer: `Lambda(lambda x: x[:, ::2], name="every_second")`.

    Raises: ArgumentError for what cannot be called.
    """

    def __init__(self, function: Callable[..., Any], *, name: str | None = None) -> None:
        if not callable(function):
            raise ArgumentError(
                f"{type(self).__name__}: {function!r} is no function.", fix="pass one of symbols, such as sn.relu."
            )
        super().__init__(name=name)
        self.function = function
        word = getattr(function, "__name__", "")
        self.kind = word if word.isidentifier() else "function"  # type: ignore[misc]

    def forward(self, *inputs: Variable) -> Any:
        return self.function(*inputs)


class Activation(Lambda):
    """An activation by its name in symnet, `Activation("relu")`, or as a function of your own; y is shaped as x.

    Raises: ArgumentError for a name that symnet does not have.
    """

    def __init__(self, function: str | Callable[[Variable], Variable], *, name: str | None = None) -> None:
        if isinstance(function, str):
            if function not in registry:
                raise ArgumentError(
                    f"Activation: symnet has no word {function!r}.", fix="use one such as 'relu', 'tanh' or 'gelu'."
                )
            function = registry[function].function
        super().__init__(function, name=name)


class Softmax(Layer):
    r"""Probabilities of scores, $e^{x_i} / \sum_j e^{x_j}$ along an axis; y is shaped as x.

    `symnet.cross_entropy` takes the scores themselves.
    """

    kind = "softmax"

    def __init__(self, axis: int = -1, *, name: str | None = None) -> None:
        super().__init__(name=name)
        self.axis = axis

    def forward(self, *inputs: Variable) -> Variable:
        return softmax(inputs[0], self.axis)


class Flatten(Layer):
    """All axes of an example as one: x (N, ...), y (N, D)."""

    kind = "flatten"

    def forward(self, *inputs: Variable) -> Variable:
        return flatten(inputs[0], 2)


class Reshape(Layer):
    """Examples in another shape: x (N, ...), y (N, *sizes); one size may be -1, whatever is left.

    The sizes may be given one by one or as a tuple, as for `reshape`.

    Raises: ShapeError.
    """

    kind = "reshape"

    def __init__(self, *sizes: int | tuple[int, ...], name: str | None = None) -> None:
        super().__init__(name=name)
        self.sizes: Sequence[Any] = sizes[0] if len(sizes) == 1 and isinstance(sizes[0], tuple) else sizes

    def forward(self, *inputs: Variable) -> Variable:
        (x,) = inputs
        return reshape(x, (x.shape[0], *self.sizes))


class Dropout(Layer):
    """Dropout while training, `symnet.dropout`; y is shaped as x. The masks are drawn from the layer's `rng`.

    Without `rng`, its own or its model's, they are drawn from the default stream, which `symnet.seed` starts.

    Raises: ArgumentError, DTypeError. Source: Srivastava et al., JMLR 15 (2014).
    """

    kind = "dropout"

    def __init__(
        self, rate: float = 0.5, noise_shape: Any = None, *, name: str | None = None, rng: Seed = None
    ) -> None:
        super().__init__(name=name, rng=rng)
        self.rate, self.noise_shape = rate, noise_shape
        self._stream: RandomStream | None = None

    def make(self, *inputs: Variable) -> None:
        if self._rng is not None:
            self._stream = RandomStream(int(self._rng.integers(2**63)))

    def forward(self, *inputs: Variable) -> Variable:
        return dropout(inputs[0], self.rate, self._stream, self.noise_shape)
