"""New values that are a multiple of the old one and a multiple of a product: BLAS adds the product where it is to be.

In `w - 0.1 * (x.T @ g)` the gradient then needs no memory, and the weights are read and written once.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from symnet.graph import Constant, Node, Variable, substitute
from symnet.lowering.updates import root
from symnet.machine import BLAS
from symnet.op import Op
from symnet.ops import (
    Add,
    Divide,
    MatMul,
    Multiply,
    Negative,
    Subtract,
    add,
    divide,
    multiply,
    negative,
    transpose,
)
from symnet.ops.gemm import Gemm
from symnet.ops.shape import Transpose
from symnet.origin import made_for

_ROOM = 8
"""How many terms of a new value are looked at."""


def adding_products(
    order: Sequence[Node], outputs: Sequence[Variable], values: Mapping[Variable, Variable], dense: Collection[Variable]
) -> list[Variable]:
    """The outputs and the new values; those that BLAS can make from the old ones are a `Gemm`, whoever reads them.

    `values` has the new value of each old one; BLAS can write into the `dense` ones among these. `order` is every node
    that outputs and new values depend on.
    """
    roots = [*outputs, *values.values()]
    read = [x for node in order for x in node.inputs]
    reads = Counter([*read, *roots])
    scalars: dict[_Scale, Variable] = {}
    made: dict[Variable, Variable] = {}
    for old, new in values.items():
        gemm = _as_gemm(old, new, reads, scalars) if old in dense and new not in made else None
        if gemm is not None:
            made[new] = gemm
    if made.keys().isdisjoint(read):
        return [made.get(y, y) for y in roots]
    return substitute(roots, made)


@dataclass(frozen=True)
class _Scale:
    """A number times scalar variables, each above the line or below."""

    number: float = 1.0
    variables: tuple[tuple[Variable, bool], ...] = ()

    def times(self, x: Variable, above: bool = True) -> _Scale:
        if not isinstance(x, Constant):
            return replace(self, variables=(*self.variables, (x, above)))
        value = float(x.data)
        return replace(self, number=self.number * value if above else self.number / value if value else math.inf)

    @property
    def opposite(self) -> _Scale:
        return replace(self, number=-self.number)

    def build(self, dtype: str, known: dict[_Scale, Variable]) -> Variable:
        """It as a variable; equal ones are one."""
        if self not in known and self.variables:
            *others, (x, above) = self.variables
            y = replace(self, variables=tuple(others)).build(dtype, known)
            known[self] = _product(y, x) if above else divide(y, x)
        return known.setdefault(self, Constant(self.number, dtype))


def _product(y: Variable, x: Variable) -> Variable:
    number = float(y.data) if isinstance(y, Constant) else None
    return x if number == 1 else negative(x) if number == -1 else multiply(y, x)


def _as_gemm(
    old: Variable, new: Variable, reads: Mapping[Variable, int], scalars: dict[_Scale, Variable]
) -> Variable | None:
    if new.type.ndim != 2 or new.type.dtype not in BLAS or not new.type.size:
        return None
    terms = _terms(new, reads)
    multiples = [scale for x, scale in terms if x is old]
    products = [(x, scale) for x, scale in terms if x is not old]
    if not multiples or len(products) != 1 or products[0][0].type != new.type:
        return None
    if not all(scale.number and math.isfinite(scale.number) for _, scale in terms):
        return None
    factors = _factors(products[0][0], reads)
    if factors is None or any(root(x) is old for x in factors):
        return None
    with made_for(new.origin):
        alpha, *betas = (scale.build(new.type.dtype, scalars) for scale in (products[0][1], *multiples))
        made = Gemm()(old, *factors, alpha, _sum(betas))
    made.name = new.name
    return made


def _terms(new: Variable, reads: Mapping[Variable, int]) -> list[tuple[Variable, _Scale]]:
    """What `new` is a sum of multiples of. What others read as well is taken as it is."""
    found: list[tuple[Variable, _Scale]] = []
    stack = [(new, _Scale())]
    while stack:
        x, scale = stack.pop()
        is_open = (x is new or reads[x] == 1) and len(found) + len(stack) < _ROOM
        op, operands = (x.node.op, x.node.inputs) if x.node is not None and is_open else (None, ())
        if isinstance(op, (Add, Subtract)):
            stack += [(operands[0], scale), (operands[1], scale if isinstance(op, Add) else scale.opposite)]
        elif isinstance(op, Negative):
            stack.append((operands[0], scale.opposite))
        elif isinstance(op, (Multiply, Divide)) and (scalar := _scalar_factor(op, operands)) is not None:
            stack.append((operands[1 - scalar], scale.times(operands[scalar], isinstance(op, Multiply))))
        else:
            found.append((x, scale))
    return found


def _scalar_factor(op: Op, operands: Sequence[Variable]) -> int | None:
    """Which operand of a product, or divisor, is a scalar."""
    scalar = next((k for k, v in enumerate(operands) if not v.type.ndim), None)
    return None if isinstance(op, Divide) and not scalar else scalar


def _factors(x: Variable, reads: Mapping[Variable, int]) -> tuple[Variable, Variable] | None:
    """The two matrices `x` is the product of, if it is one and nobody else needs it."""
    node = x.node
    if node is None or reads[x] > 1:
        return None
    if isinstance(node.op, Transpose) and node.op.axes == (1, 0):
        turned = _factors(node.inputs[0], reads)
        return None if turned is None else (transpose(turned[1]), transpose(turned[0]))
    if not isinstance(node.op, MatMul) or any(v.type.ndim != 2 for v in node.inputs):
        return None
    return node.inputs[0], node.inputs[1]


def _sum(scalars: Sequence[Variable]) -> Variable:
    total, *others = scalars
    for x in others:
        if isinstance(total, Constant) and isinstance(x, Constant):
            total = Constant(total.data + x.data, total.type.dtype)
        else:
            total = add(total, x)
    return total
