"""Which expressions are exponentials in disguise, and what their logarithms are."""

from __future__ import annotations

import math

from symnet.graph import Constant, Variable
from symnet.ops import (
    Add,
    Divide,
    Exp,
    Max,
    Multiply,
    Negative,
    Pick,
    Power,
    Sigmoid,
    Softplus,
    Sqrt,
    Square,
    Subtract,
    Sum,
    multiply,
    negative,
)
from symnet.ops.nnet import Softmax
from symnet.ops.shape import ExpandDims

_DEPTH = 6
"""How far below an expression it is looked at; what lies deeper counts as unknown."""


def is_op(x: Variable, *ops: type) -> bool:
    """Whether `x` is the result of one of these ops."""
    return x.node is not None and type(x.node.op) in ops


def operands(x: Variable) -> tuple[Variable, ...]:
    """The inputs of the node that makes `x`; none for a leaf."""
    return x.node.inputs if x.node is not None else ()


def number(x: Variable) -> float | None:
    """The value of a scalar constant."""
    return float(x.data) if isinstance(x, Constant) and x.type.ndim == 0 else None


def is_positive(x: Variable, depth: int = _DEPTH) -> bool:
    """Whether `x` is above 0 for all finite inputs: only rounding makes it 0 or infinite."""
    value = number(x)
    if value is not None:
        return 0 < value < math.inf
    if is_op(x, Exp, Sigmoid, Softplus, Softmax) or complement(x) is not None:
        return True
    return depth > 0 and is_op(x, Add, Multiply, Divide, Sum, Sqrt) and all(
        is_positive(v, depth - 1) for v in operands(x)
    )


def is_exponential(x: Variable, depth: int = _DEPTH) -> bool:
    """Whether `x` may overflow or vanish where its logarithm does not."""
    if is_op(x, Exp, Sigmoid, Softmax) or complement(x) is not None:
        return True
    if depth == 0:
        return False
    if is_op(x, Sum):
        return is_op(operands(x)[0], Exp)
    if is_op(x, Multiply, Divide, Negative):
        return any(is_exponential(v, depth - 1) for v in operands(x))
    if is_op(x, Sqrt, Square, Pick, Power):
        return is_exponential(operands(x)[0], depth - 1)
    return exponents(x) is not None


def complement(x: Variable) -> Variable | None:
    """The sigmoid s in 1 - s."""
    if is_op(x, Subtract) and number(operands(x)[0]) == 1 and is_op(operands(x)[1], Sigmoid):
        return operands(x)[1]
    return None


def exponent(x: Variable) -> Variable | None:
    """a in e^a, and ln c for a positive constant c."""
    if is_op(x, Exp):
        return operands(x)[0]
    value = number(x)
    return Constant(math.log(value), x.type.dtype) if value is not None and 0 < value < math.inf else None


def exponents(x: Variable) -> list[Variable] | None:
    """a, b, ... in a sum e^a + e^b + ... of at least one exponential with others or with positive constants."""
    found: list[Variable] = []
    terms = [x]
    while terms:
        t = terms.pop()
        if is_op(t, Add) and len(terms) + len(found) < _DEPTH:
            terms += reversed(operands(t))
            continue
        a = exponent(t)
        if a is None:
            return None
        found.append(a)
    return found if len(found) > 1 and not all(isinstance(a, Constant) for a in found) else None


def is_largest(m: Variable, x: Variable) -> bool:
    """Whether `m` is the largest of the elements of `x` along some axes."""
    while is_op(m, ExpandDims):
        m = operands(m)[0]
    return is_op(m, Max) and operands(m)[0] is x


# arguments of exponentials --------------------------------------------------------------------------------------------


def linear(x: Variable) -> tuple[float, Variable | None]:
    """`x` as a number times a base: (-2, v) for -(2 v); (c, None) for a constant c."""
    scale = 1.0
    while True:
        value = number(x)
        if value is not None:
            return scale * value, None
        if is_op(x, Negative):
            scale, x = -scale, operands(x)[0]
        elif is_op(x, Multiply) and (factor := _scalar_operand(x)) is not None:
            k, value = factor
            scale, x = scale * value, operands(x)[1 - k]
        elif is_op(x, Divide) and (value := number(operands(x)[1])):
            scale, x = scale / value, operands(x)[0]
        else:
            return scale, x


def _scalar_operand(x: Variable) -> tuple[int, float] | None:
    for k, v in enumerate(operands(x)):
        value = number(v)
        if value is not None:
            return k, value
    return None


def same(a: Variable, b: Variable) -> bool:
    """Whether two arguments are equal, however their signs and factors are written."""
    return a is b or linear(a) == linear(b)


def opposite(a: Variable, b: Variable) -> bool:
    """Whether the sum of two arguments is 0."""
    if is_op(a, Subtract) and is_op(b, Subtract) and operands(a) == operands(b)[::-1]:
        return True
    (p, u), (q, v) = linear(a), linear(b)
    return u is v and p == -q


def negated(x: Variable) -> Variable:
    """-x, without a sign before a sign."""
    if is_op(x, Negative):
        return operands(x)[0]
    scale, base = linear(x)
    if base is not None and base is not x:
        return scaled(base, -scale)
    return negative(x)


def scaled(x: Variable, factor: float) -> Variable:
    """x times a number."""
    if factor in (1, -1):
        return x if factor == 1 else negative(x)
    return multiply(x, Constant(factor, x.type.dtype))


def difference(a: Variable, b: Variable) -> Variable:
    """a - b, as a multiple of what both are multiples of."""
    (p, u), (q, v) = linear(a), linear(b)
    if q == 0 and v is None:
        return a
    if p == 0 and u is None:
        return negated(b)
    if u is not None and u is v and p != q:
        return scaled(u, p - q)
    return a - b
