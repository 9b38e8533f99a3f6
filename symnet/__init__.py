"""symnet: symbolic mathematics, differentiated, rewritten and compiled to readable NumPy.

>>> import symnet as sn
>>> x = sn.vector("x")
>>> f = sn.function([x], sn.tanh(x).sum())
"""

from importlib import import_module as _import_module
from types import ModuleType as _Module
from typing import TYPE_CHECKING as _TYPE_CHECKING

from symnet import errors
from symnet.arguments import In, Out, clone_replace
from symnet.autodiff import *  # noqa: F403
from symnet.errors import SymnetError
from symnet.function import evaluate_expression as _evaluate
from symnet.function import function
from symnet.graph import Constant, Node, Shared, Variable, constant, shared
from symnet.graph.inputs import *  # noqa: F403
from symnet.graph.latex import latex
from symnet.graph.operators import bind as _bind
from symnet.graph.text import pprint
from symnet.machine import Machine
from symnet.op import Composite, Elementwise, Op, word_for
from symnet.ops import *  # noqa: F403
from symnet.options import Options, options
from symnet.scope import scope
from symnet.types import TensorType

if _TYPE_CHECKING:
    from symnet import nn, optim, rewrites
    from symnet.check import check_grad, check_op, check_rule
    from symnet.compiled import Function

__version__ = "0.1.0"

_LATER = {
    **dict.fromkeys(("nn", "optim", "rewrites"), ""),
    **dict.fromkeys(("check_grad", "check_op", "check_rule"), "check"),
    "Function": "compiled",
}
"""What is loaded when it is first asked for: modules, and words with the modules they come from."""


def __getattr__(name: str):  # type: ignore[no-untyped-def]
    if name == "__all__":  # for `from symnet import *`
        return __dir__()
    if name not in _LATER:
        raise AttributeError(f"module 'symnet' has no attribute {name!r}")
    found = _import_module(f"symnet.{_LATER[name] or name}")
    return globals().setdefault(name, getattr(found, name) if _LATER[name] else found)


def _html(shown):  # type: ignore[no-untyped-def]
    from symnet.viz.notebook import html  # loaded only where something is shown

    return html(shown)


_bind({"eval": _evaluate, "_repr_html_": _html})


def __dir__() -> list[str]:
    """What users call: no op classes but those to derive from, no modules but those with words of their own."""
    modules = {"errors", "fft", "linalg", "nn", "optim", "random", "rewrites"}
    bases = {Op, Elementwise, Composite}

    def is_for_users(name: str, value: object) -> bool:
        if isinstance(value, type):
            return not issubclass(value, Op) or value in bases
        return name in modules or not isinstance(value, _Module)

    loaded = {name for name, value in globals().items() if name[0] != "_" and is_for_users(name, value)}
    return sorted(loaded.union(_LATER))


def draw(graph, *args, **kwargs):  # type: ignore[no-untyped-def]
    """A picture of an expression or a function; see `symnet.viz.draw`."""
    from symnet.viz import draw  # graphviz is loaded only when a picture is drawn

    return draw(graph, *args, **kwargs)


def explore(graph, *args, **kwargs):  # type: ignore[no-untyped-def]
    """A page to explore an expression or a function on; see `symnet.viz.explore`."""
    from symnet.viz import explore

    return explore(graph, *args, **kwargs)


def dprint(graph, *args, **kwargs):  # type: ignore[no-untyped-def]
    """The graph below an expression, or of a function, as an indented tree; see `symnet.viz.dprint`."""
    from symnet.viz.tree import dprint

    return dprint(graph, *args, **kwargs)
