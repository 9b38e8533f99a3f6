"""Linear algebra of complex matrices, by what defines each factor, and its gradients by differences.

Of factors that are known up to a phase only costs that no phase moves have a gradient, and those are looked at.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

import symnet as sn
from symnet.backends.reference import evaluate
from symnet.check import check_grad
from symnet.graph import Variable
from symnet.graph.inputs import tensor
from symnet.options import options

C, linalg = "complex128", sn.linalg


def some(*shape: int, dtype: str = C) -> np.ndarray:
    rng = np.random.default_rng(math.prod(shape))
    return (rng.normal(size=shape) + 1j * rng.normal(size=shape)).astype(dtype)


def positive(*shape: int) -> np.ndarray:
    a = some(*shape)
    return a @ a.conj().swapaxes(-1, -2) + np.eye(shape[-1])


def adjoint(a: np.ndarray) -> np.ndarray:
    return a.conj().swapaxes(-1, -2)


def results(f, *arrays: np.ndarray) -> list[np.ndarray]:
    """By a compiled function, which has to agree with the reference; types are the inferred ones."""
    xs = [tensor(None, a.shape, a.dtype) for a in arrays]
    found = f(*xs)
    ys = list(found) if isinstance(found, tuple) else [found]
    values = sn.function(xs, ys)(*arrays)
    for y, value, reference in zip(ys, values, evaluate(ys, dict(zip(xs, arrays)))):
        assert (y.type.dtype, y.type.shape) == (value.dtype.name, value.shape)
        np.testing.assert_allclose(value, reference, 1e-9, 1e-9)
    return values


def check(f, *arrays: np.ndarray, order: int = 1) -> None:
    def real_parts(*xs: Variable) -> Variable:
        y = f(*xs)
        return sn.sum(sn.sin(y.real) + sn.cos(y.imag)) if y.type.is_complex else sn.sum(sn.sin(y))

    with options(floatX="float64"):
        check_grad(real_parts, arrays, order=order, evaluate=evaluate)


SQUARE = [some(3, 3), some(2, 2, 2), some(1, 1)]
shapes = pytest.mark.parametrize("a", SQUARE, ids=lambda a: str(a.shape))
dtypes = pytest.mark.parametrize("dtype", ["complex64", C])


@shapes
def test_det_is_the_product_of_eigenvalues(a):
    (y,) = results(linalg.det, a)
    np.testing.assert_allclose(y, np.linalg.eigvals(a).prod(-1), 1e-12)
    check(linalg.det, a, order=2)


def test_det_of_a_singular_matrix_has_a_gradient():
    a = np.array([[1 + 1j, 2.0], [2 + 2j, 4.0]])
    check(linalg.det, a)


@shapes
def test_slogdet_is_the_sign_and_the_size_of_det(a):
    sign, logarithm = results(linalg.slogdet, a)
    det = np.linalg.eigvals(a).prod(-1)
    np.testing.assert_allclose(sign * np.exp(logarithm), det, 1e-12)
    np.testing.assert_allclose(abs(sign), np.ones(a.shape[:-2]), 1e-12)
    for k in (0, 1):
        check(lambda x, k=k: linalg.slogdet(x)[k], a, order=2)


@shapes
def test_inverses_and_solutions(a):
    (y,) = results(linalg.inv, a)
    np.testing.assert_allclose(y @ a, np.broadcast_to(np.eye(a.shape[-1]), a.shape), atol=1e-12)
    b = some(a.shape[-1], 2)
    (x,) = results(linalg.solve, a, b)
    np.testing.assert_allclose(a @ x, np.broadcast_to(b, x.shape), 1e-11)
    check(linalg.inv, a, order=2)
    check(linalg.solve, a, b, order=2)


@pytest.mark.parametrize(("trans", "form"), [(0, lambda a: a), ("T", lambda a: a.T), (2, adjoint), ("C", adjoint)])
def test_solve_triangular_knows_the_adjoint(trans, form):
    a, b = np.tril(some(3, 3)), some(3)
    f = lambda a, b: linalg.solve_triangular(a, b, trans=trans, lower=True)
    (x,) = results(f, a, b)
    np.testing.assert_allclose(form(a) @ x, b, 1e-11)
    check(f, a, b)


@pytest.mark.parametrize("lower", [True, False])
def test_cho_solve_takes_the_factor_of_a_hermitian_matrix(lower):
    a, b = positive(3, 3), some(3, 2)
    (x,) = results(lambda a, b: linalg.cho_solve((linalg.cholesky(a, upper=not lower), lower), b), a, b)
    np.testing.assert_allclose(a @ x, b, 1e-11)


@pytest.mark.parametrize("upper", [False, True])
@pytest.mark.parametrize("shape", [(3, 3), (2, 2, 2), (1, 1)])
def test_cholesky(shape, upper):
    a = positive(*shape)
    f = lambda a: linalg.cholesky(a, upper=upper)
    (y,) = results(f, a)
    np.testing.assert_allclose(adjoint(y) @ y if upper else y @ adjoint(y), a, 1e-11)
    np.testing.assert_array_equal(y, np.triu(y) if upper else np.tril(y))
    check(f, a, order=2)


def test_cholesky_reads_one_triangle_and_the_real_part_of_the_diagonal():
    a = positive(3, 3)
    other = np.tril(a) + np.triu(some(3, 3), 1) + 1j * np.eye(3)
    np.testing.assert_allclose(*results(lambda a, b: (linalg.cholesky(a), linalg.cholesky(b)), a, other), 1e-12)
    check(linalg.cholesky, other)


@pytest.mark.parametrize("shape", [(3, 3), (4, 2), (2, 4), (2, 3, 2), (1, 1)])
def test_qr(shape):
    a = some(*shape)
    q, r = results(linalg.qr, a)
    np.testing.assert_allclose(q @ r, a, 1e-11, 1e-12)
    np.testing.assert_allclose(adjoint(q) @ q, np.broadcast_to(np.eye(q.shape[-1]), (*shape[:-2], *[q.shape[-1]] * 2)),
                               atol=1e-12)  # fmt: skip
    np.testing.assert_allclose(r, np.triu(r), atol=1e-15)
    for k in (0, 1):
        check(lambda x, k=k: linalg.qr(x)[k], a, order=2)


@pytest.mark.parametrize("shape", [(3, 3), (4, 2), (2, 4), (2, 3, 2), (1, 1)])
def test_svd(shape):
    a = some(*shape)
    f = lambda a: linalg.svd(a, full_matrices=False)
    u, s, vh = results(f, a)
    np.testing.assert_allclose((u * s[..., None, :]) @ vh, a, 1e-11, 1e-12)
    assert s.dtype == np.float64 and (np.diff(s) <= 0).all()
    weights = np.arange(1.0, s.shape[-1] + 1)
    check(linalg.svdvals, a, order=2)
    first = lambda a: (f(a).U * weights) @ f(a).Vh  # the phases of a pair cancel
    check(first, a)
    adj = lambda x: sn.conj(x.mT)
    check(lambda a: (f(a).U * weights) @ adj(f(a).U), a)
    check(lambda a: (adj(f(a).Vh) * weights) @ f(a).Vh, a)


@pytest.mark.parametrize("UPLO", ["L", "U"])
def test_eigh(UPLO):
    a = positive(3, 3)
    f = lambda a: linalg.eigh(a, UPLO)
    w, v = results(f, a)
    np.testing.assert_allclose((v * w) @ adjoint(v), a, 1e-11)
    assert w.dtype == np.float64
    check(lambda a: linalg.eigvalsh(a, UPLO), a, order=2)
    check(lambda a: (f(a)[1] * np.array([1.0, 2.0, 3.0])) @ sn.conj(f(a)[1].mT), a)
    check(lambda a: (f(a)[1] * sn.exp(-f(a)[0])) @ sn.conj(f(a)[1].mT), a)


@pytest.mark.parametrize("shape", [(3, 3), (4, 2), (2, 4), (2, 2, 3)])
def test_pinv(shape):
    a = some(*shape)
    (p,) = results(linalg.pinv, a)
    np.testing.assert_allclose(a @ p @ a, a, 1e-11)
    np.testing.assert_allclose(p @ a @ p, p, 1e-11)
    np.testing.assert_allclose(a @ p, adjoint(a @ p), 1e-10, 1e-12)
    np.testing.assert_allclose(p @ a, adjoint(p @ a), 1e-10, 1e-12)
    check(linalg.pinv, a, order=2)


def test_lstsq():
    a, b = some(4, 2), some(4, 3)
    x, residuals, rank, s = results(linalg.lstsq, a, b)
    rest = a @ x - b
    np.testing.assert_allclose(adjoint(a) @ rest, np.zeros((2, 3)), atol=1e-12)
    np.testing.assert_allclose(residuals, (rest * rest.conj()).real.sum(0), 1e-12)
    assert residuals.dtype == s.dtype == np.float64 and rank == 2
    for k in (0, 1):
        check(lambda a, b, k=k: linalg.lstsq(a, b)[k], a, b)


@pytest.mark.parametrize("order", [2, 1, 3, 2.5, 0.5, -1, 0, math.inf, -math.inf])
def test_norms_of_vectors(order):
    a = some(3, 4)
    f = lambda a: linalg.vector_norm(a, axis=1, ord=order)
    (y,) = results(f, a)
    sizes = [[math.hypot(z.real, z.imag) for z in row] for row in a.tolist()]
    root = lambda row: math.fsum(v**order for v in row) ** (1 / order)
    by_hand = {math.inf: max, -math.inf: min, 0: len}.get(order, root)
    np.testing.assert_allclose(y, [by_hand(row) for row in sizes], 1e-12)
    assert y.dtype == np.float64
    if order:
        check(f, a, order=2)


@pytest.mark.parametrize("order", ["fro", "nuc", 1, -1, 2, -2, math.inf, -math.inf])
def test_norms_of_matrices(order):
    a = some(2, 3, 2)
    (y,) = results(lambda a: linalg.matrix_norm(a, ord=order), a)
    np.testing.assert_allclose(y, [np.linalg.norm(m, order) for m in a], 1e-12)
    check(lambda a: linalg.matrix_norm(a, ord=order), a)


def test_the_gradient_of_a_norm_of_zero_is_zero():
    x = sn.vector("x", dtype=C)
    for order in (2, 3, 1):
        gradient = sn.function([x], sn.grad(linalg.vector_norm(x, ord=order), x))
        np.testing.assert_array_equal(gradient(np.zeros(2, C)), np.zeros(2, C))


@shapes
def test_expm_is_its_series(a):
    (y,) = results(linalg.expm, a)
    total = term = np.broadcast_to(np.eye(a.shape[-1]), a.shape).astype(C)
    for k in range(1, 60):
        term = term @ a / k
        total = total + term
    np.testing.assert_allclose(y, total, 1e-11)
    check(linalg.expm, a, order=2)


def test_powers_ranks_and_conditions():
    a = some(3, 3)
    (third,) = results(lambda a: linalg.matrix_power(a, 3), a)
    np.testing.assert_allclose(third, a @ a @ a, 1e-12)
    (rank,) = results(linalg.matrix_rank, np.outer(a[0], a[1]))
    assert rank == 1
    for p in (None, 1, "fro"):
        (y,) = results(lambda a, p=p: linalg.cond(a, p), a)
        np.testing.assert_allclose(y, np.linalg.cond(a, p), 1e-10)


@pytest.mark.parametrize(
    "f", [linalg.det, linalg.slogdet, linalg.inv, linalg.cholesky, linalg.qr, linalg.svdvals, linalg.eigvalsh,
          linalg.pinv, linalg.norm, linalg.expm], ids=lambda f: f.__name__)  # fmt: skip
def test_complex64_is_complex128_rounded(f):
    """The values, and the gradients at the same point."""
    a = (positive(3, 3) / 10).astype("complex64")
    found = []
    for dtype in ("complex64", C):
        x = tensor("x", (3, 3), dtype)
        y = f(x)
        ys = list(y) if isinstance(y, tuple) else [y]
        parts = [part for v in ys for part in ([v.real, v.imag] if v.type.is_complex else [v])]
        cost = sum(sn.sum(sn.sin(part)) for part in parts)
        found.append(sn.function([x], [*ys, sn.grad(cost, x)])(a.astype(dtype)))
    for single, double in zip(*found):
        assert single.dtype.itemsize * 2 == double.dtype.itemsize
        np.testing.assert_allclose(single, double, 1e-4, 1e-4 * max(1.0, float(abs(double).max())))


@pytest.mark.parametrize("f", [linalg.det, linalg.inv, linalg.cholesky, linalg.eigvalsh, linalg.expm, linalg.pinv])
def test_named_sizes_are_kept(f):
    x = sn.tensor("x", ("stack", "n", "n"), C)
    assert set(f(x).type.shape) <= {"stack", "n"}
    assert f(x).type.shape[0] == "stack"
