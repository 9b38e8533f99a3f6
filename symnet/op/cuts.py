"""How families of ops run on pieces of their operands."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from symnet.graph import Variable
from symnet.op.contract import Split


def aligned(axes: Sequence[int | None], *inputs: Variable) -> Split:
    """The cut of operands that broadcast: along one axis, counted from the right, wherever it is not stretched."""
    behind = next(x.type.ndim - k for x, k in zip(inputs, axes, strict=True) if k is not None)
    ndim = max(x.type.ndim for x in inputs)
    has_axis = [x.type.ndim >= behind and x.type.shape[x.type.ndim - behind] != 1 for x in inputs]
    cuts = tuple(x.type.ndim - behind if cut else None for x, cut in zip(inputs, has_axis, strict=True))
    return Split(cuts, ndim - behind)


def along_same(axes: Sequence[int | None], *inputs: Variable, except_for: Collection[int] = ()) -> Split | None:
    """The cut of operands and a result that share an axis, unless it is one the op works along."""
    axis = next(k for k in axes if k is not None)
    return None if axis in except_for else Split((axis,) * len(inputs), axis)
