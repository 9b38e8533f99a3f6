"""Checkpoints: named arrays and a JSON text in one file, which is written whole or not at all and runs nothing when it
is read.
"""

from __future__ import annotations

import io
import json
import os
import re
import zipfile
import zlib
from collections import deque
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from itertools import repeat
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from symnet.compiled import Function
from symnet.errors import ArgumentError, DataError, MissingExtraError
from symnet.files import npz, reason, write_whole
from symnet.graph import Shared

_TEXT = "checkpoint.json"
_STREAM = re.compile(r"random_state_\d+")
_NAMED = 12
"""How many names an error tells of each kind."""

States = Mapping[str, Shared]


class Checkpoint(NamedTuple):
    """What a checkpoint's file holds: arrays by name, and what was saved beside them."""

    arrays: dict[str, np.ndarray]
    extra: Any


def states(*functions: Function) -> dict[str, Shared]:
    """By name, what calls of the functions update: parameters, optimiser state, running averages, random streams."""
    return named(s for f in functions for s, _ in f.updates)


def named(shared: Iterable[Shared]) -> dict[str, Shared]:
    """Shared variables by label; those of one label are numbered in the order they come in.

    So are random streams, whose own numbers tell how many draws a process made before.
    """
    found: dict[str, Shared] = {}
    for s in dict.fromkeys(shared):
        label = "random_state" if _STREAM.fullmatch(s.label) else s.label
        name, k = label, 1
        while name in found:
            k += 1
            name = f"{label}.{k}"
        found[name] = s
    return found


def values(states: States) -> dict[str, np.ndarray]:
    """Copies of the values by name, all of one moment."""
    with _held(states):
        return {name: s.array.copy() for name, s in states.items()}


def compare(states: States, arrays: Mapping[str, np.ndarray], source: str) -> None:
    """See that each state has an array of its type under its name, and each array a state.

    Raises: ArgumentError that lists what differs between the model and `source`, which says where the arrays are from.
    """
    other = [
        f"{name} is {_type(arrays[name])}, here {_type(s.array)}"
        for name, s in states.items()
        if name in arrays and not _fits(arrays[name], s)
    ]
    lines = [
        ("of another type: ", other),
        ("only in the file: ", sorted(name for name in arrays if name not in states)),
        ("not in the file: ", [name for name in states if name not in arrays]),
    ]
    note = "\n".join(before + _list(names) for before, names in lines if names)
    if note:
        raise ArgumentError(
            f"{source} is of another model; nothing was loaded.", note=note, fix="build the model that was saved."
        )


def assign(states: States, arrays: Mapping[str, np.ndarray]) -> None:
    """Give all states the arrays of their names, which `compare` has seen to fit."""
    own = [np.array(arrays[name]) for name in states]
    with _held(states):
        # A loop in C, which no interrupt parts.
        deque(map(setattr, states.values(), repeat("array"), own), maxlen=0)


def save(path: str | os.PathLike[str], states: States, extra: Any = None) -> None:
    """Write the states' values, and `extra`, which JSON can say, into a `.npz` or `.safetensors`.

    The file is written whole or not at all: a process that is killed leaves the file that was there before.

    Raises: ArgumentError, DataError.
    """
    write(path, values(states), extra)


def load(path: str | os.PathLike[str], states: States) -> Any:
    """Give the states the values of a file by `save`, all or none, and return what was saved beside them.

    Raises: DataError where the file is missing or damaged; ArgumentError where names, shapes or dtypes differ, which it
    lists. Nothing was changed then.
    """
    found = read(path)
    compare(states, found.arrays, f"load: {os.fspath(path)}")
    assign(states, found.arrays)
    return found.extra


# files --------------------------------------------------------------------------------------------------------------


def write(path: str | os.PathLike[str], arrays: Mapping[str, np.ndarray], extra: Any = None) -> None:
    """Write arrays by name and `extra` into a `.npz` or `.safetensors`, whole or not at all.

    Raises: ArgumentError, DataError.
    """
    target = Path(path)
    try:
        text = json.dumps(extra)
    except (TypeError, ValueError) as error:
        raise ArgumentError(f"save: JSON cannot say what is to be saved: {error}.") from None
    if _is_safetensors(target):
        content = _safetensors(arrays, text)
    else:
        content = npz(arrays, {_TEXT: text})
    write_whole({target: content})


def read(path: str | os.PathLike[str]) -> Checkpoint:
    """What a file by `write` holds; nothing in it is run.

    Raises: ArgumentError; DataError where the file is missing, cut short or changed.
    """
    source = Path(path)
    parse = _read_safetensors if _is_safetensors(source) else _read_npz
    try:
        content = source.read_bytes()
    except OSError as error:
        raise DataError(f"the checkpoint {source} cannot be read: {reason(error)}.") from None
    try:
        arrays, text = parse(content)
        return Checkpoint(arrays, json.loads(text))
    except MissingExtraError:
        raise
    except Exception as error:  # damaged files fail in a dozen ways
        raise DataError(
            f"{source} is no whole checkpoint: {str(error) or type(error).__name__}.",
            fix="load another one; files by `save` are whole, so this one was changed after it was written.",
        ) from None


def _read_npz(content: bytes) -> tuple[dict[str, np.ndarray], str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}  # compares checksums
    if _TEXT not in members:
        raise ValueError(f"it has no {_TEXT}")
    text = members.pop(_TEXT).decode()
    arrays = {
        name.removesuffix(".npy"): np.lib.format.read_array(io.BytesIO(member), allow_pickle=False)
        for name, member in members.items()
    }
    return arrays, text


def _safetensors(arrays: Mapping[str, np.ndarray], text: str) -> bytes:
    save = _library().save
    whole = {name: np.ascontiguousarray(a).reshape(a.shape) for name, a in arrays.items()}
    try:
        return bytes(save(whole, {_TEXT: text, "crc32": _checksum(whole, text)}))
    except Exception as error:
        raise ArgumentError(f"save: safetensors refuses the arrays: {error}.", fix="save as .npz.") from None


def _read_safetensors(content: bytes) -> tuple[dict[str, np.ndarray], str]:
    arrays = _library().load(content)
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])["__metadata__"]
    if header["crc32"] != _checksum(arrays, header[_TEXT]):
        raise ValueError("its checksum differs")
    return arrays, header[_TEXT]


def _library() -> Any:
    try:
        import safetensors.numpy  # type: ignore[import-not-found,import-untyped,unused-ignore]
    except ImportError:
        raise MissingExtraError(
            "checkpoints in .safetensors need the package safetensors.",
            fix="pip install 'symnet[train]', or save as .npz.",
        ) from None
    return safetensors.numpy


def _checksum(arrays: Mapping[str, np.ndarray], text: str) -> str:
    """Of names and bytes; the format has none of its own."""
    crc = zlib.crc32(text.encode())
    for name in sorted(arrays):
        crc = zlib.crc32(np.ascontiguousarray(arrays[name]).tobytes(), zlib.crc32(name.encode(), crc))
    return str(crc)


def _is_safetensors(path: Path) -> bool:
    if path.suffix not in (".npz", ".safetensors"):
        raise ArgumentError(f"the checkpoint {path} ends in neither .npz nor .safetensors.", fix="choose one of them.")
    return path.suffix == ".safetensors"


# parts ----------------------------------------------------------------------------------------------------------------


def _held(states: States) -> ExitStack:
    """The locks of the states, taken in the order in which functions take them."""
    with ExitStack() as stack:
        for s in sorted(states.values(), key=id):
            stack.enter_context(s.lock)
        return stack.pop_all()


def _fits(array: np.ndarray, s: Shared) -> bool:
    sizes = s.type.shape
    return (
        array.dtype == s.array.dtype
        and array.ndim == len(sizes)
        and all(n == m or not isinstance(n, int) for n, m in zip(sizes, array.shape, strict=True))
    )


def _type(array: np.ndarray) -> str:
    return f"{array.dtype} {array.shape}"


def _list(names: list[str]) -> str:
    more = f"; and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return "; ".join(names[:_NAMED]) + more
