"""What an exported file runs besides its plans: these functions and classes are copied into it as they stand.

They use NumPy, Python and each other. Names of the user's never begin with an underscore, so theirs do, save those
that plans call.
"""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from operator import methodcaller
from typing import Any

import numpy as np


def share(pieces: Sequence[tuple[Any, ...]], *workers: Callable[..., object]) -> None:
    """Run every piece: each worker takes an equal part of them, and one comes after the other."""
    count = -(-len(pieces) // len(workers))
    for k, worker in enumerate(workers):
        for piece in pieces[k * count : (k + 1) * count]:
            worker(*piece)


class _Explained(Exception):
    """An error with what is known besides and what to do."""

    def __init__(self, what: str, note: str | None = None, fix: str | None = None) -> None:
        super().__init__("\n".join([what, *([f"  {note}"] if note else []), *([f"  fix: {fix}"] if fix else [])]))


def _side_by_side(state: dict[str, np.ndarray], *names: str) -> np.ndarray:
    """Have these arrays stand one behind the other in a long one, which is returned."""
    flat = np.concatenate([state[name].reshape(-1) for name in names])
    start = 0
    for name in names:
        shape, size = state[name].shape, state[name].size
        state[name] = flat[start : start + size].reshape(shape)
        start += size
    return flat


class _Function:
    """A function with a plan for each set of shapes, made at the first call that needs it.

    A call computes everything, then writes the new values of its state, in a loop that runs in C: an interrupt comes
    before all of them or after, save where the update of a large array runs in pieces. Calls must not overlap: a plan
    owns its buffers.
    """

    def __init__(
        self,
        name: str,
        inputs: Sequence[tuple[str, Any, bool, Any]],
        plans: Mapping[Any, Callable[[], Callable[..., Any]]],
        state: dict[str, np.ndarray],
        outputs: int,
        finite: Sequence[str],
    ) -> None:
        self.name, self.inputs, self.plans, self.state = name, inputs, plans, state
        self.outputs, self.finite = outputs, finite
        self._steps: dict[Any, Callable[..., Any]] = {}

    def __call__(self, *values: Any) -> list[np.ndarray]:
        arrays = [self._array(*known, value) for known, value in zip(self.inputs, values)]
        shapes = tuple([a.shape for a in arrays])
        if shapes not in self._steps:
            if shapes not in self.plans:
                given, known = self._told(shapes), " or ".join(map(self._told, self.plans))
                raise ValueError(f"{self.name} got {given}; this file was exported for {known}.")
            self._steps[shapes] = self.plans[shapes]()
        size = np.setbufsize(1008)
        try:
            with np.errstate(all="ignore"):
                return self._run(self._steps[shapes], arrays)
        finally:
            np.setbufsize(size)

    def _run(self, step: Callable[..., Any], arrays: Sequence[np.ndarray]) -> list[np.ndarray]:
        made, update = step(*arrays)
        for what, y in zip(self.finite, made):
            if not np.isfinite(y).all():
                raise ArithmeticError(f"{self.name}: {what} is not finite; nothing was updated.")
        results = [y.copy() for y in made[: self.outputs]]
        deque(map(methodcaller("__call__"), update), maxlen=0)
        return results

    def _array(self, name: str, dtype: Any, overwritten: bool, default: Any, value: Any) -> np.ndarray:
        """The argument in row order and in its dtype, where that loses no more than a float's last digits."""
        if value is None:
            if default is None:
                raise TypeError(f"{self.name} misses {name}.")
            value = default
        array = np.asarray(value)
        made: np.ndarray = np.asarray(array, dtype, order="C")
        kinds = "biufc"
        is_less = kinds.index(made.dtype.kind) < kinds.index(array.dtype.kind) if array.dtype.kind in kinds else True
        if is_less or (made.dtype.kind in "iu" and not np.array_equal(made, array)):
            raise TypeError(f"{self.name}: {name} is {array.dtype}, and {made.dtype} does not hold it.")
        mine = overwritten or any(np.may_share_memory(made, w) for w in self.state.values())
        return made.copy() if mine else made

    def _told(self, shapes: Any) -> str:
        return ", ".join(f"{known[0]} {shape}" for known, shape in zip(self.inputs, shapes))


def _load(state: dict[str, np.ndarray], path: Any) -> None:
    with np.load(path, allow_pickle=False) as values:
        missing = [name for name in state if name not in values]
        if missing:
            raise ValueError(f"{path} has no {', '.join(missing)}.")
        found = {name: values[name] for name in state}
    for name, w in state.items():
        if (found[name].shape, found[name].dtype) != (w.shape, w.dtype):
            raise ValueError(
                f"{path}: {name} is {found[name].dtype} {found[name].shape}, and is to be {w.dtype} {w.shape}."
            )
    for name, w in state.items():
        np.copyto(w, found[name])


def _value(text: str) -> Any:
    """An argument on the command line: the array in an .npy file, or a number."""
    if text.endswith(".npy"):
        return np.load(text, allow_pickle=False)
    try:
        return int(text)
    except ValueError:
        return float(text)


def _main(
    function: Callable[..., Any], inputs: Sequence[str], load: Any, save: Any, words: Sequence[str], file: str
) -> None:
    """Call it with the files and numbers on the command line, and print or write what it gives."""
    options: dict[str, str | None] = {"--out": None, "--state": None}
    rest = list(words)
    for option in options:
        if option in rest[:-1]:
            k = rest.index(option)
            options[option] = rest[k + 1]
            del rest[k : k + 2]
    if len(rest) != len(inputs) or any(word.startswith("--") for word in rest):
        sys.exit(
            f"usage: python {os.path.basename(file)} {' '.join(inputs)} [--out FILE] [--state FILE.npz]\n"
            "each argument is an .npy file or a number; the state is read from its file, if it is there, and written"
        )
    out, kept = options["--out"], options["--state"]
    if kept and os.path.exists(kept):
        load(kept)
    try:
        made = function(*map(_value, rest))
    except (OSError, ValueError, TypeError, IndexError, ArithmeticError) as error:
        sys.exit(f"{os.path.basename(file)}: {error}")
    if kept:
        save(kept)
    results = list(made.values()) if isinstance(made, dict) else [] if made is None else made
    if not isinstance(results, (list, tuple)):
        results = [results]
    if out and len(results) == 1:
        np.save(out, results[0])
    elif out:
        np.savez(out, *results)
    else:
        print(*results, sep="\n")
