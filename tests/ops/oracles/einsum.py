"""Sums of products written out: for each element of the result, over all values of the other indices."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np


def einsum(subscripts: Any, *operands: Any, optimize: Any = True) -> np.ndarray:
    if not isinstance(subscripts, str):
        arguments = (subscripts, *operands)
        lists = [list(given) for given in arguments[1::2]]
        result = list(arguments[-1]) if len(arguments) % 2 else None
        arrays = [np.asarray(x) for x in arguments[: len(arguments) // 2 * 2 : 2]]
    else:
        left, arrow, right = subscripts.replace(" ", "").partition("->")
        lists = [_names(term) for term in left.split(",")]
        result = _names(right) if arrow else None
        arrays = [np.asarray(x) for x in operands]
    widest = max((x.ndim - len(names) + 1 for x, names in zip(arrays, lists) if Ellipsis in names), default=0)
    dots = [("...", k) for k in range(widest)]
    lists = [_filled(names, dots[widest - (x.ndim - len(names) + 1) :]) for x, names in zip(arrays, lists)]
    if result is None:
        everything = [name for names in lists for name in names if name not in dots]
        result = [*dots, *sorted(name for name in everything if everything.count(name) == 1)]
    else:
        result = _filled(result, dots)
    return _summed(arrays, lists, result)


def _names(term: str) -> list[Any]:
    return [Ellipsis if c == "." else c for c in term.replace("...", ".")]


def _filled(names: list[Any], dots: list[Any]) -> list[Any]:
    return [full for name in names for full in (dots if name is Ellipsis else [name])]


def _summed(arrays: list[np.ndarray], lists: list[list[Any]], result: list[Any]) -> np.ndarray:
    sizes: dict[Any, int] = {}
    for x, names in zip(arrays, lists):
        for name, n in zip(names, x.shape):
            sizes[name] = n if sizes.get(name, 1) == 1 else sizes[name]
    dtype = np.result_type(*arrays)
    y = np.zeros([sizes[name] for name in result], dtype)
    summed = [name for name in sizes if name not in result]
    for place in np.ndindex(*y.shape):
        terms = []
        for values in itertools.product(*(range(sizes[name]) for name in summed)):
            at = dict(zip(result, place)) | dict(zip(summed, values))
            terms.append(math.prod(
                x[tuple(at[name] if n > 1 else 0 for name, n in zip(names, x.shape))].item()
                for x, names in zip(arrays, lists)
            ))
        total = any(terms) if dtype.kind == "b" else math.fsum(terms) if dtype.kind == "f" else sum(terms)
        y[place] = np.array(total).astype(dtype)
    return y


ORACLES = {"einsum": einsum}
