"""Minibatches of arrays, memory maps and streams, in an order that one seed decides, to be resumed anywhere.

Small minibatches are made several at a time, as a group, for a call of NumPy costs more than the few rows it is for.
And nothing random is shared: the order of an epoch is drawn from (seed, epoch), and what is drawn for a group from
(seed, epoch, number). So it matters neither which thread makes it, nor how far ahead, and a run can go on anywhere.
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symnet.data.checks import check_finite, check_labels, numbers
from symnet.data.prefetch import ahead
from symnet.errors import ArgumentError

Transform = Callable[[NDArray[Any], "np.random.Generator | None"], NDArray[Any]]
Group = tuple[NDArray[np.intp], list[NDArray[Any]]]
"""The numbers of the rows of a group of minibatches, and these rows of x and y."""
ROWS = 128
"""How many rows a group has about: beyond that, NumPy's cost per call no longer shows."""


class Batches:
    """Minibatches, as `batches` and `stream` make them: each `for` loop over them is one epoch.

    `epoch` is the number of the present epoch, from 0, and `batch` how many of its minibatches have been handed out.
    A loop that is left early leaves its epoch: the next one begins a new epoch.
    """

    def __init__(
        self,
        word: str,
        size: int,
        rng: np.random.Generator | int | None,
        *,
        transform: Transform | None,
        classes: int | None,
        drop_last: bool,
        prefetch: int,
    ) -> None:
        size, prefetch = operator.index(size), operator.index(prefetch)
        if size < 1:
            raise ArgumentError(f"{word}: size is {size}.", fix="choose a size of at least 1.")
        if prefetch < 0:
            raise ArgumentError(f"{word}: prefetch is {prefetch}, expected the number of minibatches to make ahead.")
        self.epoch = 0
        self.batch = 0
        self._word, self._size, self._transform, self._classes = word, size, transform, classes
        self._drop_last, self._prefetch = drop_last, prefetch
        self._grouped = max(1, ROWS // size)  # minibatches of a group
        # One draw, so that the caller's generator goes on as if there were no data.
        self._seed = None if rng is None else int(np.random.default_rng(rng).integers(2**63))
        self._loop: object = None

    def __iter__(self) -> Iterator[Any]:
        if self._loop is not None:
            self.epoch, self.batch = self.epoch + 1, 0
        self._loop = loop = object()
        return self._handed_out(loop)

    def state(self) -> dict[str, int | None]:
        """Return where the minibatches are, as numbers that JSON can hold: those handed out count as done."""
        return {"epoch": self.epoch, "batch": self.batch, "seed": self._seed, "size": self._size, "rows": self._rows()}

    def from_state(self, state: dict[str, int | None]) -> Self:
        """Go on where `state` was noted, with the same minibatches in the same order; return these batches.

        The next loop ends the epoch that had begun. Raises: ArgumentError for a state of other data or another size.
        """
        mine = self.state()
        if set(state) != set(mine):
            raise ArgumentError(f"from_state: the state has {sorted(state)}, expected {sorted(mine)}.")
        for what in ("size", "rows"):
            if state[what] != mine[what]:
                raise ArgumentError(
                    f"from_state: the state was noted with {what} {state[what]}, but here {what} is {mine[what]}.",
                    fix="go on with the data and the size of minibatches that the run had.",
                )
        self.epoch, self.batch = int(state["epoch"] or 0), int(state["batch"] or 0)
        self._seed, self._loop = state["seed"], None
        return self

    def _handed_out(self, loop: object) -> Iterator[Any]:
        first, skipped = divmod(self.batch, self._grouped)
        made = self._made(self.epoch, first)
        if self._prefetch:
            made = ahead(made, -(-self._prefetch // self._grouped))
        with closing(made):
            for group in made:
                for minibatch in group[skipped:]:
                    self._check_only(loop)
                    self.batch += 1
                    yield minibatch
                skipped = 0
        self._check_only(loop)
        self.epoch, self.batch, self._loop = self.epoch + 1, 0, None

    def _check_only(self, loop: object) -> None:
        if self._loop is not loop:
            fix = "make one for each loop."
            raise ArgumentError(f"{self._word}: two loops go over the same minibatches at once.", fix=fix)

    def _made(self, epoch: int, first: int) -> Generator[list[Any], None, None]:
        """The minibatches of an epoch from the group `first` on, checked and transformed."""
        for number, (rows, parts) in enumerate(self._groups(epoch, first), first):
            for name, part in zip("xy", parts):
                check_finite(self._word, name, part, rows)
            if self._classes is not None:
                check_labels(self._word, parts[-1], self._classes, rows)
            if self._transform is not None:
                parts[0] = self._transform(parts[0], self._generator(epoch, number))
                if np.shape(parts[0])[:1] != (len(rows),):
                    made = f"transform made {np.shape(parts[0])} of {len(rows)} rows"
                    raise ArgumentError(f"{self._word}: {made}, expected as many rows.")
            yield self._cut(len(rows), parts)

    def _cut(self, count: int, parts: list[NDArray[Any]]) -> list[Any]:
        end = count - count % self._size if self._drop_last else count
        cuts = [slice(start, start + self._size) for start in range(0, end, self._size)]
        return [tuple(part[cut] for part in parts) if len(parts) > 1 else parts[0][cut] for cut in cuts]

    def _generator(self, *key: int) -> np.random.Generator | None:
        """What the order of an epoch is drawn from, or (epoch, number) the transformation of a group."""
        return None if self._seed is None else np.random.default_rng(np.random.SeedSequence(self._seed, spawn_key=key))

    def _groups(self, epoch: int, first: int) -> Iterator[Group]:
        raise NotImplementedError

    def _rows(self) -> int | None:
        """The examples of an epoch, where they are known."""
        return None


class _ArrayBatches(Batches):
    """Minibatches of arrays: `len()` is their number."""

    def __init__(self, x: ArrayLike, y: ArrayLike | None, size: int, rng: Any, **options: Any) -> None:
        super().__init__("batches", size, rng, **options)
        self._arrays = [numbers("batches", name, part) for name, part in (("x", x), ("y", y)) if part is not None]
        count = len(self._arrays[0])
        if y is not None and count != len(self._arrays[1]):
            raise ArgumentError(f"batches: x has {count:,} rows but y has {len(self._arrays[1]):,}.")
        if not count:
            raise ArgumentError("batches: there are no examples.")
        if self._drop_last and size > count:
            raise ArgumentError(f"batches: size is {size}, but there are {count} examples and drop_last.")
        if self._classes is not None:
            if y is None:
                raise ArgumentError("batches: classes are given, but no labels y.")
            check_labels("batches", self._arrays[1], self._classes)

    def __len__(self) -> int:
        count = len(self._arrays[0])
        return count // self._size if self._drop_last else -(-count // self._size)

    def _groups(self, epoch: int, first: int) -> Iterator[Group]:
        count, at_once = len(self._arrays[0]), self._size * self._grouped
        rng = self._generator(epoch)
        order = np.arange(count) if rng is None else rng.permutation(count)
        for start in range(first * at_once, count, at_once):
            rows = order[start : start + at_once]
            yield rows, [array.take(rows, axis=0) for array in self._arrays]

    def _rows(self) -> int:
        return len(self._arrays[0])


class _StreamBatches(Batches):
    """Minibatches of examples that a function makes one by one."""

    def __init__(self, source: Any, size: int, rng: Any, buffer: int, **options: Any) -> None:
        super().__init__("stream", size, rng, **options)
        if not callable(source):
            fix = "give the function that begins an epoch: stream(lambda: read(path), ...)."
            raise ArgumentError(f"stream: source is a {type(source).__name__}, which can be read once.", fix=fix)
        if buffer < 1:
            raise ArgumentError(f"stream: buffer is {buffer}, expected the number of examples to draw from.")
        self._source, self._buffer = source, buffer

    def _groups(self, epoch: int, first: int) -> Iterator[Group]:
        rng = self._generator(epoch)
        numbered = enumerate(self._source())
        examples = iter(numbered if rng is None else shuffled(numbered, self._buffer, rng))
        # What was handed out before is made again, for the order of the rest depends on it.
        at_once = self._size * self._grouped
        skipped = sum(1 for _ in itertools.islice(examples, first * at_once))
        empty = not skipped
        while chunk := list(itertools.islice(examples, at_once)):
            empty = False
            yield np.array([row for row, _ in chunk]), self._stacked(chunk)
        if empty:
            raise ArgumentError("stream: the source gave no examples.")

    def _stacked(self, chunk: list[tuple[int, Any]]) -> list[NDArray[Any]]:
        pairs = [example if isinstance(example, tuple) else (example,) for _, example in chunk]
        if any(len(pair) != len(pairs[0]) or len(pair) > 2 for pair in pairs):
            raise ArgumentError("stream: an example is x or a pair (x, y), the same for all.")
        parts = []
        for name, values in zip("xy", zip(*pairs)):
            shapes = [np.shape(value) for value in values]
            other = next((k for k, shape in enumerate(shapes) if shape != shapes[0]), None)
            if other is not None:
                a, b = chunk[0][0], chunk[other][0]
                raise ArgumentError(f"stream: {name} has shape {shapes[0]} in row {a}, but {shapes[other]} in row {b}.")
            parts.append(numbers("stream", name, np.stack([np.asarray(value) for value in values])))
        return parts


def batches(
    x: ArrayLike,
    y: ArrayLike | None,
    size: int,
    rng: np.random.Generator | int | None = None,
    *,
    transform: Transform | None = None,
    classes: int | None = None,
    drop_last: bool = False,
    prefetch: int = 0,
) -> _ArrayBatches:
    """Return the rows of x and y in minibatches of `size`: pairs `(x, y)`, or x alone where y is None.

    With a generator or a seed `rng`, each epoch has a new random order; without, rows stay in order. The last minibatch
    is short where `size` does not divide the rows, unless `drop_last`. `transform(x, rng)` changes x, with a generator
    of its own and for some minibatches at a time (`sn.data.augment.rotate` and its like). `prefetch` minibatches,
    or a few more, are made ahead in a thread: worth it for transformations and for memory maps, whose rows are read
    when they are needed; for plain arrays it saves nothing. All arrays handed out belong to the caller.

        for x, y in sn.data.batches(train.images, train.labels, 10, rng):
            step(x, y)

    Shapes: x (n, ...), y (n, ...) -> (size, ...), (size, ...).
    Raises: ArgumentError (no rows, different lengths), BoundsError (a label outside 0 ... classes - 1), and in the loop
    NumericError, which names the row, for a NaN or an infinity.
    """
    options = {"transform": transform, "classes": classes, "drop_last": drop_last, "prefetch": prefetch}
    return _ArrayBatches(x, y, size, rng, **options)


def stream(
    source: Callable[[], Iterable[Any]],
    size: int,
    rng: np.random.Generator | int | None = None,
    *,
    buffer: int = 10_000,
    transform: Transform | None = None,
    classes: int | None = None,
    drop_last: bool = False,
    prefetch: int = 0,
) -> Batches:
    """Return the examples that `source()` makes one by one, each x or `(x, y)`, in minibatches of `size`.

    `source` is called for each epoch and is to make the same examples each time. With `rng`, each example comes at
    random out of the next `buffer` ones; all else is as in `batches`. To go on from a state, the epoch's examples up to
    there are made again and dropped.

    Shapes: x (...), y (...) -> (size, ...), (size, ...).
    Raises: as `batches` does, but in the loop.
    """
    options = {"transform": transform, "classes": classes, "drop_last": drop_last, "prefetch": prefetch}
    return _StreamBatches(source, size, rng, buffer, **options)


def shuffled(items: Iterable[Any], buffer: int, rng: np.random.Generator) -> Iterator[Any]:
    """Yield the items in random order, each out of the `buffer` that are next."""
    items = iter(items)
    held = list(itertools.islice(items, buffer))
    places: list[int] = []
    for item in items:
        if not places:
            places = rng.integers(buffer, size=1024).tolist()
        place = places.pop()
        yield held[place]
        held[place] = item
    for place in rng.permutation(len(held)).tolist():
        yield held[place]
