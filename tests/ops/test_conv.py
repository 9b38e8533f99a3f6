"""Convolution: what the cases do not cover: errors, the choice of algorithm, borders that must stay zero."""

import numpy as np
import pytest

from symnet.backends.reference import evaluate
from symnet.errors import ArgumentError, DTypeError, ShapeError
from symnet.graph import toposort
from symnet.graph.inputs import tensor
from symnet.ops import conv1d, conv2d
from symnet.ops.patches import Patches, RowProduct


def image(*shape, dtype="float64"):
    return tensor("x", shape, dtype=dtype)


def filters(*shape, dtype="float64"):
    return tensor("w", shape, dtype=dtype)


@pytest.mark.parametrize(("x", "w", "kwargs", "message"), [
    ((64, 3, 28, 28), (32, 1, 5, 5), {}, r"conv2d: x has 3 channels but w expects 1\."),
    ((2, 4, 5, 5), (4, 1, 2, 2), {"groups": 2}, "x has 4 channels but w expects 2, 1 in each of 2 groups"),
    ((2, 3, 5, 5), (4, 1, 2, 2), {"groups": 2}, "the 3 channels of x do not divide into 2 groups"),
    ((2, 4, 5, 5), (3, 2, 2, 2), {"groups": 2}, "the 3 filters of w do not divide into 2 groups"),
    ((1, 1, 3, 9), (1, 1, 5, 5), {}, "covers 5 elements along axis 2, but x has 3 there"),
    ((1, 1, 3, 9), (1, 1, 3, 3), {"dilation": 3, "padding": 1}, "covers 7 elements .* dilation 3.*5 with"),
    ((28, 28, 3), (1, 1, 3, 3), {}, r"x has 3 axes, but 4 are needed: \(N, C, H, W\)"),
    ((1, 1, 4, 4), (3, 3), {}, r"w has 2 axes, but 4 are needed: \(F, C, H, W\)"),
    ((1, 1, 4, 4), (1, 1, 0, 2), {}, "has no elements"),
])  # fmt: skip
def test_shapes_that_cannot_meet(x, w, kwargs, message):
    with pytest.raises(ShapeError, match=message):
        conv2d(image(*x), filters(*w), **kwargs)


def test_the_fix_says_what_w_needs():
    fix = r"w needs shape \(32, 3, 5, 5\), or take one channel of x: x\[:, :1\]\."
    with pytest.raises(ShapeError, match=fix):
        conv2d(image(64, 3, 28, 28), filters(32, 1, 5, 5))


@pytest.mark.parametrize(("kwargs", "message"), [
    ({"stride": 0}, "stride is 0"),
    ({"stride": (1, 1, 1)}, "stride has 3 numbers, but 2 axes"),
    ({"dilation": 1.5}, "dilation is 1.5"),
    ({"groups": 0}, "groups is 0"),
    ({"groups": True}, "groups is True"),
    ({"padding": -1}, "padding is -1"),
    ({"padding": "half"}, "padding is 'half'"),
    ({"padding": ((1, 1), (1, 1, 1))}, "padding is "),
])  # fmt: skip
def test_parameters_out_of_range(kwargs, message):
    with pytest.raises(ArgumentError, match=message):
        conv2d(image(1, 1, 4, 4), filters(1, 1, 2, 2), **kwargs)


def test_bools_are_refused():
    with pytest.raises(DTypeError, match="not defined for bool"):
        conv2d(image(1, 1, 2, 2, dtype="bool"), filters(1, 1, 1, 1))


def test_sizes_that_meet_only_at_run_time():
    x, w = image(None, None, None, None), filters(None, None, None, None)
    with pytest.raises(ShapeError, match="x has 3 channels but w expects 2"):
        evaluate([conv2d(x, w)], {x: np.ones((1, 3, 4, 4)), w: np.ones((1, 2, 2, 2))})


def test_names_of_sizes_are_kept():
    x, w = image("batch", 1, "height", 8), filters("filters", 1, 3, 3)
    assert conv2d(x, w, padding="same").type.shape == ("batch", "filters", "height", 8)
    assert conv2d(x, w, padding=1).type.shape == ("batch", "filters", "height", 8)
    assert conv2d(x, w, padding="same", stride=2).type.shape == ("batch", "filters", None, 4)


def ops_of(y):
    return [node.op for node in toposort([y])]


@pytest.mark.parametrize(("x", "w", "by_rows"), [
    ((10, 1, 28, 28), (20, 1, 5, 5), True),
    ((10, 20, 12, 12), (40, 20, 5, 5), False),
    ((128, 20, 12, 12), (40, 20, 5, 5), True),
])
def test_the_algorithm_follows_the_shapes(x, w, by_rows):
    y = conv2d(image(*x), filters(*w))
    found = ops_of(y.node.op.lower(*y.node.inputs))
    assert any(isinstance(op, RowProduct) for op in found) == by_rows


def test_one_by_one_filters_copy_no_patches():
    y = conv2d(image(2, 3, 4, 4), filters(5, 3, 1, 1))
    assert not any(isinstance(op, Patches) for op in ops_of(y.node.op.lower(*y.node.inputs)))


def test_conv1d_names_itself():
    with pytest.raises(ShapeError, match=r"conv1d: x has 2 axes, but 3 are needed: \(N, C, L\)"):
        conv1d(image(3, 4), filters(1, 1, 2))
