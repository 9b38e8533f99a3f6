"""`function`: the whole pipeline, top to bottom."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from symnet.arguments import (
    In,
    Out,
    check_givens,
    check_inputs,
    check_options,
    check_updates,
    check_used,
    default_updates,
    flatten_outputs,
    wanted,
)
from symnet.errors import ArgumentError
from symnet.graph import Constant, Graph, Shared, Variable, substitute
from symnet.op import as_variable
from symnet.ops.define import opened
from symnet.ops.switched import training_updates
from symnet.options import Options, current
from symnet.origin import here
from symnet.passes import Laps, no_collection

if TYPE_CHECKING:
    from symnet.backends.base import Backend
    from symnet.compiled import Function

Updates = Mapping[Shared, Any] | Iterable[tuple[Shared, Any]]
Output = Variable | Out
Outputs = Output | Sequence[Output] | Mapping[str, Output] | None

_numbers = itertools.count(1)


def function(
    inputs: Sequence[Variable | In] = (),
    outputs: Outputs = None,
    updates: Updates = (),
    givens: Updates | Mapping[Variable, Any] = (),
    name: str | None = None,
    on_unused_input: str = "raise",
    no_default_updates: bool | Sequence[Shared] = False,
    allow_input_downcast: bool | None = None,
    training: bool | None = None,
    backend: Backend | None = None,
    options: Options | None = None,
) -> Function:
    """Compile expressions: a callable from the values of `inputs` to the values of `outputs`.

    `outputs` is one variable, a list, a tuple or a dict, and the call returns the same form; None returns None. An
    `In(x, value=...)` among the inputs has a default, an `Out(y, borrow=True)` among the outputs is not copied.
    `updates` gives shared variables new values at the end of each call, all or none of them. `givens` replaces
    variables by others before compiling. `training` decides what dropout and batch normalisation do; by default it is
    on where there are updates. An input no output needs is an error, unless `on_unused_input` is "warn" or "ignore".
    Random streams and running averages move on by default updates, but for those in `no_default_updates` (True: all).
    Arguments are cast to the declared dtype where that loses no more than a float's last digits; with
    `allow_input_downcast=True` floats are cut to integers too, with False nothing is lost.

    Raises: InputError, UpdateError, ArgumentError, ShapeError, DTypeError.
    """
    from symnet.backends.numpy import backend as numpy_backend  # an import of symnet does without the compiler
    from symnet.compiled import Function
    from symnet.rewrites import rewrite

    laps = Laps()
    options = check_options(options) if options is not None else current()
    passed = check_inputs(inputs)
    variables = [one.variable for one in passed]
    flat, form = flatten_outputs(outputs)
    pairs = check_updates(updates)
    replaced = check_givens(givens)
    training = bool(pairs) if training is None else training

    with no_collection():
        graph = opened(Graph(substitute([*flat, *(value for _, value in pairs)], replaced)))
        if training and (averaged := training_updates(graph, {s for s, _ in pairs})):
            averaged = wanted(averaged, no_default_updates)
            pairs, graph = [*pairs, *averaged], Graph([*graph.outputs, *(value for _, value in averaged)])
        flat, written = graph.outputs[: len(flat)], [(s, v) for (s, _), v in zip(pairs, graph.outputs[len(flat) :])]
        laps.over("arguments")
        roots, fired, _ = rewrite(graph, training=training, options=options, laps=laps)
        graph = Graph(roots)
        if drawn := default_updates(graph.shared, {s for s, _ in pairs}, no_default_updates):
            more, _, _ = rewrite([value for _, value in drawn], training=training, options=options, laps=laps)
            pairs, graph = [*pairs, *drawn], Graph([*roots, *more])
        needed, roots = dict.fromkeys(graph.free_inputs), graph.outputs
        check_used(variables, needed, {x for x in variables if x in replaced}, on_unused_input)
        pairs = [(s, v) for (s, _), v in zip(pairs, roots[len(flat) :], strict=True)]
        return Function(
            name=name or _python_name() or f"function_{next(_numbers)}",
            inputs=passed, outputs=roots[: len(flat)], updates=pairs, form=form, downcast=allow_input_downcast,
            training=training, backend=numpy_backend if backend is None else backend, options=options, rewrites=fired,
            written=(flat, written), laps=laps,
        )  # fmt: skip


def _python_name() -> str | None:
    """What the user's line calls the function: `train` of `train = function(...)`."""
    origin = here()
    return origin.target if origin is not None else None


def evaluate_expression(expression: Variable, inputs: Mapping[Variable, Any]) -> np.ndarray:
    """What `x.eval({...})` calls: compile, call once, return the array."""
    values = dict(inputs)
    for x in values:
        if not isinstance(x, Variable):
            raise ArgumentError(
                f"eval: the keys are variables, but one is a {type(x).__name__}.", fix="write x.eval({x: value})."
            )
    states = [x for x in values if isinstance(x, (Shared, Constant)) or x.node is not None]
    givens = {x: as_variable(values.pop(x), x) for x in states}
    f = function(list(values), expression, givens=givens, name="eval", on_unused_input="ignore")
    result: np.ndarray = f(*values.values())
    return result


__all__ = ["function"]
