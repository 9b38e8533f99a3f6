"""Sums of products where the cases do not reach: what they compile to, memory orders, errors."""

import numpy as np
import pytest

import symnet as sn
from symnet.errors import ShapeError

RNG = np.random.default_rng(0)


def compiled(x, y):
    a, b = sn.tensor("x", x.shape, x.dtype), sn.tensor("y", y.shape, y.dtype)
    f = sn.function([a, b], sn.vecdot(a, b))
    return f(x, y), f.source


@pytest.mark.parametrize(
    ("x", "y", "kernel"),
    [
        ((6, 64), (6, 64), "np.vecdot"),
        ((6, 64), (64,), "np.dot"),
        ((64,), (6, 64), "np.dot"),
        ((6, 8), (6, 8), "np.dot"),
    ],
)
def test_it_compiles_to_what_is_quick_for_its_shapes(x, y, kernel):
    x, y = RNG.normal(0, 1, x), RNG.normal(0, 1, y)
    got, source = compiled(x, y)
    np.testing.assert_allclose(got, (x * y).sum(-1), 1e-12, 1e-12)
    assert kernel in source


def test_operands_in_any_memory_order():
    x, y = sn.matrix("x", dtype="float64"), sn.matrix("y", dtype="float64")
    f = sn.function([x, y], sn.vecdot(x.T, sn.exp(y.T)))
    a, b = RNG.normal(0, 1, (2, 64, 5))
    np.testing.assert_allclose(f(a, b), (a * np.exp(b)).sum(0), 1e-12)


def test_half_precision_adds_in_single():
    x = np.ones((2, 4096), "float16")
    got, _ = compiled(x, x)
    np.testing.assert_array_equal(got, [4096, 4096])  # in float16 a sum of ones stops at 2048


def test_scalars_have_no_axis_to_sum_over():
    with pytest.raises(ShapeError, match=r"no axis to sum over[\s\S]*test_vecdot.py"):
        sn.vecdot(sn.scalar("x"), 2.0)


def test_shapes_that_do_not_broadcast():
    with pytest.raises(ShapeError, match=r"has 4 against 3"):
        sn.vecdot(sn.tensor("x", (2, 4)), sn.tensor("y", (2, 3)))
