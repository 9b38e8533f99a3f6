"""Transposed convolution and its kin: that it is the gradient of a convolution, known shapes, errors."""

import numpy as np
import pytest

import symnet as sn
from symnet.backends.reference import evaluate
from symnet.errors import ArgumentError, DTypeError, ShapeError


def pictures(*shape, dtype="float64"):
    return sn.tensor("x", shape, dtype=dtype)


@pytest.mark.parametrize("kwargs", [
    {"stride": 2, "padding": 1, "dilation": 2}, {"stride": (3, 1), "groups": 2}, {"stride": 2, "padding": "same"},
])  # fmt: skip
def test_it_is_the_gradient_of_the_convolution(kwargs):
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=(2, 4, 8, 8)), rng.normal(size=(6, 4 // kwargs.get("groups", 1), 3, 3))
    p = pictures(*x.shape)
    y = sn.conv2d(p, w, **kwargs)
    g = rng.normal(size=y.type.shape)
    (expected,) = evaluate([sn.grad(None, p, known_grads={y: sn.constant(g)})], {p: x})
    strides = kwargs["stride"] if isinstance(kwargs["stride"], tuple) else (kwargs["stride"],) * 2
    painted = sn.conv_transpose2d(g, w, **kwargs).type.shape[2:]
    missing = tuple(n - int(m) for n, m in zip(x.shape[2:], painted, strict=True))
    assert all(0 <= k < s for k, s in zip(missing, strides, strict=True))
    extra = {} if kwargs.get("padding") == "same" else {"output_padding": missing}
    (actual,) = evaluate([sn.conv_transpose2d(g, w, **kwargs, **extra)], {})
    np.testing.assert_allclose(actual, expected, 1e-12, 1e-12)


def test_what_is_known_of_the_shape():
    x, w = sn.tensor("x", ("batch", 3, "h", 5)), sn.tensor("w", (3, None, 2, 2))
    assert sn.conv_transpose2d(x, w).type.shape == ("batch", None, None, 6)
    assert sn.conv_transpose2d(x, w, stride=2, padding="same").type.shape[3] == 10


def test_an_undone_unfold_is_what_it_was():
    x = pictures(2, 3, 4, 6)
    values = np.random.default_rng(0).normal(size=(2, 3, 4, 6))
    y = sn.fold(sn.unfold(x, 2, stride=2), (4, 6), 2, stride=2)
    np.testing.assert_array_equal(sn.function([x], y)(values), values)


def test_depthwise_convolution_needs_no_number_of_channels():
    x, w = pictures(None, None, None, None), sn.tensor("w", (None, 1, 2, 2), dtype="float64")
    y = sn.depthwise_conv2d(x, w)
    f = sn.function([x, w], [y, *sn.grad(sn.square(y).sum(), [x, w])])
    for channels in (2, 3):
        a, b = np.ones((1, channels, 3, 3)), np.arange(4.0 * channels).reshape(channels, 1, 2, 2)
        np.testing.assert_allclose(f(a, b)[0][0, :, 0, 0], b.sum((1, 2, 3)))


@pytest.mark.parametrize(("make", "error", "match"), [
    (lambda x: sn.conv_transpose2d(x, np.ones((2, 1, 2, 2))), ShapeError, "x has 3 channels but w expects 2"),
    (lambda x: sn.conv_transpose2d(x, np.ones((3, 1, 2, 2)), groups=2), ShapeError, "3 channels .* into 2 groups"),
    (lambda x: sn.conv_transpose2d(x, np.ones((3, 1, 2))), ShapeError, "w has 3 axes, but 4 are needed"),
    (lambda x: sn.conv_transpose2d(x, np.ones((3, 1, 1, 1)), padding=3), ShapeError, "-2 are left after padding"),
    (lambda x: sn.conv_transpose2d(x, np.ones((3, 1, 2, 2)), stride=2, output_padding=2), ArgumentError,
     r"output_padding is 2 for a stride of \(2, 2\)"),
    (lambda x: sn.conv_transpose1d(x[:, :, 0], np.ones((3, 1, 2)), groups=0), ArgumentError, "groups is 0"),
    (lambda x: sn.conv_transpose2d(x > 0, np.ones((3, 1, 2, 2)) > 0), DTypeError, "not defined for bool"),
    (lambda x: sn.depthwise_conv2d(x, np.ones((4, 1, 2, 2))), ShapeError, "4 filters .* do not divide into 3 groups"),
    (lambda x: sn.depthwise_conv2d(x, np.ones((3, 2, 2, 2))), ShapeError, "w expects 6, 2 in each of 3 groups"),
    (lambda x: sn.conv2d(x, np.ones((3, 3, 2, 2)), groups="all"), ArgumentError, "groups is 'all'"),
    (lambda x: sn.unfold(x, 5), ShapeError, "unfold: a window covers 5 elements, but there are 4"),
    (lambda x: sn.unfold(x[0, 0], 2), ShapeError, "unfold: x has 2 axes"),
    (lambda x: sn.unfold(x, (2, 2, 2)), ArgumentError, "window has 3 numbers"),
    (lambda x: sn.fold(x[0], (4, 4), 2), ShapeError, "4 rows for windows of 4 and 4 places for 9"),
    (lambda x: sn.fold(x, (4, 4), 2), ShapeError, "columns have 4 axes"),
    (lambda x: sn.images2neibs(x > 0, 2), DTypeError, "not defined for bool"),
])  # fmt: skip
def test_errors(make, error, match):
    with pytest.raises(error, match=match):
        make(pictures(2, 3, 4, 4))


def test_fold_of_bools_is_refused():
    with pytest.raises(DTypeError, match=r"fold is not defined for bool(.|\n)*cast it"):
        sn.fold(sn.tensor("columns", (1, 4, 4), "bool"), (3, 3), (2, 2))
