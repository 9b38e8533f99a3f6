"""Formulas as MathML, written when the site is built: a page needs no script, no font and no network to show them."""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.util import logging

logger = logging.getLogger(__name__)
NAMED = "ln log exp sin cos tan sinh cosh tanh arcsin arccos arctan erf max min det sign floor ceil arg"
FUNCTION = rf"<m[io]>(?:{NAMED.replace(' ', '|')})</m[io]>"
SPACE = '<mspace width="0.17em"/>'


def mathml(formula: str, display: str) -> str:
    """The MathML of a LaTeX formula.

    Raises: ValueError where a command is not known.
    """
    try:
        converted: str = convert(formula.replace(r"\arg", r"\operatorname{arg}"), display=display)
    except Exception as error:  # the package's errors have no base of their own
        raise ValueError(f"{type(error).__name__}: {error}") from error
    left = re.search(r"\\[A-Za-z]+", converted)
    if left:
        raise ValueError(f"{left[0]} is not known")
    return _spaced(converted)


def _spaced(converted: str) -> str:
    """Functions' names stand apart from what they are applied to, and bars close to what they enclose."""
    named = re.sub(FUNCTION, lambda m: re.sub("m[io]>", "mi>", m[0]), converted)
    apart = re.sub(rf"(</m(?:i|n|sub|sup|frac|sqrt)>)(?=(?:<msub>|<msup>)?{FUNCTION})", rf"\1{SPACE}", named)
    alone = rf"(?<!<msub>)(?<!<msup>)(?<!<munder>)({FUNCTION})"
    apart = re.sub(rf"{alone}(?=<m(?:i|n|sub|sup|frac|sqrt)>)", rf"\1{SPACE}", apart)
    return re.sub(r"<mo[^>]*>(&#x0007C;|\|)</mo>", r'<mo stretchy="false" lspace="0" rspace="0">\1</mo>', apart)


def _visit(display: str) -> Any:
    def visit(self: Any, node: nodes.Node) -> None:
        try:
            self.body.append(mathml(node.astext(), display))
        except ValueError as error:
            logger.warning("formula %r: %s", node.astext(), error, location=node)
        raise nodes.SkipNode

    return visit


def setup(app: Any) -> dict[str, bool]:
    app.add_html_math_renderer("mathml", (_visit("inline"), None), (_visit("block"), None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
