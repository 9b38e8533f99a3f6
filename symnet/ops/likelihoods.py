"""Losses that are negative log-likelihoods: of yes and no, counts, normal numbers, and distributions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from symnet.errors import ArgumentError, ShapeError
from symnet.graph import Variable
from symnet.op import arr, as_variable, case, vocabulary
from symnet.ops.activations import Sigmoid, sigmoid, softplus
from symnet.ops.arithmetic import maximum, square
from symnet.ops.compare import greater, where
from symnet.ops.conversion import cast
from symnet.ops.curves import number
from symnet.ops.elementary import exp, log, log1p
from symnet.ops.losses import Loss, Reduction, check_reduction, pair, reduced_by
from symnet.origin import here
from symnet.types import shape_text

__all__ = [
    "binary_cross_entropy", "binary_cross_entropy_with_logits", "gaussian_nll_loss", "kl_div", "poisson_nll_loss",
    "sigmoid_focal_loss",
]  # fmt: skip

# yes and no -----------------------------------------------------------------------------------------------------------


class BinaryCrossEntropy(Loss):
    """Cross-entropy of probabilities; no logarithm falls below -100."""

    name = "binary_cross_entropy"

    def _logs(self, p: Variable) -> tuple[Variable, Variable]:
        return maximum(log(p), -100.0), maximum(log1p(-p), -100.0)

    def losses(self, *inputs: Variable) -> Variable:
        p, t = inputs
        yes, no = self._logs(p)
        return t * (no - yes) - no

    def slopes(self, *inputs: Variable) -> Sequence[tuple[float, Variable]]:
        p, t = inputs
        yes, no = self._logs(p)
        return [(1, (p - t) / maximum(p * (1 - p), 1e-12)), (1, no - yes)]


_PROBABILITIES = arr(3, 4, low=0.05, high=0.95)
_TARGETS = arr(3, 4, low=0.0, high=1.0)


@vocabulary(
    case(_PROBABILITIES, _TARGETS),
    case(_PROBABILITIES, _TARGETS, reduction="sum"),
    case(_PROBABILITIES, _TARGETS, reduction="none"),
    case(arr(values=[0.25, 0.5, 0.75]), arr(values=[True, False, True], dtype="bool")),
    case(arr(values=[0.0, 1.0, 0.0, 1.0, 1e-30]), arr(values=[0.0, 1.0, 1.0, 0.0, 1.0]), reduction="none", order=0),
)
def binary_cross_entropy(probability: Any, target: Any, reduction: Reduction = "mean") -> Variable:
    r"""Cross-entropy of probabilities of yes: $-t \ln p - (1 - t) \ln(1 - p)$, averaged over all elements.

    Probability and target have one shape; targets are 0 or 1, or lie between. Logarithms are cut off at -100, so that
    a certain mistake costs 100 and no gradient is infinite; sigmoid(z) as the probability is taken as the logits z,
    which need no such limit. `reduction` is 'mean', 'sum', or 'none' for the loss of each element.

    Raises: ShapeError where the shapes differ, ArgumentError.
    """
    check_reduction("binary_cross_entropy", reduction)
    roles = ("probability", "target")
    loss: Loss = BinaryCrossEntropy(reduction)
    if isinstance(probability, Variable) and probability.node and isinstance(probability.node.op, Sigmoid):
        probability, loss = probability.node.inputs[0], BinaryCrossEntropyWithLogits(reduction)
    return loss(*pair("binary_cross_entropy", probability, target, roles))


class BinaryCrossEntropyWithLogits(Loss):
    """Cross-entropy of the sigmoid of logits."""

    name = "binary_cross_entropy_with_logits"

    def losses(self, *inputs: Variable) -> Variable:
        z, t = inputs
        return softplus(z) - z * t

    def slopes(self, *inputs: Variable) -> Sequence[tuple[float, Variable]]:
        z, t = inputs
        return [(1, sigmoid(z) - t), (-1, z)]


@vocabulary(
    case(arr(3, 4), _TARGETS),
    case(arr(3, 4), _TARGETS, reduction="sum"),
    case(arr(3, 4), _TARGETS, reduction="none"),
    case(arr(3, 4), _TARGETS, arr(4, low=0.5, high=3.0)),
    case(arr(3, 4), _TARGETS, 3.0, reduction="none"),
    case(arr(values=[1000.0, -1000.0, 1000.0, -1000.0, 0.0]), arr(values=[1, 0, 0, 1, 1], dtype="int64"), order=0),
    case(arr(values=[1000.0, -1000.0]), arr(values=[1.0, 0.0]), 2.0, order=0),
)
def binary_cross_entropy_with_logits(
    logits: Any, target: Any, pos_weight: Any = None, reduction: Reduction = "mean"
) -> Variable:
    r"""Cross-entropy of sigmoid(z) for logits z: $\ln(1 + e^z) - t z$, averaged over all elements, without overflow.

    Logits and target have one shape; targets are 0 or 1, or lie between. `pos_weight` q, which broadcasts to them,
    counts the positives q times: $q\,t \ln(1 + e^{-z}) + (1 - t) \ln(1 + e^z)$. `reduction` is 'mean', 'sum', or 'none'
    for the loss of each element.

    Raises: ShapeError where the shapes differ, ArgumentError.
    """
    op = "binary_cross_entropy_with_logits"
    check_reduction(op, reduction)
    z, t = pair(op, logits, target, ("logits", "target"))
    if pos_weight is None:
        return BinaryCrossEntropyWithLogits(reduction)(z, t)
    q = cast(as_variable(pos_weight, z), z.type.dtype)
    losses = (1 - t) * z + (1 + (q - 1) * t) * softplus(-z)
    if len(losses.type.shape) != z.type.ndim:
        raise ShapeError(
            f"{op}: pos_weight {shape_text(q.type.shape)} does not broadcast to logits {shape_text(z.type.shape)}.",
            operands={"logits": z, "pos_weight": q},
            origin=here(),
        )
    return reduced_by(losses, reduction)


# distributions --------------------------------------------------------------------------------------------------------


class KlDivergence(Loss):
    """Relative entropy element by element, from log-probabilities and probabilities, or logarithms of both."""

    log_target: bool = False

    name = "kl_div"

    def losses(self, *inputs: Variable) -> Variable:
        q, t = inputs
        if self.log_target:
            return exp(t) * (t - q)
        positive = greater(t, 0)
        return where(positive, t * (log(where(positive, t, 1.0)) - q), 0.0)

    def slopes(self, *inputs: Variable) -> Sequence[tuple[float, Variable]]:
        q, t = inputs
        if self.log_target:
            p = exp(t)
            return [(-1, p), (1, p * (t - q + 1))]
        return [(-1, t), (1, log(t) - q + 1)]


_LOGS = arr(3, 4, low=-3.0, high=0.0)


@vocabulary(
    case(arr(3, 4), arr(values=np.eye(3, 4))),
    case(arr(5), arr(values=[True, False, True, True, False], dtype="bool"), alpha=None, reduction="sum"),
    case(arr(3), arr(values=[1, 0, 1], dtype="int64"), alpha=0.75, gamma=0.5, reduction="none"),
    case(arr(3), arr(values=[1.0, 0.0, 1.0]), gamma=0),
    case(arr(values=[1000.0, -1000.0, -1000.0, 0.0]), arr(values=[1.0, 0.0, 1.0, 1.0]), reduction="none", order=0),
)
def sigmoid_focal_loss(
    logits: Any, target: Any, alpha: float | None = 0.25, gamma: float = 2.0, reduction: Reduction = "mean"
) -> Variable:
    r"""Cross-entropy of yes and no with less weight on what is right: $-\alpha_t (1 - p_t)^\gamma \ln p_t$.

    $p_t$ is the probability given to the target, $\sigma(z)$ of a 1 and $1 - \sigma(z)$ of a 0; $\alpha_t$ is alpha for
    a 1 and 1 - alpha for a 0, or 1 where `alpha` is None. Logits and targets, which are 0 or 1, have one shape.
    `reduction` is 'mean', 'sum', or 'none' for the loss of each element.

    Raises: ShapeError where the shapes differ, ArgumentError. Source: Lin et al., arXiv:1708.02002 (2017).
    """
    check_reduction("sigmoid_focal_loss", reduction)
    gamma = number("sigmoid_focal_loss", "gamma", gamma, 0.0)
    z, t = pair("sigmoid_focal_loss", logits, target, ("logits", "target"))
    right = z * (2 * t - 1)
    # ln (1 - p_t) is finite where 1 - p_t is 0, and so is the derivative of its power.
    losses = softplus(-right) * exp(-gamma * softplus(right))
    if alpha is not None:
        alpha = number("sigmoid_focal_loss", "alpha", alpha, 0.0)
        losses = losses * (alpha * t + (1 - alpha) * (1 - t))
    return reduced_by(losses, reduction)


@vocabulary(
    case(_LOGS, arr(3, 4, low=0.1, high=1.0)),
    case(_LOGS, arr(3, 4, low=0.1, high=1.0), reduction="sum"),
    case(_LOGS, arr(3, 4, low=0.1, high=1.0), reduction="batchmean"),
    case(_LOGS, _LOGS, log_target=True, reduction="none"),
    case(arr(values=[[-1.0, -1000.0, float("-inf")]]), arr(values=[[1.0, 0.0, 0.0]]), reduction="none", order=0),
)
def kl_div(
    log_probability: Any,
    target: Any,
    log_target: bool = False,
    reduction: Literal["mean", "sum", "none", "batchmean"] = "mean",
) -> Variable:
    r"""Relative entropy of a target distribution and a predicted one, $\sum_c t_c (\ln t_c - \ln q_c)$.

    The prediction is logarithms ln q (N, C), the target probabilities t of that shape, or their logarithms with
    `log_target`; t ln t is 0 for t = 0. `reduction` is 'mean' over all elements, 'batchmean' over examples, which is
    the divergence itself, 'sum', or 'none'.

    Raises: ShapeError where the shapes differ, ArgumentError. Source: Kullback and Leibler, Ann. Math. Statist. 22.
    """
    q, t = pair("kl_div", log_probability, target, ("log_probability", "target"))
    if reduction == "batchmean":
        if not q.type.ndim:
            raise ArgumentError("kl_div: 'batchmean' of a scalar.", origin=here(), fix="use 'mean'.")
        n = q.shape[0]
        return KlDivergence("sum", bool(log_target))(q, t) / (n if isinstance(n, int) else cast(n, q.type.dtype))
    if reduction not in ("mean", "sum", "none"):
        raise ArgumentError(
            f"kl_div: reduction is {reduction!r}.", origin=here(), fix="use 'mean', 'batchmean', 'sum' or 'none'."
        )
    return KlDivergence(reduction, bool(log_target))(q, t)


# counts and normal numbers --------------------------------------------------------------------------------------------


class PoissonNll(Loss):
    """Negative log-likelihood of counts, given their mean or its logarithm."""

    log_input: bool = True
    full: bool = False
    eps: float = 1e-8

    name = "poisson_nll_loss"

    def losses(self, *inputs: Variable) -> Variable:
        x, t = inputs
        y = exp(x) - t * x if self.log_input else x - t * log(x + self.eps)
        if not self.full:
            return y
        many = greater(t, 1)
        n = where(many, t, 2.0)
        return y + where(many, n * log(n) - n + 0.5 * log(n) + 0.5 * math.log(2 * math.pi), 0.0)

    def slopes(self, *inputs: Variable) -> Sequence[tuple[float, Variable]]:
        x, t = inputs
        by_mean = exp(x) - t if self.log_input else 1 - t / (x + self.eps)
        by_count = x if self.log_input else log(x + self.eps)
        if not self.full:
            return [(1, by_mean), (-1, by_count)]
        many = greater(t, 1)
        n = where(many, t, 2.0)
        return [(1, by_mean), (1, where(many, log(n) + 0.5 / n, 0.0) - by_count)]


_COUNTS = arr(3, 4, low=0.0, high=5.0)


@vocabulary(
    case(arr(3, 4), _COUNTS),
    case(arr(3, 4), _COUNTS, full=True),
    case(arr(3, 4, low=0.1, high=4.0), _COUNTS, log_input=False, reduction="sum"),
    case(arr(3, 4), _COUNTS, full=True, reduction="none"),
    case(arr(values=[0.0, 1.0]), arr(values=[0, 3], dtype="int64"), log_input=False, order=0),
)
def poisson_nll_loss(
    prediction: Any,
    target: Any,
    log_input: bool = True,
    full: bool = False,
    eps: float = 1e-8,
    reduction: Reduction = "mean",
) -> Variable:
    r"""Negative log-likelihood of counts t with mean $\mu = e^x$: $e^x - t x$, without the constant $\ln t!$.

    With `log_input=False` the prediction is the mean itself: $\mu - t \ln(\mu + \epsilon)$. With `full`, Stirling's
    $t \ln t - t + \frac12 \ln 2 \pi t$ is added for counts above 1. Prediction and target have one shape. `reduction`
    is 'mean', 'sum', or 'none' for the loss of each element.

    Raises: ShapeError where the shapes differ, ArgumentError.
    """
    check_reduction("poisson_nll_loss", reduction)
    eps = number("poisson_nll_loss", "eps", eps, 0.0)
    loss = PoissonNll(reduction, bool(log_input), bool(full), eps)
    return loss(*pair("poisson_nll_loss", prediction, target))


@vocabulary(
    case(arr(3, 4), arr(3, 4), arr(3, 4, low=0.1, high=2.0)),
    case(arr(3, 4), arr(3, 4), arr(3, 1, low=0.1, high=2.0), full=True, reduction="sum"),
    case(arr(3, 4), arr(3, 4), 0.5, reduction="none"),
    case(arr(values=[0.0, 1.0]), arr(values=[0.0, 1.0]), arr(values=[0.0, 1.0]), order=0),
)
def gaussian_nll_loss(
    prediction: Any,
    target: Any,
    variance: Any,
    full: bool = False,
    eps: float = 1e-6,
    reduction: Reduction = "mean",
) -> Variable:
    r"""Negative log-likelihood of normal numbers: $\frac12 (\ln v + (t - \mu)^2 / v)$, $v = \max(\sigma^2, \epsilon)$.

    Prediction $\mu$ and target have one shape, to which the variance broadcasts. With `full`, the constant
    $\frac12 \ln 2 \pi$ is added. `reduction` is 'mean', 'sum', or 'none' for the loss of each element.

    Raises: ShapeError where the shapes do not fit, ArgumentError. Source: Nix and Weigend, ICNN 1994.
    """
    check_reduction("gaussian_nll_loss", reduction)
    eps = number("gaussian_nll_loss", "eps", eps, 0.0)
    mu, t = pair("gaussian_nll_loss", prediction, target)
    v = maximum(cast(as_variable(variance, mu), mu.type.dtype), eps)
    losses = 0.5 * (log(v) + square(t - mu) / v)
    return reduced_by(losses + 0.5 * math.log(2 * math.pi) if full else losses, reduction)
