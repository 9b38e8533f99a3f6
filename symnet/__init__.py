"""symnet: symbolic mathematics, differentiated, rewritten and compiled to readable NumPy.

>>> import symnet as sn
>>> x = sn.vector("x")
>>> f = sn.function([x], sn.tanh(x).sum())
"""

from symnet import nn, optim
from symnet.arguments import In, Out, clone_replace
from symnet.autodiff import *  # noqa: F403
from symnet.check import check_grad, check_op
from symnet.errors import SymnetError
from symnet.function import Function, evaluate_expression, function
from symnet.graph import Constant, Node, Shared, Variable, constant, shared
from symnet.graph.inputs import *  # noqa: F403
from symnet.graph.operators import bind as _bind
from symnet.graph.text import pprint
from symnet.machine import Machine
from symnet.op import Composite, Elementwise, Op, word_for
from symnet.ops import *  # noqa: F403
from symnet.options import Options, options
from symnet.types import TensorType

__version__ = "0.1.0"

_bind({"eval": evaluate_expression})


def draw(graph, *args, **kwargs):  # type: ignore[no-untyped-def]
    """A picture of an expression or a function; see `symnet.viz.draw`."""
    from symnet.viz import draw  # graphviz is loaded only when a picture is drawn

    return draw(graph, *args, **kwargs)
