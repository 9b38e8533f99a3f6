"""Rematerialisation: gradients that compute a part of the graph again, so that its values need not be kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any

from symnet.autodiff.arguments import as_given, as_part, results_of, variables
from symnet.autodiff.reverse import vjp_through
from symnet.errors import ArgumentError
from symnet.graph import Constant, Variable, toposort
from symnet.op import as_variable
from symnet.ops.gradients import After, OwnGradient
from symnet.origin import here


@dataclass(frozen=True)
class _Recomputed:
    """The gradient of a part computed again from the first `count` of its inputs; the others are read as they are."""

    count: int

    def __call__(
        self, gs: Sequence[Variable | None], ys: Sequence[Variable], inputs: Sequence[Variable]
    ) -> Sequence[Variable | None]:
        flows = {y: g for y, g in zip(ys, gs, strict=True) if g is not None}
        later = [_after(x, flows.values()) for x in inputs[: self.count]]
        start = [*later, *inputs[self.count :]]
        again = _again(list(flows), dict(zip(inputs, start, strict=True)))
        found = vjp_through(dict(zip(again, flows.values(), strict=True)), start, ends=frozenset(later))
        return [found.get(x) for x in start]

    def of_rows(self, rows: Sequence[bool]) -> _Recomputed:
        return self


def _after(x: Variable, awaited: Iterable[Variable]) -> Variable:
    for g in awaited:
        x = After()(x, g)
    return x


def _again(ys: Sequence[Variable], known: Mapping[Variable, Variable]) -> list[Variable]:
    """The expressions `ys` on other variables, all of them as a part of the gradient."""
    made = dict(known)
    for node in toposort(ys, stop=made.__contains__):
        inputs = [made.get(x, x) for x in node.inputs]
        if all(new is old for new, old in zip(inputs, node.inputs, strict=True)):
            continue
        with as_part(node.origin, "backward"):
            results = node.op.apply(inputs, node.origin.as_part("backward") if node.origin else None).outputs
        for old, new in zip(node.outputs, results, strict=True):
            new.name = old.name or old.target
            made.setdefault(old, new)
    return [made.get(y, y) for y in ys]


def checkpoint(expression: Any, inputs: Any = None) -> Any:
    """Expressions, or a function of variables, whose intermediate values are not kept for their gradient.

    `checkpoint(y, [x])` is y, and `checkpoint(f)` a function that gives f(x); y and f(x) are one variable, or a list or
    tuple of several. The gradient computes the part between the inputs and y again, when its cotangents are there: for
    one more forward pass of it, only x is kept. A chain of n steps in parts of about the root of n needs memory for
    that many values. Checkpoints may stand in each other. Random draws are the same again.

    Gradients flow to the inputs and to the leaves y depends on (parameters, say), not to variables in between.

    Raises: ArgumentError. Source: Chen et al., arXiv:1604.06174 (2016).
    """
    if isinstance(expression, (Variable, list, tuple)):
        if inputs is None:
            raise ArgumentError(
                "checkpoint: an expression without its inputs.",
                operands={"expression": expression} if isinstance(expression, Variable) else {},
                fix="checkpoint(y, [x]), where y was built from x; or pass a function: checkpoint(f)(x).",
            )
        return _kept_out(expression, variables("checkpoint", inputs, "inputs"))
    if not callable(expression) or inputs is not None:
        what = "a function with inputs" if callable(expression) else f"a {type(expression).__name__}"
        raise ArgumentError(f"checkpoint: got {what}.", fix="checkpoint(f)(x), or checkpoint(y, [x]).")

    @wraps(expression)
    def function(*given: Any) -> Any:
        xs = [as_variable(x) for x in given]
        return _kept_out(expression(*xs), xs)

    return function


def _kept_out(result: Any, inputs: Sequence[Variable]) -> Any:
    ys = results_of("checkpoint", result)
    given = set(inputs)
    # Of the others there is nothing to compute again, or nothing to differentiate.
    kept = [y for y in dict.fromkeys(ys) if y.type.is_inexact and y.node is not None and y not in given]
    starts = [x for x in dict.fromkeys(inputs) if x not in ys and not isinstance(x, Constant)]
    order = toposort(ys, stop=given.__contains__)
    read = dict.fromkeys(x for node in order for x in node.inputs)
    for x in starts:
        if x not in read:
            raise _unread(ys, x)
    if not kept:
        return result
    starts = [x for x in dict.fromkeys(inputs) if x in read and not isinstance(x, Constant)]
    leaves = [x for x in read if x.node is None and x not in given and not isinstance(x, Constant)]
    op = OwnGradient(_Recomputed(len(starts)), len(kept))
    found = dict(zip(kept, op.apply((*kept, *starts, *leaves), here()).outputs, strict=True))
    return as_given(result, [found.get(y, y) for y in ys])


def _unread(ys: Sequence[Variable], x: Variable) -> ArgumentError:
    what = f"{ys[0].label} is" if len(ys) == 1 else "the results are"
    return ArgumentError(
        f"checkpoint: {what} not computed from {x.label}.",
        operands={"result": ys[0], "input": x},
        fix="name the variables that it was built from.",
    )
