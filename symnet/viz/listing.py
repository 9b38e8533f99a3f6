"""The source of a compiled function as HTML, in the colours of its picture."""

from __future__ import annotations

import html
import re

from symnet.compiled import Function
from symnet.origin import Part
from symnet.viz.palette import FILL, INK, LEGEND

_STYLE = "font-family:monospace;font-size:12px;line-height:1.4;margin:0;color:#111;background:#fff;overflow-x:auto"
_HEADING = re.compile(r"\s*# (forward|tangent|backward|update)\b")


class Listing:
    """A function's `source`: forward, gradient and update lines on the colours of `sn.draw`; `html` is its text."""

    def __init__(self, f: Function) -> None:
        self.source = f.source
        self.html = coloured(self.source)

    def __repr__(self) -> str:
        return self.source

    def _repr_html_(self) -> str:
        return self.html


def listing(f: Function) -> Listing:
    """The NumPy that `f` runs, coloured by part, for a notebook."""
    return Listing(f)


def coloured(source: str) -> str:
    """Generated source as HTML, with a legend."""
    rows, part = [], None
    for line in source.splitlines():
        found = _HEADING.match(line)
        if found:
            part = _part(found.group(1))
        elif part and re.match(r"\s*(return|def|# )", line):
            part = None
        rows.append(_row(line, part))
    used = [p for p in FILL if f'class="{p}"' in "".join(rows)]
    look = "background:{};color:{};padding:1px 8px"
    legend = "".join(f'<span style="{look.format(FILL[p], INK[p])}">{LEGEND[p]}</span> ' for p in used)
    return f'<div class="symnet-listing">{legend}<pre style="{_STYLE}">{"".join(rows)}</pre></div>'


def _row(line: str, part: Part | None) -> str:
    text = html.escape(line) or " "
    if part is None:
        return f"<span>{text}</span>\n"
    look = f"display:block;background:{FILL[part]};border-left:3px solid {INK[part]}"
    return f'<span class="{part}" style="{look}">{text}</span>'


def _part(word: str) -> Part:
    return next(part for part in FILL if part == word)
