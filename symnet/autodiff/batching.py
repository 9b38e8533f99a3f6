"""Batching: a graph for one example becomes one for many at once, op by op."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from symnet.autodiff.arguments import in_form, variables
from symnet.errors import ArgumentError, ShapeError
from symnet.graph import Node, Variable, rebuild, toposort
from symnet.op import Composite, as_variable
from symnet.ops import broadcast_to, stack
from symnet.origin import made_for
from symnet.types import clashes


def vectorize(outputs: Variable | Sequence[Variable], rows: Mapping[Variable, Any]) -> Any:
    """The outputs for many values of some variables at once: `vectorize(y, {x: X})` is y for each `X[i]`, stacked.

    Each X has the type of its x behind a new first axis, of one length for all, and so has each result: x (C,) and
    X (N, C) make of y (K,) one of (N, K). What an output does not depend on is computed once. Each op has a rule of its
    own for it; one that has none is applied row by row, which needs a known number of rows. Random draws are the same
    for all rows.

    Raises: ShapeError; ArgumentError, also for an op that has no rule where the number of rows is open.
    """
    ys = variables("vectorize", outputs, "outputs")
    if not rows:
        raise ArgumentError("vectorize: no variable gets rows.", fix="vectorize(y, {x: X}), where X holds many x.")
    many = {x: _checked(x, as_variable(X, x if isinstance(x, Variable) else None)) for x, X in rows.items()}
    n = _count(many)
    results = vectorized(ys, many, n)
    full = [y if y.type.ndim > old.type.ndim else broadcast_to(y, (n, *y.shape)) for old, y in zip(ys, results)]
    return in_form(outputs, full)


def map(f: Callable[..., Any], xs: Any) -> Any:
    """`f` of each row, stacked: `f` takes one symbolic row of each of `xs`, and gives one variable or several.

    x (N, C) gives f a row (C,); a result (K,) of f becomes (N, K). `xs` is one variable or a list with equal first
    axes; what else f uses is the same for all rows. f is called once: `vectorize` makes of its graph one for all rows.

    Raises: ShapeError, ArgumentError, and what `vectorize` raises.
    """
    arrays = [as_variable(x) for x in (xs if isinstance(xs, (list, tuple)) else [xs])]
    if not arrays:
        raise ArgumentError("map: there is no array to go through.", fix="give one array or a list of them.")
    for x in arrays:
        if not x.type.ndim:
            raise ShapeError(f"map: {x.label} is a scalar and has no rows.", operands={"x": x}, fix="call f(x).")
    firsts = [Variable(x.type.with_shape(x.type.shape[1:]), name=None, origin=x.origin) for x in arrays]
    result = f(*firsts)
    several = isinstance(result, (list, tuple))
    found = vectorize([as_variable(y) for y in (result if several else [result])], dict(zip(firsts, arrays)))
    return type(result)(found) if several else found[0]


def _checked(x: Any, many: Variable) -> Variable:
    if not isinstance(x, Variable):
        raise ArgumentError(
            f"vectorize: a {type(x).__name__} is to get rows, not a symbolic variable.",
            fix="vectorize(y, {x: X}), where y was built from x.",
        )
    same = many.type.dtype == x.type.dtype
    fix = f"give {x.type.dtype} with one axis more, in front." if same else f"cast it: X.astype({x.type.dtype!r})."
    if not same or many.type.ndim != x.type.ndim + 1 or clashes(many.type.shape[1:], x.type.shape):
        raise ShapeError(
            f"vectorize: rows of {x.type} are needed for {x.label}, but {many.label} is {many.type}.",
            operands={"x": x, "X": many},
            fix=fix,
        )
    return many


def _count(many: Mapping[Variable, Variable]) -> Any:
    """How many rows there are: the number, where one of the variables says it."""
    sizes = {X.type.shape[0]: X for X in many.values()}
    known = [n for n in sizes if isinstance(n, int)]
    if len(known) > 1:
        raise ShapeError(
            f"vectorize: {known[0]} rows against {known[1]}.",
            operands={"first": sizes[known[0]], "second": sizes[known[1]]},
            fix="all arrays need as many rows.",
        )
    return known[0] if known else next(iter(many.values())).shape[0]


def vectorized(outputs: Sequence[Variable], rows: Mapping[Variable, Variable], n: Any) -> list[Variable]:
    """The outputs with a new first axis of `n` entries; those that are the same for all rows stay as they are.

    What stands for a variable without having one axis more is the same for all rows.
    """
    known: dict[Variable, Variable] = dict(rows)
    for node in toposort(outputs, stop=known.__contains__):
        inputs = [known.get(x, x) for x in node.inputs]
        has_rows = [new.type.ndim > x.type.ndim for x, new in zip(node.inputs, inputs, strict=True)]
        if all(new is x for x, new in zip(node.inputs, inputs, strict=True)):
            continue
        with made_for(node.origin):
            results = _of_rows(node, has_rows, inputs, n) if any(has_rows) else rebuild(node, inputs)
        for old, new in zip(node.outputs, results, strict=True):
            new.name = new.name or old.name
            known.setdefault(old, new)
    return [known.get(y, y) for y in outputs]


def _of_rows(node: Node, has_rows: Sequence[bool], inputs: Sequence[Variable], n: Any) -> Sequence[Variable]:
    found = node.op.vmap(has_rows, *inputs)
    if found is not NotImplemented:
        return found if len(node.outputs) > 1 else (found,)
    if isinstance(node.op, Composite):
        inner = [Variable(x.type) for x in node.inputs]
        return vectorized([node.op.expand(*inner)], dict(zip(inner, inputs, strict=True)), n)
    if not isinstance(n, int) or n == 0:
        raise ArgumentError(
            f"vectorize: {node.op.name} has no rule for rows, and their number is {'0' if n == 0 else 'open'}.",
            operands=dict(zip(node.op.labels(len(node.inputs)), node.inputs, strict=True)),
            origin=node.origin,
            fix="give the arrays with rows a known first size, of 1 or more; or the op a vmap.",
        )
    each = [
        node.op.apply([x[i] if has else x for x, has in zip(inputs, has_rows, strict=True)], node.origin).outputs
        for i in range(n)
    ]
    return [stack(list(ys)) for ys in zip(*each, strict=True)]
