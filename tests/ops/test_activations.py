"""Activations where the cases do not reach: slopes at kinks and far out, errors."""

import numpy as np
import pytest

import symnet as sn
from symnet.backends.reference import evaluate
from symnet.errors import ArgumentError, ShapeError

SLOPES = {  # at -1000, 1000, and at kinks
    "celu": {-1000: 0, 1000: 1, 0: 1},
    "elu": {-1000: 0, 1000: 1, 0: 1},
    "hard_shrink": {-1000: 1, 1000: 1, 0: 0, 0.5: 0},
    "hard_sigmoid": {-1000: 0, 1000: 0, -3: 0, 3: 0, 0: 1 / 6},
    "hard_swish": {-1000: 0, 1000: 1, -3: 0, 3: 1, 0: 0.5},
    "hard_tanh": {-1000: 0, 1000: 0, -1: 0, 1: 0, 0: 1},
    "leaky_relu": {-1000: 0.01, 1000: 1, 0: 0.01},
    "log_sigmoid": {-1000: 1, 1000: 0, 0: 0.5},
    "mish": {-1000: 0, 1000: 1, 0: 0.6},
    "relu6": {-1000: 0, 1000: 0, 0: 0, 6: 0, 1: 1},
    "selu": {-1000: 0, 1000: 1.0507009873554805, 0: 1.0507009873554805 * 1.6732632423543772},
    "silu": {-1000: 0, 1000: 1, 0: 0.5},
    "soft_shrink": {-1000: 1, 1000: 1, 0.5: 0, 0: 0},
    "softsign": {-1000: 1 / 1001**2, 1000: 1 / 1001**2, 0: 1},
    "tanh_shrink": {-1000: 1, 1000: 1, 0: 0},
}


@pytest.mark.parametrize("name", SLOPES)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_slopes_at_kinks_and_far_out(name, dtype):
    x = sn.vector("x", dtype=dtype)
    g = sn.grad(getattr(sn, name)(x).sum(), x)
    points = np.array(list(SLOPES[name]), dtype)
    expected = np.array(list(SLOPES[name].values()))
    tolerance = {"float16": 2e-3, "float32": 1e-6, "float64": 1e-12}[dtype]
    # Far out a slope is y plus the height at which y ends, of which float16 has no more digits.
    absolute = 2.0**-11 if dtype == "float16" else tolerance / 10
    for actual in (evaluate([g], {x: points})[0], sn.function([x], g)(points)):
        assert actual.dtype == dtype
        np.testing.assert_allclose(actual, expected, tolerance, absolute)


@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_small_values_keep_their_digits(dtype):
    x = sn.vector("x", dtype=dtype)
    f = sn.function([x], [sn.elu(x), sn.mish(x)])
    small = np.array([-1e-4, 1e-4], dtype)
    elu, mish = f(small)
    tolerance = {"float16": 2e-3, "float32": 1e-6}[dtype]
    np.testing.assert_allclose(elu, np.expm1(np.minimum(small, 0).astype(float)) + np.maximum(small, 0), tolerance)
    np.testing.assert_allclose(mish, small * np.tanh(np.log1p(np.exp(small.astype(float)))), tolerance)


def test_an_odd_axis_has_no_halves_even_if_its_size_comes_late():
    x = sn.matrix("x")
    with pytest.raises(ShapeError, match="reshape"):
        sn.function([x], sn.glu(x))(np.ones((2, 3), "float32"))


@pytest.mark.parametrize(("make", "error", "match"), [
    (lambda x: sn.celu(x, 0), ArgumentError, "celu: alpha is 0"),
    (lambda x: sn.elu(x, -1.0), ArgumentError, "elu: alpha is -1.0.*\n(.|\n)*at least 0"),
    (lambda x: sn.elu(x, True), ArgumentError, "elu: alpha is True"),
    (lambda x: sn.leaky_relu(x, sn.scalar("a")), ArgumentError, "leaky_relu: negative_slope is a"),
    (lambda x: sn.hard_tanh(x, 1.0, 1.0), ArgumentError, "hard_tanh: low is 1 and high 1"),
    (lambda x: sn.soft_shrink(x, -0.1), ArgumentError, "soft_shrink: size is -0.1"),
    (lambda x: sn.threshold(x, float("nan")), ArgumentError, "threshold: limit is nan"),
    (lambda x: sn.glu(x), ShapeError, "glu: axis 1 has 3 elements, and two halves are needed"),
    (lambda x: sn.glu(x, axis=2), ArgumentError, "glu: axis 2 is out of range for 2 axes"),
    (lambda x: sn.maxout(x, 2), ShapeError, "maxout: axis 1 has 3 elements, which is no multiple of 2 pieces"),
    (lambda x: sn.maxout(x, 0), ShapeError, "no multiple of 0 pieces"),
    (lambda x: sn.prelu(x, sn.vector("a", shape=(4,))), ShapeError, "prelu: 4 slopes for x .* and 3 channels"),
    (lambda x: sn.prelu(x, sn.matrix("a")), ShapeError, "prelu: 2 axes of slopes"),
])  # fmt: skip
def test_errors(make, error, match):
    with pytest.raises(error, match=match):
        make(sn.matrix("x", shape=(4, 3)))
