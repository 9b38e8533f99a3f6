"""The optimisers beside PyTorch's: the largest difference of any weight after 50 steps from one start.

    python benchmarks/optimisers.py

`clip_by_norm` differs in the seventh digit, as torch adds 1e-6 to the norm.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

import symnet as sn
from symnet import optim

STEPS = 50
RNG = np.random.default_rng(0)
X, T, W, B = RNG.normal(size=(30, 8)), RNG.normal(size=(30, 3)), RNG.normal(size=(8, 3)), np.zeros(3)
Torch = torch.optim
Schedules = torch.optim.lr_scheduler


def ours(dtype: str, rule: Callable[..., Any]) -> np.ndarray:
    """The weights after the steps, by symnet."""
    with sn.options(floatX=dtype):
        w, b = sn.shared(W.astype(dtype), "w"), sn.shared(B.astype(dtype), "b")
        x, t = sn.constant(X.astype(dtype)), sn.constant(T.astype(dtype))
        cost = sn.mean(sn.square(sn.tanh(sn.dot(x, w) + b) - t))
        step = sn.function([], updates=rule(cost, [w, b]))
    for _ in range(STEPS):
        step()
    return np.append(w.get_value(), b.get_value())


def theirs(
    dtype: str, make: Callable[..., Any], schedule: Callable[..., Any] | None, clip: Callable[..., Any] | None
) -> np.ndarray:
    """The same by PyTorch."""
    w, b = (torch.tensor(v.astype(dtype), requires_grad=True) for v in (W, B))
    x, t = torch.tensor(X.astype(dtype)), torch.tensor(T.astype(dtype))
    optimiser = make([w, b])
    rates = schedule(optimiser) if schedule else None
    for _ in range(STEPS):
        optimiser.zero_grad()
        ((torch.tanh(x @ w + b) - t) ** 2).mean().backward()
        if clip:
            clip([w, b])
        optimiser.step()
        if rates:
            rates.step()
    return np.append(w.detach().numpy(), b.detach().numpy())


def clipped(word: Callable[..., Any], limit: float) -> Callable[..., Any]:
    """Gradient descent with clipped gradients."""
    return lambda c, p: optim.sgd(word(sn.grad(c, p), limit), p, 0.1)


def scheduled(schedule: Callable[..., Any], *numbers: float) -> Callable[..., Any]:
    """Gradient descent with a rate that changes."""
    return lambda c, p: optim.sgd(c, p, schedule(optim.counter(), *numbers))


def descent(rate: float) -> Callable[..., Any]:
    """PyTorch's gradient descent."""
    return lambda p: Torch.SGD(p, rate)


PAIRS: dict[str, tuple[Callable[..., Any], ...]] = {
    "sgd": (lambda c, p: optim.sgd(c, p, 0.1), descent(0.1)),
    "momentum": (lambda c, p: optim.momentum(c, p, 0.1), lambda p: Torch.SGD(p, 0.1, momentum=0.9)),
    "nesterov": (lambda c, p: optim.nesterov(c, p, 0.1), lambda p: Torch.SGD(p, 0.1, momentum=0.9, nesterov=True)),
    "adagrad": (lambda c, p: optim.adagrad(c, p, 0.1), lambda p: Torch.Adagrad(p, 0.1)),
    "rmsprop": (lambda c, p: optim.rmsprop(c, p, 0.01), lambda p: Torch.RMSprop(p, 0.01)),
    "adam": (lambda c, p: optim.adam(c, p, 0.01), lambda p: Torch.Adam(p, 0.01)),
    "adam, large epsilon": (
        lambda c, p: optim.adam(c, p, 0.01, 0.8, 0.9, 0.1), lambda p: Torch.Adam(p, 0.01, (0.8, 0.9), 0.1)
    ),
    "adamw": (
        lambda c, p: optim.adamw(c, p, 0.01, weight_decay=0.1), lambda p: Torch.AdamW(p, 0.01, weight_decay=0.1)
    ),
    "clip_by_value": (
        clipped(optim.clip_by_value, 0.01), descent(0.1), None, lambda p: torch.nn.utils.clip_grad_value_(p, 0.01)
    ),
    "clip_by_norm": (
        clipped(optim.clip_by_norm, 0.1), descent(0.1), None, lambda p: torch.nn.utils.clip_grad_norm_(p, 0.1)
    ),
    "step_decay": (
        scheduled(optim.step_decay, 0.5, 20, 0.3), descent(0.5), lambda o: Schedules.StepLR(o, 20, 0.3)
    ),
    "cosine": (
        scheduled(optim.cosine, 0.5, 50, 0.01), descent(0.5), lambda o: Schedules.CosineAnnealingLR(o, 50, 0.01)
    ),
    "one_cycle": (
        scheduled(optim.one_cycle, 0.5, 51), descent(0.5),
        lambda o: Schedules.OneCycleLR(o, 0.5, 51, cycle_momentum=False),
    ),
    "warm_up": (
        scheduled(optim.warm_up, 0.5, 10), descent(0.5), lambda o: Schedules.LambdaLR(o, lambda t: min(1, (t + 1) / 10))
    ),
}  # fmt: skip


def main() -> None:
    """Print a line for each."""
    print(f"{'after ' + str(STEPS) + ' steps':<22}{'float64':>10}{'float32':>10}")
    for name, (rule, make, *more) in PAIRS.items():
        schedule, clip = [*more, None, None][:2]
        off = [np.abs(ours(d, rule) - theirs(d, make, schedule, clip)).max() for d in ("float64", "float32")]
        print(f"{name:<22}{off[0]:>10.1e}{off[1]:>10.1e}")


if __name__ == "__main__":
    main()
