"""What is known of variables before they have values: which axes are equally long, and what may react in a product."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Generic, TypeVar

import numpy as np

from symnet.graph import Constant, Variable
from symnet.op import Elementwise, Op
from symnet.ops import (
    Add,
    Cast,
    Divide,
    Exp,
    Expm1,
    MatMul,
    Multiply,
    Negative,
    Power,
    Reshape,
    Sigmoid,
    Squeeze,
    Subtract,
    Sum,
    SumTo,
    Transpose,
    Where,
)
from symnet.ops.broadcast import BroadcastTo
from symnet.ops.create import Full
from symnet.ops.curves import Curve
from symnet.ops.dropout import Dropout
from symnet.ops.gradients import After
from symnet.ops.index import AddAt, Index, SetAt
from symnet.ops.keys import Key, Span
from symnet.ops.labels import LessAtLabels
from symnet.ops.linalg.det import Cofactors, Det, SlogDet
from symnet.ops.linalg.norm import PNorm
from symnet.ops.linalg.solve import Inv
from symnet.ops.nnet import CrossEntropyGrad, LogSoftmax, LogSumExp, Softmax, SoftmaxGrad
from symnet.ops.normalise import BatchNorm, BatchNormGrad, Normalise
from symnet.ops.pick import AddPicked, Pick, SetPicked
from symnet.ops.reduce import Mean, Reduction
from symnet.ops.shape import ExpandDims
from symnet.ops.sizes import SizeOf, filled
from symnet.ops.special import Special
from symnet.ops.trigonometry import Cosh, Sinh, Tan
from symnet.ops.vecdot import VecDot

Fact = TypeVar("Fact")


class Memo(Generic[Fact]):
    """A fact about variables, found once for each from the same fact about those it `needs`, without recursion."""

    def __init__(
        self, needs: Callable[[Variable], Iterable[Variable]], fact: Callable[[Variable, Memo[Fact]], Fact]
    ) -> None:
        self._needs = needs
        self._fact = fact
        self._known: dict[Variable, Fact] = {}

    def __call__(self, x: Variable) -> Fact:
        known = self._known
        stack = [x] if x not in known else []
        while stack:
            v = stack[-1]
            missing = [u for u in self._needs(v) if u not in known] if v not in known else []
            if missing:
                stack += missing
                continue
            stack.pop()
            if v not in known:
                known[v] = self._fact(v, self)
        return known[x]


Size = frozenset[Any]
"""An axis as what it was broadcast from: numbers, names, axes of variables. Size 1 is empty; broadcasting is union."""

Sizes = tuple[Size, ...]


class Facts:
    """What the rules of one run of the pipeline know of the variables they meet."""

    def __init__(self) -> None:
        self.sizes: Memo[Sizes] = Memo(_read_for_sizes, _sizes)
        self.active: Memo[bool] = Memo(_read_for_products, _active)
        self.unbounded: Memo[bool] = Memo(_read_for_bounds, _unbounded)
        self.has_sigmoid: Memo[bool] = Memo(_read_for_products, _has_sigmoid)
        self._once: dict[Any, Any] = {}

    def once(self, fact: Callable[[Variable], Fact], x: Variable) -> Fact:
        """`fact(x)`, found once."""
        key = fact, x
        if key not in self._once:
            self._once[key] = fact(x)
        found: Fact = self._once[key]
        return found

    def same_shape(self, *xs: Variable) -> bool:
        """Whether these have one shape whatever the inputs; False also where that cannot be proved."""
        first = self.sizes(xs[0])
        return all(self.sizes(x) == first for x in xs[1:])

    def covers(self, x: Variable, y: Variable) -> bool:
        """Whether broadcasting `y` to `x` leaves the shape of `x`."""
        return broadcast_sizes([self.sizes(x), self.sizes(y)]) == self.sizes(x)


def size(n: Any) -> Size:
    """One axis of which a number, a name or a token is known."""
    return frozenset() if isinstance(n, int) and n == 1 else frozenset([n])


def broadcast_sizes(shapes: Sequence[Sizes]) -> Sizes:
    """The sizes of an elementwise result."""
    ndim = max(map(len, shapes))
    return tuple(_joined([s[k - ndim] for s in shapes if len(s) >= ndim - k]) for k in range(ndim))


def _joined(sizes: Sequence[Size]) -> Size:
    union: Size = frozenset().union(*sizes)
    known = [n for n in union if isinstance(n, int)]
    # All that meets a number other than 1 is that number or 1.
    return frozenset(known[:1]) if known else union


def _read_for_sizes(x: Variable) -> Iterable[Variable]:
    if x.node is None or None not in x.type.shape:
        return ()
    measured = [n.node.inputs[0] for n in x.node.inputs if n.node is not None and isinstance(n.node.op, SizeOf)]
    return (*x.node.inputs, *measured)


def _sizes(x: Variable, sizes: Memo[Sizes]) -> Sizes:
    declared = x.type.shape
    if x.node is None or None not in declared:
        return tuple(size((x, k)) if n is None else size(n) for k, n in enumerate(declared))
    derived = _derived(x, sizes)
    if derived is None or len(derived) != len(declared):
        derived = tuple(size((x, k)) for k in range(len(declared)))
    return tuple(d if n is None else size(n) for n, d in zip(declared, derived, strict=True))


_LIKE: dict[type[Op], int] = {
    **dict.fromkeys((Softmax, LogSoftmax, Dropout, SetPicked, AddPicked, SetAt, AddAt, LessAtLabels, After), 0),
    **dict.fromkeys((Normalise, BatchNorm, BatchNormGrad), 0),
    **dict.fromkeys((CrossEntropyGrad, Pick, SumTo), 1),
}
"""Ops whose result has the shape of one operand."""


def _derived(x: Variable, sizes: Memo[Sizes]) -> Sizes | None:
    node = x.node
    assert node is not None
    op, inputs = node.op, node.inputs
    if isinstance(op, (Elementwise, Curve, SoftmaxGrad)):
        return broadcast_sizes([sizes(v) for v in inputs])
    if type(op) in _LIKE:
        return sizes(inputs[_LIKE[type(op)]])
    if isinstance(op, (Reduction, Mean, LogSumExp, PNorm)):
        return _reduced(sizes(inputs[0]), op.axes, op.keepdims)
    if isinstance(op, (BroadcastTo, Full)) or (isinstance(op, Reshape) and -1 not in op.shape):
        return tuple(_scalar(n, sizes) for n in filled(op.shape, inputs[op.first :]))
    if isinstance(op, VecDot):
        return broadcast_sizes([sizes(v) for v in inputs])[:-1]
    if isinstance(op, Transpose):
        return tuple(sizes(inputs[0])[k] for k in op.axes)
    if isinstance(op, ExpandDims):
        rest = iter(sizes(inputs[0]))
        return tuple(frozenset() if k in op.axes else next(rest) for k in range(op.ndim))
    if isinstance(op, Index) and takes_everything(op.key):
        rest = iter(sizes(inputs[0]))
        return tuple(frozenset() if entry is None else next(rest) for entry in op.key)
    if isinstance(op, Squeeze):
        return _reduced(sizes(inputs[0]), op.axes, False)
    if isinstance(op, (Cofactors, Inv)):
        *lead, n, _ = sizes(inputs[0])
        return (*lead, n, n)
    if isinstance(op, (Det, SlogDet)):
        return sizes(inputs[0])[:-2]
    if isinstance(op, MatMul):
        return _product(sizes(inputs[0]), sizes(inputs[1]))
    return None


def takes_everything(key: Key) -> bool:
    """Whether an index only adds axes."""
    return all(entry is None or entry == Span() for entry in key)


def _reduced(sizes: Sizes, axes: Sequence[int], keepdims: bool) -> Sizes:
    return tuple(frozenset() if k in axes else n for k, n in enumerate(sizes) if keepdims or k not in axes)


def _product(x: Sizes, w: Sizes) -> Sizes:
    return broadcast_sizes([x[:-2], w[:-2]]) + x[-2:-1] + (w[-1:] if len(w) > 1 else ())


def _scalar(n: Any, sizes: Memo[Sizes]) -> Size:
    """The size that a number or an integer scalar gives an axis."""
    if isinstance(n, Constant):
        return size(int(n.data))
    if isinstance(n, Variable) and n.node is not None and isinstance(n.node.op, SizeOf):
        return sizes(n.node.inputs[0])[n.node.op.axis]
    return size(n)


# what may react in a product ------------------------------------------------------------------------------------------

_THROUGH = (Multiply, Divide, Negative, Add, Subtract, BroadcastTo, ExpandDims, SetPicked)


def _read_for_products(x: Variable) -> Iterable[Variable]:
    return x.node.inputs if x.node is not None and type(x.node.op) in _THROUGH else ()


def _active(x: Variable, active: Memo[bool]) -> bool:
    """Whether a product with `x` in it may hold what reacts: an exponential, or a value below the line."""
    if x.node is None:
        return False
    op, inputs = x.node.op, x.node.inputs
    # A count, such as the one a mean divides by, is an integer made a float.
    if isinstance(op, Exp) or (isinstance(op, Divide) and not _is_count(inputs[1])):
        return True
    return type(op) in _THROUGH and any(active(v) for v in inputs)


def _has_sigmoid(x: Variable, has_sigmoid: Memo[bool]) -> bool:
    """Whether a sum or product with `x` in it may hold a sigmoid."""
    return (x.node is not None and isinstance(x.node.op, Sigmoid)) or any(map(has_sigmoid, _read_for_products(x)))


def _is_count(x: Variable) -> bool:
    return x.node is None or _is_cast_integer(x)


def _is_cast_integer(x: Variable) -> bool:
    return x.node is not None and isinstance(x.node.op, Cast) and not x.node.inputs[0].type.is_inexact


# what may be infinite in a derivative ---------------------------------------------------------------------------------

_GROWING = (Cosh, Exp, Expm1, Power, Sinh, Special, Tan)
"""Ops other than a quotient that may be infinite where their operands are finite."""


def _read_for_bounds(x: Variable) -> Iterable[Variable]:
    spreads = x.node is not None and type(x.node.op) in (*_THROUGH, Cast, Squeeze, Sum, SumTo, Where)
    return x.node.inputs if spreads and x.node is not None else ()


def _unbounded(x: Variable, unbounded: Memo[bool]) -> bool:
    """Whether `x` may be infinite where the values it is computed from are finite."""
    if x.node is None:
        return isinstance(x, Constant) and not np.isfinite(x.data).all()
    op, inputs = x.node.op, x.node.inputs
    if isinstance(op, _GROWING) or (isinstance(op, Divide) and not _is_never_zero(inputs[1])):
        return True
    return any(map(unbounded, _read_for_bounds(x)))


def _is_never_zero(x: Variable) -> bool:
    """Whether a divisor is a number, or counts something: no quotient of these is an error of the user's."""
    if x.node is None:
        return isinstance(x, Constant) and bool(np.all(x.data))
    of_marks = isinstance(x.node.op, Sum) and _is_cast_integer(x.node.inputs[0])
    return of_marks or _is_cast_integer(x)
