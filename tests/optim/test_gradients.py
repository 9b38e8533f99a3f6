"""Clipping of gradients, by value and by norm."""

import math

import numpy as np
import pytest

import symnet as sn
from symnet import optim

GRADS = [np.array([[3.0, -1.0]]), np.array([-2.0, 0.5, 0.0])]


def clipped(word, limit, grads=GRADS, dtype="float64"):
    return [np.asarray(g.eval()) for g in word([sn.constant(np.asarray(g, dtype)) for g in grads], limit)]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("limit", [0.75, 100.0])
def test_clip_by_value(limit, dtype):
    found = clipped(optim.clip_by_value, limit, dtype=dtype)
    for g, before in zip(found, GRADS):
        np.testing.assert_allclose(g, np.clip(before, -limit, limit))
        assert g.dtype == dtype


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("limit", [0.75, 100.0])
def test_clip_by_norm(limit, dtype):
    found = clipped(optim.clip_by_norm, limit, dtype=dtype)
    norm = math.sqrt(sum((g**2).sum() for g in GRADS))
    assert norm == pytest.approx(float(optim.global_norm([sn.constant(g) for g in GRADS]).eval()))
    for g, before in zip(found, GRADS):
        np.testing.assert_allclose(g, before * min(1, limit / norm), rtol=1e-6)
        assert g.dtype == dtype
    assert limit > norm or math.sqrt(sum((g**2).sum() for g in found)) == pytest.approx(limit)


def test_gradients_of_nothing_have_no_norm():
    assert optim.clip_by_norm([], 1.0) == [] and optim.global_norm([]).eval() == 0
    np.testing.assert_array_equal(clipped(optim.clip_by_norm, 1.0, [[0.0, 0.0]])[0], [0, 0])
    assert np.isnan(clipped(optim.clip_by_norm, 1.0, [[np.nan, 1.0]])[0]).all()
    with np.errstate(over="ignore"):
        np.testing.assert_array_equal(clipped(optim.clip_by_norm, 1.0, [[1e30, 1.0]], "float32")[0], [0, 0])


def test_clipping_with_a_symbolic_limit():
    limit = sn.scalar("limit")
    for word in (optim.clip_by_norm, optim.clip_by_value):
        f = sn.function([limit], word([sn.constant(np.array([3.0, 4.0], np.float32))], limit))
        assert np.abs(f(2.0)[0]).max() <= 2 and f(10.0)[0].tolist() == [3, 4]
