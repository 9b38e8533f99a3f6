"""Derivatives as graphs, and graphs for many examples at once."""

from symnet.autodiff.checkpoint import checkpoint
from symnet.autodiff.custom import custom_gradient
from symnet.autodiff.forward import jvp
from symnet.autodiff.jacobian import hessian, hessian_vector_product, jacobian
from symnet.autodiff.reverse import grad, subgraph_grad, vjp
from symnet.autodiff.vectorize import map, vectorize

__all__ = [
    "checkpoint", "custom_gradient", "grad",
    "hessian", "hessian_vector_product", "jacobian", "jvp", "map", "subgraph_grad", "vectorize", "vjp",
]  # fmt: skip
