"""Optimisers: each returns plain symbolic updates for `function(updates=)`, to be read and drawn like any graph."""

from symnet.optim.adaptive import adagrad, adam, adamw, rmsprop
from symnet.optim.descent import momentum, nesterov, sgd
from symnet.optim.gradients import clip_by_norm, clip_by_value, global_norm
from symnet.optim.schedules import cosine, counter, one_cycle, step_decay, warm_up
from symnet.optim.updates import Updates
from symnet.optim.weights import average, max_norm

__all__ = [
    "Updates", "adagrad", "adam", "adamw", "average", "clip_by_norm", "clip_by_value", "cosine", "counter",
    "global_norm", "max_norm", "momentum", "nesterov", "one_cycle", "rmsprop", "sgd", "step_decay", "warm_up",
]  # fmt: skip
