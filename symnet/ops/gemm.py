"""BLAS's general matrix product, which adds to what is there: how the gradient of a layer becomes its update."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from symnet.graph import Variable
from symnet.machine import Machine
from symnet.op import Emitter, Op
from symnet.ops.matmul import MatMul, dense_copy, reads_as_it_lies
from symnet.types import TensorType

__all__ = ["Gemm"]


class Gemm(Op):
    r"""$\alpha\, x w + \beta y$ for matrices x (N, K), w (K, M), y (N, M) of one float type, and scalars of it.

    Where a factor is 0, what it multiplies is not read: infinities and NaN in it are gone.
    """

    name, roles = "gemm", ("y", "x", "w", "alpha", "beta")
    overwrites: ClassVar[tuple[int, ...]] = (0,)

    @property
    def can_wait(self) -> bool:
        return True

    def infer(self, *inputs: Variable) -> TensorType:
        return inputs[0].type

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        y, x, w, alpha, beta = arrays
        return np.asarray(alpha * (x @ w) + beta * y)

    def flops(self, *inputs: Variable) -> int:
        return MatMul().flops(*inputs[1:3])

    def cost(self, machine: Machine, *inputs: Variable) -> float:
        return MatMul().cost(machine, *inputs[1:3])

    def emit(self, e: Emitter, *names: str) -> None:
        y, *factors, alpha, beta = names
        if y != e.out:
            e.step(f"np.copyto({e.out}, {y})")
        x, w = (v if _is_ready(e, v) else dense_copy(e, v, k) for k, v in enumerate(factors))
        operands = (alpha, x, w, beta, e.out)
        later = [v for v in operands if not e.is_fixed(v)]
        known = ", ".join(v if e.is_fixed(v) else str(e.array(v).shape) for v in operands)
        call = e.prepared(f"gemm({known})", f"{'gemm_into' if later else 'update'}_{e.out}")
        if later:
            call = e.local(f"{call}({', '.join(later)})", f"update_{e.out}")
        e.step(f"{call}()")


def _is_ready(e: Emitter, name: str) -> bool:
    """Whether BLAS can be given an array as it is; where it lies, and how, has to be told in few words."""
    x = e.array(name)
    return reads_as_it_lies(x) if e.is_fixed(name) else x.flags.c_contiguous or x.flags.f_contiguous
