"""What complex numbers are refused, how they are typed, and that rules for real numbers leave them alone."""

import numpy as np
import pytest

import symnet as sn
from symnet.errors import ArgumentError, DTypeError, GradientError, ShapeError, SymnetError


@pytest.mark.parametrize("word", [sn.less, sn.greater_equal, sn.maximum, sn.max, sn.argmax, sn.cummax, sn.floor_divide])
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


@pytest.mark.parametrize("name", ["fftn", "ifftn", "rfftn", "irfftn", "fft2", "ifft2", "rfft2", "irfft2"])
def test_what_is_wrong_along_several_axes(name):
    with pytest.raises(ArgumentError, match=rf"fft\.{name}: s has 3 sizes for 2 axes"):
        getattr(sn.fft, name)(sn.matrix("x"), s=(1, 2, 3), axes=(0, 1))
    with pytest.raises(SymnetError, match=rf"fft\.{name}: (.|\n)*axis"):
        getattr(sn.fft, name)(sn.matrix("x"), axes=(0, 2))


def test_single_precision_stays_single():
    x = sn.fvector("x", shape=(8,))
    assert sn.fft.rfft(x).dtype == sn.fft.fft(x).dtype == "complex64"
    assert sn.fft.irfft(sn.fft.rfft(x)).dtype == "float32"
    assert np.fft.fft(x).node.op.name == "fft"


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda z: sn.fabs(z), r"fabs is not defined for complex64(.|\n)*sn\.abs"),
        (lambda z: sn.deg2rad(z), r"deg2rad is not defined for complex64(.|\n)*sn\.angle"),
        (lambda z: sn.rad2deg(z), r"rad2deg is not defined for complex64(.|\n)*sn\.angle"),
        (lambda z: sn.interp(z, [0.0, 1.0], [0.0, 1.0]), r"interp: x is complex64(.|\n)*take x\.real"),
        (lambda z: sn.interp(0.5, z, [0.0, 1.0]), r"interp: xp is complex64(.|\n)*fp may be complex"),
        (lambda z: sn.median(z), r"median is not defined for complex64(.|\n)*x\.real, x\.imag or sn\.abs"),
        (lambda z: sn.quantile(z, 0.5), "quantile is not defined for complex64"),
        (lambda z: sn.floor(z), "floor is not defined for complex64"),
        (lambda z: sn.grad_clip(z, -1, 1), r"grad_clip: x is complex64, and its gradient has no order(.|\n)*z?x\.imag"),
    ],
)
def test_words_that_stay_real(build, message):
    with pytest.raises(DTypeError, match=message):
        build(sn.cvector("z"))


def test_a_complex_gradient_is_scaled_turned_and_stopped():
    z = sn.cvector("z")
    cost = lambda w: sn.sum(sn.abs(w) ** 2)
    words = (lambda w: w, lambda w: sn.grad_scale(w, 0.5), sn.grad_reverse, sn.zero_grad)
    plain, half, turned, none = sn.function([z], [sn.grad(cost(word(z)), z) for word in words])([1 + 2j, 3j])
    np.testing.assert_allclose(plain, [2 + 4j, 6j], 1e-6)
    np.testing.assert_allclose([half, turned, none], [plain / 2, -plain, 0 * plain], 1e-6)


def test_what_is_sorted_keeps_its_gradient():
    z = sn.zvector("z")
    w = np.array([1.0, 10.0, 100.0])
    f = sn.function([z], [sn.sort(z), sn.grad(sn.sum(sn.real(sn.sort(z)) * w), z), *sn.unique(z, return_counts=True)])
    point = np.array([2 - 1j, 1 + 5j, 2 - 3j])
    ordered, slope, distinct, counts = f(point)
    np.testing.assert_array_equal(ordered, np.sort(point))
    np.testing.assert_array_equal(slope, [100, 1, 10])
    np.testing.assert_array_equal(distinct, np.sort(point))
    np.testing.assert_array_equal(counts, [1, 1, 1])
