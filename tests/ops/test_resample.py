"""Resizing and its kin: what is copied stays exact, errors."""

import numpy as np
import pytest

import symnet as sn
from symnet.errors import ArgumentError, DTypeError, ShapeError


def test_nearest_copies_nan_and_infinity_as_they_are():
    x = sn.tensor("x", (None,) * 4)
    values = np.array([[[[np.nan, np.inf], [1.0, -np.inf]]]], "float32")
    np.testing.assert_array_equal(sn.function([x], sn.upsample(x, 2))(values), values.repeat(2, 2).repeat(2, 3))
    np.testing.assert_array_equal(sn.function([x], sn.resize(x, 1))(values), values[:, :, :1, :1])


def test_a_constant_picture_stays_constant():
    x = sn.tensor("x", (None,) * 4)
    ones = np.ones((1, 2, 5, 7), "float32")
    for y in (sn.resize(x, (3, 11), "linear"), sn.resize(x, (3, 11), "linear", align_corners=True),
              sn.adaptive_average_pool(x, (3, 4))):  # fmt: skip
        np.testing.assert_allclose(sn.function([x], y)(ones), 1, 1e-6)


def test_what_is_known_of_the_shape():
    x = sn.tensor("x", ("n", 4, "h", 6))
    assert sn.resize(x, (3, 5)).type.shape == ("n", 4, 3, 5)
    assert sn.upsample(x, (1, 2)).type.shape == ("n", 4, "h", 12)
    assert sn.pixel_shuffle(x, 2).type.shape == ("n", 1, None, 12)


@pytest.mark.parametrize(("make", "error", "match"), [
    (lambda x: sn.resize(x, 2, "cubic"), ArgumentError, "resize: mode is 'cubic'"),
    (lambda x: sn.resize(x, (2, 2, 2)), ArgumentError, "resize: size has 3 numbers, but 2 axes"),
    (lambda x: sn.resize(x, 0), ArgumentError, "resize: size is 0"),
    (lambda x: sn.upsample(x[0, 0]), ShapeError, "upsample: x has 2 axes"),
    (lambda x: sn.upsample(x.astype("int32")), DTypeError, "upsample: x is int32"),
    (lambda x: sn.pixel_shuffle(x, 2), ShapeError, "3 channels are no multiple of 2 x 2"),
    (lambda x: sn.pixel_shuffle(x, 0.5), ArgumentError, "factor is 0.5"),
    (lambda x: sn.pixel_shuffle(x[0], 2), ShapeError, "x has 3 axes, not 4"),
    (lambda x: sn.local_response_norm(x, 0), ArgumentError, "local_response_norm: size is 0"),
    (lambda x: sn.local_response_norm(x, 3, alpha=-1), ArgumentError, "alpha is -1"),
    (lambda x: sn.local_response_norm(x[0, 0, 0], 3), ShapeError, "x has 1 axes"),
    (lambda x: sn.global_max_pool(x[0, 0]), ShapeError, "global_max_pool: x has 2 axes"),
])  # fmt: skip
def test_errors(make, error, match):
    with pytest.raises(error, match=match):
        make(sn.tensor("x", (2, 3, 4, 4)))
