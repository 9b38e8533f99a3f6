"""Constructors of input variables."""

import itertools
import pickle

import numpy as np
import pytest

from symnet.errors import ArgumentError, DTypeError
from symnet.graph import Variable, inputs
from symnet.graph.inputs import (
    bscalar,
    col,
    cols,
    dmatrix,
    fmatrices,
    fmatrix,
    fvector,
    iscalar,
    lvector,
    matrices,
    matrix,
    row,
    scalar,
    scalars,
    tensor,
    tensor3,
    tensor4,
    vector,
    vectors,
)
from symnet.options import options
from symnet.types import TensorType

SHAPES = {
    "scalar": (), "vector": (None,), "row": (1, None), "col": (None, 1), "matrix": (None, None),
    "tensor3": (None,) * 3, "tensor4": (None,) * 4,
}  # fmt: skip
DTYPES = {"": "float32", "f": "float32", "d": "float64", "i": "int32", "l": "int64", "b": "int8", "c": "complex64",
          "z": "complex128"}  # fmt: skip
EVERY = list(itertools.product(DTYPES.items(), SHAPES.items()))


@pytest.mark.parametrize(("dtype", "shape"), EVERY, ids=[a[0] + b[0] for a, b in EVERY])
def test_every_constructor(dtype, shape):
    (prefix, dtype), (word, shape) = dtype, shape
    name = prefix + word
    make = getattr(inputs, name)
    x = make("x")
    assert type(x) is Variable
    assert (x.name, x.type, x.node) == ("x", TensorType(dtype, shape), None)
    assert make.__name__ == name
    assert name in inputs.__all__
    assert dtype in make.__doc__ or not prefix
    assert pickle.loads(pickle.dumps(make)) is make
    plural = getattr(inputs, prefix + {"matrix": "matrices"}.get(word, word + "s"))
    assert [(y.name, y.type) for y in plural("a b")] == [("a", x.type), ("b", x.type)]
    assert plural.__name__ in inputs.__all__


def test_nothing_else_is_public():
    assert len(inputs.__all__) == len(set(inputs.__all__)) == 1 + 2 * len(EVERY)
    assert all(hasattr(inputs, name) for name in inputs.__all__)


def test_tensor():
    x = tensor("x", shape=("batch", 3, None), dtype="int16")
    assert x.type == TensorType("int16", ("batch", 3, None))
    assert tensor(shape=()).type == TensorType("float32", ())
    assert tensor("x", [np.int64(2), 0], np.float64).type == TensorType("float64", (2, 0))
    assert type(tensor("x", (np.int64(2),)).type.shape[0]) is int


def test_sizes_can_be_given():
    assert fmatrix("x", shape=("batch", 784)).type == TensorType("float32", ("batch", 784))
    assert lvector("y", shape=("batch",)).type == TensorType("int64", ("batch",))
    assert row("r", shape=(1, 5)).type.shape == (1, 5)
    assert col(shape=("n", 1)).type.shape == ("n", 1)
    assert scalar(shape=()).type.shape == ()
    assert [x.type.shape for x in matrices("x y", shape=(2, None))] == [(2, None)] * 2


def test_a_dtype_can_be_given():
    assert matrix("m", dtype="bool").dtype == "bool"
    assert vector(dtype=np.uint8).dtype == "uint8"
    assert [x.dtype for x in vectors("a", "b", dtype="int8")] == ["int8"] * 2


def test_floatX_is_read_when_the_variable_is_made():
    with options(floatX="float64"):
        assert vector("x").dtype == "float64"
        assert vector("x", dtype="floatX").dtype == "float64"
        assert fvector("x").dtype == "float32"
    assert vector("x").dtype == "float32"


def test_forms_of_names():
    def names(variables):
        return [x.name for x in variables]

    assert names(scalars("x", "y")) == ["x", "y"]
    assert names(scalars("x y  z")) == ["x", "y", "z"]
    assert names(scalars("x, y")) == ["x", "y"]
    assert names(scalars("loss")) == ["loss"]
    assert names(scalars(3)) == [None] * 3
    a, b = fmatrices(2)
    assert a is not b


def test_an_unnamed_variable_is_called_after_its_line():
    images = dmatrix()
    assert images.label == "images"
    assert images.name is None
    assert images.origin.source == "images = dmatrix()"
    assert vectors(1)[0].origin.filename == __file__


@pytest.mark.parametrize(("make", "words"), [
    (lambda: fmatrix((3, 4)), r"fmatrix: the name is \(3, 4\), a tuple, not a str(.|\n)*the name comes first"),
    (lambda: tensor(("batch", 3)), r"shape is missing(.|\n)*shape=\(\) for a scalar"),
    (lambda: tensor("x"), "tensor: the number of axes must be known"),
    (lambda: tensor(3, (2,)), "tensor: the name is 3, a int, not a str"),
    (lambda: vector(""), "vector: the name is empty"),
    (lambda: tensor("x", 5), r"tensor: shape is 5, not a tuple of sizes(.|\n)*\(5,\)"),
    (lambda: tensor("x", "batch"), r"shape is 'batch', not a tuple of sizes(.|\n)*\('batch',\)"),
    (lambda: tensor("x", (2.0,)), r"tensor: 2.0 is no size of an axis(.|\n)*an int >= 0, a name"),
    (lambda: tensor("x", (-1,)), "-1 is no size"),
    (lambda: tensor("x", (True,)), "True is no size"),
    (lambda: tensor("x", ("",)), "'' is no size"),
    (lambda: tensor("x", ((2,),)), r"\(2,\) is no size"),
    (lambda: tensor("x", (np.float32(2),)), r"2.0.* is no size"),
    (lambda: tensor("x", (vector("n"),)), "is no size"),
    (lambda: fmatrix("x", shape=(3,)), r"shape \(3,\) has 1 sizes, but a fmatrix has 2 axes(.|\n)*tensor\(name"),
    (lambda: vector("x", shape=()), "a vector has 1 axis"),
    (lambda: tensor3("x", shape=(1, 2, 3, 4)), r"\(1, 2, 3, 4\) has 4 sizes, but a tensor3 has 3 axes"),
    (lambda: row("x", shape=(2, 3)), r"axis 0 of a row has size 1, not 2(.|\n)*use matrix"),
    (lambda: col("x", shape=(3, None)), "axis 1 of a col has size 1, not None"),
    (lambda: cols("x y", shape=(3, 2)), "axis 1 of a cols has size 1, not 2"),
    (lambda: matrices(), r"matrices: no names(.|\n)*matrices\('x', 'y'\)"),
    (lambda: matrices("  "), "matrices: no names"),
    (lambda: matrices("x", 2), "matrices: 2 is no name"),
    (lambda: matrices(0), "matrices: 0 is no name"),
    (lambda: matrices(["x", "y"]), r"matrices: \['x', 'y'\] is no name"),
])  # fmt: skip
def test_bad_arguments(make, words):
    with pytest.raises(ArgumentError, match=words):
        make()


@pytest.mark.parametrize("dtype", ["complex256", "text", object, 3.5])
def test_bad_dtypes(dtype):
    with pytest.raises(DTypeError, match="is not one symnet computes with"):
        tensor4("x", dtype=dtype)


@pytest.mark.parametrize("make", [
    lambda: fmatrix("x", dtype="float64"),
    lambda: iscalar("x", dtype="int32"),
    lambda: bscalar("x", sahpe=()),
    lambda: vector("x", (3,)),
    lambda: fmatrices("x", dtype="float64"),
])  # fmt: skip
def test_unknown_keywords_are_pythons_own_error(make):
    with pytest.raises(TypeError, match="argument"):
        make()
