"""A compiled function in a notebook: what it takes and gives, what it costs, its source and its picture."""

from __future__ import annotations

from collections.abc import Sequence

from symnet.compiled import Function
from symnet.errors import SymnetError
from symnet.origin import Part
from symnet.report import Row
from symnet.types import shape_text
from symnet.viz.listing import coloured
from symnet.viz.notebook.markup import Column, Markup, card, folded, heading, picture, plain, quiet, table
from symnet.viz.palette import FILL, INK

_OPS = 12
"""Rows of the table of costs; the rest is one row."""
_OPEN = 30
"""Lines of a source that are shown unfolded."""
_LINES = 3000
"""Lines of a source that are shown at all."""


def function_html(f: Function) -> Markup:
    """The card of a function."""
    first, *rest = repr(f).splitlines()
    parts = [heading(f.name, first.partition(f.name)[2]), *(f"<div>{quiet(line.strip('> '))}</div>" for line in rest)]
    try:
        parts += [_costs(f.report().rows), _source(f.source)]
    except SymnetError as error:
        parts.append(f"<div>{quiet(' '.join(filter(None, [error.what, error.fix])))}</div>")
    drawn = picture(f, 900)
    if drawn is not None:
        parts.append(folded("picture", drawn))
    return card(plain(*parts))


def _costs(rows: Sequence[Row]) -> Markup:
    """The dearest ops, each with a bar as long as its share and in the colour of its part."""
    total = sum(row.microseconds for row in rows) or 1.0
    dearest = sorted(rows, key=lambda row: -row.microseconds)[:_OPS]
    cells = [
        (row.op, row.result, shape_text(row.shape), f"{row.microseconds:,.1f}", _bar(row, total), row.origin)
        for row in dearest
    ]
    if len(rows) > _OPS:
        others = total - sum(row.microseconds for row in dearest)
        cells.append((f"{len(rows) - _OPS} others", "", "", f"{others:,.1f}", Markup(""), ""))
    columns = [
        Column("op"), Column("result"), Column("shape"), Column("predicted µs", right=True), Column("share"),
        Column("line"),
    ]  # fmt: skip
    return folded(f"{len(rows)} ops, predicted {total:,.0f} µs of one thread", table(columns, cells), True)


def _bar(row: Row, total: float) -> Markup:
    share = row.microseconds / total
    part: Part = next((part for part in FILL if part == row.part), "forward")
    look = f"display:inline-block;height:10px;width:{max(1, round(90 * share))}px"
    bar = f'<span style="{look};background:{FILL[part]};border:1px solid {INK[part]}"></span>'
    return Markup(f"{bar} {share:.0%}")


def _source(source: str) -> Markup:
    lines = source.splitlines()
    title = f"source, {len(lines):,} lines"
    more = quiet(f"... and {len(lines) - _LINES:,} more lines: print(f.source)") if len(lines) > _LINES else ""
    return folded(title, coloured("\n".join(lines[:_LINES])) + more, len(lines) <= _OPEN)
