"""Powers where the cases do not reach: what they compile to, extreme numbers, derivatives at 0."""

import numpy as np
import pytest

from symnet.autodiff import grad
from symnet.backends.reference import evaluate
from symnet.function import function
from symnet.graph.inputs import vector
from symnet.ops import power
from symnet.ops import sum as total


def compiled_power(n, dtype="float32"):
    x = vector("x", dtype=dtype)
    return function([x], x**n)


@pytest.mark.parametrize("n", [3, 8, -1, -2, -8, 0.5, -0.5, 1.5, -1.5])
def test_a_small_constant_power_is_made_of_products_and_roots(n):
    f = compiled_power(n)
    points = np.random.default_rng(0).uniform(0.1, 9.0, 1000).astype("float32")
    np.testing.assert_allclose(f(points), points.astype("float64") ** n, (abs(n) + 1) * 2.0**-24)  # one per rounding
    assert "np.power" not in f.source


@pytest.mark.parametrize(("n", "dtype"), [(9, "float32"), (2.25, "float32")])
def test_other_powers_stay_as_they_are(n, dtype):
    f = compiled_power(n, dtype)
    f(np.ones(2, dtype))
    assert "np.power" in f.source


@pytest.mark.parametrize("n", [-3, -2, -1, -0.5, 0.5, 1.5, 3, 8])
def test_powers_of_extreme_numbers(n):
    points = np.array([0.0, 1e-30, 3e-20, 1e20, 1e30, np.inf, np.nan], "float32")
    with np.errstate(all="ignore"):
        expected = (points.astype("float64") ** n).astype("float32")
        np.testing.assert_allclose(compiled_power(n)(points), expected, 1e-6, 1.2e-38)


def gradient(f, *points, wrt=0):
    """Of the sum of f at a float64 point, by one operand."""
    xs = [vector(f"x{k}", dtype="float64") for k in range(len(points))]
    g = grad(total(f(*xs)), xs[wrt])
    return evaluate([g], dict(zip(xs, map(np.array, points))))[0]


@pytest.mark.parametrize(("n", "expected"), [(0, 0.0), (1, 1.0), (2, 0.0), (3, 0.0), (0.5, np.inf), (1.5, 0.0)])
def test_the_derivative_of_a_power_at_zero(n, expected):
    with np.errstate(all="ignore"):
        assert gradient(lambda x: x**n, [0.0]) == [expected]


def test_the_derivative_of_a_symbolic_power_at_zero():
    points = [0.0, 0.0, 0.0], [0.0, 1.0, 2.0]
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(gradient(power, *points), [0.0, 1.0, 0.0])
        np.testing.assert_array_equal(gradient(power, *points, wrt=1), [0.0, 0.0, 0.0])
