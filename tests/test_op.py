"""The contract of an op: applying it, weak numbers, families, and an op written by a user."""

import pickle
from dataclasses import FrozenInstanceError, dataclass, field

import numpy as np
import pytest

import symnet.ops as ops
from symnet.autodiff import grad
from symnet.backends.reference import evaluate
from symnet.check import check_grad
from symnet.errors import ArgumentError, BackendError, DTypeError, GradientError, ShapeError
from symnet.graph import Constant, Variable
from symnet.graph.inputs import bvector, dvector, fmatrix, fvector, ivector, lvector, tensor, vector
from symnet.op import (
    Arr,
    Composite,
    Elementwise,
    Op,
    arr,
    as_variable,
    as_variables,
    case,
    registry,
    vocabulary,
    word_for,
)
from symnet.types import TensorType


class Repeat(Op):
    """A user's op: every element several times."""

    times: int

    name, roles = "repeat", ("x",)

    def infer(self, *inputs):
        (x,) = inputs
        if x.type.ndim != 1:
            raise ShapeError(f"repeat: x has {x.type.ndim} axes, not 1.", fix="flatten it.")
        n = x.type.shape[0]
        return x.type.with_shape((n * self.times if isinstance(n, int) else None,))

    def vjp(self, g, y, *inputs):
        return [g.reshape(-1, self.times).sum(1)]

    def run(self, *arrays):
        return np.repeat(arrays[0], self.times)


class Cube(Elementwise):
    """The cube, $x^3$."""

    name, roles, kind = "cube", ("x",), "float"
    cases = (case(arr(3)),)

    def partials(self, y, *inputs):
        return [3 * inputs[0] * inputs[0]]

    def run(self, *arrays):
        return arrays[0] ** 3


class Gauss(Composite):
    """A bell curve, $e^{-x^2}$."""

    name, roles = "gauss", ("x",)

    def expand(self, *inputs):
        return ops.exp(-ops.square(inputs[0]))


class FlatGauss(Gauss):
    """A composite with a gradient of its own (a wrong one, to tell)."""

    def vjp(self, g, y, *inputs):
        return [g * 7.0]


# applying ---------------------------------------------------------------------------------------------------


def test_ops_are_equal_by_class_and_fields():
    assert Repeat(2) == Repeat(2)
    assert hash(Repeat(2)) == hash(Repeat(2))
    assert Repeat(2) != Repeat(3)
    assert Cube() == Cube()
    assert Cube() != Repeat(2)
    assert Gauss() == Gauss()
    assert Gauss() != FlatGauss()
    assert len({Gauss(), Gauss(), FlatGauss()}) == 2
    assert pickle.loads(pickle.dumps(Repeat(2))) == Repeat(2)
    with pytest.raises(FrozenInstanceError):
        Repeat(2).times = 3


def test_a_users_op_computes_differentiates_and_explains():
    x = dvector("x", shape=(3,))
    y = Repeat(2)(x)
    assert y.type == TensorType("float64", (6,))
    assert evaluate([y], {x: np.array([1.0, 2, 3])})[0].tolist() == [1, 1, 2, 2, 3, 3]
    with pytest.raises(ShapeError) as caught:
        Repeat(2)(fmatrix("pictures"))
    text = str(caught.value)
    assert "repeat: x has 2 axes, not 1." in text
    assert "x : float32 (?, ?)  pictures" in text
    assert "at test_op.py:" in text
    assert text.endswith("fix: flatten it.")


def test_a_users_elementwise_op_is_five_lines():
    cube = word_for(Cube())
    try:
        assert registry["cube"].function is cube
        assert cube.__doc__ == Cube.__doc__
        x = dvector("x")
        assert evaluate([cube(x)], {x: np.array([2.0])})[0] == 8
        assert cube(ivector("k")).dtype == "float32"
        check_grad(cube, [np.array([1.0, -2.0])])
        with pytest.raises(ArgumentError, match="cube takes 1 operands, got 2"):
            cube(x, x)
    finally:
        del registry["cube"]


def test_a_composite_stays_one_node_and_is_differentiated_through_its_expansion():
    x = dvector("x")
    y = Gauss()(x)
    assert isinstance(y.node.op, Gauss)
    assert y.type == x.type
    assert not Gauss().has_vjp
    check_grad(lambda x: Gauss()(x), [np.array([0.5, -1.0, 0.0])])


def test_a_composites_own_vjp_is_used():
    assert FlatGauss().has_vjp
    x = dvector("x")
    g = grad(FlatGauss()(x).sum(), x)
    assert evaluate([g], {x: np.ones(3)})[0].tolist() == [7, 7, 7]


def test_labels_are_distinct():
    class Join(Op):
        name, roles = "join", ("first", "x")

    assert Join().labels(1) == ["first"]
    assert Join().labels(4) == ["first", "x", "x1", "x2"]
    assert Op().labels(2) == ["x", "x1"]


def test_what_an_op_leaves_out_is_said():
    class Empty(Op):
        name = "empty"

        def infer(self, *inputs):
            return inputs[0].type

    x = dvector("x")
    with pytest.raises(GradientError, match=r"empty has no derivative(.|\n)*stop_gradient"):
        grad(Empty()(x).sum(), x)
    with pytest.raises(BackendError, match="no kernel for empty"):
        Empty().emit(None, "x")
    with pytest.raises(BackendError, match="empty is no view"):
        Empty().view("x")


def test_fields_of_the_bases_come_first_with_the_decorator_or_without():
    class Family(Op):
        axis: int
        name = "family"

    class Plain(Family):
        keepdims: bool = False

    class SameFields(Family):
        name = "same_fields"

    @dataclass(frozen=True)
    class Decorated(Op):
        axis: int

    assert Plain(1, keepdims=True) == Plain(axis=1, keepdims=True) != Plain(1)
    assert repr(Plain(1)).endswith("Plain(axis=1, keepdims=False)")
    assert SameFields(2).axis == 2 and SameFields(2) != Family(2) and hash(Family(2)) == hash(Family(2))
    assert Decorated(1) == Decorated(axis=1)
    with pytest.raises(TypeError, match="axis"):
        Plain()
    with pytest.raises(FrozenInstanceError):
        Plain(1).axis = 2


def test_several_results():
    class Halves(Op):
        name, roles = "halves", ("x",)

        def infer(self, *inputs):
            n = inputs[0].type.shape[0] // 2
            return (inputs[0].type.with_shape((n,)),) * 2

        def vjp(self, g, y, *inputs):
            first, second = g
            first = ops.zeros_like(y[0]) if first is None else first
            second = ops.zeros_like(y[1]) if second is None else second
            return [ops.concatenate([first, second])]

        def run(self, *arrays):
            (x,) = arrays
            return x[: len(x) // 2], x[len(x) // 2 :]

    x = dvector("x", shape=(4,))
    first, second = Halves().apply([x], None).outputs
    assert (first.index, second.index) == (0, 1)
    value = np.array([1.0, 2, 3, 4])
    assert evaluate([second], {x: value})[0].tolist() == [3, 4]
    assert evaluate([grad((second * second).sum(), x)], {x: value})[0].tolist() == [0, 0, 6, 8]
    both = grad((first * second).sum(), x)
    assert evaluate([both], {x: value})[0].tolist() == [3, 4, 1, 2]


# constants --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("value", "like", "dtype"), [
    (True, None, "bool"), (np.True_, "float32", "bool"),
    (2, None, "int64"), (2, "int8", "int8"), (2, "float64", "float64"), (2, "bool", "int64"),
    (2.5, None, "float32"), (2.5, "float64", "float64"), (2.5, "int8", "float32"),
    (np.float64(2.5), "float32", "float64"), (np.int8(2), "int64", "int8"),
    ([1.5, 2], None, "float32"), ([1, 2], None, "int64"), (np.zeros(2), None, "float64"),
    (np.zeros(2, "uint8"), "float32", "uint8"), ([], None, "float32"),
])  # fmt: skip
def test_what_values_become(value, like, dtype):
    like = None if like is None else tensor("x", (None,), like)
    x = as_variable(value, like)
    assert isinstance(x, Constant)
    assert x.dtype == dtype
    np.testing.assert_array_equal(x.data, np.asarray(value, dtype))


def test_a_variable_stays_itself():
    x = vector("x")
    assert as_variable(x) is x


@pytest.mark.parametrize(("value", "words"), [
    ("text", r"a str 'text' cannot become a symbolic constant(.|\n)*pass a number"),
    ("0.1", r"a str '0.1' cannot become(.|\n)*write the number 0.1 without quotes"),
    (None, "None cannot become"),
    ({1: 2}, "a dict cannot become"),
    (np.array([object()]), "a ndarray cannot become"),
    (len, "a builtin_function_or_method cannot become"),
    ([[1, 2], [3]], "a list cannot become"),
    ([10**30], "a list cannot become"),
])  # fmt: skip
def test_what_cannot_become_a_constant(value, words):
    with pytest.raises(DTypeError, match=words):
        as_variable(value)


@pytest.mark.parametrize("value", [[vector("a"), 1.0], (vector("a"), vector("b")), [[vector("a")], [1.0]]])
def test_a_list_of_variables_wants_stack(value):
    with pytest.raises(DTypeError, match=r"a (list|tuple) with symbolic variables(.|\n)*sn.stack"):
        as_variable(value)


def test_python_numbers_are_weak():
    assert (fvector("x") * 2.5).dtype == "float32"
    assert (2 + bvector("x")).dtype == "int8"
    assert (fvector("x") + np.float64(2.5)).dtype == "float64"
    assert (bvector("x") + 2.5).dtype == "float32"
    assert (bvector("x") + lvector("y") + 1).dtype == "int64"
    assert [v.dtype for v in as_variables(1, fvector("x"), dvector("y"))] == ["float64", "float32", "float64"]
    assert [v.dtype for v in as_variables(1, 2.5)] == ["int64", "float32"]
    assert (tensor("m", (3,), "bool") + 1).dtype == "int64"
    assert (tensor("m", (3,), "bool") + True).dtype == "bool"


@pytest.mark.parametrize(("value", "dtype"), [(300, "int8"), (-1, "uint8"), (2**40, "int32"), (2**64, "int64")])
def test_a_number_that_does_not_fit(value, dtype):
    with pytest.raises(DTypeError, match=rf"{value} does not fit x, which is {dtype}(.|\n)*astype"):
        tensor("x", (None,), dtype) + value


def test_a_number_no_integer_holds():
    with pytest.raises(DTypeError, match=f"{2**70}"):
        ops.add(2**70, 1)


# cases ------------------------------------------------------------------------------------------------------


def test_arr():
    assert arr(3, 4) == Arr((3, 4))
    assert arr(values=[[1, 2]], dtype="int8") == Arr((1, 2), [[1, 2]], "int8")
    assert arr().shape == ()


def test_registering_a_word():
    @vocabulary(case(arr(3), order=1, times=2), name="two times")
    def double(x, times=2):
        return x * times

    try:
        entry = registry["two times"]
        assert entry.function is double
        assert entry.cases == (case(arr(3), order=1, times=2),)
        assert entry.cases[0].kwargs == {"times": 2}
    finally:
        del registry["two times"]


def test_infer_that_raises_is_no_excuse_to_lose_other_errors():
    class Broken(Op):
        name = "broken"
        roles = ("x",)
        cases = field(default_factory=list)

        def infer(self, *inputs):
            raise ZeroDivisionError("a bug in an op stays what it is")

    with pytest.raises(ZeroDivisionError):
        Broken()(Variable(TensorType("float32", ())))
