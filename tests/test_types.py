"""Tensor types: promotion, broadcasting, conversion."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symnet.errors import DTypeError, ShapeError
from symnet.options import options
from symnet.types import (
    COMPLEX,
    DTYPES,
    FLOATS,
    INTEGERS,
    TensorType,
    broadcast,
    canonical_dtype,
    complex_of,
    convert,
    float_of,
    promote,
    real_of,
    shape_text,
)

PAIRS = list(itertools.product(DTYPES, repeat=2))

# promotion --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("floatX", ["float32", "float64"])
def test_promotion_is_numpys_but_for_float64_out_of_nothing(floatX):
    with options(floatX=floatX):
        for a, b in PAIRS:
            numpy = np.result_type(a, b).name
            if numpy == "float64" and "float64" not in (a, b):
                assert promote(a, b) == floatX, (a, b)
            elif numpy == "complex128" and not {"float64", "complex128"} & {a, b}:
                assert promote(a, b) == {"float32": "complex64", "float64": "complex128"}[floatX], (a, b)
            else:
                assert promote(a, b) == numpy, (a, b)


def test_promotion_is_symmetric_and_needs_no_order():
    for a, b in PAIRS:
        assert promote(a, b) == promote(b, a)
        assert promote(a, a) == a
        assert promote(a, b, b) == promote(a, b)


def test_int_and_float32_stay_float32():
    assert promote("int32", "float32") == "float32"
    assert promote("int64", "float32") == "float32"
    assert promote("uint64", "int64") == "float32"
    assert promote("int64", "float16") == "float32"
    with options(floatX="float64"):
        assert promote("int32", "float32") == "float64"


def test_float_of():
    assert float_of("int8") == "float32"
    assert float_of("bool") == "float32"
    assert [float_of(d) for d in FLOATS] == list(FLOATS)
    with options(floatX="float64"):
        assert float_of("int8") == "float64"


# names of dtypes --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("given_", "name"), [
    ("float32", "float32"), (np.float32, "float32"), (np.dtype(">i4"), "int32"), (bool, "bool"), (int, "int64"),
    (float, "float64"), ("f4", "float32"), ("uint8", "uint8"), ("floatX", "float32"),
])  # fmt: skip
def test_canonical_dtype(given_, name):
    assert canonical_dtype(given_) == name


@pytest.mark.parametrize("given_", ["complex256", "float8", object, "U3", "datetime64[s]", "no such", [1], {}])
def test_other_dtypes_are_refused(given_):
    with pytest.raises(DTypeError, match=r"dtype .* is not one symnet computes with(.|\n)*use one of bool, int8"):
        canonical_dtype(given_)


def test_a_number_for_a_dtype_is_a_size_too_many():
    with pytest.raises(DTypeError, match=r"dtype '3' is not one(.|\n)*give the sizes as one tuple"):
        canonical_dtype(3)


# types ------------------------------------------------------------------------------------------------------


def test_a_type_as_text():
    assert str(TensorType("float32", ("batch", 3, None))) == "float32 (batch, 3, ?)"
    assert shape_text((None,)) == "(?,)"
    assert shape_text(()) == "()"


def test_parts_of_a_type():
    kind = TensorType("int8", (2, None))
    assert (kind.ndim, kind.is_float, kind.is_static) == (2, False, False)
    assert kind.with_dtype("float64") == TensorType("float64", (2, None))
    assert kind.with_shape([2, 3]) == TensorType("int8", (2, 3))
    assert kind.with_shape((2, 3)).is_static
    assert not kind.with_shape((2, "n")).is_static
    assert TensorType("float16", ()).is_float


# broadcasting -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("shapes", "result"), [
    ([(3, 4), (3, 4)], (3, 4)),
    ([(3, 1), (4,)], (3, 4)),
    ([(), (2, 3)], (2, 3)),
    ([(1,), (0,)], (0,)),
    ([(1, 1), (1,)], (1, 1)),
    ([("batch", 3), (3,)], ("batch", 3)),
    ([("batch", 3), ("batch", 1)], ("batch", 3)),
    ([("batch", 3), (1, 3)], ("batch", 3)),
    ([("n",), ("m",)], (None,)),      # one of them may be 1
    ([("n",), (None,)], (None,)),     # a name beside an unknown size may be stretched by it
    ([("n",), (5,)], (5,)),
    ([(None,), (5,)], (5,)),
    ([(None,), (1,)], (None,)),
    ([(None,), (None,)], (None,)),
    ([("n",), (1,), ("n",)], ("n",)),
    ([("n",), ("m",), (7,)], (7,)),
    ([(3,), (3,), (2, 3)], (2, 3)),
    ([("n", 1), (1, "n")], ("n", "n")),
])  # fmt: skip
def test_broadcast(shapes, result):
    assert broadcast(shapes) == result
    assert broadcast(shapes[::-1]) == result


@pytest.mark.parametrize(("shapes", "words"), [
    ([(3, 4), (3, 5)], r"\(3, 4\) and \(3, 5\) do not broadcast: axis 1 has 4 against 5"),
    ([(2,), ("batch", 3)], r"\(2,\) and \(batch, 3\) do not broadcast: axis 1 has 2 against 3"),
    ([(0,), (2,)], "axis 0 has 0 against 2"),
    ([(2,), (1,), (3,)], "axis 0 has 2 against 3"),
])  # fmt: skip
def test_sizes_that_cannot_meet(shapes, words):
    with pytest.raises(ShapeError, match=words):
        broadcast(shapes)


SHAPES = st.lists(st.lists(st.sampled_from([0, 1, 2, 3]), max_size=3).map(tuple), min_size=1, max_size=3)


@given(SHAPES)
def test_known_sizes_broadcast_as_numpys_do(shapes):
    try:
        expected = np.broadcast_shapes(*shapes)
    except ValueError:
        with pytest.raises(ShapeError):
            broadcast(shapes)
    else:
        assert broadcast(shapes) == expected


@given(SHAPES, st.data())
def test_forgetting_sizes_never_contradicts_them(shapes, data):
    """What is inferred from less knowledge holds for the shapes that meet at run time."""
    try:
        real = np.broadcast_shapes(*shapes)
    except ValueError:
        return
    vague = [tuple(data.draw(st.sampled_from([n, f"n{n}", None])) for n in s) for s in shapes]
    for inferred, n in zip(broadcast(vague), real, strict=True):
        assert inferred in (n, f"n{n}", None)


# conversion -------------------------------------------------------------------------------------------------


def kind(dtype, *shape):
    return TensorType(dtype, shape)


def test_an_array_of_the_type_stays_the_same_object():
    value = np.zeros((2, 3), "float32")
    assert convert(value, kind("float32", 2, None), "x") is value


@pytest.mark.parametrize("dtype", FLOATS)
def test_everything_real_becomes_a_float(dtype):
    for source in set(DTYPES) - set(COMPLEX):
        result = convert(np.array([1, 0], source), kind(dtype, 2), "x")
        assert result.dtype == dtype
        np.testing.assert_array_equal(result, [1, 0])


@pytest.mark.parametrize("dtype", COMPLEX)
def test_everything_becomes_complex(dtype):
    for source in DTYPES:
        result = convert(np.array([1, 0], source), kind(dtype, 2), "x")
        assert result.dtype == dtype
        np.testing.assert_array_equal(result, [1, 0])


@pytest.mark.parametrize("dtype", [*FLOATS, "int32", "bool"])
@pytest.mark.parametrize("downcast", [None, True, False])
def test_a_complex_number_never_becomes_real(dtype, downcast):
    with pytest.raises(DTypeError, match=f"x has dtype complex128, but {dtype} is declared"):
        convert(np.array([1j]), kind(dtype, 1), "x", downcast)


def test_parts_of_complex_types():
    assert [real_of(d) for d in ("complex64", "complex128", "float32")] == ["float32", "float64", "float32"]
    assert [complex_of(d) for d in ("float16", "float32", "complex64")] == ["complex64"] * 3
    assert [complex_of(d) for d in ("float64", "complex128")] == ["complex128"] * 2
    assert promote("int32", "complex64") == "complex64"
    z = kind("complex64")
    assert (z.is_float, z.is_inexact, z.is_complex) == (False, True, True)


def test_float64_is_cast_to_float32():
    result = convert([0.1, 2], kind("float32", None), "x")
    assert result.dtype == np.float32
    assert result[0] == np.float32(0.1)


@pytest.mark.parametrize("dtype", INTEGERS)
@pytest.mark.parametrize("value", [1.0, [0.5, 1.5], np.float32(3), np.zeros(3, "float16"), np.nan])
def test_a_float_never_becomes_an_integer(dtype, value):
    words = rf"the labels has dtype float\d\d, but {dtype} is declared(.|\n)*astype"
    with pytest.raises(DTypeError, match=words):
        convert(value, kind(dtype, *np.shape(value)), "the labels")


@pytest.mark.parametrize("value", [1, 1.0, np.ones(3, "uint8")])
def test_a_number_never_becomes_a_truth_value(value):
    with pytest.raises(DTypeError, match=r"but bool is declared(.|\n)*value != 0"):
        convert(value, kind("bool", *np.shape(value)), "mask")


def test_bool_becomes_an_integer():
    assert convert([True, False], kind("int8", 2), "x").tolist() == [1, 0]


@pytest.mark.parametrize(("source", "dtype"), list(itertools.permutations(INTEGERS, 2)))
def test_integers_that_fit_are_converted_and_others_refused(source, dtype):
    limits, other = np.iinfo(dtype), np.iinfo(source)
    assert convert(np.array([0, 100], source), kind(dtype, 2), "x").tolist() == [0, 100]
    for extreme in (other.min, other.max):
        value = np.array([0, extreme], source)
        if limits.min <= extreme <= limits.max:
            assert convert(value, kind(dtype, 2), "x").tolist() == [0, extreme]
        else:
            with pytest.raises(DTypeError, match=rf"x holds {extreme}, outside {dtype}"):
                convert(value, kind(dtype, 2), "x")


def test_an_empty_array_of_integers_is_converted():
    assert convert(np.zeros(0, "int64"), kind("int8", 0), "x").dtype == np.int8


@pytest.mark.parametrize(("value", "words"), [
    ("text", r"holds text \('text'\)"),
    (None, "is None"),
    ({}, "is a dict"),
    (np.array("2020", "datetime64[Y]"), r"has dtype datetime64\[Y\]"),
    (np.array([None, 1]), "has dtype object"),
])  # fmt: skip
def test_what_is_no_number_is_refused(value, words):
    with pytest.raises(DTypeError, match=f"x {words}, which cannot become float32"):
        convert(value, kind("float32"), "x")


def test_a_ragged_list_is_refused():
    with pytest.raises((ShapeError, DTypeError), match="x "):
        convert([[1.0, 2.0], [3.0]], kind("float32", None, None), "x")


@pytest.mark.parametrize("value", [
    np.arange(6.0).reshape(2, 3).T,
    np.arange(12.0)[::2].reshape(3, 2),
    np.arange(6.0)[::-1].reshape(3, 2),
    np.broadcast_to(np.array([1.0, 2.0]), (3, 2)),
])  # fmt: skip
def test_a_non_contiguous_array_becomes_contiguous(value):
    result = convert(value, kind("float64", 3, 2), "x")
    assert result.flags.c_contiguous
    np.testing.assert_array_equal(result, value)
    assert convert(value, kind("float32", 3, 2), "x").flags.c_contiguous


def test_another_byte_order_becomes_the_native_one():
    value = np.array([1.0, 2.0]).astype(">f8")
    result = convert(value, kind("float64", 2), "x")
    assert result.dtype.isnative
    assert result.tolist() == [1, 2]


def test_subclasses_become_plain_arrays():
    with pytest.warns(PendingDeprecationWarning):
        matrix = np.matrix([[1.0, 2.0]])
    assert type(convert(matrix, kind("float64", 1, 2), "x")) is np.ndarray


def test_a_masked_array_with_something_masked_is_refused():
    masked = np.ma.array([1.0, 2.0], mask=[True, False])
    with pytest.raises(DTypeError, match=r"x is a masked array(.|\n)*filled"):
        convert(masked, kind("float64", 2), "x")


@pytest.mark.parametrize(("shape", "declared", "words"), [
    ((3,), (None, 3), r"x has 1 axis, shape \(3,\), but 2 are declared: float32 \(\?, 3\)(.|\n)*add an axis"),
    ((2, 3), (3,), r"x has 2 axes, shape \(2, 3\), but 1 are declared(.|\n)*argmax\(axis=1\) makes labels"),
    ((2, 3), (2, 4), "x has size 3 on axis 1, but 4 is declared"),
    ((0, 3), (1, 3), "x has size 0 on axis 0, but 1 is declared"),
])  # fmt: skip
def test_shapes_that_contradict_the_declared_one(shape, declared, words):
    with pytest.raises(ShapeError, match=words):
        convert(np.zeros(shape, "float32"), kind("float32", *declared), "x")
