"""Linear algebra beyond the cases: what factors have to satisfy, awkward matrices, what is compiled, and errors."""

import inspect

import numpy as np
import pytest

import symnet as sn
from symnet.backends.reference import evaluate
from symnet.check import check_grad
from symnet.errors import ArgumentError, DTypeError, GradientError, MatrixError, ShapeError

RNG = np.random.default_rng(0)
DTYPES = ["float32", "float64"]


def stack(*shape, dtype="float64"):
    return RNG.uniform(-1, 1, shape).astype(dtype)


def symmetric(*shape, dtype="float64"):
    a = stack(*shape, dtype=dtype)
    return a + a.swapaxes(-1, -2)


def computed(build, *arrays):
    """The compiled results, of open sizes."""
    xs = [sn.tensor(f"x{k}", (None,) * a.ndim, a.dtype) for k, a in enumerate(arrays)]
    ys = build(*xs)
    return sn.function(xs, list(ys) if isinstance(ys, tuple) else ys)(*arrays)


def close(a, b):
    single = np.float32 in (a.dtype, getattr(b, "dtype", None))
    np.testing.assert_allclose(a, b, *((1e-4, 1e-4) if single else (1e-10, 1e-10)))


def turned(a):
    return a.swapaxes(-1, -2)


# what factors have to satisfy -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(5, 5), (2, 3, 4, 4), (1, 1)])
def test_an_inverse_undoes_and_a_solution_solves(shape, dtype):
    a, b = stack(*shape, dtype=dtype) + 2 * np.eye(shape[-1], dtype=dtype), stack(*shape[:-1], 2, dtype=dtype)
    close(a @ computed(sn.linalg.inv, a), np.broadcast_to(np.eye(shape[-1]), shape))
    close(a @ computed(sn.linalg.solve, a, b), b)
    close(np.tril(a) @ computed(lambda x, y: sn.linalg.solve_triangular(x, y, lower=True), a, b), b)
    close(turned(np.triu(a)) @ computed(lambda x, y: sn.linalg.solve_triangular(x, y, trans=1), a, b), b)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(5, 5), (2, 3, 4, 4), (1, 1)])
def test_factors_of_symmetric_matrices(shape, dtype):
    a = symmetric(*shape, dtype=dtype)
    w, v = computed(sn.linalg.eigh, a)
    close((v * w[..., None, :]) @ turned(v), a)
    close(turned(v) @ v, np.broadcast_to(np.eye(shape[-1]), shape))
    assert (np.diff(w) >= 0).all()
    c = a @ a + np.eye(shape[-1], dtype=dtype)
    root = computed(sn.linalg.cholesky, c)
    close(root @ turned(root), c)
    assert (root == np.tril(root)).all()
    close(computed(lambda x: sn.linalg.cholesky(x, upper=True), c), turned(root))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(5, 3), (3, 5), (2, 3, 4, 4), (2, 1, 3), (3, 1)])
def test_factors_of_any_matrices(shape, dtype):
    a = stack(*shape, dtype=dtype)
    (m, n), k = shape[-2:], min(shape[-2:])
    for full in (False, True):
        u, s, vh = computed(lambda x, full=full: sn.linalg.svd(x, full_matrices=full), a)
        close((u[..., :k] * s[..., None, :]) @ vh[..., :k, :], a)
        for basis in (turned(u) @ u, vh @ turned(vh)):
            close(basis, np.broadcast_to(np.eye(basis.shape[-1]), basis.shape))
        assert (np.diff(s) <= 0).all() and (s >= 0).all()
        assert u.shape[-1] == (m if full else k) and vh.shape[-2] == (n if full else k)
    for mode in ("reduced", "complete"):
        q, r = computed(lambda x, mode=mode: sn.linalg.qr(x, mode), a)
        close(q @ r, a)
        close(turned(q) @ q, np.broadcast_to(np.eye(q.shape[-1]), (*shape[:-2], q.shape[-1], q.shape[-1])))
        assert (r == np.triu(r)).all() and q.shape[-1] == (m if mode == "complete" else k)
    p = computed(sn.linalg.pinv, a)
    for product in (a @ p, p @ a):
        close(product, turned(product))
    close(a @ p @ a, a)
    close(p @ a @ p, p)


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_exponential_of_large_small_and_nilpotent_matrices(dtype):
    a = np.array([[0, 1, 2], [0, 0, 3], [0, 0, 0]], dtype)
    close(computed(sn.linalg.expm, a), np.array([[1, 1, 3.5], [0, 1, 3], [0, 0, 1]]))
    angle = np.array([0.0, 1e-9, 1.0, 300.0])
    a = (angle[:, None, None] * np.array([[0, -1], [1, 0]])).astype(dtype)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]).transpose(2, 0, 1)
    np.testing.assert_allclose(computed(sn.linalg.expm, a), turn, 0, 2e-4 if dtype == "float32" else 1e-12)
    d = np.array([-700.0, -30.0, 0.0, 30.0, 80.0], dtype)
    np.testing.assert_allclose(
        np.diagonal(computed(sn.linalg.expm, np.diag(d))), np.exp(d), 2e-4 if dtype == "float32" else 1e-10
    )
    assert np.isnan(computed(sn.linalg.expm, np.full((2, 2), np.nan, dtype))).all()


def test_stacks_of_nothing():
    for shape in [(0, 3, 3), (2, 0, 0)]:
        a = np.zeros(shape)
        for word in (sn.linalg.inv, sn.linalg.cholesky, sn.linalg.expm, sn.linalg.pinv):
            assert computed(word, a).shape == shape
        assert [y.shape for y in computed(sn.linalg.eigh, a)] == [shape[:2], shape]
        assert [y.shape for y in computed(sn.linalg.svd, a)] == [shape, shape[:2], shape]
        np.testing.assert_array_equal(computed(sn.linalg.det, a), np.linalg.det(a))


# gradients where they are awkward -------------------------------------------------------------------------------------


def gradient(build, a):
    x = sn.tensor("x", a.shape, a.dtype)
    return evaluate([sn.grad(build(x), x)], {x: a})[0]


@pytest.mark.parametrize("order", [2, 3, 1.5, 1, np.inf, 0.5, -1])
def test_the_gradient_of_a_norm_at_zero_is_zero(order):
    np.testing.assert_array_equal(gradient(lambda x: sn.linalg.norm(x, order), np.zeros(3)), np.zeros(3))
    x = sn.dvector("x")
    f = sn.function([x], sn.grad(sn.linalg.vector_norm(x, ord=order), x))
    np.testing.assert_array_equal(f(np.zeros(3)), np.zeros(3))


def test_the_gradient_of_frobenius_norm_at_zero_is_zero():
    np.testing.assert_array_equal(gradient(sn.linalg.matrix_norm, np.zeros((2, 3))), np.zeros((2, 3)))
    np.testing.assert_array_equal(gradient(sn.linalg.norm, np.zeros((2, 3, 2))), np.zeros((2, 3, 2)))


@pytest.mark.parametrize("a", [
    [[1.0, 2.0], [2.0, 4.0]],
    [[0.0, 0.0], [0.0, 0.0]],
    [[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [0.0, 1.0, 5.0]],
    [[1.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]],
])  # fmt: skip
def test_the_gradient_of_a_determinant_at_a_singular_matrix(a):
    check_grad(sn.linalg.det, [np.array(a)], order=1)


def projection(v):
    return v @ v.T


def test_the_space_of_equal_eigenvalues_has_a_gradient():
    """Also where rounding makes them differ a little."""
    for a in (np.diag([2.0, 2.0, 2.0, -1.0]), np.diag([2.0, 2.0, 2.0, -1.0]) + 0.1):
        check_grad(lambda x: projection(sn.linalg.eigh(x)[1][:, 1:]), [a], order=1)
        check_grad(lambda x: projection(sn.linalg.svd(x)[0][:, :3]), [a], order=1)
        check_grad(lambda x: projection(sn.linalg.svd(x)[2][:3].T), [a], order=1)


def test_the_nuclear_norm_of_a_matrix_without_full_rank_has_a_finite_gradient():
    g = gradient(lambda x: sn.linalg.norm(x, "nuc"), np.outer([1.0, 2.0], [2.0, 0.0, 1.0]))
    assert np.isfinite(g).all()


def test_second_derivatives_of_compositions():
    a = stack(3, 3) + 2 * np.eye(3)
    check_grad(lambda x: sn.linalg.slogdet(x @ x.T)[1], [a], order=2)
    check_grad(lambda x: sn.linalg.cholesky(x @ x.T), [a], order=2)
    check_grad(lambda x: sn.linalg.eigh(x @ x.T)[0], [a], order=2)
    check_grad(lambda x: sn.linalg.qr(x[:, :2])[1], [a], order=2)
    check_grad(lambda x, y: sn.linalg.lstsq(x, y).x, [stack(4, 2), stack(4)], order=2)
    check_grad(lambda x: sn.linalg.matrix_power(x, -2), [a], order=2)


@pytest.mark.parametrize(("word", "shape", "fix"), [
    (lambda x: sn.linalg.svd(x)[0], (3, 2), "use full_matrices=False"),
    (lambda x: sn.linalg.svd(x)[2], (2, 3), "use full_matrices=False"),
    (lambda x: sn.linalg.qr(x, "complete")[0], (3, 2), "use mode='reduced'"),
])  # fmt: skip
def test_a_basis_that_is_any_has_no_gradient(word, shape, fix):
    x = sn.tensor("x", shape, "float64")
    what = r"linalg\.\w+: of a \d x \d matrix part of the full basis is any"
    with pytest.raises(GradientError, match=what) as caught:
        sn.grad(word(x).sum(), x)
    assert fix in str(caught.value)
    x = sn.dmatrix("x")
    g = sn.grad(word(x).sum(), x)
    with pytest.raises(GradientError, match="part of the full basis is any"):
        sn.function([x], g)(np.ones(shape))


def test_singular_values_of_full_matrices_have_one():
    """Of both modes: the tangents of the vectors beside them are refused only where they are asked for."""
    check_grad(lambda x: sn.linalg.svd(x)[1], [stack(3, 2)])
    x = sn.tensor("x", (3, 2), "float64")
    u, s, _ = sn.linalg.svd(x)
    a, da = stack(3, 2), stack(3, 2)
    slope = sn.function([x], sn.jvp(s, x, sn.constant(da)))(a)
    ends = [np.linalg.svd(a + step * da, compute_uv=False) for step in (1e-6, -1e-6)]
    np.testing.assert_allclose(slope, (ends[0] - ends[1]) / 2e-6, 1e-7)
    with pytest.raises(GradientError, match="of a 3 x 2 matrix part of the full basis is any"):
        sn.function([x], sn.jvp(u, x, sn.constant(da)))(a)


# what is compiled -----------------------------------------------------------------------------------------------------


def test_several_results_have_names_of_their_own():
    x = sn.dmatrix("x")
    w, vectors = sn.linalg.eigh(x)
    f = sn.function([x], [w * 2, vectors + 1])
    f(np.eye(2))
    assert "eigenvalues" in f.source and "eigenvectors" in f.source


def test_results_of_one_factorisation_in_pieces():
    """A loop over pieces of a stack cuts both results."""
    a = symmetric(3000, 12, 12, dtype="float32")
    x = sn.tensor("x", (None, 12, 12), "float32")
    w, v = sn.linalg.eigh(sn.tanh(x))
    f = sn.function([x], [w, sn.exp(v)])
    expected = np.linalg.eigh(np.tanh(a))
    for got, want in zip(f(a), (expected[0], np.exp(expected[1]))):
        np.testing.assert_allclose(got, want, 1e-3, 1e-3)


def test_what_allocates_is_told():
    x = sn.dmatrix("x")
    f = sn.function([x], sn.linalg.inv(x))
    f(np.eye(3))
    assert f.allocations == 1
    assert "np.linalg.inv has no out= (makes an array at every call)" in str(f.report())


def test_numpys_functions_build_expressions():
    x = sn.dmatrix("x")
    a = stack(3, 3)
    for numpys in (np.linalg.inv, np.linalg.det, np.linalg.norm, np.linalg.matrix_transpose, np.trace):
        np.testing.assert_allclose(sn.function([x], numpys(x))(a), numpys(a), 1e-12)
    np.testing.assert_allclose(sn.function([x], np.einsum("ij->j", x))(a), a.sum(0))
    np.testing.assert_array_equal(sn.function([x], x.mT)(a), a.T)


@pytest.mark.parametrize("name", [name for name, value in vars(sn.linalg).items() if inspect.isfunction(value)])
def test_parameters_are_numpys(name):
    """The same names in the same order, as far as NumPy has the function and the parameter."""
    theirs = getattr(np.linalg, name, None)
    if theirs is None or name in ("tensordot", "vecdot", "matmul", "outer", "cross", "multi_dot", "matrix_transpose"):
        return  # positional there, or a ufunc
    wanted = [p for p in inspect.signature(theirs).parameters if p not in ("hermitian", "rtol")]
    mine = [p for p in inspect.signature(getattr(sn.linalg, name)).parameters if p != "rtol"]
    assert mine == wanted


# errors ---------------------------------------------------------------------------------------------------------------

SQUARE = [
    sn.linalg.inv, sn.linalg.cholesky, sn.linalg.det, sn.linalg.slogdet, sn.linalg.eigh, sn.linalg.eigvalsh,
    sn.linalg.expm, lambda x: sn.linalg.matrix_power(x, 2), lambda x: sn.linalg.solve(x, np.ones(3, "float32")),
]  # fmt: skip


@pytest.mark.parametrize("word", SQUARE)
def test_matrices_that_are_not_square(word):
    x = sn.tensor("weights", (3, 4), "float32")
    with pytest.raises(ShapeError, match=r"linalg\.\w+: the matrix has 3 rows but 4 columns") as caught:
        word(x)
    assert "weights" in str(caught.value) and "test_linalg.py" in str(caught.value)
    x = sn.fmatrix("weights")
    y = word(x)
    for compute in (lambda: sn.function([x], y)(np.ones((3, 4), "float32")),
                    lambda: evaluate([y[0] if isinstance(y, tuple) else y], {x: np.ones((3, 4), "float32")})):
        with pytest.raises((ShapeError, ValueError)):
            compute()


@pytest.mark.parametrize("word", [sn.linalg.inv, sn.linalg.svd, sn.linalg.qr, sn.linalg.pinv, sn.linalg.det])
def test_vectors_and_half_precision(word):
    with pytest.raises(ShapeError, match=r"linalg\.\w+: a has 1 axis, and a matrix has 2") as caught:
        word(sn.fvector("v"))
    assert "test_linalg.py" in str(caught.value)
    with pytest.raises(DTypeError, match=r"linalg\.\w+ is not defined for float16") as caught:
        word(sn.matrix("h", dtype="float16"))
    assert "h.astype('float32')" in str(caught.value)


def bad_stack(dtype="float32"):
    a = np.broadcast_to(np.eye(3, dtype=dtype), (2, 4, 3, 3)).copy()
    a[1, 2] = 1
    return a


@pytest.mark.parametrize(("word", "what"), [
    (sn.linalg.inv, r"linalg\.inv: a\[1, 2\] is singular"),
    (lambda a: sn.linalg.solve(a, np.ones(3, "float32")), r"linalg\.solve: a\[1, 2\] is singular"),
    (lambda a: sn.linalg.cholesky(a * 2 - sn.eye(3)), r"linalg\.cholesky: a\[1, 2\] is not positive definite"),
])  # fmt: skip
def test_which_matrix_of_a_stack_is_at_fault(word, what):
    x = sn.tensor("covariances", (None, None, 3, 3), "float32")
    y = word(x)
    f = sn.function([x], y)
    for compute in (lambda: f(bad_stack()), lambda: evaluate([y], {x: bad_stack()})):
        with pytest.raises(MatrixError, match=what) as caught:
            compute()
        text = str(caught.value)
        assert "a has shape (2, 4, 3, 3)" in text and "test_linalg.py" in text and "fix: add to its diagonal" in text
        assert len(text.splitlines()) <= 10
        assert isinstance(caught.value, np.linalg.LinAlgError)


def test_one_matrix_at_fault_and_one_that_is_not_finite():
    x = sn.dmatrix("x")
    with pytest.raises(MatrixError, match=r"linalg\.inv: a is singular"):
        sn.function([x], sn.linalg.inv(x))(np.zeros((2, 2)))
    with pytest.raises(MatrixError, match=r"linalg\.svd: a holds NaN or infinity"):
        sn.function([x], list(sn.linalg.svd(x)))(np.full((2, 2), np.nan))


def test_a_failed_call_changes_nothing():
    x, count = sn.dmatrix("x"), sn.shared(np.zeros(()), "count")
    w = sn.shared(np.eye(2), "w")
    f = sn.function([x], updates=[(count, count + 1), (w, sn.linalg.inv(x) @ w)])
    with pytest.raises(MatrixError, match="is singular"):
        f(np.zeros((2, 2)))
    assert count.get_value() == 0 and (w.get_value() == np.eye(2)).all()
    f(2 * np.eye(2))
    assert count.get_value() == 1 and (w.get_value() == np.eye(2) / 2).all()


@pytest.mark.parametrize(("call", "error", "what"), [
    (lambda a, v: sn.linalg.solve(a, sn.ones((4,))), ShapeError, "a has 3 rows but b has 4"),
    (lambda a, v: sn.linalg.solve(a, 1.0), ShapeError, "b is a scalar"),
    (lambda a, v: sn.linalg.solve(sn.ones((2, 3, 3)), sn.ones((5, 3, 1))), ShapeError, "leading axes must broadcast"),
    (lambda a, v: sn.linalg.lstsq(a, 1.0), ShapeError, "b is a scalar"),
    (lambda a, v: sn.linalg.solve_triangular(a, v, trans=3), ArgumentError, "trans is 3"),
    (lambda a, v: sn.linalg.eigh(a, "X"), ArgumentError, "UPLO is 'X'"),
    (lambda a, v: sn.linalg.qr(a, "full"), ArgumentError, "mode is 'full'"),
    (lambda a, v: sn.linalg.pinv(a, -1.0), ArgumentError, r"rcond is -1\.0"),
    (lambda a, v: sn.linalg.matrix_rank(a, 1.0, rtol=1.0), ArgumentError, "tol and rtol are both given"),
    (lambda a, v: sn.linalg.matrix_power(a, 0.5), ArgumentError, r"n is 0\.5, not an integer"),
    (lambda a, v: sn.linalg.matrix_power(v, 2), ShapeError, "a is no matrix"),
    (lambda a, v: sn.linalg.multi_dot([a]), ArgumentError, "at least two matrices"),
    (lambda a, v: sn.linalg.multi_dot([a, v, a]), ShapeError, "factor 1 has 1 axes, not 2"),
    (lambda a, v: sn.linalg.multi_dot([a, sn.ones((4, 2))]), ShapeError, "x has 3 columns but w has 4 rows"),
    (lambda a, v: sn.linalg.norm(sn.ones((2, 2, 2)), 2), ArgumentError, "ord is 2"),
    (lambda a, v: sn.linalg.norm(a, 3), ArgumentError, "ord is 3"),
    (lambda a, v: sn.linalg.norm(v, "fro"), ArgumentError, "ord is 'fro'"),
    (lambda a, v: sn.linalg.norm(sn.ones((2, 2, 2)), axis=(0, 1, 2)), ArgumentError, "axis names 3 axes"),
    (lambda a, v: sn.linalg.norm(a, axis=2), ArgumentError, "axis is 2"),
    (lambda a, v: sn.linalg.vector_norm(v, ord="nuc"), ArgumentError, "ord is 'nuc'"),
    (lambda a, v: sn.linalg.vector_norm(v, ord=float("nan")), ArgumentError, "ord is nan"),
    (lambda a, v: sn.linalg.matrix_norm(v), ShapeError, "x has 1 axis"),
    (lambda a, v: sn.linalg.matrix_norm(a, ord="max"), ArgumentError, "ord is 'max'"),
    (lambda a, v: sn.linalg.cond(a, "max"), ArgumentError, "ord is 'max'"),
    (lambda a, v: sn.linalg.outer(a, v), ShapeError, "x1 has 2 axes and x2 1"),
    (lambda a, v: sn.linalg.diagonal(v), ShapeError, "x has 1 axes"),
    (lambda a, v: sn.linalg.trace(v), ShapeError, "x has 1 axes"),
    (lambda a, v: sn.cross(v, sn.ones((2,))), ShapeError, "axis 0 of y has size 2"),
    (lambda a, v: sn.cross(v, 1.0), ArgumentError, "axis -1 is out of range"),
    (lambda a, v: sn.tensordot(a, a, "ab"), ArgumentError, "tensordot: axes is 'ab'"),
    (lambda a, v: sn.trace(v), ArgumentError, "x has 1 axis, and a diagonal needs 2"),
    (lambda a, v: sn.trace(a, axis1=1), ArgumentError, "axis1 and axis2 are both 1"),
    (lambda a, v: sn.matrix_transpose(v), ShapeError, "x has 1 axis, and a matrix has 2"),
])  # fmt: skip
def test_arguments_that_do_not_fit(call, error, what):
    with pytest.raises(error, match=what) as caught:
        call(sn.tensor("a", (3, 3), "float32"), sn.tensor("v", (3,), "float32"))
    assert "test_linalg.py" in str(caught.value)
