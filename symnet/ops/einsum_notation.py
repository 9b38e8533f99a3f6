"""Einstein's notation as users write it, and with a name for every axis."""

from __future__ import annotations

from collections.abc import Sequence
from string import ascii_letters
from typing import Any

import numpy as np

from symnet.errors import ArgumentError

__all__: list[str] = []


def joined(arguments: Sequence[Any]) -> tuple[str, list[Any]]:
    """The string and the operands of `einsum(x, [0, 1], y, [1, 2], [0, 2])`: letters in the order of the numbers.

    Raises: ArgumentError.
    """
    operands = list(arguments[: len(arguments) // 2 * 2 : 2])
    lists = [_checked_list(given) for given in arguments[1::2]]
    out = _checked_list(arguments[-1]) if len(arguments) % 2 else None
    numbers = sorted({k for given in (*lists, out or []) for k in given if k is not Ellipsis})
    if len(numbers) > len(ascii_letters):
        raise _too_many(len(numbers))
    # Capitals come first in the alphabet, by which the axes of a result that is not given are ordered.
    letter = dict(zip(numbers, sorted(ascii_letters), strict=False))
    texts = ["".join("..." if k is Ellipsis else letter[k] for k in given) for given in lists]
    arrow = "" if out is None else "->" + "".join("..." if k is Ellipsis else letter[k] for k in out)
    return ",".join(texts) + arrow, operands


def _checked_list(given: Any) -> list[Any]:
    if not isinstance(given, (list, tuple)) or not all(
        k is Ellipsis or (isinstance(k, (int, np.integer)) and k >= 0) for k in given
    ):
        raise ArgumentError(
            f"einsum: {given!r} is no list of axes.", fix="give a string first, or a list of ints behind each operand."
        )
    return list(given)


def _too_many(count: int) -> ArgumentError:
    return ArgumentError(f"einsum: {count} axes have names, and there are {len(ascii_letters)} letters.")


def parsed(subscripts: str, ndims: Sequence[int]) -> str:
    """The notation with the result written out, and a letter in the place of each axis `...` stands for.

    Raises: ArgumentError for what cannot be read, or does not fit operands of `ndims` axes.
    """
    text = "".join(subscripts.split())
    left, arrow, right = text.partition("->")
    terms = left.split(",")
    if len(terms) != len(ndims):
        raise ArgumentError(
            f"einsum: {subscripts!r} is of {len(terms)} operands, but {len(ndims)} given.",
            fix="write one group of letters for each, with commas between them.",
        )
    for part in (*terms, right):
        _check_letters(part, subscripts)
    widths = [_width(k, term, n) for k, (term, n) in enumerate(zip(terms, ndims, strict=True))]
    named = sorted(set("".join(terms).replace(".", "")))
    free = [letter for letter in ascii_letters if letter not in set(text)]
    widest = max(widths)
    if widest > len(free):
        raise _too_many(len(named) + widest)
    unnamed = "".join(free[:widest])
    full = [term.replace("...", unnamed[widest - n :]) for term, n in zip(terms, widths, strict=True)]
    if not arrow:
        once = [name for name in named if "".join(terms).count(name) == 1]
        return f"{','.join(full)}->{unnamed}{''.join(once)}"
    if "..." not in right and widest:
        raise ArgumentError(
            f"einsum: {subscripts!r} leaves out of its result the axes that '...' stands for.",
            fix="write '...' behind '->', too; name the axes that are to be summed.",
        )
    result = right.replace("...", unnamed)
    _check_result(result, "".join(full), subscripts)
    return f"{','.join(full)}->{result}"


def _check_letters(part: str, subscripts: str) -> None:
    letters = part.replace("...", "", 1)
    wrong = next((c for c in letters if c not in ascii_letters), None)
    if wrong is not None:
        raise ArgumentError(
            f"einsum: {wrong!r} in {subscripts!r} is no name of an axis.",
            fix="use letters, '...' at most once for each operand, and '->' at most once.",
        )


def _width(k: int, term: str, ndim: int) -> int:
    """How many axes of an operand `...` stands for."""
    names = len(term.replace("...", ""))
    if names > ndim or (names < ndim and "..." not in term):
        raise ArgumentError(
            f"einsum: {term!r} names {names} {'axis' if names == 1 else 'axes'}, but operand {k} has {ndim}.",
            fix="name every axis, or write '...' for those without a name.",
        )
    return ndim - names


def _check_result(result: str, known: str, subscripts: str) -> None:
    for name in result:
        if name not in known:
            raise ArgumentError(
                f"einsum: the result has an axis {name!r} that no operand has: {subscripts!r}.",
                fix="an axis of size 1 is made by sn.expand_dims.",
            )
        if result.count(name) > 1:
            raise ArgumentError(
                f"einsum: the result has {name!r} {result.count(name)} times: {subscripts!r}.",
                fix="name each of its axes once; a diagonal matrix is sn.eye(n) * v.",
            )
