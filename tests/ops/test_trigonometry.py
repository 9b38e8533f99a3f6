"""Derivatives of inverse functions where squares overflow, at kinks and ends, and NumPy's functions on variables."""

import math

import numpy as np
import pytest

import symnet as sn


def slope(word, *point, wrt=0, dtype="float32"):
    xs = [sn.scalar(f"x{k}", dtype=dtype) for k in range(len(point))]
    return float(sn.function(xs, sn.grad(word(*xs), xs[wrt]), on_unused_input="ignore")(*point))


@pytest.mark.parametrize(("word", "point", "expected"), [
    (sn.arcsinh, (1e30,), 1e-30),
    (sn.arccosh, (1e30,), 1e-30),
    (sn.arctan2, (3e25, 4e25), 1.6e-26),
    (sn.hypot, (3e30, 4e30), 0.6),
    (sn.hypot, (0.0, 0.0), 0.0),
    (sn.arcsin, (1.0,), math.inf),
    (sn.arccosh, (1.0,), math.inf),
    (sn.cbrt, (0.0,), math.inf),
    (sn.sinc, (0.0,), 0.0),
    (sn.logaddexp, (-math.inf, -math.inf), 0.5),
    (sn.logaddexp, (-math.inf, 0.0), 0.0),
    (sn.logaddexp2, (math.inf, 3.0), 1.0),
    (sn.copysign, (0.0, -1.0), 0.0),
    (sn.copysign, (2.0, -0.0), -1.0),
])  # fmt: skip
def test_slopes_at_awkward_points(word, point, expected):
    assert slope(word, *point) == pytest.approx(expected, rel=1e-6, abs=0)


def test_the_slope_of_sinc_is_exact_near_zero():
    xs = np.concatenate([np.geomspace(1e-8, 3, 200), -np.geomspace(1e-8, 3, 200)])
    exact = []
    for x in xs.tolist():
        terms = [(-1) ** n * 2 * n * math.pi ** (2 * n) * x ** (2 * n - 1) / math.factorial(2 * n + 1)
                 for n in range(1, 30)]  # fmt: skip
        exact.append(math.fsum(terms))
    x = sn.dvector("x")
    got = sn.function([x], sn.grad(sn.sinc(x).sum(), x))(xs)
    np.testing.assert_allclose(got, exact, rtol=1e-12, atol=2e-13)


def test_numpys_functions_build_expressions():
    x = sn.dvector("x")
    values = np.array([0.25, 0.5])
    for f in (np.tan, np.arcsin, np.acos, np.atan, np.sinh, np.cosh, np.arcsinh, np.atanh, np.radians, np.degrees,
              np.deg2rad, np.sinc, np.exp2, np.log2, np.log10, np.cbrt, np.reciprocal):  # fmt: skip
        np.testing.assert_allclose(sn.function([x], f(x))(values), f(values), rtol=1e-14)
    np.testing.assert_allclose(sn.function([x], np.arctan2(x, 1 - x))(values), np.arctan2(values, 1 - values))


def test_tangents_of_integers_are_floats():
    n = sn.lvector("n")
    assert {sn.tan(n).type.dtype, sn.arctan2(n, n).type.dtype, sn.exp2(n).type.dtype} == {"float32"}


def test_angles_and_lengths_have_no_slope_at_the_origin():
    y, x = sn.dvector("y"), sn.dvector("x")
    f = sn.function([y, x], [*sn.grad(sn.arctan2(y, x).sum(), [y, x]), *sn.grad(sn.hypot(y, x).sum(), [y, x])])
    for slope in f([0.0, -0.0], [0.0, -0.0]):
        np.testing.assert_array_equal(slope, [0, 0])


def test_a_length_written_out_has_the_slope_of_its_parts_and_the_norm_has_none():
    x = sn.dvector("x")
    f = sn.function([x], [sn.grad(y, x) for y in (sn.sqrt(sn.sum(x**2)), sn.linalg.norm(x))])
    by_hand, norm = f([0.0, 0.0])
    assert np.isnan(by_hand).all()
    np.testing.assert_array_equal(norm, [0, 0])
