"""Gradients that users give: of an expression or a function, in place of the one its ops have."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any

from symnet.autodiff.arguments import as_given, results_of, variables
from symnet.autodiff.batching import vectorized
from symnet.errors import ArgumentError, GradientError
from symnet.graph import Variable
from symnet.op import as_variable
from symnet.ops import cast, zeros_like
from symnet.ops.gradients import GradientRule, OwnGradient
from symnet.origin import here
from symnet.types import clashes

Rule = Callable[..., Any]


@dataclass(frozen=True)
class _UsersRule:
    """A user's function as a rule, of one result or, with tuples in the place of it and its cotangent, of `several`."""

    vjp: Rule
    several: bool = False

    def __call__(
        self, gs: Sequence[Variable | None], ys: Sequence[Variable], inputs: Sequence[Variable]
    ) -> Sequence[Variable | None]:
        full = tuple(zeros_like(y) if g is None and y.type.is_inexact else g for g, y in zip(gs, ys, strict=True))
        given = self.vjp(full, tuple(ys), *inputs) if self.several else self.vjp(full[0], ys[0], *inputs)
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
    """A rule where the results and the inputs marked in `rows` have a new first axis."""

    rule: GradientRule
    rows: tuple[bool, ...]

    def __call__(
        self, gs: Sequence[Variable | None], ys: Sequence[Variable], inputs: Sequence[Variable]
    ) -> Sequence[Variable | None]:
        flows = [g for g in gs if g is not None]
        many, has_rows = (*flows, *ys, *inputs), (*(True for _ in (*flows, *ys)), *self.rows)
        single = [
            Variable(x.type.with_shape(x.type.shape[1:]) if has else x.type)
            for x, has in zip(many, has_rows, strict=True)
        ]
        cotangents = iter(single)
        found = self.rule(
            [None if g is None else next(cotangents) for g in gs],
            single[len(flows) : len(flows) + len(ys)],
            single[len(flows) + len(ys) :],
        )
        rows = dict(zip(single, many, strict=True))
        batched = iter(vectorized([v for v in found if v is not None], rows, ys[0].shape[0]))
        return [
            None if v is None else _collected(v, next(batched), has)
            for v, has in zip(found, self.rows, strict=True)
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


def custom_gradient(expression: Any, inputs: Any = None, *, vjp: Rule) -> Any:
    r"""Expressions, or a function of variables, whose gradient the user gives, $\bar x = \text{vjp}(\bar y, y, x)$.

    `custom_gradient(y, [x, w], vjp=rule)` is y, and `custom_gradient(f, vjp=rule)` a function that gives `f(x, w)`.
    In a gradient, `rule(g, y, x, w)` makes from the cotangent g of y one for each input, of its shape, or None where
    nothing flows. Of several results, a list or a tuple, g and y are tuples: a result that nothing flows to has a g of
    zeros, one of integers None. Nothing flows to anything else that y was computed from. Forward mode transposes the
    rule, which for that has to be linear in g.

    Raises: ArgumentError; when it is differentiated GradientError, where the rule's cotangents do not fit the inputs.
    """
    if not callable(vjp):
        raise ArgumentError(
            f"custom_gradient: vjp is a {type(vjp).__name__}, not a function.",
            fix="vjp=lambda g, y, x: g * ..., a cotangent for each input.",
        )
    if isinstance(expression, (Variable, list, tuple)):
        if inputs is None:
            raise ArgumentError(
                "custom_gradient: an expression without its inputs.",
                operands={"expression": expression} if isinstance(expression, Variable) else {},
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
    def function(*given: Any) -> Any:
        xs = [as_variable(x) for x in given]
        return _with_rule(expression(*xs), xs, vjp)

    return function


def _with_rule(result: Any, inputs: Sequence[Variable], vjp: Rule) -> Any:
    ys = results_of("custom_gradient", result)
    if not any(y.type.is_inexact for y in ys):
        raise ArgumentError(
            f"custom_gradient: the result is {ys[0].type.dtype}, and only floats have gradients.",
            operands={"result": ys[0]},
            fix="cast it to a float type.",
        )
    op = OwnGradient(_UsersRule(vjp, not isinstance(result, Variable)), len(ys))
    return as_given(result, op.apply((*ys, *inputs), here()).outputs)
