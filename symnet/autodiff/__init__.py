"""Derivatives as graphs, and graphs for many examples at once."""

from symnet.autodiff.batching import map, vectorize
from symnet.autodiff.checkpoints import checkpoint
from symnet.autodiff.custom import custom_gradient
from symnet.autodiff.forward import jvp
from symnet.autodiff.jacobians import hessian, hessian_vector_product, jacobian
from symnet.autodiff.reverse import grad, subgraph_grad, vjp

__all__ = [
    "checkpoint", "custom_gradient", "grad",
    "hessian", "hessian_vector_product", "jacobian", "jvp", "map", "subgraph_grad", "vectorize", "vjp",
]  # fmt: skip
