"""Products as lists of factors: what stands above and below, seen through signs, fractions and broadcasts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from symnet.graph import Constant, Variable
from symnet.op import Op
from symnet.ops import Add, Divide, Exp, Multiply, Negative, Subtract, divide, multiply, negative, zeros_like
from symnet.ops.broadcast import BroadcastTo
from symnet.ops.pick import SetPicked
from symnet.ops.shape import ExpandDims
from symnet.rewrites.exponentials import is_op, number, operands
from symnet.rewrites.facts import Facts
from symnet.rewrites.rule import Match

_ROOM = 16
"""How many factors of a product, and terms of a sum, are looked at: what makes a pass linear in the graph."""

_MODERATE = 2.0**24
"""A number between its inverse and this may multiply a smaller operand in place of a larger one."""


def is_moderate(value: float) -> bool:
    """Whether a factor is no likely cause of an overflow, whatever it multiplies."""
    return 1 / _MODERATE <= abs(value) <= _MODERATE


Spread = tuple[Op, tuple[Variable, ...]]


@dataclass(frozen=True)
class Factor:
    """`core` above or below the line, spread by broadcasts, the innermost first."""

    core: Variable
    above: bool = True
    spreads: tuple[Spread, ...] = ()

    @property
    def may_react(self) -> bool:
        """Whether it may be one of a pair that reacts: the other then need not."""
        return not self.above or is_op(self.core, Exp, SetPicked)

    @property
    def has_parts(self) -> bool:
        """Whether the operands of the core can be spread one by one: each has all axes of the core, or none."""
        ndim = self.core.type.ndim
        return not self.spreads or all(v.type.ndim in (0, ndim) for v in operands(self.core))

    def part(self, k: int, inverse: bool = False) -> Factor:
        """The k-th operand of the core as a factor; a number need not be spread."""
        v = operands(self.core)[k]
        return Factor(v, self.above is not inverse, self.spreads if v.type.ndim else ())

    def parts(self) -> list[Factor]:
        """What the core is a product of, up to its sign; nothing if it is none."""
        v = self.core
        if is_op(v, Multiply, Divide) and self.has_parts:
            return [self.part(0), self.part(1, inverse=is_op(v, Divide))]
        if is_op(v, Negative):
            return [self.part(0)]
        if is_op(v, BroadcastTo, ExpandDims) and v.node is not None:
            return [Factor(operands(v)[0], self.above, ((v.node.op, operands(v)[1:]), *self.spreads))]
        return []

    @property
    def value(self) -> Variable:
        """The core, spread."""
        y = self.core
        for op, rest in self.spreads:
            y = op(y, *rest)
        return y


Reaction = Callable[[Factor, Factor], list[Factor] | None]
"""What two factors become together; None where they stay as they are."""


@dataclass
class Product:
    """A sign and factors."""

    sign: int
    factors: list[Factor]

    @staticmethod
    def of(x: Variable, above: bool = True, spreads: tuple[Spread, ...] = ()) -> Product:
        """`x`, taken apart level by level while there is room."""
        sign, factors, fresh = 1, [Factor(x, above, spreads)], {0}
        while fresh and len(factors) < _ROOM:
            level: list[Factor] = []
            opened: set[int] = set()
            for k, f in enumerate(factors):
                parts = f.parts() if k in fresh else []
                sign = -sign if parts and is_op(f.core, Negative) else sign
                opened.update(range(len(level), len(level) + len(parts)))
                level += parts or [f]
            factors, fresh = level, opened
        return Product(sign, factors)

    def build(self, dtype: str) -> Variable:
        """The product as an expression: what is spread alike is multiplied first."""
        y = _times(None, _fraction(self._spread(()), dtype), dtype)
        for spreads in dict.fromkeys(f.spreads for f in self.factors if f.spreads):
            above, below = _fraction(self._spread(spreads), dtype)
            if above is not None:
                core = above if below is None else divide(above, below)
                y = _times(y, (Factor(core, True, spreads).value, None), dtype)
            elif below is not None:
                y = _times(y, (None, Factor(below, True, spreads).value), dtype)
        y = Constant(1, dtype) if y is None else y
        return negative(y) if self.sign < 0 else y

    def _spread(self, spreads: tuple[Spread, ...]) -> list[Factor]:
        return [f for f in self.factors if f.spreads == spreads]


def _fraction(factors: Sequence[Factor], dtype: str) -> tuple[Variable | None, Variable | None]:
    """The factors above and below, multiplied; scalar constants as one."""
    scale, above, below = 1.0, None, None
    for f in factors:
        value = number(f.core)
        if value:
            scale = scale * value if f.above else scale / value
        elif f.above:
            above = f.core if above is None else multiply(above, f.core)
        else:
            below = f.core if below is None else multiply(below, f.core)
    if scale != 1 or (above is None and below is None and factors):
        constant = Constant(scale, dtype)
        above = constant if above is None else multiply(above, constant)
    return above, below


def _times(y: Variable | None, fraction: tuple[Variable | None, Variable | None], dtype: str) -> Variable | None:
    above, below = fraction
    if above is not None:
        y = above if y is None else multiply(y, above)
    if below is not None:
        y = divide(Constant(1, dtype) if y is None else y, below)
    return y


# reactions ------------------------------------------------------------------------------------------------------------


def reacted(m: Match, reaction: Reaction) -> Variable | None:
    """A product or quotient that is active, after a reaction between its two sides, or of one with terms of a sum."""
    x, facts = m.root, m.facts
    left, right = facts.once(_sides, x)
    sign = left.sign * right.sign
    factors = _together(left.factors, right.factors, reaction)
    if factors is None:
        return _distributed(x, left, right, facts, reaction)
    new = Product(sign, factors).build(x.type.dtype)
    return shaped(new, [f.value for f in left.factors + right.factors], x, facts)


def _sides(x: Variable) -> tuple[Product, Product]:
    a, b = operands(x)
    return Product.of(a), Product.of(b, is_op(x, Multiply))


def _together(left: Sequence[Factor], right: Sequence[Factor], reaction: Reaction) -> list[Factor] | None:
    for i, a in enumerate(left):
        for j, b in enumerate(right):
            if not (a.may_react or b.may_react):
                continue
            made = reaction(a, b)
            made = reaction(b, a) if made is None else made
            if made is not None:
                return [*left[:i], *made, *left[i + 1 :], *right[:j], *right[j + 1 :]]
    return None


def reacts(x: Variable, others: Sequence[Factor], reaction: Reaction, spreads: tuple[Spread, ...] = ()) -> bool:
    """Whether a factor of `x`, or of a term of a sum in it, reacts with one of the others."""
    pending = [(x, spreads)]
    for _ in range(_ROOM):
        if not pending:
            break
        part, spread = pending.pop()
        factors = Product.of(part, True, spread).factors
        if _together(factors, others, reaction) is not None:
            return True
        pending += [(t.core, t.spreads) for f in _sums(factors) for t in (f.part(0), f.part(1))]
    return False


def _sums(factors: Sequence[Factor]) -> Iterator[Factor]:
    return (f for f in factors if f.above and is_op(f.core, Add, Subtract) and f.has_parts)


def _distributed(x: Variable, left: Product, right: Product, facts: Facts, reaction: Reaction) -> Variable | None:
    """(a + b) c as a c + b c, where c reacts with a or b."""
    for side, other in ((left, right), (right, left)):
        for f in _sums(side.factors):
            if not facts.active(f.core) and not any(o.may_react for o in other.factors):
                continue
            terms = [f.part(0), f.part(1)]
            if not any(reacts(t.core, other.factors, reaction, t.spreads) for t in terms):
                continue
            rest = [o for o in left.factors + right.factors if o is not f]
            parts = [Product(left.sign * right.sign, [t, *rest]).build(x.type.dtype) for t in terms]
            op: Any = f.core.node.op if f.core.node is not None else None
            return shaped(op(*parts), [o.value for o in left.factors + right.factors], x, facts)
    return None


def shaped(y: Variable, parts: Sequence[Variable], x: Variable, facts: Facts) -> Variable:
    """`y` in the shape of `x`: where that is not certain, zeros in the shape of the parts of `x` are added."""
    for v in parts:
        if facts.same_shape(x, y):
            break
        if not facts.covers(y, v):
            y = y + zeros_like(v)
    return y
