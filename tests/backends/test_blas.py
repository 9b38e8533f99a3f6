"""BLAS's own products: matrices as they lie, scalars that count when the call is made; settings of a call."""

import itertools

import numpy as np
import pytest

import symnet as sn
from symnet.backends.numpy.blas import gemm, openblas

needs_openblas = pytest.mark.skipif(not openblas.adds_products, reason="NumPy has another BLAS than OpenBLAS here")


def laid_out(shape, order, dtype, seed):
    x = np.random.default_rng(seed).normal(0, 1, shape).astype(dtype)
    if order == "gaps":
        wide = np.zeros((shape[0], shape[1] + 3), dtype)
        wide[:, 1:-2] = x
        return wide[:, 1:-2]
    return np.array(x, order=order)


@needs_openblas
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("sizes", [(4, 3, 5), (1, 3, 5), (4, 1, 5), (4, 3, 1), (1, 1, 1), (1, 3, 1)], ids=str)
def test_a_product_is_added_however_matrices_lie(sizes, dtype):
    n, k, m = sizes
    for orders in itertools.product(["C", "F", "gaps"], repeat=3):
        x, w, y = (laid_out(s, o, dtype, i) for i, (s, o) in enumerate(zip([(n, k), (k, m), (n, m)], orders)))
        expected = -0.5 * (x @ w) + 2 * y
        gemm(-0.5, x, w, 2.0, y)()
        np.testing.assert_allclose(y, expected, rtol=1e-5, atol=1e-6, err_msg=str(orders))


@needs_openblas
def test_operands_given_later_and_scalars_that_change():
    y, rate = np.zeros((2, 4), np.float32), np.array(1, np.float32)
    x, w = np.ones((2, 3), np.float32), np.ones((3, 4), np.float32)
    later = gemm(rate, (2, 3), (3, 4), (), y)
    for value, keep in [(1, 0.0), (2, 0.5)]:
        rate[...] = value
        before = y.copy()
        later(x * value, w, np.array(keep, np.float32))()
        np.testing.assert_allclose(y, value * 3 * value + keep * before)


@pytest.mark.parametrize("fails", [False, True])
def test_a_call_leaves_the_callers_settings_alone(fails):
    x, y = sn.matrix("x"), sn.lvector("y")
    f = sn.function([x, y], sn.cross_entropy(sn.log(x), y))
    with np.errstate(divide="raise", over="warn"):
        before = np.geterr(), np.getbufsize()
        if fails:
            with pytest.raises(sn.SymnetError, match="label 9"):
                f(np.zeros((1, 2), np.float32), np.array([9]))
        else:
            f(np.zeros((1, 2), np.float32), np.array([0]))
        assert (np.geterr(), np.getbufsize()) == before
