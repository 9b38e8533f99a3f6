"""The pieces of HTML that notebook objects are made of. Every text that goes in is escaped here."""

from __future__ import annotations

import base64
import html
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from symnet.compiled import Function
from symnet.errors import SymnetError
from symnet.graph import Variable
from symnet.graph.text import printable
from symnet.viz.drawing import draw

# Both MathJaxes leave these classes alone: a name with dollar signs is no formula.
_NO_MATH = "tex2jax_ignore mathjax_ignore"
_CARD = (
    "font:13px/1.45 system-ui,sans-serif;color:#111;background:#fff;border:1px solid #d8d8d8;border-radius:6px;"
    "padding:8px 12px;display:inline-block;max-width:100%;box-sizing:border-box;text-align:left"
)
_CELL = "padding:1px 10px 1px 0;text-align:{};border:0;white-space:nowrap;background:#fff;color:#111"


class Markup(str):
    """HTML, as against text that is yet to be escaped."""

    __slots__ = ()


def text(words: str, most: int = 400) -> Markup:
    """Text as HTML shows it: no tag, no entity, no character that hides, cut off where it is long."""
    return Markup(html.escape(printable(words, most)))


def card(*parts: str) -> Markup:
    """The frame around an object; what is no formula is kept from being taken for one."""
    return Markup(f'<div style="{_CARD}">{"".join(parts)}</div>')


def plain(*parts: str) -> Markup:
    """Parts without formulas."""
    return Markup(f'<div class="{_NO_MATH}">{"".join(parts)}</div>')


def heading(words: str, more: str = "") -> Markup:
    """The first line of a card: a name, and in grey what it is."""
    return Markup(f'<div><b style="font-family:monospace">{text(words)}</b> {quiet(more)}</div>')


def quiet(words: str) -> Markup:
    """A remark in grey."""
    return Markup(f'<span style="color:#595959">{text(words)}</span>')


class Column(NamedTuple):
    """The head of a table's column; numbers stand to the right."""

    title: str
    right: bool = False


def table(columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> Markup:
    """A table; cells that are `Markup` stay as they are."""

    def cell(tag: str, words: str, column: Column) -> str:
        inner = words if isinstance(words, Markup) else text(words, 60)
        return f'<{tag} style="{_CELL.format("right" if column.right else "left")}">{inner}</{tag}>'

    head = "".join(cell("th", column.title, column) for column in columns)
    body = (f"<tr>{''.join(map(cell, ['td'] * len(row), row, columns))}</tr>" for row in rows)
    return Markup(
        '<div style="overflow-x:auto"><table style="border-collapse:collapse;border:0;margin:4px 0;font-size:12px">'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
    )


def folded(title: str, inner: str, is_open: bool = False) -> Markup:
    """A part that opens at a click."""
    return Markup(
        f'<details{" open" if is_open else ""} style="margin-top:4px">'
        f'<summary style="cursor:pointer">{text(title)}</summary>{inner}</details>'
    )


def picture(graph: Variable | Function, height: int) -> Markup | None:
    """What `sn.draw` draws, as an image; None where there is no Graphviz, or it fails.

    An image neither runs scripts nor shares names with the page around it.
    """
    try:
        svg = draw(graph).svg()
    except SymnetError:
        return None
    data = base64.b64encode(svg[svg.find("<svg") :].encode()).decode()
    look = f"max-width:100%;max-height:{height}px;background:#fff"
    return Markup(f'<img alt="the graph" style="{look}" src="data:image/svg+xml;base64,{data}">')
