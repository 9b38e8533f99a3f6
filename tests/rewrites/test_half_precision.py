"""Float16 in memory, float32 between: values, what is kept, what is said of it."""

from __future__ import annotations

import numpy as np
import pytest

import symnet as sn
from calls import Call, calls
from symnet.autodiff import grad
from symnet.errors import DTypeError
from symnet.graph import Variable, constant

H = np.float16

WORDS = [
    "add", "subtract", "multiply", "divide", "remainder", "abs", "square", "sqrt", "exp", "log", "tanh", "sin",
    "power", "maximum", "minimum", "clip", "where", "relu", "sigmoid", "softplus", "gelu", "softmax", "log_softmax",
    "logsumexp", "sum", "mean", "prod", "max", "std", "var", "cumsum", "cumprod", "matmul", "tensordot", "einsum",
    "outer", "conv2d", "pool2d", "conv_transpose2d", "batch_norm", "layer_norm", "cross_entropy", "mse_loss",
    "reshape", "transpose", "concatenate", "stack", "pad", "take", "take_along_axis", "set_subtensor",
    "inc_subtensor", "embedding", "diagonal", "sort", "unfold",
]  # fmt: skip
MIXED = {("conv2d", 24), ("concatenate", 2), ("einsum", 29)}
"""Cases with another float type or with integers beside the array, which give float32."""


def half_calls() -> list[Call]:
    """The first cases of each word that are of floats throughout."""
    found: dict[str, list[Call]] = {name: [] for name in WORDS}
    for call in calls("float32"):
        of_floats = [spec.dtype == "floatX" for spec in call.specs()]
        if call.name in found and any(of_floats) and (call.name, call.number) not in MIXED:
            found[call.name].append(call)
    assert all(found.values())
    return [call for some in found.values() for call in some[:4]]


def values_and_gradients(call: Call, dtype: str) -> list[np.ndarray]:
    """At the same point for all types: numbers that float16 has."""
    with np.errstate(over="ignore"):
        arrays = [a.astype(H).astype(dtype) if a.dtype.kind == "f" else a for a in call.arrays()]
    xs = [sn.tensor(None, a.shape, a.dtype) for a in arrays]
    ys = call.build(xs)
    smooth, wrt = [y for y in ys if y.type.is_float], [x for x in xs if x.type.is_float]
    gs: list[Variable] = []
    if smooth and call.case.order:
        weights = [constant(weights_of(y), y.dtype) for y in smooth]
        gs = grad(None, wrt, known_grads=dict(zip(smooth, weights)), disconnected_inputs="ignore")
    assert all(v.dtype == dtype for v in (*smooth, *gs))
    with np.errstate(all="ignore"):
        return sn.function(xs, [*ys, *gs], on_unused_input="ignore")(*arrays)


def weights_of(y: Variable) -> np.ndarray:
    return np.cos(np.arange(y.type.size)).reshape(y.type.shape).astype(H)


@pytest.mark.parametrize("call", half_calls(), ids=lambda call: call.id)
def test_values_and_gradients_are_those_of_float32_rounded(call):
    """Rounded where they are given back, and at no op between: to one unit in the last place of float16."""
    for half, single in zip(values_and_gradients(call, "float16"), values_and_gradients(call, "float32")):
        if single.dtype.kind != "f":
            np.testing.assert_array_equal(half, single)
            continue
        assert half.dtype == H
        with np.errstate(over="ignore"):
            expected = single.astype(H)
        scale = float(np.max(np.abs(expected[np.isfinite(expected)]), initial=0.0))
        np.testing.assert_allclose(half.astype("float64"), expected, 2.0**-10, 2.0**-11 * scale)


def test_sums_go_on_where_float16_would_stand_still():
    """NumPy's own sum along a column, and its running one, stop at 2048."""
    x = sn.matrix("x", dtype="float16")
    f = sn.function([x], [x.sum(0), x.mean(0), sn.cumsum(x, 0)[-1], x.T @ x])
    total, mean, running, product = f(np.ones((5000, 2), H))
    np.testing.assert_array_equal(total, [5000, 5000])
    np.testing.assert_array_equal(mean, [1, 1])
    np.testing.assert_array_equal(running, [5000, 5000])
    np.testing.assert_array_equal(product, np.full((2, 2), 5000))


def test_a_network_kept_in_float16_learns():
    rng = np.random.default_rng(0)
    x, y = sn.matrix("x", dtype="float16"), sn.ivector("y")
    shapes = {"w": (8, 16), "b": (16,), "v": (16, 2), "c": (2,)}
    kept = {name: sn.shared((rng.normal(size=shape) * 0.3).astype(H), name=name) for name, shape in shapes.items()}
    hidden = sn.tanh(x @ kept["w"] + kept["b"])
    loss = sn.cross_entropy(hidden @ kept["v"] + kept["c"], y)
    gradients = grad(loss, list(kept.values()))
    train = sn.function([x, y], loss, updates=[(s, s - 0.5 * g) for s, g in zip(kept.values(), gradients)])
    images = rng.normal(size=(64, 8)).astype(H)
    labels = (images[:, 0] * images[:, 1] > 0).astype("int32")
    losses = [float(train(images, labels)) for _ in range(300)]
    assert losses[-1] < 0.25 * losses[0]
    assert {s.get_value().dtype.name for s in kept.values()} == {"float16"}


def test_updates_are_those_of_float32_rounded_once():
    w = sn.shared(np.array([1.0, 2.0, 3.0], H), name="w")
    step = sn.function([], [], updates=[(w, w * w / 3 + 0.7)])
    step()
    exact = np.array([1.0, 2.0, 3.0], "float32")
    np.testing.assert_array_equal(w.get_value(), (exact * exact / 3 + np.float32(H(0.7))).astype(H))


def test_the_text_computes_in_float32():
    x = sn.matrix("x", dtype="float16")
    f = sn.function([x], sn.tanh(x @ x.T).sum())
    f(np.ones((3, 2), H))
    assert "np.dot(" in f.source and f.source.count("np.copyto(") == 2  # of x, and of the result


def test_the_report_says_where_float16_costs():
    x = sn.vector("x", dtype="float16")
    f = sn.function([x], [x + 1, sn.isfinite(x)])
    f(np.ones(3, H))
    slow = {(path.node.op.name, path.reason) for path in f.report().slow}
    assert slow == {
        ("cast", "NumPy converts float16 one element after the other"),
        ("isfinite", "NumPy computes float16 one element after the other"),
    }


def test_the_pass_can_be_left_out():
    x = sn.vector("x", dtype="float16")
    with sn.options(exclude=("half_precision",)):
        own = sn.function([x], x * 300 * 300 / 300)
    through = sn.function([x], x * 300 * 300 / 300)
    with np.errstate(over="ignore"):
        assert own(np.ones(1, H)) == np.inf
    assert through(np.ones(1, H)) == 300


def test_what_asks_about_the_numbers_sees_them_rounded():
    x = sn.vector("x", dtype="float16")
    f = sn.function([x], [sn.isfinite(x * 1000), sn.isinf(x * 1000), sn.nextafter(x, x + 1)])
    with np.errstate(over="ignore"):
        finite, infinite, after = f(np.array([1, 100], H))
    np.testing.assert_array_equal(finite, [True, False])
    np.testing.assert_array_equal(infinite, [False, True])
    np.testing.assert_array_equal(after, np.nextafter(np.array([1, 100], H), H(np.inf)))


def test_a_cast_to_float16_rounds():
    x = sn.vector("x", dtype="float32")
    f = sn.function([x], x.astype("float16").astype("float32"))
    np.testing.assert_array_equal(f(np.array([1.0001, 2049.0], "float32")), np.float32([1.0, 2048.0]))


def test_rows_of_a_large_table_are_taken_before_they_are_converted():
    table, ids = sn.shared(np.ones((1000, 4), H), name="table"), sn.ivector("ids")
    for rows in (sn.take(table, ids, axis=0), sn.embedding(ids, table), table[ids]):
        f = sn.function([ids], sn.exp(rows))
        f(np.array([3, 5], "int32"))
        assert sum(f.report().buffers.values()) < 500


def test_rows_of_a_table_are_written_in_float16():
    table, ids = sn.shared(np.ones((1000, 4), H), name="table"), sn.ivector("ids")
    g = sn.exp(table[ids]) * 0.5
    f = sn.function([ids], [], updates=[(table, sn.inc_subtensor(table[ids], -g))])
    f(np.array([3, 5], "int32"))
    assert sum(f.report().buffers.values()) < 8500  # the new table, of 8,000 bytes, and no float32 one beside it
    expected = np.ones((1000, 4), H)
    expected[[3, 5]] += (-np.exp(np.float32(1)) * np.float32(0.5)).astype(H)
    np.testing.assert_array_equal(table.get_value(), expected)


def test_constants_inputs_and_promotion():
    x = sn.vector("x", dtype="float16")
    assert (x + np.ones(2, H)).dtype == (x + 1).dtype == (2.5 * x).dtype == "float16"
    assert (x + np.ones(2, "float32")).dtype == "float32"
    assert (x + sn.bvector("i")).dtype == "float16"  # as NumPy: int8 fits
    assert sn.matrix(dtype="float16").astype("float32").dtype == "float32"
    f = sn.function([x], x + np.array([0.1, 0.2], H))
    np.testing.assert_array_equal(f(np.ones(2, H)), np.ones(2, H) + np.array([0.1, 0.2], H))


def test_named_sizes_are_kept():
    x = sn.matrix("x", shape=("batch", 3), dtype="float16")
    f = sn.function([x], sn.softmax(x))
    assert "batch" in repr(f)
    with pytest.raises(sn.errors.ShapeError, match="3"):
        f(np.ones((2, 4), H))


@pytest.mark.parametrize("refusing", [sn.linalg.inv, sn.linalg.svd, sn.fft.fft])
def test_what_numpy_refuses_is_refused(refusing):
    with pytest.raises(DTypeError, match=r"(linalg|fft)\.\w+ is not defined for float16(.|\n)*float32"):
        refusing(sn.matrix("x", dtype="float16"))
