"""Losses by their definitions, one Python number at a time."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np


def reduced(losses: np.ndarray, reduction: str, dtype: Any) -> np.ndarray:
    if reduction == "none":
        return losses.astype(dtype)
    total = math.fsum(float(v) for v in losses.ravel())
    return np.array(total / losses.size if reduction == "mean" else total).astype(dtype)


def float_type(*arrays: np.ndarray) -> Any:
    floats = [a.dtype for a in arrays if a.dtype.kind == "f"]
    return np.result_type(*floats) if floats else np.dtype("float64")


def by_element(loss: Callable[..., float], *names: str) -> Callable[..., np.ndarray]:
    """An oracle of the mean, sum or array of `loss(prediction, target, **parameters)`; `names` are of parameters."""
    def oracle(prediction: Any, target: Any, *args: Any, reduction: str = "mean", **kwargs: Any) -> np.ndarray:
        y, t = np.asarray(prediction), np.asarray(target)
        parameters = {**dict(zip(names, args)), **kwargs}
        losses = [loss(float(a), float(b), **parameters) for a, b in zip(y.ravel(), t.ravel(), strict=True)]
        return reduced(np.reshape(np.array(losses, "float64"), y.shape), reduction, float_type(y, t))

    return oracle


def huber(y: float, t: float, delta: float = 1.0) -> float:
    d = abs(y - t)
    return d * d / 2 if d <= delta else delta * (d - delta / 2)


def smooth_l1(y: float, t: float, beta: float = 1.0) -> float:
    return huber(y, t, beta) / beta if beta else abs(y - t)


def log_cosh(y: float, t: float) -> float:
    d = abs(y - t)
    return d - math.log(2) if d > 30 else math.log(math.cosh(d))


def cross_entropy_of(p: float, t: float) -> float:
    yes = max(math.log(p), -100.0) if p > 0 else -100.0
    no = max(math.log1p(-p), -100.0) if p < 1 else -100.0
    return -t * yes - (1 - t) * no


def softplus(z: float) -> float:
    return max(z, 0.0) + math.log1p(math.exp(-abs(z)))


def with_logits(logits: Any, target: Any, pos_weight: Any = None, reduction: str = "mean") -> np.ndarray:
    z, t = np.asarray(logits), np.asarray(target)
    weights = np.broadcast_to(1.0 if pos_weight is None else np.asarray(pos_weight, "float64"), z.shape)
    losses = np.empty(z.shape)
    for k in np.ndindex(z.shape):
        losses[k] = weights[k] * t[k] * softplus(-float(z[k])) + (1 - t[k]) * softplus(float(z[k]))
    return reduced(losses, reduction, float_type(z, t))


def kl_div(log_probability: Any, target: Any, log_target: bool = False, reduction: str = "mean") -> np.ndarray:
    def loss(q: float, t: float) -> float:
        if log_target:
            return math.exp(t) * (t - q)
        return t * (math.log(t) - q) if t > 0 else 0.0

    if reduction == "batchmean":
        total = by_element(loss)(log_probability, target, reduction="sum")
        return np.asarray(total / len(log_probability)).astype(total.dtype)
    return by_element(loss)(log_probability, target, reduction=reduction)


def poisson(x: float, t: float, log_input: bool = True, full: bool = False, eps: float = 1e-8) -> float:
    y = math.exp(x) - t * x if log_input else x - t * math.log(x + eps)
    return y + t * math.log(t) - t + 0.5 * math.log(2 * math.pi * t) if full and t > 1 else y


def gaussian(
    prediction: Any, target: Any, variance: Any, full: bool = False, eps: float = 1e-6, reduction: str = "mean"
) -> np.ndarray:
    y, t = np.asarray(prediction), np.asarray(target)
    v = np.broadcast_to(np.asarray(variance, "float64"), y.shape)
    losses = np.empty(y.shape)
    for k in np.ndindex(y.shape):
        s = max(float(v[k]), eps)
        losses[k] = 0.5 * (math.log(s) + (float(y[k]) - float(t[k])) ** 2 / s + full * math.log(2 * math.pi))
    return reduced(losses, reduction, float_type(y, t))


def multi_margin(
    scores: Any, labels: Any, margin: float = 1.0, squared: bool = False, reduction: str = "mean"
) -> np.ndarray:
    x = np.asarray(scores)
    losses = np.zeros(len(x))
    for n, label in enumerate(labels):
        missing = [max(0.0, margin - x[n, label] + x[n, c]) for c in range(x.shape[1]) if c != label]
        losses[n] = math.fsum(m**2 if squared else m for m in missing) / x.shape[1]
    return reduced(losses, reduction, float_type(x))


def triplet(
    anchor: Any, positive: Any, negative: Any, margin: float = 1.0, p: float = 2.0, eps: float = 1e-6,
    reduction: str = "mean",
) -> np.ndarray:
    a, b, c = (np.asarray(v) for v in (anchor, positive, negative))

    def distance(u: np.ndarray, v: np.ndarray) -> float:
        return math.fsum(abs(float(i) - float(j) + eps) ** p for i, j in zip(u, v)) ** (1 / p)

    losses = np.empty(a.shape[:-1])
    for k in np.ndindex(losses.shape):
        losses[k] = max(0.0, distance(a[k], b[k]) - distance(a[k], c[k]) + margin)
    return reduced(losses, reduction, float_type(a, b, c))


def cosine_similarity(x: Any, y: Any, axis: int = 1, eps: float = 1e-8) -> np.ndarray:
    x, y = np.broadcast_arrays(np.asarray(x), np.asarray(y))
    a, b = np.moveaxis(x, axis, -1), np.moveaxis(y, axis, -1)
    result = np.empty(a.shape[:-1])
    for k in np.ndindex(result.shape):
        result[k] = math.fsum(a[k] * b[k]) / (max(math.hypot(*a[k]), eps) * max(math.hypot(*b[k]), eps))
    return result.astype(float_type(x, y))


def cosine_embedding(x: Any, y: Any, target: Any, margin: float = 0.0, reduction: str = "mean") -> np.ndarray:
    cosines = cosine_similarity(x, y, axis=-1)
    losses = np.array([1 - c if t == 1 else max(0.0, c - margin) for c, t in zip(cosines, target, strict=True)])
    return reduced(losses, reduction, cosines.dtype)


def focal(
    logits: Any, target: Any, alpha: float | None = 0.25, gamma: float = 2.0, reduction: str = "mean"
) -> np.ndarray:
    def loss(z: float, t: float) -> float:
        right = softplus(-z) if t else softplus(z)
        share = 1.0 if alpha is None else alpha if t else 1 - alpha
        return share * (1 - math.exp(-right)) ** gamma * right

    return by_element(loss)(logits, target, reduction=reduction)


def ctc(
    log_probs: Any, targets: Any, input_lengths: Any, target_lengths: Any, blank: int = 0, reduction: str = "mean",
    zero_infinity: bool = False,
) -> np.ndarray:  # fmt: skip
    """Every way to name a class at each time step, one after the other."""
    logs = np.asarray(log_probs)
    losses = []
    for n in range(logs.shape[1]):
        target = list(np.asarray(targets)[n][: int(np.asarray(target_lengths)[n])])
        total = 0.0
        for way in itertools.product(range(logs.shape[2]), repeat=int(np.asarray(input_lengths)[n])):
            merged = [c for c, _ in itertools.groupby(way)]
            if [c for c in merged if c != blank] == target:
                total += math.exp(math.fsum(float(logs[t, n, c]) for t, c in enumerate(way)))
        loss = -math.log(total) if total else 0.0 if zero_infinity else math.inf
        losses.append(loss / max(len(target), 1) if reduction == "mean" else loss)
    return reduced(np.array(losses, "float64"), reduction, float_type(logs))


ORACLES: dict[str, Callable[..., Any]] = {
    "binary_cross_entropy": by_element(cross_entropy_of),
    "binary_cross_entropy_with_logits": with_logits,
    "ctc_loss": ctc,
    "sigmoid_focal_loss": focal,
    "cosine_embedding_loss": cosine_embedding,
    "cosine_similarity": cosine_similarity,
    "gaussian_nll_loss": gaussian,
    "hinge_loss": by_element(lambda y, t: max(0.0, 1 - t * y)),
    "huber_loss": by_element(huber, "delta"),
    "kl_div": kl_div,
    "l1_loss": by_element(lambda y, t: abs(y - t)),
    "log_cosh_loss": by_element(log_cosh),
    "mse_loss": by_element(lambda y, t: (y - t) ** 2),
    "multi_margin_loss": multi_margin,
    "poisson_nll_loss": by_element(poisson, "log_input", "full", "eps"),
    "smooth_l1_loss": by_element(smooth_l1, "beta"),
    "squared_hinge_loss": by_element(lambda y, t: max(0.0, 1 - t * y) ** 2),
    "triplet_margin_loss": triplet,
}
