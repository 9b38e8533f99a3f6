"""What ops that matter to gradients only give: their operand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def itself(x: np.ndarray, *_: Any) -> np.ndarray:
    return np.array(x)


ORACLES: dict[str, Callable[..., Any]] = dict.fromkeys(("grad_clip", "grad_scale", "grad_reverse", "zero_grad"), itself)
