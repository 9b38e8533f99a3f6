"""Reverse mode: gradients as graphs, built node by node from the ops' vjp rules."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, overload

from symnet.errors import ArgumentError, GradientError, ShapeError
from symnet.graph import Node, Variable, substitute, toposort
from symnet.op import Composite, as_variable
from symnet.ops import add, cast, ones_like, zeros_like
from symnet.origin import Origin, here, made_for

Disconnected = Literal["raise", "warn", "ignore"]


@overload
def grad(
    cost: Variable | None,
    wrt: Variable,
    consider_constant: Variable | Iterable[Variable] = (),
    disconnected_inputs: Disconnected = "raise",
    known_grads: Mapping[Variable, Any] | None = None,
) -> Variable: ...
@overload
def grad(
    cost: Variable | None,
    wrt: Sequence[Variable],
    consider_constant: Variable | Iterable[Variable] = (),
    disconnected_inputs: Disconnected = "raise",
    known_grads: Mapping[Variable, Any] | None = None,
) -> list[Variable]: ...
def grad(
    cost: Variable | None,
    wrt: Variable | Sequence[Variable],
    consider_constant: Variable | Iterable[Variable] = (),
    disconnected_inputs: Disconnected = "raise",
    known_grads: Mapping[Variable, Any] | None = None,
) -> Variable | list[Variable]:
    r"""Gradient of a scalar cost, $\partial\,\text{cost} / \partial\,\text{wrt}$, as symbolic variables.

    `consider_constant` are variables no gradient flows through; `known_grads` gives cotangents of
    intermediate variables to start from (then `cost` may be None). A variable the cost does not depend on is
    an error, or zero with `disconnected_inputs="ignore"` (or "warn").
    Each gradient has the type of its variable. One variable gives one gradient, a list gives a list.

    Raises: GradientError, ArgumentError, ShapeError.
    """
    targets = _variables(wrt, "wrt")
    seeds = _seeds(cost, known_grads)
    for x in targets:
        _check_float(x, "wrt")
    if disconnected_inputs not in ("raise", "warn", "ignore"):
        raise ArgumentError(
            f"grad: disconnected_inputs is {disconnected_inputs!r}.", fix="use 'raise', 'warn' or 'ignore'."
        )
    found = vjp_through(seeds, targets, frozenset(_variables(consider_constant, "consider_constant")))
    gradients = []
    for x in targets:
        g = found.get(x)
        if g is None:
            _report_disconnected(cost, x, disconnected_inputs)
            with made_for(_backward(here())):
                g = zeros_like(x)
        gradients.append(g)
    return gradients[0] if isinstance(wrt, Variable) else gradients


def _seeds(cost: Variable | None, known_grads: Mapping[Variable, Any] | None) -> dict[Variable, Variable]:
    seeds = {x: _known(x, g) for x, g in (known_grads or {}).items()}
    if cost is None:
        if not seeds:
            raise ArgumentError("grad: cost is None and known_grads is empty.", fix="give one of them.")
        return seeds
    if not isinstance(cost, Variable):
        raise ArgumentError(f"grad: the cost is a {type(cost).__name__}, not a symbolic variable.")
    if cost.type.ndim != 0:
        raise GradientError(
            f"grad: the cost has {cost.type.ndim} axes, but a gradient is of a scalar.",
            operands={"cost": cost},
            fix="reduce it first: cost.mean() or cost.sum(); or give known_grads.",
        )
    if not cost.type.is_float:
        raise GradientError(
            f"grad: the cost is {cost.type.dtype}, and only floats have gradients.",
            operands={"cost": cost},
            fix="compute the cost in floats: cost.astype('float32').",
        )
    with made_for(_backward(cost.origin)):
        seed = ones_like(cost)
        seeds[cost] = add(seeds[cost], seed) if cost in seeds else seed
    return seeds


def _known(x: Variable, value: Any) -> Variable:
    """A cotangent given for `x`, in the dtype of `x`."""
    _check_float(x, "known_grads")
    g = as_variable(value, x)
    pairs = zip(g.type.shape, x.type.shape, strict=False)
    if g.type.ndim != x.type.ndim or any(
        isinstance(n, int) and isinstance(m, int) and n != m for n, m in pairs
    ):
        raise ShapeError(
            f"grad: known_grads gives {g.type} for {x.label}, which is {x.type}.",
            fix="a cotangent has the shape of its variable.",
        )
    with made_for(_backward(x.origin)):
        return cast(g, x.type.dtype)


def _backward(origin: Origin | None) -> Origin | None:
    return origin.as_part("backward") if origin is not None else None


def _variables(given: Variable | Iterable[Variable], argument: str) -> list[Variable]:
    if isinstance(given, Variable):
        return [given]
    values = list(given) if isinstance(given, Iterable) else [given]
    for x in values:
        if not isinstance(x, Variable):
            raise ArgumentError(
                f"grad: {argument} holds a {type(x).__name__}, not a symbolic variable.",
                fix="give an input, a shared variable or an expression, or a list of them.",
            )
    return values


def _check_float(x: Variable, argument: str) -> None:
    if not isinstance(x, Variable):
        raise ArgumentError(f"grad: {argument} holds a {type(x).__name__}, not a symbolic variable.")
    if not x.type.is_float:
        raise GradientError(
            f"grad: {x.label} is {x.type.dtype}, and only floats have gradients.",
            operands={argument: x},
            fix=f"declare it as a float variable, or leave it out of {argument}.",
        )


def _report_disconnected(cost: Variable | None, x: Variable, policy: Disconnected) -> None:
    if policy == "ignore":
        return
    error = GradientError(
        f"grad: {cost.label if cost is not None else 'the cost'} does not depend on {x.label}.",
        operands={"wrt": x},
        fix="differentiate with respect to the variable the cost was built from, "
        "or pass disconnected_inputs='ignore' for zeros.",
    )
    if policy == "raise":
        raise error
    warnings.warn(str(error), stacklevel=3)


def vjp_through(
    seeds: Mapping[Variable, Variable],
    targets: Sequence[Variable],
    constant: frozenset[Variable] = frozenset(),
) -> dict[Variable, Variable]:
    """Cotangents of the targets for cotangents of some outputs; targets nothing flows to are missing."""
    order = toposort(seeds, stop=constant.__contains__)
    wanted = _paths(order, targets, constant)
    cotangents: dict[Variable, Variable] = dict(seeds)
    for node in reversed(order):
        gs = [cotangents.get(y) for y in node.outputs]
        if node not in wanted or all(g is None for g in gs):
            continue
        for y, g in zip(node.outputs, gs, strict=True):
            _name(g, y)
        with made_for(_backward(node.origin)):
            for x, g in zip(node.inputs, _apply_vjp(node, gs), strict=True):
                if g is not None and x not in constant and x.type.is_float:
                    cotangents[x] = add(cotangents[x], g) if x in cotangents else g
    for x in targets:
        _name(cotangents.get(x), x)
    return cotangents


def _name(g: Variable | None, x: Variable) -> None:
    """Call the cotangent of a named variable after it."""
    name = x.name or x.target
    if g is not None and g.name is None and name and g.origin is not None and g.origin.part == "backward":
        g.name = f"g_{name}"


def _paths(order: Sequence[Node], targets: Sequence[Variable], constant: frozenset[Variable]) -> set[Node]:
    """The nodes between the targets and the outputs: only through them need anything flow."""
    reached = set(targets)
    wanted = set()
    for node in order:
        if any(x in reached and x not in constant for x in node.inputs):
            wanted.add(node)
            reached.update(node.outputs)
    return wanted


def _apply_vjp(node: Node, gs: Sequence[Variable | None]) -> Sequence[Variable | None]:
    op = node.op
    if isinstance(op, Composite) and not op.has_vjp:
        inner = [Variable(x.type) for x in node.inputs]
        outer = dict(zip(inner, node.inputs, strict=True))
        g = gs[0]
        assert g is not None
        with made_for(node.origin):
            expanded = op.expand(*inner)
        found = vjp_through({expanded: g}, inner)
        wanted = [found.get(x) for x in inner]
        present = iter(substitute([v for v in wanted if v is not None], outer))
        return [next(present) if v is not None else None for v in wanted]
    if len(node.outputs) == 1:
        return op.vjp(gs[0], node.outputs[0], *node.inputs)
    return op.vjp(tuple(gs), node.outputs, *node.inputs)
