"""Convolutions of many pictures or many filters at once, as one: rows become examples, filters or groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symnet.graph import Variable
from symnet.ops.create import zeros
from symnet.ops.shape import reshape, transpose

__all__: list[str] = []


def as_examples(x: Variable) -> Variable:
    """(n, N, ...) as (n N, ...)."""
    return reshape(x, (x.shape[0] * x.shape[1], *x.shape[2:]))


def of_examples(y: Variable, n: Any, examples: Any) -> Variable:
    """(n N, ...) as (n, N, ...)."""
    return reshape(y, (n, examples, *y.shape[1:]))


def as_filters(w: Variable, groups: int = 1) -> Variable:
    """Filters (n, F, ...) as (n F, ...); those of one group stay together."""
    n, filters, *rest = w.shape
    parted = reshape(w, (n, groups, filters // groups, *rest))
    return reshape(_swapped(parted, 0), (n * filters, *rest))


def of_filters(w: Variable, n: Any, filters: Any, groups: int = 1) -> Variable:
    """(n F, ...) as (n, F, ...)."""
    rest = w.shape[1:]
    parted = reshape(w, (groups, n, filters // groups, *rest))
    return reshape(_swapped(parted, 0), (n, filters, *rest))


def as_channels(x: Variable, groups: int = 1) -> Variable:
    """(n, N, C, ...) as (N, n C, ...); channels of one group stay together."""
    n, examples, channels, *rest = x.shape
    parted = reshape(_swapped(x, 0), (examples, n, groups, channels // groups, *rest))
    return reshape(_swapped(parted, 1), (examples, n * channels, *rest))


def of_channels(y: Variable, n: Any, channels: Any, groups: int = 1) -> Variable:
    """(N, n C, ...) as (n, N, C, ...)."""
    examples, _, *rest = y.shape
    parted = reshape(y, (examples, groups, n, channels // groups, *rest))
    return _swapped(reshape(_swapped(parted, 1), (examples, n, channels, *rest)), 0)


def of_shape(shape: Sequence[Any], like: Variable) -> Variable:
    """An operand of which only the shape is used."""
    return zeros(tuple(shape), like.type.dtype)


def _swapped(x: Variable, axis: int) -> Variable:
    """An axis and the next one exchanged."""
    order = list(range(x.type.ndim))
    order[axis : axis + 2] = axis + 1, axis
    return transpose(x, tuple(order))
