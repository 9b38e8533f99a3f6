"""Rules that compute the same in fewer passes over memory: products and sums of products, seen whole.

What others read as well is computed in any case, so that nothing is taken apart that has a second reader.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from symnet.graph import Constant, Graph, Node, Variable
from symnet.graph.inputs import matrix, scalar, vector
from symnet.machine import BLAS
from symnet.ops import (
    Abs,
    Add,
    Divide,
    Exp,
    Multiply,
    Negative,
    Power,
    SizeOf,
    Square,
    Subtract,
    Sum,
    SumTo,
    divide,
    expand_dims,
    multiply,
    square,
)
from symnet.ops import sum as total
from symnet.ops.vecdot import VecDot
from symnet.rewrites.exponentials import is_op, number, operands
from symnet.rewrites.facts import Facts
from symnet.rewrites.pattern import Number, P
from symnet.rewrites.product import is_moderate
from symnet.rewrites.rule import Match, Rule
from symnet.types import FLOATS

_ROOM = 12
"""How many factors of a product are looked at: what makes a pass linear in the graph."""
_PRODUCTS = (Negative, Multiply, Divide)
"""Ops that are taken apart into factors."""
_NORMAL = {dtype: (float(np.finfo(dtype).tiny), float(np.finfo(dtype).max)) for dtype in FLOATS}


@dataclass(frozen=True)
class _Product:
    """A number times factors above and below the line, in the order in which they were multiplied."""

    scale: float
    factors: tuple[tuple[Variable, bool], ...]

    @property
    def is_tame(self) -> bool:
        """Whether no factor is likely to overflow where another vanishes, so that their order does not matter."""
        return all(above and not is_op(v, Exp, Power, Divide) for v, above in self.factors)

    def without(self, common: Sequence[Variable], scale: float) -> _Product:
        """The rest of it once these factors are taken out."""
        rest, gone = [], Counter(common)
        for v, above in self.factors:
            gone[v] -= 1
            if gone[v] < 0:
                rest.append((v, above))
        return _Product(scale, tuple(rest))

    def build(self, dtype: str, facts: Facts) -> Variable:
        """The product as an expression: numbers and scalars first, as one, times the smallest factor."""
        scalars = [f for f in self.factors if not f[0].type.ndim]
        arrays = [f for f in self.factors if f[0].type.ndim]
        scale: Variable | None = Constant(self.scale, dtype) if self.scale != 1 or not self.factors else None
        for v, above in scalars:
            one = Constant(1, dtype) if scale is None else scale
            scale = divide(one, v) if not above else v if scale is None else multiply(scale, v)
        at = self._smallest(arrays, facts) if not scalars and is_moderate(self.scale) else None
        if at is None:
            at = next((k for k, (_, above) in enumerate(arrays) if above), None)
        if scale is not None and at is not None:
            arrays[at] = multiply(scale, arrays[at][0]), True
        elif scale is not None:
            arrays.insert(0, (scale, True))
        y: Variable | None = None
        for v, above in arrays:
            one = Constant(1, dtype) if y is None else y
            y = divide(one, v) if not above else v if y is None else multiply(y, v)
        return Constant(1, dtype) if y is None else y

    @staticmethod
    def _smallest(arrays: Sequence[tuple[Variable, bool]], facts: Facts) -> int | None:
        """A factor that is broadcast to the others."""
        for k, (v, above) in enumerate(arrays):
            if above and any(facts.covers(u, v) and not facts.same_shape(u, v) for u, _ in arrays):
                return k
        return None


class _Readers:
    """How many nodes read each variable of a graph, kept up as rules change it."""

    def __init__(self, graph: Graph) -> None:
        self._count = Counter(graph.outputs)
        self._count.update([x for node in graph.order for x in dict.fromkeys(self._read(node))])

    @staticmethod
    def _read(node: Node) -> Sequence[Variable]:
        """The inputs of which a node reads more than the shape."""
        return () if isinstance(node.op, SizeOf) else node.inputs[:1] if isinstance(node.op, SumTo) else node.inputs

    def is_alone(self, x: Variable) -> bool:
        """Whether nothing but the place that is looked at reads `x`."""
        return self._count[x] <= 1

    def product(self, x: Variable, root: Variable, facts: Facts) -> _Product:
        """`x` as a product, taken apart as far as nobody else reads it and its parts have the shape of the root."""
        scale, stack = 1.0, [(x, True)]
        factors: list[tuple[Variable, bool]] = []
        while stack:
            v, above = stack.pop()
            value = number(v)
            apart = is_op(v, *_PRODUCTS) and len(factors) + len(stack) < _ROOM
            apart = apart and self.is_alone(v) and facts.same_shape(v, root)
            if value and _is_normal(scaled := scale * value if above else scale / value, x.type.dtype):
                scale = scaled
            elif apart and is_op(v, Negative):
                scale, stack = -scale, [*stack, (operands(v)[0], above)]
            elif apart:
                a, b = operands(v)
                stack += [(b, above is not is_op(v, Divide)), (a, above)]
            else:
                factors.append((v, above))
        return _Product(scale, tuple(factors))

    def replaced(self, old: Variable, new: Variable, parts: Sequence[Variable]) -> None:
        """Note that `new`, which is made of the same parts, stands for `old` from now on."""
        for node in _made_of(old, parts):
            self._count.subtract(operands(node))
        for node in _made_of(new, parts):
            self._count.update(operands(node))


def _is_normal(value: float, dtype: str) -> bool:
    """Whether a number has all its digits in this dtype."""
    low, high = _NORMAL[dtype]
    return low <= abs(value) <= high


def _made_of(x: Variable, parts: Sequence[Variable]) -> Iterator[Variable]:
    """The results that `x` is made of, down to the parts."""
    seen, stack = set(parts), [x]
    while stack:
        v = stack.pop()
        if v not in seen and v.node is not None:
            seen.add(v)
            stack += operands(v)
            yield v


def _passes(x: Variable, parts: Sequence[Variable], root: Variable, facts: Facts) -> int:
    """How many operations between the parts and `x` run over arrays of the shape of the root."""
    return sum(facts.same_shape(v, root) for v in _made_of(x, parts))


def _is_affine(offset: _Product, term: _Product) -> bool:
    """Whether their sum is p + q u with numbers of one sign and a u that is not negative, so that nothing cancels."""
    if offset.factors or offset.scale * term.scale <= 0 or len(term.factors) != 1:
        return False
    u, above = term.factors[0]
    return above and is_op(u, Square, Abs)


@dataclass
class _Fewer:
    """The replacements of a pass, which share what they know of readers."""

    readers: _Readers

    def _if_fewer(self, m: Match, new: Variable, *products: _Product, tie: bool = False) -> Variable | None:
        parts = [v for p in products for v, _ in p.factors]
        saved = _passes(m.root, parts, m.root, m.facts) - _passes(new, parts, m.root, m.facts)
        if saved < 0 or (saved == 0 and not tie):
            return None
        self.readers.replaced(m.root, new, parts)
        return new

    def numbers(self, m: Match) -> Variable | None:
        """All numbers and scalars of a product as one."""
        if m.root.type.dtype not in BLAS or not m.root.type.ndim:
            return None
        a, b = operands(m.root)
        left, right = self.readers.product(a, m.root, m.facts), self.readers.product(b, m.root, m.facts)
        if is_op(m.root, Divide):
            inverse = 1 / right.scale
            right = _Product(inverse, tuple((v, not above) for v, above in right.factors))
        whole = _Product(left.scale * right.scale, left.factors + right.factors)
        if len(whole.factors) == 1 or not (whole.scale != 1 or any(not v.type.ndim for v, _ in whole.factors)):
            return None
        if not _is_normal(whole.scale, m.root.type.dtype) or any(number(v) is not None for v, _ in whole.factors):
            return None
        return self._if_fewer(m, whole.build(m.root.type.dtype, m.facts), whole)

    def affine(self, m: Match) -> Variable | None:
        """c (p + q u) as c p + (c q) u for a u that is not negative, so that nothing cancels."""
        whole = self.readers.product(m.root, m.root, m.facts) if m.root.type.dtype in BLAS else _Product(1.0, ())
        for k, (v, above) in enumerate(whole.factors):
            if whole.scale == 1 or not above or not is_op(v, Add) or not self.readers.is_alone(v):
                continue
            p, term = operands(v) if number(operands(v)[0]) is not None else operands(v)[::-1]
            offset, linear = number(p), self.readers.product(term, m.root, m.facts)
            if not offset or linear.scale == 1 or not _is_affine(_Product(offset, ()), linear):
                continue
            dtype = m.root.type.dtype
            scaled = _Product(linear.scale * whole.scale, linear.factors).build(dtype, m.facts)
            factors = list(whole.factors)
            factors[k] = Constant(offset * whole.scale, dtype) + scaled, True
            new = _Product(1.0, tuple(factors)).build(dtype, m.facts)
            return self._if_fewer(m, new, whole.without([v], 1.0), linear)
        return None

    def common(self, m: Match) -> Variable | None:
        """a b + a c as a (b + c)."""
        if m.root.type.dtype not in BLAS:
            return None
        left, right = (self.readers.product(v, m.root, m.facts) for v in operands(m.root))
        shared = Counter(v for v, _ in left.factors) & Counter(v for v, _ in right.factors)
        if not shared or not (left.is_tame and right.is_tame):
            return None
        p, q = left.scale, right.scale if is_op(m.root, Add) else -right.scale
        scale = p if abs(p) == abs(q) else -1.0 if p < 0 and q < 0 else 1.0
        common = list(shared.elements())
        dtype = m.root.type.dtype
        terms = [(p / scale, left.without(common, abs(p / scale))), (q / scale, right.without(common, abs(q / scale)))]
        terms.sort(key=lambda term: term[0] < 0)
        (_, first), (sign, second) = terms
        if not first.factors and not second.factors:
            return None
        a, b = first.build(dtype, m.facts), second.build(dtype, m.facts)
        inner = a - b if sign < 0 else a + b
        new = _Product(scale, (*((v, True) for v in common), (inner, True))).build(dtype, m.facts)
        # As it stands then, the sum may take up a number from outside.
        takes_up = sign > 0 and (_is_affine(first, second) or _is_affine(second, first))
        return self._if_fewer(m, new, left, right, tie=takes_up)

    def dots(self, m: Match) -> Variable | None:
        """The sum of products along the last axis, without an array of products."""
        (x,) = operands(m.root)
        if not x.type.ndim or m.op().axes != (x.type.ndim - 1,) or x.type.dtype not in BLAS:
            return None
        if not self.readers.is_alone(x) or not is_op(x, Multiply, Square):
            return None
        a, b = operands(x) * 2 if is_op(x, Square) else operands(x)
        if a.type.ndim != b.type.ndim or not m.facts.same_shape(a, b):
            return None
        dots = VecDot()(a, b)
        return expand_dims(dots, -1) if m.op().keepdims else dots


def rules(graph: Graph) -> tuple[Rule, ...]:
    """The rules for a graph."""
    fewer = _Fewer(_Readers(graph))
    return (
        Rule(
            "cube_from_power",
            P(Power, "x", Number(3)),
            lambda m: multiply(square(m["x"]), m["x"]) if m.root.type.dtype in BLAS else None,
            "its factors may be factors of its neighbours",
            lambda: vector("x") ** 3,
        ),
        Rule(
            "numbers_together",
            (Multiply, Divide),
            fewer.numbers,
            "numbers and scalars are multiplied first, and an array by what comes of it",
            lambda: vector("x") / scalar("s") * 3.0,
            reads=_PRODUCTS,
        ),
        Rule(
            "number_into_sum",
            Multiply,
            fewer.affine,
            "the numbers in the sum take it up",
            lambda: 3.0 * (2.0 + 0.5 * square(vector("x"))),
            reads=(Add, *_PRODUCTS),
        ),
        Rule(
            "common_factor",
            (Add, Subtract),
            fewer.common,
            "one product in place of two",
            lambda: (a := vector("a", shape=(3,))) * vector("b", shape=(3,)) + a * vector("c", shape=(3,)),
            reads=_PRODUCTS,
        ),
        Rule(
            "sum_as_vecdot",
            Sum,
            fewer.dots,
            "the products are added as they are made, and need no memory",
            lambda: total((x := matrix("x")) * x, axis=1),
            reads=(Multiply, Square),
        ),
    )
