"""Normalisations in loops: the elements of each group, their mean and their variance by math.fsum."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np


def normalised(
    x: np.ndarray, group: Callable[..., Any], feature: Callable[..., Any], weight: Any, bias: Any, eps: float,
    centred: bool = True,
) -> np.ndarray:
    """`group` and `feature` say of a place which statistics and which weight are its own."""
    members: dict[Any, list[float]] = {}
    for place in np.ndindex(x.shape):
        members.setdefault(group(*place), []).append(float(x[place]))
    y = np.empty(x.shape, x.dtype)
    for place in np.ndindex(x.shape):
        values = members[group(*place)]
        mean = math.fsum(values) / len(values) if centred else 0.0
        variance = math.fsum((v - mean) ** 2 for v in values) / len(values)
        z = (float(x[place]) - mean) / math.sqrt(variance + eps)
        z = z if weight is None else z * float(weight[feature(*place)])
        y[place] = z if bias is None else z + float(bias[feature(*place)])
    return y


def channel(n: int, c: int, *rest: int) -> int:
    return c


def batch_norm(
    x: Any, running_mean: Any = None, running_var: Any = None, weight: Any = None, bias: Any = None,
    momentum: float = 0.1, eps: float = 1e-5,
) -> np.ndarray:
    assert running_mean is None and running_var is None
    return normalised(np.asarray(x), channel, channel, weight, bias, eps)


def group_norm(x: Any, groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> np.ndarray:
    x = np.asarray(x)
    each = x.shape[1] // groups
    return normalised(x, lambda n, c, *rest: (n, c // each), channel, weight, bias, eps)


def instance_norm(x: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> np.ndarray:
    return normalised(np.asarray(x), lambda n, c, *rest: (n, c), channel, weight, bias, eps)


def along(x: Any, weight: Any, bias: Any, axis: Any, eps: float, centred: bool) -> np.ndarray:
    x = np.asarray(x)
    given = range(x.ndim) if axis is None else [axis] if isinstance(axis, int) else axis
    axes = sorted(k % x.ndim for k in given)
    return normalised(
        x,
        lambda *place: tuple(p for k, p in enumerate(place) if k not in axes),
        lambda *place: tuple(place[k] for k in axes),
        weight, bias, eps, centred,
    )  # fmt: skip


ORACLES: dict[str, Callable[..., Any]] = {
    "batch_norm": batch_norm,
    "group_norm": group_norm,
    "instance_norm": instance_norm,
    "layer_norm": lambda x, weight=None, bias=None, axis=-1, eps=1e-5: along(x, weight, bias, axis, eps, True),
    "rms_norm": lambda x, weight=None, axis=-1, eps=1e-6: along(x, weight, None, axis, eps, False),
}
