"""What the words of differentiation are given, checked: variables, their cotangents and tangents."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Literal

from symnet.errors import ArgumentError, GradientError, ShapeError
from symnet.graph import Graph, Node, Variable
from symnet.op import Composite, as_variable
from symnet.ops import add, cast
from symnet.origin import Origin, Part, here, made_for
from symnet.types import clashes

Disconnected = Literal["raise", "warn", "ignore"]


def variables(word: str, given: Any, argument: str) -> list[Variable]:
    """One variable or several as a list.

    Raises: ArgumentError for anything else; it begins with `word`.
    """
    if isinstance(given, Variable):
        return [given]
    values = list(given) if isinstance(given, Iterable) and not isinstance(given, str) else [given]
    for x in values:
        if not isinstance(x, Variable):
            raise ArgumentError(
                f"{word}: {argument} holds a {type(x).__name__}, not a symbolic variable.",
                fix="give an input, a shared variable or an expression, or a list of them.",
            )
    return values


def results_of(word: str, given: Any) -> list[Variable]:
    """What a user's function gives, one variable or a list or tuple of them, as a list.

    Raises: ArgumentError for anything else; it begins with `word`.
    """
    ys = list(given) if isinstance(given, (list, tuple)) else [given]
    if not ys or not all(isinstance(y, Variable) for y in ys):
        kinds = ", ".join(type(y).__name__ for y in ys) or "nothing"
        raise ArgumentError(
            f"{word}: the function gives {kinds}.", fix="give one symbolic variable, or a list or tuple of them."
        )
    return ys


def as_given(given: Any, found: Sequence[Variable]) -> Any:
    """One variable for one; for a list, a tuple or a named tuple the same with others in it."""
    if isinstance(given, Variable):
        return found[0]
    return given._make(found) if hasattr(given, "_make") else type(given)(found)


def check_float(word: str, x: Any, argument: str) -> None:
    """Raise unless `x` is a variable of floats."""
    if not isinstance(x, Variable):
        raise ArgumentError(f"{word}: {argument} holds a {type(x).__name__}, not a symbolic variable.")
    if not x.type.is_inexact:
        raise GradientError(
            f"{word}: {x.label} is {x.type.dtype}, and only floats have gradients.",
            operands={argument: x},
            fix=f"declare it as a float variable, or leave it out of {argument}.",
        )


def floats(word: str, given: Any, argument: str) -> list[Variable]:
    """One float variable or several as a list."""
    found = variables(word, given, argument)
    for x in found:
        check_float(word, x, argument)
    return found


def check_scalar(word: str, cost: Any) -> None:
    """Raise unless `cost` is a scalar of floats."""
    if not isinstance(cost, Variable):
        raise ArgumentError(
            f"{word}: the cost is a {type(cost).__name__}, not a symbolic variable.",
            fix="build the cost from variables: w itself, not w.get_value(); expressions, not Python functions.",
        )
    if cost.type.ndim != 0:
        raise GradientError(
            f"{word}: the cost has {cost.type.ndim} {'axis' if cost.type.ndim == 1 else 'axes'}, "
            "but a gradient is of a scalar.",
            operands={"cost": cost},
            fix="reduce it first: cost.mean() or cost.sum(); or give known_grads."
            if word == "grad"
            else "reduce it first: cost.mean() or cost.sum().",
        )
    if cost.type.is_complex:
        raise GradientError(
            f"{word}: the cost is {cost.type.dtype}, and only a real cost has a direction of ascent.",
            operands={"cost": cost},
            fix="take a real number of it: cost.real, or sn.abs(cost).",
        )
    if not cost.type.is_inexact:
        raise GradientError(
            f"{word}: the cost is {cost.type.dtype}, and only floats have gradients.",
            operands={"cost": cost},
            fix="compute the cost in floats: cost.astype('float32').",
        )


def inside(node: Node) -> Origin | None:
    """The origin of what a node is made of: of a composite's parts it says so."""
    origin = node.origin
    return origin.of_composite(node.op.name) if origin is not None and isinstance(node.op, Composite) else origin


def as_part(origin: Origin | None, part: Part) -> AbstractContextManager[None]:
    """Nodes made inside belong to the line of `origin`, as its gradient or tangent."""
    return made_for(origin.as_part(part) if origin is not None else None)


def direction(word: str, argument: str, x: Variable, value: Any, part: Part) -> Variable:
    """A cotangent or tangent given for `x`, in the dtype of `x`.

    Raises: ShapeError where its shape cannot be that of `x`.
    """
    v = as_variable(value, x)
    if v.type.ndim != x.type.ndim or clashes(v.type.shape, x.type.shape):
        raise ShapeError(
            f"{word}: {argument} gives {v.type} for {x.label}, which is {x.type}.",
            operands={"variable": x, "given": v},
            fix=f"a {'tangent' if part == 'tangent' else 'cotangent'} has the shape of its variable.",
        )
    with as_part(x.origin, part):
        return cast(v, x.type.dtype)


def directions(
    word: str, arguments: tuple[str, str], xs: Sequence[Variable], given: Any, part: Part
) -> dict[Variable, Variable]:
    """A cotangent or tangent for each variable; those given for one variable add up.

    Raises: ArgumentError unless there are as many as variables; ShapeError.
    """
    values = list(given) if isinstance(given, (list, tuple)) else [given]
    if len(values) != len(xs):
        raise ArgumentError(
            f"{word}: {len(values)} {arguments[1]} for {len(xs)} {arguments[0]}.",
            fix=f"give a list with one for each of the {arguments[0]}.",
        )
    found: dict[Variable, Variable] = {}
    for x, value in zip(xs, values, strict=True):
        v = direction(word, arguments[1], x, value, part)
        found[x] = add(found[x], v) if x in found else v
    return found


def check_policy(word: str, argument: str, policy: str) -> None:
    """Raise unless `policy` says what to do about variables no path leads to."""
    if policy not in ("raise", "warn", "ignore"):
        raise ArgumentError(f"{word}: {argument} is {policy!r}.", fix="use 'raise', 'warn' or 'ignore'.")


def report(policy: Disconnected, error: Callable[[], GradientError]) -> None:
    """Raise or warn about a variable no path leads to, or say nothing."""
    if policy == "raise":
        raise error()
    if policy == "warn":
        warnings.warn(str(error()), stacklevel=4)


def not_connected(word: str, y: Variable | None, x: Variable, argument: str) -> GradientError:
    """The error that a gradient is asked of a variable no path leads to."""
    at = here()
    cost = y.called(at) if y is not None else "the cost"
    operands = {argument: x} if y is None else {"cost": y, argument: x}
    if y is not None and x in Graph([y]).users:
        return GradientError(
            f"{word}: no gradient flows from {cost} to {x.called(at)}.",
            operands=operands,
            fix="integers, comparisons, argmax, stop_gradient and consider_constant let none through; "
            "train on a smooth cost, or pass disconnected_inputs='ignore' for zeros.",
        )
    return GradientError(
        f"{word}: {cost} does not depend on {x.called(at)}.",
        operands=operands,
        fix="differentiate with respect to the variable the cost was built from, "
        "or pass disconnected_inputs='ignore' for zeros.",
    )


def in_form(given: Any, found: Sequence[Any]) -> Any:
    """One result for one variable, a list for several."""
    return found[0] if isinstance(given, Variable) else list(found)


Known = Mapping[Variable, Any]
