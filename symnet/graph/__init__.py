"""The graph: variables, nodes, constants, shared state, and iterative walks over them."""

from symnet.graph.inputs import *  # noqa: F403
from symnet.graph.variable import Constant, Node, Shared, Variable, constant, shared, side_by_side
from symnet.graph.walk import Graph, free_inputs, leaves, rebuild, substitute, toposort

__all__ = [
    "Constant",
    "Graph",
    "Node",
    "Shared",
    "Variable",
    "constant",
    "free_inputs",
    "leaves",
    "rebuild",
    "shared",
    "side_by_side",
    "substitute",
    "toposort",
]
