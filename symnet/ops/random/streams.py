"""Random numbers: draws are pure functions of an explicit state that every call of a function advances.

A draw's state is the shared vector `[key, stream, counter]`: `key` comes from the seed, `stream` numbers the
draws made from one `RandomStream`, `counter` numbers the calls. So two draws are independent by construction,
a gradient sees the numbers its forward pass saw, and whoever holds the state can repeat a call bit for bit.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from symnet.errors import ArgumentError, DTypeError, ShapeError
from symnet.graph import Shared, Variable
from symnet.op import Emitter, OnFloat16, Op, as_variable, vocabulary
from symnet.ops.compare import less
from symnet.ops.conversion import cast
from symnet.ops.sizes import filled, inferred_shape, split_sizes
from symnet.origin import here, made_for
from symnet.types import FLOATS, TensorType, canonical_dtype, shape_text

__all__ = [
    "RandomStream",
    "bernoulli",
    "binomial",
    "default_generator",
    "default_stream",
    "normal",
    "seed",
    "uniform",
]


def seed_bits(bits, state):  # type: ignore[no-untyped-def]
    """Set the SFC64 generator `bits` to the start of the draw that `state` = [key, stream, counter] names."""
    # SFC64's seeding by three words: they and a counter of 1 are the state, and 12 outputs are thrown away.
    words = [*state.tolist(), 1]
    bits.state = {"bit_generator": "SFC64", "state": {"state": words}, "has_uint32": 0, "uinteger": 0}
    bits.random_raw(12, False)


def generator_at(state: np.ndarray) -> np.random.Generator:
    """A generator at the start of the draw that `state` names."""
    bits = np.random.SFC64(0)
    seed_bits(bits, state)
    return np.random.Generator(bits)


# draws ------------------------------------------------------------------------------------------------------


class Draw(Op):
    """Family of draws: inputs are the state and a scalar for each size that `shape` leaves open (None)."""

    dtype: str = "float32"
    shape: tuple[int | None, ...] = ()

    on_float16: ClassVar[OnFloat16] = "own"
    roles: ClassVar[tuple[str, ...]] = ("state", "size")

    def infer(self, *inputs: Variable) -> TensorType:
        return TensorType(self.dtype, inferred_shape(self.shape, inputs[1:]))

    def vjp(self, g: Variable, y: Variable, *inputs: Variable) -> Sequence[Variable | None]:
        return [None] * len(inputs)

    def sizes(self, *inputs: Variable) -> tuple[Variable, ...]:
        return inputs[1:]

    def with_sizes(self, sizes: Sequence[int], *inputs: Variable) -> Variable:
        return replace(self, shape=self._filled(sizes))(inputs[0])

    def _filled(self, sizes: Sequence[Any]) -> tuple[int, ...]:
        shape = filled(self.shape, [int(n) for n in sizes])
        if any(n < 0 for n in shape):
            raise ShapeError(f"{self.name}: the size {shape} has a negative entry.")
        return shape

    def _emit_seed(self, e: Emitter, state: str) -> str:
        bits = e.prepared("np.random.SFC64(0)", "bits")
        generator = e.prepared(f"np.random.Generator({bits})", "draw")
        e.step(f"seed_bits({bits}, {state})")
        return generator


class StandardUniform(Draw):
    """Numbers of [0, 1): multiples of $2^{-24}$ in float32, of $2^{-53}$ in float64."""

    name = "standard_uniform"

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        state, *sizes = arrays
        return np.asarray(generator_at(state).random(self._filled(sizes), np.dtype(self.dtype)))  # type: ignore

    def emit(self, e: Emitter, *names: str) -> None:
        e.step(f"{self._emit_seed(e, names[0])}.random(out={e.out}, dtype=np.{self.dtype})")


class StandardNormal(Draw):
    """Numbers of mean 0 and variance 1, by the ziggurat method."""

    name = "standard_normal"

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        state, *sizes = arrays
        draws = generator_at(state).standard_normal(self._filled(sizes), np.dtype(self.dtype))  # type: ignore
        return np.asarray(draws)

    def emit(self, e: Emitter, *names: str) -> None:
        e.step(f"{self._emit_seed(e, names[0])}.standard_normal(out={e.out}, dtype=np.{self.dtype})")


class Parametric(Draw):
    """Family of draws with a parameter, to whose result it broadcasts: inputs are state, parameter and open sizes."""

    roles: ClassVar[tuple[str, ...]] = ("state", "parameter", "size")

    def infer(self, *inputs: Variable) -> TensorType:
        return super().infer(inputs[0], *inputs[2:])

    def sizes(self, *inputs: Variable) -> tuple[Variable, ...]:
        return inputs[2:]

    def with_sizes(self, sizes: Sequence[int], *inputs: Variable) -> Variable:
        return replace(self, shape=self._filled(sizes))(inputs[0], inputs[1])


class Counts(Parametric):
    """Family of draws of whole numbers, whose generator makes an array of its own."""

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        state, parameter, *sizes = arrays
        method = getattr(generator_at(state), self.name)
        return np.asarray(method(*self.leading(), parameter, self.asked(self._filled(sizes)))).astype(self.dtype)

    def leading(self) -> tuple[int, ...]:
        """What the method takes before the parameter."""
        return ()

    def asked(self, shape: tuple[Any, ...]) -> tuple[Any, ...]:
        """The size that the method takes, for a result of a shape."""
        return shape

    def emit(self, e: Emitter, *names: str) -> None:
        state, parameter = names
        e.slow(f"Generator.{self.name} has no out=", allocates=True)
        arguments = ", ".join([*map(str, self.leading()), parameter, str(self.asked(self.shape))])
        e.step(f"np.copyto({e.out}, {self._emit_seed(e, state)}.{self.name}({arguments}), casting='unsafe')")


class Binomial(Counts):
    """Successes in `n` trials; the parameter is the probability."""

    n: int = 1

    name, roles = "binomial", ("state", "p", "size")

    def leading(self) -> tuple[int, ...]:
        return (self.n,)


def drawn_dtype(dtype: str) -> np.dtype[Any]:
    """In which float type numbers are drawn that end up as `dtype`."""
    return np.dtype("float64" if dtype == "float64" else "float32")


# streams ----------------------------------------------------------------------------------------------------


class RandomStream:
    """A source of independent draws: the same seed and the same order of draws give the same numbers.

    `seed` is an int or a sequence of ints; None takes entropy from the operating system.
    """

    def __init__(self, seed: int | Sequence[int] | None = None) -> None:
        self.reseed(seed)

    def reseed(self, seed: int | Sequence[int] | None, branch: int = 0) -> None:
        """Start again from a seed; draws made before keep their states. Streams of other branches differ.

        Raises: ArgumentError.
        """
        self._made = 0
        if seed is None:
            # Not by way of numpy.random: loading it would be a tenth of importing symnet.
            self._key = int.from_bytes(os.urandom(8), "little")
            return
        try:
            sequence = np.random.SeedSequence(seed, spawn_key=(branch,))
        except (TypeError, ValueError) as error:
            raise ArgumentError(f"the seed {seed!r} is not usable: {error}", fix="use an int >= 0.") from None
        self._key = int(sequence.generate_state(1, np.uint64)[0])

    def _words(self) -> np.ndarray:
        words = np.array([self._key, self._made, 0], np.uint64)
        self._made += 1
        return words

    def state(self) -> Shared:
        """The state of a new draw: a shared `[key, stream, counter]`, the counter updated by every call."""
        words = self._words()
        state = Shared(words, TensorType("uint64", (3,)), f"random_state_{self._made - 1}")
        origin = here()
        with made_for(origin.as_part("update") if origin else None):
            state.default_update = state + np.array([0, 0, 1], np.uint64)
        return state

    def generator(self) -> np.random.Generator:
        """A NumPy generator of its own, for initial values and shuffling."""
        return generator_at(self._words())

    def uniform(self, size: Any, low: Any = 0.0, high: Any = 1.0, dtype: Any = "floatX") -> Variable:
        r"""Numbers uniform in [low, high): $\text{low} + (\text{high} - \text{low})\,u$ with $u$ in [0, 1).

        `size` is an int or a tuple of ints and symbolic integer scalars; low and high may be symbolic, with
        gradients, and must broadcast to `size`.

        Raises: ArgumentError, ShapeError, DTypeError.
        """
        u = self.drawn(StandardUniform, "uniform", size, dtype)
        dtype = canonical_dtype(dtype)
        low, high = parameter_of("uniform", "low", low, u, dtype), parameter_of("uniform", "high", high, u, dtype)
        if isinstance(low, (int, float)) and isinstance(high, (int, float)):
            y = u if high - low == 1 else (high - low) * u
        else:
            y = (high - low) * u
        return y if isinstance(low, (int, float)) and low == 0 else low + y

    def normal(self, size: Any, mean: Any = 0.0, std: Any = 1.0, dtype: Any = "floatX") -> Variable:
        r"""Normal numbers of a mean and a standard deviation: $\mu + \sigma z$ with $z \sim N(0, 1)$.

        `size` is an int or a tuple of ints and symbolic integer scalars; mean and std may be symbolic, with
        gradients, and must broadcast to `size`.

        Raises: ArgumentError, ShapeError, DTypeError.
        """
        z = self.drawn(StandardNormal, "normal", size, dtype)
        dtype = canonical_dtype(dtype)
        mean, std = parameter_of("normal", "mean", mean, z, dtype), parameter_of("normal", "std", std, z, dtype)
        y = z if isinstance(std, (int, float)) and std == 1 else std * z
        return y if isinstance(mean, (int, float)) and mean == 0 else mean + y

    def bernoulli(self, size: Any, p: Any = 0.5, dtype: Any = "floatX") -> Variable:
        """1 with probability `p`, else 0, in any dtype; `p` may be symbolic and must broadcast to `size`.

        Raises: ArgumentError, ShapeError, DTypeError.
        """
        dtype = canonical_dtype(dtype)
        u = self.drawn(StandardUniform, "bernoulli", size, _draw_dtype(dtype, p))
        return cast(less(u, _probability("bernoulli", p, u)), dtype)

    def binomial(self, size: Any, n: int = 1, p: Any = 0.5, dtype: Any = "int64") -> Variable:
        r"""Successes in `n` independent trials, $P(k) = \binom{n}{k} p^k (1 - p)^{n - k}$; `n` is an int.

        `p` may be symbolic and must broadcast to `size`.

        Raises: ArgumentError, ShapeError, DTypeError.
        """
        dtype = canonical_dtype(dtype)
        if isinstance(n, bool) or not isinstance(n, (int, np.integer)) or n < 0:
            raise ArgumentError(f"binomial: n is {n!r}, not a number of trials.", fix="n is an int >= 0.")
        if n == 1:
            return self.bernoulli(size, p, dtype)
        shape, sizes = split_sizes(size, "binomial")
        probability = as_variable(_probability("binomial", p, None))
        y = Binomial(dtype, shape, int(n))(self.state(), cast(probability, "float64"), *sizes)
        check_fits("binomial", "p", probability, y)
        return y

    def drawn(
        self, draw: type[Draw], name: str, size: Any, dtype: Any, before: Sequence[Variable] = ()
    ) -> Variable:
        """A draw of floats of a kind, `before` being what it takes beside its state; errors begin with `name`."""
        dtype = canonical_dtype(dtype)
        if dtype not in FLOATS:
            raise DTypeError(f"{name}: dtype is {dtype}, but the numbers are floats.", fix="cast the result.")
        shape, sizes = split_sizes(size, name)
        return cast(draw(drawn_dtype(dtype).name, shape)(self.state(), *before, *sizes), dtype)


def _draw_dtype(dtype: str, p: Any) -> str:
    if dtype in FLOATS:
        return dtype
    return p.type.dtype if isinstance(p, Variable) and p.type.is_float else "floatX"


def parameter_of(name: str, role: str, value: Any, draw: Variable, dtype: str) -> Any:
    """A parameter as a number or as a variable of the draw's dtype."""
    if isinstance(value, (int, float)) and not isinstance(value, np.generic):
        return float(value)
    return check_fits(name, role, cast(as_variable(value), dtype), draw)


def _probability(name: str, p: Any, draw: Variable | None) -> Any:
    if isinstance(p, Variable):
        return p if draw is None else parameter_of(name, "p", p, draw, draw.type.dtype)
    values = np.asarray(p)
    if not np.all((values >= 0) & (values <= 1)):
        raise ArgumentError(f"{name}: p is {p!r}, not a probability.", fix="p lies between 0 and 1.")
    return p if draw is None else parameter_of(name, "p", p, draw, draw.type.dtype)


def check_fits(name: str, role: str, value: Variable, draw: Variable) -> Variable:
    """A parameter may not make the result larger than `size`."""
    ours, theirs = value.type.shape, draw.type.shape
    fits = len(ours) <= len(theirs) and all(
        n == 1 or not isinstance(n, int) or not isinstance(m, int) or n == m
        for n, m in zip(ours[::-1], theirs[::-1], strict=False)
    )
    if not fits:
        raise ShapeError(
            f"{name}: {role} {shape_text(ours)} does not broadcast to size {shape_text(theirs)}.",
            operands={role: value},
            fix=f"give a size of {shape_text(ours)}, or a scalar {role}.",
        )
    return value


# The one piece of state this package keeps: words without `stream=` draw from it, and `seed` starts it again.
_DEFAULT = RandomStream()


def default_stream() -> RandomStream:
    """The stream that draws without a `stream` come from."""
    return _DEFAULT


def default_generator() -> np.random.Generator:
    """A new NumPy generator from the default stream, for initial values and shuffling."""
    return _DEFAULT.generator()


def seed(n: int | Sequence[int] | None) -> None:
    """Seed what is drawn from the default stream from now on: initial values, shuffling, dropout.

    Draws made before go on from their own states. None takes entropy from the operating system.

    Raises: ArgumentError.
    """
    # Another branch than RandomStream(n): the two may bear one seed and yet must not repeat each other.
    _DEFAULT.reseed(n, branch=1)


@contextmanager
def seeded(n: int | Sequence[int]) -> Iterator[None]:
    """Inside the block the default stream is as after `seed(n)`; after it, it goes on where it was.

    Raises: ArgumentError.
    """
    before = dict(vars(_DEFAULT))
    try:
        seed(n)
        yield
    finally:
        vars(_DEFAULT).update(before)


@vocabulary()
def uniform(
    size: Any, low: Any = 0.0, high: Any = 1.0, dtype: Any = "floatX", stream: RandomStream | None = None
) -> Variable:
    """Numbers uniform in [low, high), new ones at every call; see `RandomStream.uniform`."""
    return (stream or _DEFAULT).uniform(size, low, high, dtype)


@vocabulary()
def normal(
    size: Any, mean: Any = 0.0, std: Any = 1.0, dtype: Any = "floatX", stream: RandomStream | None = None
) -> Variable:
    """Normal numbers of a mean and a deviation, new ones at every call; see `RandomStream.normal`."""
    return (stream or _DEFAULT).normal(size, mean, std, dtype)


@vocabulary()
def bernoulli(
    size: Any, p: Any = 0.5, dtype: Any = "floatX", stream: RandomStream | None = None
) -> Variable:
    """1 with probability `p`, else 0, new ones at every call; see `RandomStream.bernoulli`."""
    return (stream or _DEFAULT).bernoulli(size, p, dtype)


@vocabulary()
def binomial(
    size: Any, n: int = 1, p: Any = 0.5, dtype: Any = "int64", stream: RandomStream | None = None
) -> Variable:
    """Successes in `n` trials of probability `p`, new ones at every call; see `RandomStream.binomial`."""
    return (stream or _DEFAULT).binomial(size, n, p, dtype)
