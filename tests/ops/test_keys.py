"""Random keys of every kind against NumPy: what they read, what is written there, and derivatives as loops."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import symnet as sn
from symnet import function, grad, ops
from symnet.backends.reference import evaluate
from symnet.errors import ArgumentError, BoundsError, DTypeError, ShapeError
from symnet.graph import Variable
from symnet.graph.inputs import lvector, matrix, tensor, vector

SHAPES = [(4, 3, 2), (4, 3, 2), (1, 3, 2), (4, 0, 2), (5,), ()]


@st.composite
def keys(draw: st.DrawFn) -> tuple[tuple[int, ...], tuple[object, ...]]:
    """A shape, and a key of integers, slices, new axes, dots, index arrays and masks that meet."""
    shape = draw(st.sampled_from(SHAPES))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    count = int(rng.integers(0, 3))
    key: list[object] = []
    axis, stop = 0, int(rng.integers(0, len(shape) + 1))
    while axis < stop:
        n = shape[axis]
        kind = draw(st.sampled_from(["array", "mask", "slice", "int", "all"]))
        if rng.random() < 0.15:
            key.append(None)
        if rng.random() < 0.05 and count < 2:
            key.append(bool(count))
        if kind == "mask":
            taken = shape[axis : axis + int(rng.integers(1, stop - axis + 1))]
            size = int(np.prod(taken))
            true = rng.permutation(size) < (1 if rng.random() < 0.2 else count)
            key.append(true.reshape(taken))
            axis += len(taken)
            continue
        if kind == "array" and (n or not count):
            dtype = draw(st.sampled_from(["int64", "int32", "int8", "uint8"]))
            many = [(count,), (1,), (2, count), (1, 1), ()][int(rng.integers(0, 5))]
            low = 0 if dtype == "uint8" else -n
            key.append(rng.integers(low, n, many).astype(dtype) if n else np.zeros(many, dtype))
        elif kind == "slice":
            key.append(draw(st.slices(n)) if n else slice(None, None, -1))
        else:
            key.append(int(rng.integers(-n, n)) if kind == "int" and n else slice(None))
        axis += 1
    if stop == len(shape) and rng.random() < 0.3:
        key.insert(int(rng.integers(0, len(key) + 1)), ...)
    return shape, tuple(key)


def symbolic(key: tuple[object, ...], chosen: np.random.Generator) -> tuple[object, list[Variable], list[np.ndarray]]:
    """The key with some of its numbers and arrays as inputs."""
    inputs: list[Variable] = []
    values: list[np.ndarray] = []

    def one(part: object) -> object:
        if isinstance(part, slice):
            return slice(one(part.start), one(part.stop), part.step)
        if part is None or part is Ellipsis or chosen.random() < 0.3:
            return part
        array = np.asarray(part)
        inputs.append(tensor(f"k{len(inputs)}", (None,) * array.ndim, array.dtype.name))
        values.append(array)
        return inputs[-1]

    return tuple(one(part) for part in key), inputs, values


def places_of(shape: tuple[int, ...], key: tuple[object, ...]) -> np.ndarray:
    """Which element of x, counted in row-major order, stands at each place of x[key]."""
    return np.asarray(np.arange(int(np.prod(shape))).reshape(shape)[key])


def looped(x: np.ndarray, v: np.ndarray, w: np.ndarray, places: np.ndarray) -> list[np.ndarray]:
    """All that the test asks of symnet, an element at a time."""
    times, put, plus, last = np.zeros(x.size), x.ravel().copy(), x.ravel().copy(), {}
    wide = np.broadcast_to(v, places.shape)
    for k, (p, value) in enumerate(zip(places.ravel(), wide.ravel())):
        times[p] += 1
        put[p], last[p] = value, k
        plus[p] += value
    times = times.reshape(x.shape)
    to_x, to_put, to_plus = w.ravel().copy(), np.zeros(v.size), np.zeros(v.size)
    owner = np.broadcast_to(np.arange(v.size).reshape(v.shape), places.shape).ravel()
    for k, p in enumerate(places.ravel()):
        to_x[p] = 0
        to_put[owner[k]] += w.ravel()[p] if last[p] == k else 0
        to_plus[owner[k]] += w.ravel()[p]
    slope = 3 * times * x**2
    return [
        x.ravel()[places], slope, 12 * slope * times * x, put.reshape(x.shape), plus.reshape(x.shape),
        to_x.reshape(x.shape), to_put.reshape(v.shape), w, to_plus.reshape(v.shape),
    ]  # fmt: skip


@settings(max_examples=350, deadline=None)
@given(keys(), st.integers(0, 2**32 - 1))
def test_any_key_is_numpys(shape_and_key, seed):
    (shape, key), rng = shape_and_key, np.random.default_rng(seed)
    a = rng.normal(size=shape)
    try:
        part = a[key]
    except IndexError:  # arrays that do not meet
        return
    kept = part.ndim - int(rng.integers(0, part.ndim + 1))
    b = rng.normal(size=[1 if rng.random() < 0.3 else n for n in part.shape[part.ndim - kept :]])
    w = rng.normal(size=shape)
    is_open = rng.random() < 0.5
    x, v = (tensor(name, [None if is_open else n for n in c.shape], "float64") for name, c in (("x", a), ("v", b)))
    given_key, inputs, values = symbolic(key, rng)
    y = x[given_key]
    slope = grad((y**3).sum(), x)
    put, plus = ops.set_subtensor(y, v), ops.inc_subtensor(y, v)
    outputs = [
        y, slope, grad((slope**2).sum(), x), put, plus,
        *grad((put * w).sum(), [x, v]), *grad((plus * w).sum(), [x, v]),
    ]  # fmt: skip
    arrays = [a, b, *values]
    wanted = looped(a, b, w, places_of(shape, key))
    numpy_put, numpy_plus = a.copy(), a.copy()
    numpy_put[key] = b
    np.add.at(numpy_plus, key, np.broadcast_to(b, part.shape))  # NumPy 2.4 reads behind a value with fewer axes
    np.testing.assert_array_equal(wanted[3], numpy_put)
    np.testing.assert_allclose(wanted[4], numpy_plus, 1e-12, 1e-12)
    f = function([x, v, *inputs], outputs)
    for results in (f(*arrays), evaluate(outputs, dict(zip([x, v, *inputs], arrays)))):
        for actual, right in zip(results, wanted, strict=True):
            assert actual.shape == right.shape
            np.testing.assert_allclose(actual, right, 1e-10, 1e-10)


# masks ----------------------------------------------------------------------------------------------------------------


def test_a_function_has_a_plan_for_each_count():
    x, m = matrix("x"), tensor("m", (None,), "bool")
    f = function([x, m], [x[m], grad((x[m] ** 2).sum(), x)])
    a = np.arange(6, dtype=np.float32).reshape(3, 2)
    for mask in ([True, False, True], [False, True, True], [False] * 3, [True] * 3):
        part, g = f(a, mask)
        np.testing.assert_array_equal(part, a[mask])
        np.testing.assert_array_equal(g, 2 * a * np.array(mask)[:, None])
    assert "nonzero has no out=" in str(f.report())


def test_one_value_where_a_mask_is_true_needs_no_count():
    x, m, v = matrix("x"), tensor("m", (None, None), "bool"), sn.scalar("v")
    for write in (ops.set_subtensor, ops.inc_subtensor):
        y = write(x[m], v)
        f = function([x, m, v], [y, *grad((y**2).sum(), [x, v])])
        a = np.arange(6, dtype=np.float32).reshape(2, 3)
        result, to_x, to_v = f(a, a > 2, 1.0)
        adds = write is ops.inc_subtensor
        expected = np.where(a > 2, a + 1 if adds else 1, a)
        np.testing.assert_array_equal(result, expected)
        np.testing.assert_array_equal(to_x, 2 * expected * (adds | (a <= 2)))
        assert to_v == 2 * expected[a > 2].sum()
        source = f.source
        f(a, a > 4, 1.0)
        assert f.source == source and "nonzero" not in source and f.allocations == 0


def test_masks_that_do_not_fit_at_the_call():
    x, m, v = matrix("x"), tensor("m", (None,), "bool"), vector("v")
    a = np.zeros((5, 10), np.float32)
    for y in (x[m], x[:, m], ops.set_subtensor(x[m], 0.0), ops.inc_subtensor(x[m, 1:], 1.0)):
        f = function([x, m], y)
        for call in (lambda f=f: f(a, [True]), lambda y=y: evaluate([y], {x: a, m: np.array([True])})):
            with pytest.raises(ShapeError, match=r"the mask has size 1 where axis . of x has (5|10)"):
                call()
    f = function([x, m, v], ops.set_subtensor(x[m, 0], v))
    with pytest.raises(ShapeError, match=r"shape \(2,\)(.|\n)*\(3,\)"):
        f(a, [True, True, False, False, False], np.zeros(3))
    with pytest.raises(ShapeError, match="index arrays: shapes (.|\n)*do not broadcast"):
        function([x, m], x[m, [0, 1]])(a, [True, True, True, False, False])


# numbers --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", [5, -6])
def test_an_index_out_of_range_names_its_axis(bad):
    x, j = matrix("x"), lvector("j")
    for y in (x.T[:, j], ops.set_subtensor(x.T[:, j], 0.0), x.T[[1], j], ops.inc_subtensor(x.T[[1], j], 1.0)):
        f = function([x, j], y)
        with pytest.raises(BoundsError, match=f"index {bad} is out of range for axis 1 with size 5(.|\n)*test_keys.py"):
            f(np.zeros((5, 10), np.float32), [0, bad])


def test_uint8_is_an_index_and_floats_are_none():
    x, i = vector("x"), tensor("i", (None,), "uint8")
    np.testing.assert_array_equal(function([x, i], x[i])(np.arange(3.0), [0, 1, 1]), [0.0, 1.0, 1.0])
    with pytest.raises(DTypeError, match=r"an index is float64, and indices are integers(.|\n)*astype\('int64'\)"):
        x[np.zeros(2)]
    np.testing.assert_array_equal(x[[]].eval({x: np.arange(3.0)}), [])


def test_an_axis_without_entries_has_no_index():
    x, j = matrix("x"), lvector("j")
    f = function([x, j], x[j])
    assert f(np.zeros((0, 2), np.float32), np.zeros(0, np.int64)).shape == (0, 2)
    with pytest.raises(BoundsError, match="index 0 is out of range for axis 0 with size 0"):
        f(np.zeros((0, 2), np.float32), [0])


def test_a_symbolic_step_is_said_with_places():
    x, k = sn.dvector("x"), sn.lscalar("k")
    message = r"a slice has step k\.(.|\n)*fix: steps are known; .* x\[sn.arange\(0, x.shape\[0\], k\)\]"
    with pytest.raises(ArgumentError, match=message):
        x[::k]
    assert sn.function([x, k], x[sn.arange(0, x.shape[0], k)])(np.arange(5.0), 2).tolist() == [0, 2, 4]


def test_an_index_beside_a_mask_that_takes_nothing():
    x = sn.tensor("x", (4, 0, 2))
    value = np.zeros((4, 0, 2), "float32")
    assert sn.function([x], x[:, [[0]], [False, False]])(value).shape == (4, 1, 0)
    with pytest.raises(BoundsError, match="index 0 is out of range for axis 1 with size 0"):
        sn.function([x], x[:, [[0]], [False, True]])(value)
