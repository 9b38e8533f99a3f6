"""Reverse mode: gradients as graphs, built node by node from the ops' vjp rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Literal, overload

from symnet.autodiff.arguments import (
    Disconnected,
    as_part,
    check_float,
    check_policy,
    check_scalar,
    direction,
    directions,
    floats,
    in_form,
    inside,
    not_connected,
    report,
    variables,
)
from symnet.errors import ArgumentError
from symnet.graph import Node, Variable, substitute, toposort
from symnet.op import Composite
from symnet.ops import add, conj, ones_like, zeros_like
from symnet.origin import here, made_for

# the user's words -------------------------------------------------------------------------------------------


@overload
def grad(
    cost: Variable | None,
    wrt: Variable,
    consider_constant: Variable | Iterable[Variable] = (),
    disconnected_inputs: Disconnected = "raise",
    known_grads: Mapping[Variable, Any] | None = None,
    return_disconnected: Literal["zero"] = "zero",
) -> Variable: ...
@overload
def grad(
    cost: Variable | None,
    wrt: Sequence[Variable],
    consider_constant: Variable | Iterable[Variable] = (),
    disconnected_inputs: Disconnected = "raise",
    known_grads: Mapping[Variable, Any] | None = None,
    return_disconnected: Literal["zero"] = "zero",
) -> list[Variable]: ...
@overload
def grad(
    cost: Variable | None,
    wrt: Variable | Sequence[Variable],
    consider_constant: Variable | Iterable[Variable] = (),
    disconnected_inputs: Disconnected = "raise",
    known_grads: Mapping[Variable, Any] | None = None,
    *,
    return_disconnected: Literal["none"],
) -> Any: ...
def grad(
    cost: Variable | None,
    wrt: Variable | Sequence[Variable],
    consider_constant: Variable | Iterable[Variable] = (),
    disconnected_inputs: Disconnected = "raise",
    known_grads: Mapping[Variable, Any] | None = None,
    return_disconnected: Literal["zero", "none"] = "zero",
) -> Any:
    r"""Gradient of a scalar cost, $\partial\,\text{cost} / \partial\,\text{wrt}$, as symbolic variables.

    `consider_constant` are variables no gradient flows through; `known_grads` gives cotangents of
    intermediate variables to start from (then `cost` may be None). A variable the cost does not depend on is
    an error, or with `disconnected_inputs="ignore"` (or "warn") zero, or None if `return_disconnected="none"`.
    Each gradient has the type of its variable. One variable gives one gradient, a list gives a list.

    By a complex variable $z = a + ib$ the gradient of a cost C, which is real, is
    $\partial C / \partial a + i\, \partial C / \partial b$: the direction of steepest ascent, twice the conjugate
    Wirtinger derivative, as in PyTorch. A holomorphic $y = f(z)$ hands $\bar y$ on as $\bar y\, \overline{f'(z)}$.

    Raises: GradientError, ArgumentError, ShapeError.
    """
    targets = variables("grad", wrt, "wrt")
    seeds = _seeds("grad", cost, known_grads)
    for x in targets:
        check_float("grad", x, "wrt")
    check_policy("grad", "disconnected_inputs", disconnected_inputs)
    if return_disconnected not in ("zero", "none"):
        raise ArgumentError(f"grad: return_disconnected is {return_disconnected!r}.", fix="use 'zero' or 'none'.")
    constant = frozenset(variables("grad", consider_constant, "consider_constant"))
    found = vjp_through(seeds, targets, constant)
    zero = return_disconnected == "zero"
    return in_form(wrt, _all_of("grad", cost, targets, found, disconnected_inputs, zero))


def vjp(
    outputs: Variable | Sequence[Variable],
    inputs: Variable | Sequence[Variable],
    cotangents: Any,
    consider_constant: Variable | Iterable[Variable] = (),
    disconnected_inputs: Disconnected = "raise",
) -> Any:
    r"""Product of cotangents with the Jacobian, $\bar x = \sum_y J_{yx}^\top\, \bar y$, by reverse mode.

    One cotangent of its shape for each output gives one of its type for each input: a variable for a variable, a list
    for a list. It is Theano's `Lop`. The other arguments are those of `grad`.

    Raises: GradientError, ArgumentError, ShapeError.
    """
    ys, targets = floats("vjp", outputs, "outputs"), floats("vjp", inputs, "inputs")
    check_policy("vjp", "disconnected_inputs", disconnected_inputs)
    seeds = directions("vjp", ("outputs", "cotangents"), ys, cotangents, "backward")
    found = vjp_through(seeds, targets, frozenset(variables("vjp", consider_constant, "consider_constant")))
    first = ys[0] if len(ys) == 1 else None
    return in_form(inputs, _all_of("vjp", first, targets, found, disconnected_inputs))


def subgraph_grad(
    wrt: Variable | Sequence[Variable],
    end: Variable | Sequence[Variable],
    start: Mapping[Variable, Any] | None = None,
    cost: Variable | None = None,
) -> tuple[list[Variable], list[Variable]]:
    """Gradients through a part of a graph: down to the variables `end`, and no further.

    It starts from `cost`, from cotangents `start` of intermediate variables, or from both, and gives the gradients
    with respect to `wrt` and those with respect to `end`, which `start` the next part: so a network can be
    differentiated one layer at a time, with a cost of its own for each.

    Raises: GradientError, ArgumentError, ShapeError.
    """
    targets, ends = floats("subgraph_grad", wrt, "wrt"), floats("subgraph_grad", end, "end")
    seeds = _seeds("subgraph_grad", cost, start)
    found = vjp_through(seeds, [*targets, *ends], ends=frozenset(ends))
    gradients = _all_of("subgraph_grad", cost, [*targets, *ends], found, "raise")
    return gradients[: len(targets)], gradients[len(targets) :]


def _seeds(word: str, cost: Variable | None, known: Mapping[Variable, Any] | None) -> dict[Variable, Variable]:
    argument = "start" if word == "subgraph_grad" else "known_grads"
    seeds: dict[Variable, Variable] = {}
    for x, g in (known or {}).items():
        check_float(word, x, argument)
        seeds[x] = direction(word, argument, x, g, "backward")
    if cost is None:
        if not seeds:
            raise ArgumentError(f"{word}: cost is None and {argument} is empty.", fix="give one of them.")
        return seeds
    check_scalar(word, cost)
    with as_part(cost.origin, "backward"):
        seed = ones_like(cost)
        seeds[cost] = add(seeds[cost], seed) if cost in seeds else seed
    return seeds


def _all_of(
    word: str,
    cost: Variable | None,
    targets: Sequence[Variable],
    found: Mapping[Variable, Variable],
    policy: Disconnected,
    zero: bool = True,
) -> list[Any]:
    """The cotangent of each target; what there is none of is reported, and zero or None."""
    argument = "inputs" if word == "vjp" else "wrt"
    gradients: list[Any] = []
    for x in targets:
        g = found.get(x)
        if g is None:
            report(policy, partial(not_connected, word, cost, x, argument))
            with as_part(here(), "backward"):
                g = zeros_like(x) if zero else None
        gradients.append(g)
    return gradients


# through a graph --------------------------------------------------------------------------------------------


def vjp_through(
    seeds: Mapping[Variable, Variable],
    targets: Sequence[Variable],
    constant: frozenset[Variable] = frozenset(),
    ends: frozenset[Variable] = frozenset(),
) -> dict[Variable, Variable]:
    """Cotangents of the targets for cotangents of some outputs; targets nothing flows to are missing.

    Nothing flows to what is `constant`; `ends` get their cotangents, and nothing flows through them.
    """
    order = toposort(seeds, stop=(constant | ends).__contains__)
    wanted = _paths(order, targets, constant)
    cotangents: dict[Variable, Variable] = dict(seeds)
    for node in reversed(order):
        gs = [cotangents.get(y) if y not in ends else None for y in node.outputs]
        if node not in wanted or all(g is None for g in gs):
            continue
        for y, g in zip(node.outputs, gs, strict=True):
            _name(g, y)
        with as_part(inside(node), "backward"):
            for x, g in zip(node.inputs, apply_vjp(node, gs), strict=True):
                if g is not None and x not in constant and x.type.is_inexact:
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


def apply_vjp(node: Node, gs: Sequence[Variable | None]) -> Sequence[Variable | None]:
    """Cotangents of a node's inputs for those of its outputs; a composite without a vjp goes by its expansion."""
    op = node.op
    if isinstance(op, Composite) and not op.has_vjp:
        inner = [Variable(x.type) for x in node.inputs]
        outer = dict(zip(inner, node.inputs, strict=True))
        g = gs[0]
        assert g is not None
        with made_for(inside(node)):
            expanded = op.expand(*inner)
        found = vjp_through({expanded: g}, inner)
        wanted = [found.get(x) for x in inner]
        present = iter(substitute([v for v in wanted if v is not None], outer))
        return [next(present) if v is not None else None for v in wanted]
    if op.on_complex == "holomorphic" and node.inputs[0].type.is_complex:
        return [_conjugate(x) for x in _vjp_of(node, [_conjugate(g) for g in gs])]
    return _vjp_of(node, gs)


def _conjugate(x: Variable | None) -> Variable | None:
    return None if x is None else conj(x)


def _vjp_of(node: Node, gs: Sequence[Variable | None]) -> Sequence[Variable | None]:
    if len(node.outputs) == 1:
        return node.op.vjp(gs[0], node.outputs[0], *node.inputs)
    return node.op.vjp(tuple(gs), node.outputs, *node.inputs)
