"""What a layer is: a function from symbols to a symbol, with a name and the shared parameters it reads."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, ClassVar, Self, TypeAlias

import numpy as np

from symnet.errors import ArgumentError, ShapeError, SymnetError
from symnet.graph import Shared, Variable, shared
from symnet.graph.inputs import tensor
from symnet.nn.initialise import Fans, Initialiser
from symnet.nn.table import Seen, arithmetic, table
from symnet.op import as_variable
from symnet.options import current
from symnet.origin import here
from symnet.scope import scope
from symnet.types import Dim, clashes, shape_text

Seed: TypeAlias = "int | np.random.Generator | None"


class Layer:
    """A function from symbols to a symbol, and the shared parameters it reads.

    The first call (or `build`) tells a layer its sizes and makes its parameters, with numbers of `rng`, a generator or
    a seed; a layer without one takes that of the model it is in. What it computes is the scope `name`, one box in
    pictures, and its parameters are named after it: `w_conv1`, `b_conv1`. A layer without a name gets its kind, and in
    a model a number; the name of a model stands before those of its layers, `w_encoder_fc1`.

    A layer of your own is a class with a method `forward`. Layers that are its attributes, or in lists of them, are
    found; `make` is where it makes parameters of its own, with `self.parameter`.
    """

    kind: ClassVar[str] = "layer"
    name: str | None = None
    _rng: np.random.Generator | None = None
    _prefix: str = ""
    _settled: bool = False
    _made: bool = False
    _trained: tuple[Shared, ...] = ()
    _kept: tuple[Shared, ...] = ()
    _seen: Seen | None = None

    def __init__(self, *, name: str | None = None, rng: Seed = None) -> None:
        if name is not None and (not isinstance(name, str) or not name):
            raise ArgumentError(f"{type(self).__name__}: the name is {name!r}.", fix="a name is text, such as 'fc1'.")
        self.name = name
        self._rng = _generator(type(self).__name__, rng)

    # what a class of layers defines -----------------------------------------------------------------------------------
    def make(self, *inputs: Variable) -> None:
        """Make the parameters, of sizes that suit the inputs of the first call."""

    def forward(self, *inputs: Any) -> Any:
        """The layer's result."""
        raise NotImplementedError(f"{type(self).__name__} has no method forward")

    def parameter(
        self, role: str, shape: Sequence[Dim], initial: Any, fans: Fans | None = None, trained: bool = True
    ) -> Shared:
        """A shared parameter of this layer, named after its role: `w_fc1`.

        `initial` is an initialiser, an array, a number, or a shared variable to be shared with another layer. What is
        not `trained` is among the `states`.

        Raises: ShapeError where sizes are unknown or `initial` has another shape, ArgumentError without a generator.
        """
        label = f"{role}_{self._prefix}{self.label}"
        sizes = tuple(n for n in shape if isinstance(n, int))
        if len(sizes) < len(shape):
            raise ShapeError(
                f"{self.title}: {label} would have the shape {shape_text(shape)}.",
                fix="give the input's sizes, as in sn.tensor('x', shape=('batch', 784)).",
            )
        w = self._initial(label, sizes, initial, fans or Fans(1, 1))
        if w.type.ndim != len(sizes) or clashes(w.type.shape, sizes):
            raise ShapeError(
                f"{self.title}: {label} needs the shape {shape_text(sizes)}, but {shape_text(w.type.shape)} was given.",
                origin=here(),
            )
        if trained:
            self._trained += (w,)
        else:
            self._kept += (w,)
        return w

    def known(self, x: Variable, axis: int, what: str) -> int:
        """The size of an axis of an input, for `make`.

        Raises: ShapeError where it is open.
        """
        size = x.type.shape[axis] if -x.type.ndim <= axis < x.type.ndim else None
        if isinstance(size, int):
            return size
        lacks = f"no axis {axis}" if x.type.ndim <= axis or not x.type.ndim else f"an open size on axis {axis}"
        raise ShapeError(
            f"{self.title}: x has {lacks}, where the number of its {what} is asked for.",
            operands={"x": x},
            origin=here(),
            fix=f"declare the input with its {what}, as in sn.tensor('x', shape=('batch', 784)).",
        )

    def _initial(self, label: str, sizes: tuple[int, ...], initial: Any, fans: Fans) -> Shared:
        if isinstance(initial, Shared):
            return initial
        dtype = current().floatX
        if not callable(initial):
            value = np.asarray(initial, dtype)
            return shared(np.full(sizes, value) if value.ndim == 0 else value, label)
        if self._rng is None:
            raise ArgumentError(
                f"{self.title}: no generator to draw {label} with.",
                origin=here(),
                fix="pass a seed or a generator to it or to its model: rng=0, rng=np.random.default_rng(0).",
            )
        made: Initialiser = initial
        return shared(np.asarray(made(self._rng, sizes, fans), dtype), label)

    # calls ------------------------------------------------------------------------------------------------------------
    def __call__(self, *inputs: Any) -> Any:
        """The layer's result for symbolic inputs; the first call makes the parameters."""
        self._settle()
        xs = [as_variable(x) for x in inputs]
        first = not self._made
        with self._scope():
            try:
                if first:
                    self.make(*xs)
                    self._made = True
                result = self.forward(*xs)
            except SymnetError as error:
                if first:
                    self._made, self._trained, self._kept = False, (), ()
                if not self.layers and not error.what.startswith(self.title):
                    error.what = f"{self.title}: {error.what}"
                raise
        ys = list(result) if isinstance(result, (tuple, list)) else [result]
        self._seen = Seen(tuple(x.type for x in xs), tuple(y.type for y in ys), arithmetic(ys, xs))
        return result

    def build(self, *shapes: Sequence[Dim], dtype: Any = None) -> Self:
        """Make the parameters for inputs of these shapes, the batch's size a name: `model.build(("batch", 784))`."""
        self(*(tensor(f"x{k}", shape, dtype) for k, shape in enumerate(shapes)))
        return self

    def _scope(self) -> AbstractContextManager[Any]:
        return scope(self.label) if self.name or not self.layers else nullcontext()

    # names and generators ---------------------------------------------------------------------------------------------
    @property
    def label(self) -> str:
        """Its name, or its kind where it has none."""
        return self.name or self.kind

    @property
    def title(self) -> str:
        """What errors call it: `Dense fc1`."""
        return f"{type(self).__name__} {self._prefix}{self.label}"

    @property
    def layers(self) -> list[Layer]:
        """The layers right inside: its attributes, and what stands in lists, tuples and dicts among them."""
        return list(dict.fromkeys(_layers(vars(self).values())))

    def _settle(self, prefix: str = "") -> None:
        """Give the layers inside the names and the generator they lack."""
        if self._settled:
            return
        self._settled, self._prefix = True, prefix
        if not self.layers:
            self.name = self.label
            return
        inner = f"{prefix}{self.name}_" if self.name else prefix
        members = list(dict.fromkeys(_members(self)))
        names = [member.name for member in members if member.name]
        for name in names:
            if names.count(name) > 1:
                raise ArgumentError(
                    f"{self.title}: two layers are named {name!r}.",
                    origin=here(),
                    fix="give each its own name, or none.",
                )
        taken = set(names)
        for member in members:
            if member.name is None:
                k = 1
                while f"{member.kind}{k}" in taken:
                    k += 1
                member.name = f"{member.kind}{k}"
                taken.add(member.name)
        self._hand_on(self._rng)
        for member in members:
            member._settle(inner)

    def _hand_on(self, rng: np.random.Generator | None) -> None:
        for layer in self.layers:
            if layer._rng is None:
                layer._rng = rng
            if not layer._settled:
                layer._hand_on(layer._rng)

    # what it holds ----------------------------------------------------------------------------------------------------
    def _all(self) -> Iterator[Layer]:
        """It and all layers inside, outer before inner."""
        yield self
        for layer in self.layers:
            yield from layer._all()

    def _parts(self) -> list[Layer]:
        parts = list(dict.fromkeys(self._all()))
        for part in parts:
            if not part._made and type(part).make is not Layer.make:
                raise ArgumentError(
                    f"{part.title} has no parameters yet.",
                    origin=here(),
                    fix="call the model first, or give it the shape of its input: model.build(('batch', 784)).",
                )
        return parts

    @property
    def params(self) -> list[Shared]:
        """The parameters that are trained, in the order of the layers, weights before biases.

        Raises: ArgumentError before the first call.
        """
        return list(dict.fromkeys(w for part in self._parts() for w in part._trained))

    @property
    def weights(self) -> list[Shared]:
        """The parameters of two or more axes: those that penalties and weight decay are for."""
        return [w for w in self.params if w.type.ndim > 1]

    @property
    def states(self) -> list[Shared]:
        """What is kept beside the parameters and not trained: running averages."""
        return list(dict.fromkeys(w for part in self._parts() for w in part._kept))

    # texts ------------------------------------------------------------------------------------------------------------
    def __str__(self) -> str:
        """`Dense fc1`; of layers with layers inside a table: names, output shapes, parameters, operations."""
        if not self.layers:
            return self.title
        leaves = [layer for layer in dict.fromkeys(self._all()) if not layer.layers]
        rows = [(f"{leaf._prefix}{leaf.label}", repr(leaf), leaf._seen, leaf._trained, leaf._kept) for leaf in leaves]
        return table(rows, self._seen)

    def __repr__(self) -> str:
        """As it was made: `Conv2d(20, 5, stride=2)`."""
        texts: list[str] = []
        for p in inspect.signature(type(self).__init__).parameters.values():
            value = getattr(self, p.name, p.default)
            if p.name in ("self", "name", "rng") or value is p.default or isinstance(value, Shared):
                continue
            if p.kind is p.VAR_POSITIONAL:
                texts += map(repr, value)
            elif value != p.default:
                text = getattr(value, "__name__", repr(value))
                texts.append(text if p.default is p.empty else f"{p.name}={text}")
        return f"{type(self).__name__}({', '.join(texts)})"


def _members(layer: Layer) -> Iterator[Layer]:
    """The layers that are named in one go: those inside, and inside of what has no name of its own."""
    for inside in layer.layers:
        if inside.layers and not inside.name:
            yield from _members(inside)
        else:
            yield inside


def _layers(values: Any) -> Iterator[Layer]:
    for value in values:
        if isinstance(value, Layer):
            yield value
        elif isinstance(value, (list, tuple)):
            yield from _layers(value)
        elif isinstance(value, dict):
            yield from _layers(value.values())


def _generator(layer: str, rng: Any) -> np.random.Generator | None:
    if rng is None or isinstance(rng, np.random.Generator):
        return rng
    if isinstance(rng, (int, np.integer)) and not isinstance(rng, bool) and rng >= 0:
        return np.random.default_rng(int(rng))
    raise ArgumentError(
        f"{layer}: rng is {rng!r}.", fix="pass a seed such as 0, or a generator: np.random.default_rng(0)."
    )
