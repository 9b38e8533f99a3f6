"""Layers made of layers: one after the other, around a shortcut, side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, overload

from symnet.errors import ArgumentError, ShapeError
from symnet.graph import Variable
from symnet.nn.functions import Lambda
from symnet.nn.layer import Layer, Seed
from symnet.ops import concatenate
from symnet.origin import here
from symnet.types import shape_text

Part = Layer | Callable[..., Any]


class _Composed(Layer):
    """Family of layers made of layers, in order."""

    def __init__(self, *layers: Part, name: str | None = None, rng: Seed = None) -> None:
        super().__init__(name=name, rng=rng)
        self._inner = [_as_layer(layer, self) for layer in layers]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, self._inner))})"

    def _through(self, *inputs: Any) -> Any:
        """What the layers make of inputs, each of the results of the one before."""
        result: Any = inputs[0] if len(inputs) == 1 else inputs
        for layer in self._inner:
            result = layer(*result) if isinstance(result, (tuple, list)) else layer(result)
        return result


class Sequential(_Composed):
    """Layers one after the other, $y = f_n(\\dots f_1(x))$: `Sequential(Dense(100), sn.relu, Dense(10), rng=0)`.

    A function of symbols is a layer too. A layer that gives several results hands them all to the next. Slices are
    models of the same layers: `model[:-1]`.

    Raises: ArgumentError for what is neither layer nor function.
    """

    kind = "sequential"

    def forward(self, *inputs: Any) -> Any:
        return self._through(*inputs)

    def __len__(self) -> int:
        return len(self._inner)

    def __iter__(self) -> Iterator[Layer]:
        return iter(self._inner)

    @overload
    def __getitem__(self, index: int) -> Layer: ...
    @overload
    def __getitem__(self, index: slice) -> Sequential: ...
    def __getitem__(self, index: int | slice) -> Layer:
        return Sequential(*self._inner[index]) if isinstance(index, slice) else self._inner[index]


class Residual(_Composed):
    r"""Layers around which the input is led, $y = x + f(x)$, or $s(x) + f(x)$ with a layer s as `shortcut`.

    x and y have one shape; a shortcut such as `Conv2d(filters, 1)` is for layers that change it.

    Raises: ShapeError where the sum has no shape of both. Source: He et al., arXiv:1512.03385.
    """

    kind = "residual"

    def __init__(
        self, *layers: Part, shortcut: Part | None = None, name: str | None = None, rng: Seed = None
    ) -> None:
        super().__init__(*layers, name=name, rng=rng)
        self.shortcut = None if shortcut is None else _as_layer(shortcut, self)

    def forward(self, *inputs: Any) -> Variable:
        (x,) = inputs
        y = self._through(x)
        way = x if self.shortcut is None else self.shortcut(x)
        if y.type.ndim != way.type.ndim or any(_differ(n, m) for n, m in zip(y.type.shape, way.type.shape)):
            of = "x" if self.shortcut is None else self.shortcut.title
            raise ShapeError(
                f"{self.title}: {of} has the shape {shape_text(way.type.shape)}, "
                f"but {self._inner[-1].title} gives {shape_text(y.type.shape)}.",
                operands={"x": x},
                origin=here(),
                fix="give it a shortcut that changes the shape alike: shortcut=nn.Conv2d(filters, 1, stride).",
            )
        return way + y


class Parallel(_Composed):
    """Layers side by side, each on the same input: x gives the tuple $(f_1(x), \\dots, f_n(x))$.

    Raises: ArgumentError for what is neither layer nor function.
    """

    kind = "parallel"

    def forward(self, *inputs: Any) -> Any:
        return tuple(branch(*inputs) for branch in self._inner)


class Concat(Parallel):
    """Layers side by side, their results joined along an axis, by default the channels: x (N, ...), y (N, C, ...).

    Raises: ShapeError where the results do not fit, ArgumentError. Source: Szegedy et al., arXiv:1409.4842.
    """

    kind = "concat"

    def __init__(self, *layers: Part, axis: int = 1, name: str | None = None, rng: Seed = None) -> None:
        super().__init__(*layers, name=name, rng=rng)
        self.axis = axis

    def forward(self, *inputs: Any) -> Variable:
        return concatenate(super().forward(*inputs), axis=self.axis)


def _as_layer(part: Any, owner: Layer) -> Layer:
    """A layer as it is, a function as one.

    Raises: ArgumentError.
    """
    if isinstance(part, Layer):
        return part
    if isinstance(part, type) or not callable(part):
        what = f"the class {part.__name__}" if isinstance(part, type) else repr(part)
        raise ArgumentError(
            f"{type(owner).__name__}: {what} is neither a layer nor a function.",
            fix=f"make a layer of it: {part.__name__}(...)." if isinstance(part, type) else "pass layers one by one.",
        )
    return Lambda(part)


def _differ(n: Any, m: Any) -> bool:
    return isinstance(n, int) and isinstance(m, int) and n != m
