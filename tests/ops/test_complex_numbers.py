"""What complex numbers are refused, how they are typed, and that rules for real numbers leave them alone."""

import numpy as np
import pytest

import symnet as sn
from symnet.errors import ArgumentError, DTypeError, GradientError, ShapeError


@pytest.mark.parametrize("word", [sn.less, sn.greater_equal, sn.maximum, sn.max, sn.argmax, sn.sort, sn.floor_divide])
def test_what_needs_an_order_is_refused(word):
    z = sn.cvector("z")
    with pytest.raises(DTypeError, match=r"is not defined for complex64(.|\n)*x\.real, x\.imag or sn\.abs"):
        word(*([z, z] if word in (sn.less, sn.greater_equal, sn.maximum, sn.floor_divide) else [z]))


def test_a_complex_number_is_not_cast_to_a_real_one():
    with pytest.raises(DTypeError, match=r"cast: x is complex64(.|\n)*x\.real\.astype\('float32'\)"):
        sn.cast(sn.cvector("z"), "float32")


def test_a_complex_cost_is_refused():
    z = sn.zvector("z")
    with pytest.raises(GradientError, match=r"the cost is complex128(.|\n)*cost\.real"):
        sn.grad(z.sum(), z)


def test_complex_parts_are_real():
    with pytest.raises(DTypeError, match=r"complex: a part is complex(.|\n)*pass real numbers"):
        sn.complex(sn.cvector("z"), 1.0)


def test_python_numbers_are_weak():
    assert (sn.fvector("x") * 1j).dtype == "complex64"
    assert (sn.dvector("x") * 1j).dtype == "complex128"
    assert (sn.cvector("z") + 1).dtype == (sn.cvector("z") * 2.5).dtype == "complex64"
    assert sn.shared(1j).dtype == "complex64"


def test_parts_of_a_variable():
    z, x = sn.cvector("z"), sn.fvector("x")
    assert {z.real.dtype, z.imag.dtype, sn.abs(z).dtype} == {"float32"}
    assert z.conj().dtype == "complex64"
    assert x.real is x
    assert x.conj() is x
    assert z.conj().conj() is z


def test_the_logarithm_of_an_exponential_stays_principal():
    z = sn.zvector("z")
    value = np.array([4j, 1 - 7j])
    np.testing.assert_allclose(sn.function([z], sn.log(sn.exp(z)))(value), np.log(np.exp(value)))


def test_gradients_by_a_real_variable_in_a_complex_expression():
    """|x e^{iw}|^2 does not depend on the phase, and its gradients are real."""
    x, w = sn.dvector("x"), sn.dvector("w")
    y = x * sn.exp(1j * w)
    gx, gw = sn.function([x, w], sn.grad((y * y.conj()).real.sum(), [x, w]))([1.5, -2.0], [0.3, 4.0])
    np.testing.assert_allclose(gx, [3.0, -4.0])
    np.testing.assert_allclose(gw, [0.0, 0.0], atol=1e-12)


@pytest.mark.parametrize("word", [sn.linalg.inv, lambda a: sn.linalg.solve(a, a[:, 0] * 2j)])
def test_linear_systems_are_differentiated(word):
    a = np.array([[2 + 1j, 0.5j], [1.0, -1 + 2j]])
    assert sn.check_grad(word, [a]) < 1e-5


def test_what_is_not_transformed():
    with pytest.raises(DTypeError, match=r"fft\.rfft is not defined for complex64(.|\n)*sn\.fft\.fft"):
        sn.fft.rfft(sn.cvector("z"))
    with pytest.raises(DTypeError, match=r"fft\.fft is not defined for float16(.|\n)*cast it to float32"):
        sn.fft.fft(sn.vector("x", dtype="float16"))
    with pytest.raises(ShapeError, match=r"fft\.ifft: a is a scalar"):
        sn.fft.ifft(sn.scalar("x"))
    with pytest.raises(ArgumentError, match=r"fft\.fft: norm is 'both'(.|\n)*'ortho'"):
        sn.fft.fft(sn.vector("x"), norm="both")
    with pytest.raises(ArgumentError, match=r"fft\.fft: n is 0(.|\n)*positive int"):
        sn.fft.fft(sn.vector("x"), n=0)


def test_single_precision_stays_single():
    x = sn.fvector("x", shape=(8,))
    assert sn.fft.rfft(x).dtype == sn.fft.fft(x).dtype == "complex64"
    assert sn.fft.irfft(sn.fft.rfft(x)).dtype == "float32"
    assert np.fft.fft(x).node.op.name == "fft"
