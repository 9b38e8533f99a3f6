"""Convolution: what the cases do not cover: errors, the choice of algorithm, borders that must stay zero."""

import numpy as np
import pytest

from calls import ORACLES, Call, calls
from symnet import function
from symnet.backends.reference import evaluate
from symnet.errors import ArgumentError, DTypeError, ShapeError
from symnet.graph import toposort
from symnet.graph.inputs import tensor
from symnet.machine import Machine
from symnet.op import Entry, arr, case
from symnet.ops import conv1d, conv2d
from symnet.ops.conv import Conv
from symnet.ops.conv_lowering import FORWARD, INPUT_GRAD, WEIGHT_GRAD
from symnet.ops.patches import Patches, RowProduct
from symnet.ops.unpatches import UnpatchedProduct
from symnet.ops.winograd import Winograd
from symnet.options import options


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


MORE = Entry("conv2d", conv2d, (
    case(arr(32, 1, 8, 8), arr(2, 1, 3, 3), padding="same"),  # strips of tiles, one by one
    case(arr(3, 2, 5, 3), arr(2, 2, 3, 3), padding=((2, 1), (0, 1))),
    case(arr(2, 1, 4, 2), arr(2, 1, 3, 3), padding="full"),
    case(arr(2, 3, 6, 7), arr(2, 3, 3, 3), padding=((0, 0), (1, 2))),
    case(arr(16, 2, 8, 8), arr(4, 2, 5, 5), padding="same"),  # rows of 128 places
    case(arr(2, 3, 12, 5), arr(6, 1, 3, 3), padding=1, groups=3),
    case(arr(4, 4, 6, 6), arr(4, 1, 3, 3), padding=((1, 2), (0, 1)), stride=2, groups=4),
))  # fmt: skip
CASES = [call for call in calls("float32")
         if call.name in ("conv1d", "conv2d", "conv3d") and not call.case.kwargs.get("flip")
         and all(a.dtype == "float32" for a in call.arrays())]  # fmt: skip
CASES += [Call(MORE, k, "float32") for k in range(len(MORE.cases))]
GRADIENTS = [(role, k) for role, ways in enumerate((INPUT_GRAD, WEIGHT_GRAD)) for k in range(len(ways))]


def geometry_of(call):
    (y,) = call.build(call.variables())
    node = next(node for node in toposort([y]) if isinstance(node.op, Conv))
    return node.op.geometry(*(v.type.shape for v in node.inputs))


def assert_gives(build, a, operands, holds):
    """What an algorithm builds, evaluated and compiled, twice with other values between."""
    xs = [tensor(name, array.shape, dtype="float32") for name, array in zip("ab", operands)]
    y = build(*xs, a)
    f = function(xs, y)
    f(*(array + 1 for array in operands))
    holds(evaluate([y], dict(zip(xs, operands)))[0])
    holds(f(*operands))


def near(actual, expected, terms):
    scale = float(np.max(np.abs(expected), initial=1.0))
    np.testing.assert_allclose(actual, expected, 0, 4e-7 * scale * max(4.0, terms**0.5))


@pytest.mark.parametrize("call", CASES, ids=lambda call: f"{call.id}x{call.arrays()[0].shape}")
@pytest.mark.parametrize("k", range(len(FORWARD)))
def test_every_forward_algorithm_gives_the_oracles_value(call, k):
    a = geometry_of(call)
    if FORWARD[k].fits(a):
        expected = call.expected(call.arrays())[0]
        assert_gives(FORWARD[k].build, a, call.arrays(), lambda y: near(y, expected, a.depth))


@pytest.mark.parametrize("call", CASES, ids=lambda call: f"{call.id}x{call.arrays()[0].shape}")
@pytest.mark.parametrize(("role", "k"), GRADIENTS)
def test_every_gradient_algorithm_is_the_adjoint_of_the_oracle(call, role, k):
    """For random v: <v, gradient> is <g, convolution with v in the place of x, or of w>."""
    way, a, arrays = (INPUT_GRAD, WEIGHT_GRAD)[role][k], geometry_of(call), call.arrays()
    if not way.fits(a):
        return
    rng = np.random.default_rng(k)
    g = rng.standard_normal(call.expected(arrays)[0].shape).astype(np.float32)
    places = []
    for _ in range(3):
        v = rng.standard_normal(arrays[role].shape)
        replaced = [v if r == role else array.astype(float) for r, array in enumerate(arrays)]
        places.append((v, np.sum(g * ORACLES[call.name](*replaced, **call.case.kwargs))))

    def holds(gradient):
        assert gradient.shape == arrays[role].shape
        for v, expected in places:
            near(np.sum(v * gradient), expected, g.size)

    assert_gives(way.build, a, (arrays[1], g) if role == 0 else (arrays[0], g), holds)


def test_winograds_errors_are_those_of_the_sums():
    """Against float64 the errors of F(2x2, 3x3) stay within twice those of the definition in float32."""
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal((4, 64, 16, 16)), rng.standard_normal((64, 64, 3, 3)) / 24
    windows = np.lib.stride_tricks.sliding_window_view(x, (3, 3), (2, 3))
    exact = np.einsum("ncijab,fcab->nfij", windows, w, optimize=True)
    xs = [tensor(name, v.shape, dtype="float32") for name, v in (("x", x), ("w", w))]
    y = conv2d(*xs)
    a = y.node.op.geometry(x.shape, w.shape)
    worst = []
    for way in FORWARD:
        if way.fits(a):
            worst.append(np.abs(function(xs, way.build(*xs, a))(x.astype("f4"), w.astype("f4")) - exact).max())
    assert worst[0] < 2 * max(worst[1:]) < 1e-5


def lowered(y):
    """The ops it is lowered to for one thread of the machine of the default costs."""
    with options(machine=Machine(threads=1)):
        return [node.op for node in toposort([y.node.op.lower(*y.node.inputs)])]


@pytest.mark.parametrize(("x", "w", "by_rows"), [
    ((10, 1, 28, 28), (20, 1, 5, 5), True),
    ((1, 512, 7, 7), (512, 512, 3, 3), False),
    ((128, 20, 12, 12), (40, 20, 5, 5), True),
])
def test_the_algorithm_follows_the_shapes(x, w, by_rows):
    found = lowered(conv2d(image(*x), filters(*w)))
    assert any(isinstance(op, RowProduct) for op in found) == by_rows


@pytest.mark.parametrize(("x", "w", "kwargs", "by_tiles"), [
    ((8, 64, 32, 32), (64, 64, 3, 3), {"padding": "same"}, True),
    ((8, 64, 32, 32), (64, 64, 3, 3), {"padding": "same", "stride": 2}, False),
    ((8, 64, 31, 32), (64, 64, 3, 3), {"padding": "same"}, False),
    ((8, 16, 32, 32), (16, 16, 3, 3), {"padding": "same"}, False),
    ((1, 64, 8, 8), (64, 64, 3, 3), {"padding": "same"}, False),
])
def test_many_channels_go_by_tiles(x, w, kwargs, by_tiles):
    found = lowered(conv2d(image(*x), filters(*w), **kwargs))
    assert any(isinstance(op, Winograd) for op in found) == by_tiles


@pytest.mark.parametrize(("x", "w", "kwargs", "as_convolution"), [
    ((16, 16, 32, 32), (16, 16, 3, 3), {"padding": "same"}, True),
    ((16, 16, 32, 32), (16, 16, 3, 3), {"padding": "same", "stride": 2}, False),
    ((10, 20, 12, 12), (40, 20, 5, 5), {}, False),
    ((8, 32, 16, 16), (32, 1, 3, 3), {"padding": "same", "groups": 32}, True),
])
def test_the_gradient_of_x_is_a_convolution_where_that_is_small(x, w, kwargs, as_convolution):
    y = conv2d(image(*x), filters(*w), **kwargs)
    dx, _ = y.node.op.vjp(y, y, *y.node.inputs)
    found = lowered(dx)
    assert any(isinstance(op, UnpatchedProduct) for op in found) != as_convolution


def test_integers_stay_exact_with_many_channels():
    rng = np.random.default_rng(0)
    x, w = rng.integers(-9, 9, (3, 64, 24, 24)), rng.integers(-9, 9, (64, 64, 3, 3))
    windows = np.lib.stride_tricks.sliding_window_view(x, (3, 3), (2, 3))
    xs = [image(*x.shape, dtype="int64"), filters(*w.shape, dtype="int64")]
    f = function(xs, conv2d(*xs))
    np.testing.assert_array_equal(f(x, w), np.einsum("ncijab,fcab->nfij", windows, w, optimize=True))


def test_one_by_one_filters_copy_no_patches():
    y = conv2d(image(2, 3, 4, 4), filters(5, 3, 1, 1))
    assert not any(isinstance(op, Patches) for op in lowered(y))


def test_conv1d_names_itself():
    with pytest.raises(ShapeError, match=r"conv1d: x has 2 axes, but 3 are needed: \(N, C, L\)"):
        conv1d(image(3, 4), filters(1, 1, 2))
