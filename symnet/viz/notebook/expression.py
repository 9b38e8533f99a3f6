"""An expression in a notebook: its type, its formula, and a small picture where Graphviz is there."""

from __future__ import annotations

import html

from symnet.graph import Variable, toposort
from symnet.graph.latex import latex
from symnet.viz.notebook.markup import Markup, card, folded, heading, picture, plain

_DRAWN = 40
"""Operations of a graph whose picture is small enough to be shown unasked."""


def expression_html(x: Variable) -> Markup:
    """The card of an expression; of an input, its name and type alone."""
    title = plain(heading(x.name or x.target or "an expression", str(x.type)))
    if x.node is None:
        return card(title)
    formula = Markup(f'<div style="overflow-x:auto;padding:4px 0">{html.escape(latex(x)._repr_latex_())}</div>')
    count = len(toposort([x]))
    drawn = picture(x, 420) if count <= _DRAWN else None
    parts = [title, formula]
    if drawn is not None:
        parts.append(plain(folded(f"picture of {count} operation{'s' * (count > 1)}", drawn, count <= 6)))
    return card(*parts)
