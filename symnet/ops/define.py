"""Parts of a graph under names of their own: seen whole in pictures and errors, opened when a function is compiled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import field
from functools import wraps
from typing import Any

from symnet.errors import ArgumentError, ShapeError
from symnet.graph import Graph, Variable, free_inputs, rebuild, substitute
from symnet.op import Composite, as_variable
from symnet.origin import made_for

__all__ = ["Defined", "define"]


class Defined(Composite):
    """One result of a user's function of symbolic variables."""

    function: Callable[..., Any]
    index: int
    name: str = field(default="defined", kw_only=True)  # type: ignore[misc]

    def expand(self, *inputs: Variable) -> Variable:
        return _results(self.name, self.function(*inputs))[self.index]


def define(part: Any, outputs: Any = None, *, name: str | None = None) -> Callable[..., Any]:
    """A function whose results are one named node each, however much is computed in it.

    `part` is a function of symbolic variables, which may be decorated with it (`@sn.define`), or the list of inputs of
    a graph, whose `outputs` are then one variable or a list (Theano's OpFromGraph). What it is called with takes the
    inputs' place, so a graph may be used many times. Pictures, printed expressions and errors show the name; before
    compiling, the nodes are opened, so that nothing is slower for them. Gradients flow through.

    Raises: ArgumentError; ShapeError where an argument does not fit its input.
    """
    function = part if callable(part) and not isinstance(part, Variable) else _from_graph(part, outputs)
    label: str = name or getattr(part, "__name__", None) or "defined"
    if function is part and outputs is not None:
        raise ArgumentError(
            f"define: {label} is a function, and outputs are given too.", fix="give its inputs, or leave out outputs."
        )

    @wraps(function)
    def defined(*given: Any) -> Any:
        inputs = [as_variable(x) for x in given]
        result = function(*(Variable(x.type, name=x.name) for x in inputs))
        ys = [Defined(function, k, name=label)(*inputs) for k in range(len(_results(label, result)))]
        return ys[0] if isinstance(result, Variable) else type(result)(ys)

    defined.__name__ = defined.__qualname__ = label
    return defined


def _results(label: str, result: Any) -> Sequence[Variable]:
    ys = list(result) if isinstance(result, (list, tuple)) else [result]
    if not ys or not all(isinstance(y, Variable) for y in ys):
        kinds = ", ".join(type(y).__name__ for y in ys) or "nothing"
        raise ArgumentError(
            f"{label}: the definition gives {kinds}.", fix="return one symbolic variable, or a list or tuple of them."
        )
    return ys


def _from_graph(inputs: Any, outputs: Any) -> Callable[..., Any]:
    xs = list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]
    ys = list(outputs) if isinstance(outputs, (list, tuple)) else [outputs]
    if not all(isinstance(v, Variable) for v in (*xs, *ys)):
        raise ArgumentError(
            "define: a graph is given by its inputs and outputs.",
            fix="define([x, y], [z]), or @define before a function.",
        )
    missing = [x for x in free_inputs(ys) if x not in xs]
    if missing:
        raise ArgumentError(
            f"define: the outputs need {missing[0].label}, which is not among the inputs.",
            operands={"missing": missing[0]},
            fix=f"add it: define([{', '.join(x.label for x in (*xs, missing[0]))}], ...).",
        )

    def graph(*given: Variable) -> Any:
        if len(given) != len(xs):
            raise ArgumentError(f"the definition takes {len(xs)} inputs, got {len(given)}.", fix="give one for each.")
        for x, v in zip(xs, given, strict=True):
            if v.type.dtype != x.type.dtype or not _fits(v, x):
                raise ShapeError(f"the definition expects {x.type} for {x.label}, got {v.type}.", operands={x.label: v})
        found = substitute(ys, dict(zip(xs, given, strict=True)))
        return type(outputs)(found) if isinstance(outputs, (list, tuple)) else found[0]

    return graph


def _fits(v: Variable, x: Variable) -> bool:
    sizes = zip(v.type.shape, x.type.shape, strict=False)
    return v.type.ndim == x.type.ndim and all(
        not (isinstance(n, int) and isinstance(m, int)) or n == m for n, m in sizes
    )


def opened(graph: Graph) -> Graph:
    """The graph with every definition replaced by what it stands for, those within others too."""
    while any([isinstance(node.op, Defined) for node in graph.order]):
        known: dict[Variable, Variable] = {}
        for node in graph.order:
            inputs = [known.get(x, x) for x in node.inputs]
            if isinstance(node.op, Defined):
                with made_for(node.origin and node.origin.in_scope(node.op.name)):
                    known[node.outputs[0]] = node.op.expand(*inputs)
            else:
                known.update(zip(node.outputs, rebuild(node, inputs), strict=True))
        graph = Graph([known.get(y, y) for y in graph.outputs])
    return graph
