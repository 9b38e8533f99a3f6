"""Linear algebra by hand: elimination, Jacobi's rotations, Gram and Schmidt, series.

Signs of eigenvectors and the like are LAPACK's choice, and taken from there; nothing else is.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np


def floats(a: Any) -> np.ndarray:
    a = np.asarray(a)
    return a if a.dtype.kind in "fc" else a.astype("float64")


def each(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of one matrix (and more matrices beside it) for stacks that broadcast."""

    def stacked(*stacks: Any, **given: Any) -> Any:
        arrays = [floats(a) for a in stacks]
        lead = np.broadcast_shapes(*(a.shape[:-2] for a in arrays))
        arrays = [np.broadcast_to(a, (*lead, *a.shape[-2:])) for a in arrays]
        found = [function(*(a[k] for a in arrays), **given) for k in np.ndindex(lead)]
        if not found:  # of an empty stack only the shape is asked for
            found, zeros = [function(*(np.eye(*a.shape[-2:]) for a in arrays), **given)], True
        else:
            zeros = False
        several = isinstance(found[0], tuple)
        parts = list(zip(*found)) if several else [found]
        results = tuple(
            np.zeros((*lead, *np.shape(part[0])), np.result_type(*arrays))
            if zeros
            else np.array(part).reshape((*lead, *np.shape(part[0])))
            for part in parts
        )
        return results if several else results[0]

    return stacked


# elimination ----------------------------------------------------------------------------------------------------------


@each
def _eliminate(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    a, b = a.copy(), b.astype(np.result_type(a, b))
    for k in range(len(a)):
        pivot = k + int(np.argmax(abs(a[k:, k])))
        a[[k, pivot]], b[[k, pivot]] = a[[pivot, k]], b[[pivot, k]]
        b[k], a[k] = b[k] / a[k, k], a[k] / a[k, k]
        for i in range(len(a)):
            if i != k:
                b[i], a[i] = b[i] - a[i, k] * b[k], a[i] - a[i, k] * a[k]
    return b


def inv(a: np.ndarray) -> np.ndarray:
    return _eliminate(a, np.eye(a.shape[-1], dtype=floats(a).dtype))


def solve(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return _eliminate(a, b[:, None])[..., 0] if b.ndim == 1 else _eliminate(a, b)


@each
def _substitute(a: np.ndarray, b: np.ndarray, order: Any) -> np.ndarray:
    x = np.zeros_like(b, np.result_type(a, b))
    rows = range(len(a))
    for done, i in enumerate(order(rows)):
        known = list(order(rows))[:done]
        x[i] = (b[i] - sum((a[i, j] * x[j] for j in known), np.zeros(b.shape[1]))) / a[i, i]
    return x


def solve_triangular(
    a: np.ndarray, b: np.ndarray, trans: Any = 0, lower: bool = False, unit_diagonal: bool = False
) -> np.ndarray:
    a = a.copy()
    n = a.shape[-1]
    for i, j in itertools.product(range(n), repeat=2):
        if (i < j) if lower else (i > j):
            a[..., i, j] = 0
        if i == j and unit_diagonal:
            a[..., i, j] = 1
    if trans in (1, "T"):
        a, lower = a.swapaxes(-1, -2), not lower
    order = list if lower else reversed
    return _substitute(a, b[:, None], order=order)[..., 0] if b.ndim == 1 else _substitute(a, b, order=order)


def cho_solve(c_and_lower: tuple[np.ndarray, bool], b: np.ndarray) -> np.ndarray:
    c, lower = c_and_lower
    c = np.tril(c) if lower else np.triu(c).swapaxes(-1, -2)
    return solve(c @ c.swapaxes(-1, -2), b)


@each
def det(a: np.ndarray) -> float:
    """Leibniz: over all permutations."""
    total = 0.0
    for p in itertools.permutations(range(len(a))):
        inversions = sum(p[i] > p[j] for i in range(len(p)) for j in range(i + 1, len(p)))
        total += (-1) ** inversions * math.prod(a[i, k] for i, k in enumerate(p))
    return total


def slogdet(a: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.sign(det(a)), np.log(abs(det(a)))


@each
def _cholesky(a: np.ndarray) -> np.ndarray:
    y = np.zeros_like(a)
    for i in range(len(a)):
        for j in range(i + 1):
            left = a[i, j] - sum(y[i, k] * y[j, k] for k in range(j))
            y[i, j] = math.sqrt(left) if i == j else left / y[j, j]
    return y


def cholesky(a: np.ndarray, upper: bool = False) -> np.ndarray:
    return _cholesky(a.swapaxes(-1, -2)).swapaxes(-1, -2) if upper else _cholesky(a)


# rotations ------------------------------------------------------------------------------------------------------------


@each
def _eigh(a: np.ndarray, UPLO: str) -> tuple[np.ndarray, np.ndarray]:
    """Jacobi's method: each rotation makes one element off the diagonal 0."""
    a = np.tril(a) + np.tril(a, -1).T if UPLO == "L" else np.triu(a) + np.triu(a, 1).T
    signs = np.linalg.eigh(a, UPLO)[1]
    v = np.eye(len(a))
    for _ in range(20):
        for p, q in itertools.combinations(range(len(a)), 2):
            angle = 0.5 * math.atan2(2 * a[p, q], a[q, q] - a[p, p])
            turn = np.eye(len(a))
            turn[p, p] = turn[q, q] = math.cos(angle)
            turn[p, q], turn[q, p] = math.sin(angle), -math.sin(angle)
            a, v = turn.T @ a @ turn, v @ turn
    order = np.argsort(np.diag(a))
    v = v[:, order]
    return np.diag(a)[order], v * np.sign((v * signs).sum(0))


def eigh(a: np.ndarray, UPLO: str = "L") -> Any:
    return _eigh(a, UPLO=UPLO)


def eigvalsh(a: np.ndarray, UPLO: str = "L") -> Any:
    return eigh(a, UPLO)[0]


@each
def _svd(a: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Hestenes' method: rotations make the columns orthogonal, and their lengths are the singular values."""
    theirs = np.linalg.svd(a, full_matrices=False)
    if a.shape[0] < a.shape[1]:
        v, s, u = _rotated(a.T.copy(), theirs[0])
    else:
        u, s, v = _rotated(a.copy(), theirs[2].T)
    return u, s, v.T


def _rotated(u: np.ndarray, signs: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    a, v = u, np.eye(u.shape[1])
    for _ in range(30):
        for p, q in itertools.combinations(range(a.shape[1]), 2):
            angle = 0.5 * math.atan2(2 * u[:, p] @ u[:, q], u[:, q] @ u[:, q] - u[:, p] @ u[:, p])
            turn = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
            u[:, [p, q]], v[:, [p, q]] = u[:, [p, q]] @ turn, v[:, [p, q]] @ turn
    s = np.sqrt((u * u).sum(0))
    order = np.argsort(-s)
    u, s, v = u[:, order], s[order], v[:, order]
    same = np.where((v * signs).sum(0) < 0, -1.0, 1.0)
    return u / np.where(s > 0, s, 1) * same, s, v * same


def svd(a: np.ndarray, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    assert not full_matrices or not compute_uv or a.shape[-1] == a.shape[-2]
    return _svd(a) if compute_uv else _svd(a)[1]


def svdvals(x: np.ndarray) -> np.ndarray:
    return _svd(x)[1]


def matrix_rank(A: np.ndarray, tol: Any = None, *, rtol: Any = None) -> np.ndarray:
    a = A[None] if A.ndim == 1 else A
    s = svdvals(a)
    relative = 1e-6 if rtol is None else rtol
    return (s > (tol if tol is not None else relative * s[..., :1])).sum(-1)


@each
def _qr(a: np.ndarray, mode: str) -> tuple[np.ndarray, np.ndarray]:
    """Gram and Schmidt, twice."""
    theirs, _ = np.linalg.qr(a, mode=mode)
    k = min(a.shape)
    q = np.zeros((len(a), k))
    for j in range(k):
        column = a[:, j].copy()
        for _ in range(2):
            column -= q[:, :j] @ (q[:, :j].T @ column)
        q[:, j] = column / np.sqrt(column @ column)
        q[:, j] *= np.sign(q[:, j] @ theirs[:, j])
    # The rest of a complete basis is any.
    q = np.concatenate([q, theirs[:, k:]], axis=1)
    return q, np.triu(q.T @ a)


def qr(a: np.ndarray, mode: str = "reduced") -> Any:
    found = _qr(a, mode="reduced" if mode == "r" else mode)
    return found[1] if mode == "r" else found


def pinv(a: np.ndarray, rcond: Any = None) -> np.ndarray:
    u, s, vh = _svd(a)
    limit = (1e-6 if rcond is None else rcond) * s[..., :1]
    inverse = np.where(s > limit, 1 / np.where(s > limit, s, 1), 0)
    return np.einsum("...ki,...k,...jk->...ij", vh, inverse, u)


def lstsq(a: np.ndarray, b: np.ndarray, rcond: Any = None) -> Any:
    columns = b[:, None] if b.ndim == 1 else b
    x = pinv(a, rcond) @ columns
    residuals = ((a @ x - columns) ** 2).sum(-2)
    if b.ndim == 1:
        x, residuals = x[..., 0], residuals[..., 0]
    return x, residuals, matrix_rank(a, rtol=rcond), svdvals(a)


# powers ---------------------------------------------------------------------------------------------------------------


@each
def expm(a: np.ndarray) -> np.ndarray:
    """The series, of a matrix halved until it is small, in long doubles."""
    halvings = 12
    x = a.astype(np.longdouble) / 2**halvings
    y = term = np.eye(len(a), dtype=np.longdouble)
    for k in range(1, 30):
        term = term @ x / k
        y = y + term
    for _ in range(halvings):
        y = y @ y
    return y.astype("float64")


def matrix_power(a: np.ndarray, n: int) -> np.ndarray:
    base = inv(a) if n < 0 else a
    y = np.zeros_like(base) + np.eye(a.shape[-1], dtype=base.dtype)
    for _ in range(abs(n)):
        y = np.einsum("...ij,...jk->...ik", y, base)
    return y


def multi_dot(arrays: list[np.ndarray]) -> np.ndarray:
    y = arrays[0]
    for a in arrays[1:]:
        y = np.tensordot(y, a, 1)
    return y


# norms ----------------------------------------------------------------------------------------------------------------


def _length(values: np.ndarray, p: float) -> float:
    sizes = [abs(float(v)) for v in values.ravel()]
    if any(math.isnan(v) for v in sizes):
        return math.nan
    if p == math.inf:
        return max(sizes)
    if p == -math.inf:
        return min(sizes)
    if p == 0:
        return float(sum(v != 0 for v in sizes))
    if p < 0 and 0 in sizes:
        return 0.0
    return math.fsum(v**p for v in sizes) ** (1 / p)


def _along(x: np.ndarray, axes: tuple[int, ...], keepdims: bool, function: Callable[[np.ndarray], float]) -> np.ndarray:
    axes = tuple(k % x.ndim for k in axes)
    kept = [k for k in range(x.ndim) if k not in axes]
    front = x.transpose(*kept, *axes)
    lead = tuple(x.shape[k] for k in kept)
    y = np.array([function(front[k]) for k in np.ndindex(*lead)]).reshape(lead)
    return np.expand_dims(y, sorted(axes)) if keepdims else y


def vector_norm(x: Any, axis: Any = None, keepdims: bool = False, ord: float = 2) -> np.ndarray:
    x = floats(x)
    axes = tuple(range(x.ndim)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    return _along(x, axes, keepdims, lambda v: _length(v, ord))


def _of_matrix(x: np.ndarray, p: Any) -> float:
    if p == "fro":
        return _length(x, 2)
    if p == "nuc":
        return math.fsum(svdvals(x))
    if p in (1, -1):
        sums = [math.fsum(abs(x[:, j])) for j in range(x.shape[1])]
        return max(sums) if p == 1 else min(sums)
    if p in (math.inf, -math.inf):
        return _of_matrix(x.T, 1 if p > 0 else -1)
    return float(max(svdvals(x)) if p == 2 else min(svdvals(x)))


def matrix_norm(x: np.ndarray, keepdims: bool = False, ord: Any = "fro") -> np.ndarray:
    return _along(floats(x), (-2, -1), keepdims, lambda v: _of_matrix(v, ord))


def norm(x: np.ndarray, ord: Any = None, axis: Any = None, keepdims: bool = False) -> np.ndarray:
    x = floats(x)
    if ord is None and axis is None:
        return vector_norm(x, keepdims=keepdims)
    axes = tuple(range(x.ndim)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    if len(axes) == 1:
        return vector_norm(x, axes, keepdims, 2 if ord is None else ord)
    return _along(x, axes, keepdims, lambda v: _of_matrix(v, "fro" if ord is None else ord))


def cond(x: np.ndarray, p: Any = None) -> np.ndarray:
    x = floats(x)
    if p in (None, 2, -2):
        s = svdvals(x)
        ratio = s.max(-1) / s.min(-1)
        return 1 / ratio if p == -2 else ratio
    return matrix_norm(x, ord=p) * matrix_norm(inv(x), ord=p)


# parts ----------------------------------------------------------------------------------------------------------------


def outer(x1: np.ndarray, x2: np.ndarray) -> np.ndarray:
    return np.array([[p * q for q in x2] for p in x1], np.result_type(x1, x2, float)).reshape(x1.size, x2.size)


def cross(x1: np.ndarray, x2: np.ndarray, axis: int = -1) -> np.ndarray:
    return np.cross(x1, x2, axis=axis)


def diagonal(x: np.ndarray, offset: int = 0) -> np.ndarray:
    rows, columns = x.shape[-2:]
    found = [x[..., i, i + offset] for i in range(rows) if 0 <= i + offset < columns]
    return np.stack(found, -1) if found else np.zeros((*x.shape[:-2], 0), x.dtype)


def trace(x: np.ndarray, offset: int = 0, dtype: Any = None) -> np.ndarray:
    return diagonal(x, offset).sum(-1, dtype=dtype)


ORACLES = {
    f"linalg.{oracle.__name__}": oracle
    for oracle in (
        solve, solve_triangular, cho_solve, slogdet, cholesky, eigh, eigvalsh, svd, svdvals, matrix_rank, qr, pinv,
        lstsq, matrix_power, multi_dot, vector_norm, matrix_norm, norm, cond, outer, cross, diagonal, trace, inv,
    )
} | {"linalg.det": det, "linalg.expm": expm}  # fmt: skip
