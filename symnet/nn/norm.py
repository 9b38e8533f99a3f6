"""Layers that normalise, and learn a scale and a shift."""

from __future__ import annotations

from symnet.graph import Variable
from symnet.nn.layer import Layer, Seed
from symnet.ops import batch_norm, group_norm, layer_norm, rms_norm


class _Norm(Layer):
    """Family of norms with one scale and one shift for each place along an axis."""

    kind = "norm"
    axis = 1
    what = "channels"

    def make(self, *inputs: Variable) -> None:
        n = self.known(inputs[0], self.axis, self.what)
        self.w = self.parameter("w", (n,), 1.0)
        self.b = self.parameter("b", (n,), 0.0)


class BatchNorm(_Norm):
    r"""Batch normalisation of channels, `symnet.batch_norm` with the parameters w and b and running averages.

    x (N, C, ...), y alike, w and b (C,). While training, mean and variance are the batch's, and the running ones, the
    `states` `mean_norm1` and `var_norm1`, follow with the `momentum`; a function that predicts uses those.

    Raises: ShapeError, DTypeError. Source: Ioffe and Szegedy, arXiv:1502.03167.
    """

    def __init__(
        self, momentum: float = 0.1, eps: float = 1e-5, *, name: str | None = None, rng: Seed = None
    ) -> None:
        super().__init__(name=name, rng=rng)
        self.momentum, self.eps = momentum, eps

    def make(self, *inputs: Variable) -> None:
        super().make(*inputs)
        self.mean = self.parameter("mean", self.w.type.shape, 0.0, trained=False)
        self.var = self.parameter("var", self.w.type.shape, 1.0, trained=False)

    def forward(self, *inputs: Variable) -> Variable:
        return batch_norm(inputs[0], self.mean, self.var, self.w, self.b, self.momentum, self.eps)


class LayerNorm(_Norm):
    r"""Layer normalisation along the last axis, `symnet.layer_norm`: x (..., D), y alike, w and b (D,).

    Raises: ShapeError, DTypeError. Source: Ba, Kiros and Hinton, arXiv:1607.06450.
    """

    axis, what = -1, "features"

    def __init__(self, eps: float = 1e-5, *, name: str | None = None) -> None:
        super().__init__(name=name)
        self.eps = eps

    def forward(self, *inputs: Variable) -> Variable:
        return layer_norm(inputs[0], self.w, self.b, eps=self.eps)


class RMSNorm(Layer):
    r"""Division by the root mean square along the last axis, `symnet.rms_norm`: x (..., D), y alike, w (D,).

    Raises: ShapeError, DTypeError. Source: Zhang and Sennrich, arXiv:1910.07467.
    """

    kind = "norm"

    def __init__(self, eps: float = 1e-6, *, name: str | None = None) -> None:
        super().__init__(name=name)
        self.eps = eps

    def make(self, *inputs: Variable) -> None:
        self.w = self.parameter("w", (self.known(inputs[0], -1, "features"),), 1.0)

    def forward(self, *inputs: Variable) -> Variable:
        return rms_norm(inputs[0], self.w, eps=self.eps)


class GroupNorm(_Norm):
    r"""Normalisation of groups of channels of each example, `symnet.group_norm`: x (N, C, ...), y alike, w and b (C,).

    Raises: ShapeError, DTypeError. Source: Wu and He, arXiv:1803.08494.
    """

    def __init__(self, groups: int, eps: float = 1e-5, *, name: str | None = None) -> None:
        super().__init__(name=name)
        self.groups, self.eps = groups, eps

    def forward(self, *inputs: Variable) -> Variable:
        return group_norm(inputs[0], self.groups, self.w, self.b, self.eps)
