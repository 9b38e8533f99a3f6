"""`draw`: from a graph or a function to a picture, in the order it happens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symnet.compiled import Function
from symnet.errors import ArgumentError
from symnet.graph import Variable
from symnet.viz.dot import dot_text
from symnet.viz.figures import Measure, figures
from symnet.viz.grouping import Opened, grouped
from symnet.viz.picture import Picture
from symnet.viz.sketch import When, opened, sketch

LIMIT = 120
"""Boxes of a picture that can still be read."""


def draw(
    graph: Variable | Sequence[Variable] | Function,
    *,
    when: When | None = None,
    heat: Measure = None,
    depth: int | None = None,
    expand: Opened = None,
    limit: int = LIMIT,
) -> Picture:
    """A picture of an expression, several, or a compiled function.

    Of a function `when` draws it as written ("before"), rewritten ("after", the default), or as it runs ("compiled",
    for the shapes of the latest call); of an expression "after" is what compiling would make of it. Forward, gradient
    and update parts differ in colour and have frames of their own; inputs are ovals, shared variables boxes with double
    borders, constants plain text; a box ends with dtype and shape. What several parts use is drawn in each of them, and
    a scalar at each use; numbers made of shapes alone are drawn as numbers.

    `heat` colours by "bytes" written, by predicted "cost", or by seconds measured for each node. `depth` opens so many
    levels of scopes (`sn.scope`); `expand` draws composites such as softmax by their parts: True all of them, False
    none, or the names of those (and of scopes) to open. Without them everything is open that keeps the picture below
    `limit` boxes; a larger graph is drawn with scopes, lines or stretches as one box each, and says so.

    Raises: ArgumentError.
    """
    _check(depth, expand, limit)
    drawn = sketch(graph, when)
    if expand:
        drawn = opened(drawn, None if isinstance(expand, bool) else tuple(expand))
    measured = figures(graph, drawn, heat)
    boxes = grouped(drawn, depth, expand, limit)
    if measured is not None:
        measured.largest = max((measured.total(box.nodes) for box in boxes.boxes), default=0.0)
    return Picture(dot_text(drawn, boxes, measured), boxes.note)


def _check(depth: Any, expand: Any, limit: Any) -> None:
    for name, n, least in (("depth", depth, 0), ("limit", limit, 12)):
        if (n is None and name == "depth") or (isinstance(n, int) and not isinstance(n, bool) and n >= least):
            continue
        raise ArgumentError(f"draw: {name} is {n!r}.", fix=f"give an integer of at least {least}.")
    names = () if expand is None or isinstance(expand, bool) else expand
    if isinstance(names, str) or not all(isinstance(name, str) for name in names):
        raise ArgumentError(f"draw: expand is {expand!r}.", fix='give True, False, or names: ["softmax"].')
