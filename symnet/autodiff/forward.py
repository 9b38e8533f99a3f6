"""Forward mode: tangents as graphs, built node by node from the ops' jvp rules, or from their vjp rules transposed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from symnet.autodiff.arguments import (
    Disconnected,
    as_part,
    check_policy,
    directions,
    floats,
    in_form,
    inside,
    report,
)
from symnet.autodiff.reverse import apply_vjp, vjp_through
from symnet.errors import GradientError
from symnet.graph import Node, Variable, substitute, toposort
from symnet.op import Composite
from symnet.ops import add, zeros_like
from symnet.origin import here, made_for


def jvp(
    outputs: Variable | Sequence[Variable],
    inputs: Variable | Sequence[Variable],
    tangents: Any,
    disconnected_outputs: Disconnected = "raise",
) -> Any:
    r"""Product of the Jacobian with tangents, $\dot y = \sum_x J_{yx}\, \dot x$, by forward mode.

    One tangent of its shape for each input gives one of its type for each output: a variable for a variable, a list
    for a list. It is Theano's `Rop`. An output that depends on no input is an error, or zero with
    `disconnected_outputs="ignore"` (or "warn").

    Raises: GradientError, ArgumentError, ShapeError. Source: Pearlmutter, Neural Computation 6 (1994).
    """
    ys, xs = floats("jvp", outputs, "outputs"), floats("jvp", inputs, "inputs")
    check_policy("jvp", "disconnected_outputs", disconnected_outputs)
    found = jvp_through(directions("jvp", ("inputs", "tangents"), xs, tangents, "tangent"), ys)
    for y in ys:
        if y not in found:
            report(disconnected_outputs, lambda y=y: _constant(y, xs))  # type: ignore[misc]
            with as_part(here(), "tangent"):
                found[y] = zeros_like(y)
    return in_form(outputs, [found[y] for y in ys])


def _constant(y: Variable, xs: Sequence[Variable]) -> GradientError:
    return GradientError(
        f"jvp: {y.label} does not depend on {', '.join(x.label for x in xs)}.",
        operands={"output": y},
        fix="differentiate with respect to the variable it was built from, "
        "or pass disconnected_outputs='ignore' for zeros.",
    )


def jvp_through(tangents: Mapping[Variable, Variable], outputs: Sequence[Variable]) -> dict[Variable, Variable]:
    """Tangents of the outputs for tangents of some variables; outputs nothing flows to are missing."""
    found = dict(tangents)
    order = toposort(outputs)
    # Of an op of several results, one nobody reads may have no derivative.
    read = {*outputs, *(x for node in order for x in node.inputs)}
    for node in order:
        dx = [found.get(x) for x in node.inputs]
        if all(t is None for t in dx) or not any(y.type.is_inexact for y in node.outputs):
            continue
        with as_part(inside(node), "tangent"):
            for y, t in zip(node.outputs, _apply_jvp(node, dx, read), strict=True):
                if t is not None and y.type.is_inexact:
                    found[y] = add(found[y], t) if y in found else t
                    _name(found[y], y)
    return found


def _name(t: Variable, y: Variable) -> None:
    """Call the tangent of a named variable after it."""
    name = y.name or y.target
    if t.name is None and name and t.origin is not None and t.origin.part == "tangent":
        t.name = f"d_{name}"


def _apply_jvp(node: Node, dx: Sequence[Variable | None], read: Collection[Variable]) -> Sequence[Variable | None]:
    op = node.op
    several = len(node.outputs) > 1
    tangents = op.jvp(dx, node.outputs if several else node.outputs[0], *node.inputs)
    if tangents is not NotImplemented:
        return tangents if several else (tangents,)
    if isinstance(op, Composite) and not op.has_vjp:
        return (_through_expansion(node, dx),)
    return _transposed(node, dx, read)


def _through_expansion(node: Node, dx: Sequence[Variable | None]) -> Variable | None:
    op = node.op
    assert isinstance(op, Composite)
    inner = [Variable(x.type) for x in node.inputs]
    outer = dict(zip(inner, node.inputs, strict=True))
    with made_for(inside(node)):
        expanded = op.expand(*inner)
    found = jvp_through({x: t for x, t in zip(inner, dx, strict=True) if t is not None}, [expanded])
    return substitute([found[expanded]], outer)[0] if expanded in found else None


def _transposed(node: Node, dx: Sequence[Variable | None], read: Collection[Variable]) -> Sequence[Variable | None]:
    r"""The Jacobian's product with tangents from its product with cotangents.

    $\bar x = J^\top \bar y$ is linear in $\bar y$, and the cotangent of $\bar y$ for the cotangent $\dot x$ of
    $\bar x$ is $J \dot x$. Source: Townsend, "A new trick for calculating Jacobian vector products" (2017); the
    other way round, Radul et al., "You only linearize once", POPL (2023).
    """
    cotangents = [Variable(y.type) if y.type.is_inexact and y in read else None for y in node.outputs]
    seeds: dict[Variable, Variable] = {}
    for g, t in zip(apply_vjp(node, cotangents), dx, strict=True):
        if g is not None and t is not None:
            seeds[g] = add(seeds[g], t) if g in seeds else t
    asked = [v for v in cotangents if v is not None]
    found = vjp_through(seeds, asked)
    # What is left of the cotangents are their shapes: those of the results.
    shapes = {v: y for v, y in zip(cotangents, node.outputs, strict=True) if v is not None}
    present = [found[v] for v in asked if v in found]
    tangents = dict(zip([v for v in asked if v in found], substitute(present, shapes), strict=True))
    return [tangents.get(v) if v is not None else None for v in cotangents]
