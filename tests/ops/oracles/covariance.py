"""Covariances from the differences of all pairs of observations."""

from __future__ import annotations

import numpy as np


def cov(x, rowvar=True, bias=False, ddof=None):
    rows = np.atleast_2d(np.asarray(x, np.float64))
    rows = rows if rowvar or np.ndim(x) == 1 else rows.T
    n = rows.shape[1]
    free = (0 if bias else 1) if ddof is None else ddof
    pairs = rows[:, :, None] - rows[:, None, :]
    with np.errstate(all="ignore"):
        c = np.einsum("ikl,jkl->ij", pairs, pairs) / (2 * n) / np.float64(max(n - free, 0))
    return c[0, 0] if np.ndim(x) == 1 else c


def corrcoef(x, rowvar=True):
    c = cov(x, rowvar)
    return np.array([[v / np.sqrt(c[i, i] * c[j, j]) for j, v in enumerate(row)] for i, row in enumerate(c)])


ORACLES = {"cov": cov, "corrcoef": corrcoef}
