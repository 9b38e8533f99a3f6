"""Gradients that users give: of an expression or a function, in place of the one its ops have."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any

from symnet.autodiff.arguments import variables
from symnet.autodiff.batching import vectorized
from symnet.errors import ArgumentError, GradientError
from symnet.graph import Variable
from symnet.graph.rows import row_count
from symnet.op import as_variable
from symnet.ops import cast
from symnet.ops.gradients import GradientRule, OwnGradient
from symnet.types import clashes

Rule = Callable[..., Any]


@dataclass(frozen=True)
class _UsersRule:
    """A user's function as a rule."""

    vjp: Rule

    def __call__(self, g: Variable, y: Variable, *inputs: Variable) -> Sequence[Variable | None]:
        given = self.vjp(g, y, *inputs)
        values = list(given) if isinstance(given, (list, tuple)) else [given]
        if len(values) != len(inputs):
            raise GradientError(
                f"custom_gradient: vjp gives {len(values)} cotangents for {len(inputs)} inputs.",
                fix="give one for each input, in order; None where nothing flows.",
            )
        return [_checked(k, x, value) for k, (x, value) in enumerate(zip(inputs, values, strict=True))]

    def of_rows(self, rows: Sequence[bool]) -> GradientRule:
        return _OfRows(self, tuple(rows))


@dataclass(frozen=True)
class _OfRows:
    """A rule where the result and the inputs marked in `rows` have a new first axis."""

    rule: GradientRule
    rows: tuple[bool, ...]

    def __call__(self, g: Variable, y: Variable, *inputs: Variable) -> Sequence[Variable | None]:
        rows, many = (self.rows[0], *self.rows), (g, y, *inputs)
        single = [
            Variable(x.type.with_shape(x.type.shape[1:]) if has else x.type) for x, has in zip(many, rows, strict=True)
        ]
        found = self.rule(*single)
        present = [v for v in found if v is not None]
        batched = iter(vectorized(present, dict(zip(single, many, strict=True)), row_count(rows, many)))
        return [
            None if v is None else _collected(v, next(batched), has)
            for v, has in zip(found, self.rows[1:], strict=True)
        ]

    def of_rows(self, rows: Sequence[bool]) -> GradientRule:
        return _OfRows(self, tuple(rows))


def _collected(v: Variable, of_rows: Variable, has: bool) -> Variable:
    """The cotangents of all rows; an input that the rows share gets their sum."""
    return of_rows.sum(0) if of_rows.type.ndim > v.type.ndim and not has else of_rows


def _checked(k: int, x: Variable, value: Any) -> Variable | None:
    """What a rule gives for input k, in that one's dtype."""
    if value is None or not x.type.is_inexact:
        return None
    g = as_variable(value, x)
    if g.type.ndim != x.type.ndim or clashes(g.type.shape, x.type.shape):
        raise GradientError(
            f"custom_gradient: vjp gives {g.type} for input {k}, which is {x.type}.",
            operands={"input": x, "cotangent": g},
            fix="a cotangent has the shape of its input.",
        )
    return cast(g, x.type.dtype)


def custom_gradient(expression: Variable | Callable[..., Variable], inputs: Any = None, *, vjp: Rule) -> Any:
    r"""An expression, or a function of variables, whose gradient the user gives, $\bar x = \text{vjp}(\bar y, y, x)$.

    `custom_gradient(y, [x, w], vjp=rule)` is y, and `custom_gradient(f, vjp=rule)` a function that gives `f(x, w)`.
    In a gradient, `rule(g, y, x, w)` makes from the cotangent g of y one for each input, of its shape, or None where
    nothing flows. Nothing flows to anything else that y was computed from. Forward mode transposes the rule, which
    for that has to be linear in g.

    Raises: ArgumentError; when it is differentiated GradientError, where the rule's cotangents do not fit the inputs.
    """
    if not callable(vjp):
        raise ArgumentError(
            f"custom_gradient: vjp is a {type(vjp).__name__}, not a function.",
            fix="vjp=lambda g, y, x: g * ..., a cotangent for each input.",
        )
    if isinstance(expression, Variable):
        if inputs is None:
            raise ArgumentError(
                "custom_gradient: an expression without its inputs.",
                operands={"expression": expression},
                fix="custom_gradient(y, [x, w], vjp=...), or pass a function.",
            )
        return _with_rule(expression, variables("custom_gradient", inputs, "inputs"), vjp)
    if not callable(expression) or inputs is not None:
        what = "a function with inputs" if callable(expression) else f"a {type(expression).__name__}"
        raise ArgumentError(
            f"custom_gradient: got {what}.",
            fix="custom_gradient(f, vjp=...)(x, w), or custom_gradient(y, [x, w], vjp=...).",
        )

    @wraps(expression)
    def function(*given: Any) -> Variable:
        xs = [as_variable(x) for x in given]
        y = expression(*xs)
        if not isinstance(y, Variable):
            raise ArgumentError(
                f"custom_gradient: the function gives a {type(y).__name__}, not one variable.",
                fix="give one result; sn.stack or sn.concatenate joins several.",
            )
        return _with_rule(y, xs, vjp)

    return function


def _with_rule(y: Variable, inputs: Sequence[Variable], vjp: Rule) -> Variable:
    if not y.type.is_inexact:
        raise ArgumentError(
            f"custom_gradient: the result is {y.type.dtype}, and only floats have gradients.",
            operands={"result": y},
            fix="cast it to a float type.",
        )
    return OwnGradient(_UsersRule(vjp))(y, *inputs)
