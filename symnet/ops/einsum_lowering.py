"""A sum of products as a series of matrix products, once all sizes are known.

Axes of size 1 go first, then each operand takes its diagonals and its own sums, which leaves names that occur once in
an operand. Then two operands at a time become one. Of their axes some are in both and stay (the batch), some are in
both and are summed (inner), and some are in one alone (rows, columns): that is a matrix product of views.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import prod

from symnet.graph import Constant, Variable
from symnet.ops.arithmetic import multiply
from symnet.ops.broadcast import broadcast_to
from symnet.ops.conversion import cast
from symnet.ops.diagonals import Diagonal
from symnet.ops.einsum_path import path
from symnet.ops.matmul import MatMul
from symnet.ops.reduce import Sum
from symnet.ops.shape import Transpose, expand_dims, reshape, transpose
from symnet.ops.vecdot import VecDot

__all__: list[str] = []

Sizes = Mapping[str, int]


@dataclass(frozen=True)
class Term:
    """An array and the names of its axes, each once."""

    array: Variable
    names: str

    def ordered(self, names: str) -> Variable:
        """The array with its axes in the order of `names`."""
        axes = tuple(self.names.index(name) for name in names)
        return self.array if axes == tuple(range(len(axes))) else transpose(self.array, axes)


def contracted(
    operands: Sequence[tuple[Variable, str]], result: str, sizes: Sizes, optimize: str
) -> Variable:
    """The sum of products of operands, the axes of each and of the result being named.

    What an axis of the result has no operand for is repeated, and what is summed without one is counted.
    """
    dtype = operands[0][0].type.dtype
    terms = [_with_own_names(x, names) for x, names in operands]
    real = {name for term in terms for name in term.names}
    terms = [
        _summed(term, set(result).union(*(other.names for j, other in enumerate(terms) if j != k)))
        for k, term in enumerate(terms)
    ]
    kept = [name for name in result if name in real]
    for i, j in path([term.names for term in terms], "".join(kept), sizes, optimize):
        second, first = terms.pop(j), terms.pop(i)
        needed = set(kept).union(*(term.names for term in terms))
        terms.append(_paired(first, second, needed, "" if terms else "".join(kept), sizes))
    y = terms[0].ordered("".join(kept))
    missing = [k for k, name in enumerate(result) if name not in real]
    if missing:
        y = expand_dims(y, missing)
    y = broadcast_to(y, tuple(sizes[name] for name in result))
    count = prod(n for name, n in sizes.items() if name not in real and name not in result)
    return y if count == 1 else multiply(y, Constant(count, dtype))


def _with_own_names(x: Variable, names: str) -> Term:
    """An operand without axes of size 1 and with no name twice, its axes in the order of memory, if that is seen."""
    while x.node is not None and isinstance(x.node.op, Transpose):
        axes = x.node.op.axes
        x, names = x.node.inputs[0], "".join(names[axes.index(k)] for k in range(len(axes)))
    long = [k for k, n in enumerate(x.type.shape) if n != 1]
    if len(long) < x.type.ndim:
        x, names = reshape(x, tuple(x.type.shape[k] for k in long)), "".join(names[k] for k in long)
    for name in dict.fromkeys(names):
        while names.count(name) > 1:
            first = names.index(name)
            second = names.index(name, first + 1)
            x = Diagonal(0, first, second)(x)
            names = names[:first] + names[first + 1 : second] + names[second + 1 :] + name
    return Term(x, names)


def _summed(term: Term, needed: Collection[str]) -> Term:
    """An operand summed over the axes nobody else needs."""
    axes = tuple(k for k, name in enumerate(term.names) if name not in needed)
    if not axes:
        return term
    names = "".join(name for name in term.names if name in needed)
    return Term(cast(Sum(axes)(term.array), term.array.type.dtype), names)


# two operands ---------------------------------------------------------------------------------------------------------


def _paired(a: Term, b: Term, needed: Collection[str], result: str, sizes: Sizes) -> Term:
    """The product of two operands, summed over what is not `needed`; `result` is the order wished for, if any."""
    inner = [name for name in a.names if name in b.names and name not in needed]
    if not inner:
        return _multiplied(a, b, result, sizes)
    batch = "".join(name for name in a.names if name in b.names and name in needed)
    rows = "".join(name for name in a.names if name not in b.names)
    columns = "".join(name for name in b.names if name not in a.names)
    if result.startswith(batch) and columns and result.startswith(columns, len(batch)):
        a, b, rows, columns = b, a, columns, rows
    summed = _inner_order(a, b, rows, columns, "".join(inner), sizes)
    left, right = a.ordered(batch + rows + summed), b.ordered(batch + summed + columns)
    lead = tuple(sizes[name] for name in batch)
    m, k, n = (prod(sizes[name] for name in group) for group in (rows, summed, columns))
    shape = (*lead, *(sizes[name] for name in rows + columns))
    if not rows and not columns:
        left, right = reshape(left, (*lead, k)), reshape(right, (*lead, k))
        if not left.type.is_float:
            return Term(cast(Sum((len(lead),))(multiply(left, right)), left.type.dtype), batch)
        return Term((VecDot() if lead else MatMul())(left, right), batch)
    # Without a batch a vector stays one, and BLAS has a call of its own for it.
    left = reshape(left, (*lead, *((m,) if rows or lead else ()), k))
    right = reshape(right, (*lead, k, *((n,) if columns or lead else ())))
    return Term(reshape(MatMul()(left, right), shape), batch + rows + columns)


def _multiplied(a: Term, b: Term, result: str, sizes: Sizes) -> Term:
    """The product of two operands without a sum, in the order wished for, else in that of the larger one."""
    large, small = (a, b) if _count(a.names, sizes) >= _count(b.names, sizes) else (b, a)
    names = result or large.names + "".join(name for name in small.names if name not in large.names)
    parts = []
    for term in (a, b):
        own = term.ordered("".join(name for name in names if name in term.names))
        missing = [k for k, name in enumerate(names) if name not in term.names]
        # Axes in front come by themselves.
        leading = next((k for k, name in enumerate(names) if name in term.names), len(names))
        missing = [k - leading for k in missing if k >= leading]
        parts.append(expand_dims(own, missing) if missing else own)
    return Term(multiply(*parts), names)


def _inner_order(a: Term, b: Term, rows: str, columns: str, inner: str, sizes: Sizes) -> str:
    """The order of the summed axes for which fewest elements are copied before BLAS can read them."""
    orders = [inner, "".join(name for name in b.names if name in inner)]

    def copied(order: str) -> int:
        return sum(
            _count(term.names, sizes)
            for term, others in ((a, rows), (b, columns))
            if not (order in term.names and others in term.names)
        )

    return min(orders, key=copied)


def _count(names: Iterable[str], sizes: Sizes) -> int:
    return prod(sizes[name] for name in names)
