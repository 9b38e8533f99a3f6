"""Arrays repeated, by NumPy."""

from __future__ import annotations

import numpy as np


def tile(x, reps):
    return np.tile(x, tuple(map(int, reps)) if isinstance(reps, tuple) else reps)


ORACLES = {"tile": tile, "repeat": np.repeat, "broadcast_arrays": np.broadcast_arrays}
