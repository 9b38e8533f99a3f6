"""What a notebook shows of variables, functions and training histories: HTML that needs no package and no network."""

from __future__ import annotations

from typing import Any

from symnet.compiled import Function
from symnet.graph import Shared, Variable
from symnet.viz.notebook.compiled import function_html
from symnet.viz.notebook.expression import expression_html
from symnet.viz.notebook.history import history_html
from symnet.viz.notebook.state import state_html

__all__ = ["html"]


def html(shown: Any) -> str:
    """A variable, a function or a training history as HTML; all text of the user's is escaped."""
    if isinstance(shown, Shared):
        return state_html(shown)
    if isinstance(shown, Variable):
        return expression_html(shown)
    return function_html(shown) if isinstance(shown, Function) else history_html(shown)
