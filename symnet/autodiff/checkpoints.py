"""Rematerialisation: gradients that compute a part of the graph again, so that its values need not be kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any

from symnet.autodiff.arguments import as_part, variables
from symnet.autodiff.reverse import vjp_through
from symnet.errors import ArgumentError
from symnet.graph import Constant, Variable, toposort
from symnet.op import as_variable
from symnet.ops.gradients import After, OwnGradient


@dataclass(frozen=True)
class _Recomputed:
    """The gradient of a part computed again from the first `count` of its inputs; the others are read as they are."""

    count: int

    def __call__(self, g: Variable, y: Variable, *inputs: Variable) -> Sequence[Variable | None]:
        later = [After()(x, g) for x in inputs[: self.count]]
        start = [*later, *inputs[self.count :]]
        again = _again(y, dict(zip(inputs, start, strict=True)))
        found = vjp_through({again: g}, start, ends=frozenset(later))
        return [found.get(x) for x in start]

    def of_rows(self, rows: Sequence[bool]) -> _Recomputed:
        return self


def _again(y: Variable, known: Mapping[Variable, Variable]) -> Variable:
    """The expression `y` on other variables, all of it as a part of the gradient."""
    made = dict(known)
    for node in toposort([y], stop=made.__contains__):
        inputs = [made.get(x, x) for x in node.inputs]
        if all(new is old for new, old in zip(inputs, node.inputs, strict=True)):
            continue
        with as_part(node.origin, "backward"):
            results = node.op.apply(inputs, node.origin.as_part("backward") if node.origin else None).outputs
        for old, new in zip(node.outputs, results, strict=True):
            new.name = old.name or old.target
            made.setdefault(old, new)
    return made.get(y, y)


def checkpoint(expression: Variable | Callable[..., Variable], inputs: Any = None) -> Any:
    """An expression, or a function of variables, whose intermediate values are not kept for its gradient.

    `checkpoint(y, [x])` is y, and `checkpoint(f)` a function that gives f(x). The gradient computes the part between
    the inputs and y again, when its cotangent is there: for one more forward pass of it, only x is kept. A chain of n
    steps in parts of about the root of n needs memory for that many values. Checkpoints may stand in each other. Random
    draws are the same again.

    Gradients flow to the inputs and to the leaves y depends on (parameters, say), not to variables in between.

    Raises: ArgumentError. Source: Chen et al., arXiv:1604.06174 (2016).
    """
    if isinstance(expression, Variable):
        if inputs is None:
            raise ArgumentError(
                "checkpoint: an expression without its inputs.",
                operands={"expression": expression},
                fix="checkpoint(y, [x]), where y was built from x; or pass a function: checkpoint(f)(x).",
            )
        return _kept_out(expression, variables("checkpoint", inputs, "inputs"))
    if not callable(expression) or inputs is not None:
        what = "a function with inputs" if callable(expression) else f"a {type(expression).__name__}"
        raise ArgumentError(f"checkpoint: got {what}.", fix="checkpoint(f)(x), or checkpoint(y, [x]).")

    @wraps(expression)
    def function(*given: Any) -> Variable:
        xs = [as_variable(x) for x in given]
        y = expression(*xs)
        if not isinstance(y, Variable):
            raise ArgumentError(
                f"checkpoint: the function gives a {type(y).__name__}, not one variable.",
                fix="give one result; sn.stack or sn.concatenate joins several.",
            )
        return _kept_out(y, xs)

    return function


def _kept_out(y: Variable, inputs: Sequence[Variable]) -> Variable:
    starts = list(dict.fromkeys(x for x in inputs if x is not y and not isinstance(x, Constant)))
    order = toposort([y], stop=set(starts).__contains__)
    read = dict.fromkeys(x for node in order for x in node.inputs)
    unread = [x for x in starts if x not in read]
    if not y.type.is_inexact or not order or unread:
        return _refused(y, unread)
    leaves = [x for x in read if x.node is None and x not in starts and not isinstance(x, Constant)]
    return OwnGradient(_Recomputed(len(starts)))(y, *starts, *leaves)


def _refused(y: Variable, unread: Sequence[Variable]) -> Variable:
    if unread:
        raise ArgumentError(
            f"checkpoint: {y.label} is not computed from {unread[0].label}.",
            operands={"result": y, "input": unread[0]},
            fix="name the variables that it was built from.",
        )
    return y  # there is nothing to compute again, or nothing to differentiate
