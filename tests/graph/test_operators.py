"""Python's operators and NumPy's functions on variables, and what cannot be done with what has no value."""

import math
import operator
import random

import numpy as np
import pytest

import symnet.ops as ops
from symnet.backends.reference import evaluate
from symnet.errors import SymbolicError
from symnet.graph import Variable
from symnet.graph.inputs import dmatrix, dvector, fmatrix, lscalar, tensor, vector
from symnet.graph.operators import word

A = np.array([[3.0, -1.5, 2.0], [0.5, 4.0, -2.25]])
B = np.array([[2.0, 2.0, -0.5], [4.0, 0.25, 1.5]])
I = np.array([[6, -1, 3], [8, 0, 5]])
J = np.array([[3, 2, 1], [5, 7, 4]])


def value(y, **given):
    names = {x.name: x for x in VARIABLES}
    return evaluate([y], {names[k]: v for k, v in given.items()})[0]


a, b = dmatrix("a"), dmatrix("b")
i, j = tensor("i", (None, None), "int64"), tensor("j", (None, None), "int64")
VARIABLES = [a, b, i, j]
ARITHMETIC = [operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv, operator.mod]
COMPARISON = [operator.lt, operator.le, operator.gt, operator.ge]
BITS = [operator.and_, operator.or_, operator.xor]


@pytest.mark.parametrize("op", ARITHMETIC + COMPARISON, ids=lambda op: op.__name__)
def test_operators_on_both_sides(op):
    np.testing.assert_array_equal(value(op(a, b), a=A, b=B), op(A, B))
    np.testing.assert_array_equal(value(op(a, 2.0), a=A), op(A, 2.0))
    np.testing.assert_array_equal(value(op(2.0, a), a=A), op(2.0, A))
    np.testing.assert_array_equal(value(op(B, a), a=A), op(B, A))
    np.testing.assert_array_equal(value(op(a, B), a=A), op(A, B))
    np.testing.assert_array_equal(value(op(np.float64(2), a), a=A), op(2.0, A))


def test_power():
    np.testing.assert_array_equal(value(a**2, a=A), A**2)
    np.testing.assert_allclose(value(2**a, a=A), 2**A)
    np.testing.assert_array_equal(value(B**a, a=np.abs(A)), B ** np.abs(A))


@pytest.mark.parametrize("op", BITS, ids=lambda op: op.__name__)
def test_bits(op):
    np.testing.assert_array_equal(value(op(i, j), i=I, j=J), op(I, J))
    np.testing.assert_array_equal(value(op(i, 3), i=I), op(I, 3))
    np.testing.assert_array_equal(value(op(3, i), i=I), op(3, I))
    np.testing.assert_array_equal(value(op(a > 0, b > 1), a=A, b=B), op(A > 0, B > 1))


def test_unary():
    np.testing.assert_array_equal(value(-a, a=A), -A)
    np.testing.assert_array_equal(value(abs(a), a=A), abs(A))
    np.testing.assert_array_equal(value(~i, i=I), ~I)
    assert +a is a


def test_matmul():
    np.testing.assert_allclose(value(a @ b.T, a=A, b=B), A @ B.T)
    np.testing.assert_allclose(value(A.T @ b, b=B), A.T @ B)
    np.testing.assert_allclose(value(a @ B.T, a=A), A @ B.T)


METHODS = {
    "sum": lambda x: x.sum(axis=0),
    "mean": lambda x: x.mean(1, keepdims=True),
    "prod": lambda x: x.prod(),
    "max": lambda x: x.max(axis=1),
    "min": lambda x: x.min(0),
    "argmax": lambda x: x.argmax(axis=1),
    "argmin": lambda x: x.argmin(),
    "any": lambda x: (x > 3).any(axis=0),
    "all": lambda x: (x > -2).all(axis=1, keepdims=True),
    "reshape": lambda x: x.reshape(3, 2),
    "reshape of a tuple": lambda x: x.reshape((3, -1)),
    "flatten": lambda x: x.flatten(),
    "transpose": lambda x: x.transpose(),
    "transpose by axes": lambda x: x.transpose(1, 0),
    "T": lambda x: x.T,
    "squeeze": lambda x: x.reshape(1, 6).squeeze(0),
    "astype": lambda x: x.astype("int32"),
    "dot": lambda x: x.dot(x.T),
    "clip": lambda x: x.clip(-1, 2),
    "index": lambda x: x[1],
    "slice": lambda x: x[:, ::-1],
    "row": lambda x: x[0, 1:],
    "newaxis": lambda x: x[:, None],
    "ellipsis": lambda x: x[..., 0],
}


@pytest.mark.parametrize("name", METHODS)
def test_methods_are_numpys(name):
    expected = METHODS[name](A)
    actual = value(METHODS[name](a), a=A)
    np.testing.assert_allclose(actual, expected)
    assert actual.dtype == expected.dtype


def test_dimshuffle():
    assert value(a.dimshuffle(1, "x", 0), a=A).shape == (3, 1, 2)
    assert value(a.dimshuffle((1, 0)), a=A).shape == (3, 2)


def test_flatten_keeps_leading_axes():
    x = tensor("x", (2, 3, 4))
    assert x.flatten(2).type.shape == (2, 12)


def test_shape_is_a_number_where_it_is_known():
    x = fmatrix("x", shape=("batch", 784))
    assert x.shape[1] == 784
    assert isinstance(x.shape[0], Variable)
    assert x.shape[0].type.shape == ()
    assert (x.dtype, x.ndim) == ("float32", 2)
    assert fmatrix("x", shape=(3, 4)).size == 12
    assert evaluate([a.shape[0] * 2, a.size], {a: A}) == [4, 6]


# NumPy's functions ------------------------------------------------------------------------------------------

UFUNCS = {
    "exp": np.exp,
    "tanh": np.tanh,
    "maximum": np.maximum,
    "absolute": np.absolute,
    "true_divide": np.divide,
}


@pytest.mark.parametrize("name", UFUNCS)
def test_numpys_ufuncs_build_expressions(name):
    f = UFUNCS[name]
    operands, arrays = ([a, b], [A, B]) if f.nin == 2 else ([a], [A])
    y = f(*operands)
    assert isinstance(y, Variable)
    np.testing.assert_allclose(evaluate([y], dict(zip(operands, arrays)))[0], f(*arrays))


def test_numpys_functions_build_expressions():
    np.testing.assert_allclose(value(np.sum(a, axis=1), a=A), A.sum(1))
    np.testing.assert_allclose(value(np.where(a > 0, a, 0.0), a=A), np.where(A > 0, A, 0))
    np.testing.assert_allclose(value(np.transpose(a), a=A), A.T)
    np.testing.assert_allclose(value(np.concatenate([a, b], axis=1), a=A, b=B), np.hstack([A, B]))
    np.testing.assert_allclose(value(np.mean(a), a=A), A.mean())


@pytest.mark.parametrize(("call", "words"), [
    (lambda x: np.ldexp(x, 1), "np.ldexp cannot compute on a symbolic variable"),
    (lambda x: np.add.reduce(x), "np.add.* cannot compute on a symbolic variable"),
    (lambda x: np.add(x, 1, out=np.zeros(3)), "np.add.* cannot compute"),
    (lambda x: np.linalg.eig(x), "np.eig cannot compute on a symbolic variable"),
    (lambda x: np.partition(x, 0), "np.partition cannot compute"),
])  # fmt: skip
def test_numpys_other_functions_say_no(call, words):
    with pytest.raises(SymbolicError, match=rf"({words})(.|\n)*build the expression from symnet's functions"):
        call(dmatrix("x"))


def test_an_array_on_the_left_does_not_swallow_the_variable():
    x = vector("x")
    assert isinstance(np.ones(3) + x, Variable)
    assert isinstance(np.float32(2) * x, Variable)
    y = np.ones(3, "float32")
    with pytest.raises(SymbolicError, match="np.add"):
        y += x


# what asks for a value --------------------------------------------------------------------------------------


def assign(x):
    x[0] = 1.0


def branch(x):
    if x > 0:
        return 1


def loop(x):
    for _ in x:
        pass


def between(x):
    return 0 < x < 1


MISUSES = {
    "if x > 0": (branch, "has no truth value", r"sn\.where\(c, a, b\) for `if`"),
    "not x": (lambda x: not x, "has no truth value", r"sn\.where"),
    "x and y": (lambda x: x and 1, "has no truth value", r"sn\.where"),
    "0 < x < 1": (between, "has no truth value", r"sn\.where"),
    "assert": (lambda x: bool(x), "has no truth value", r"~c for `not`"),
    "sorted": (lambda x: sorted([x, vector("y")]), "has no truth value", r"sn\.where"),
    "max": (lambda x: max(x, 0.0), "has no truth value", r"sn\.where"),
    "range": (lambda x: range(lscalar("n")), "is no Python integer", r"sn\.arange\(n\) for range\(n\)"),
    "list index": (lambda x: [1, 2][lscalar("n")], "is no Python integer", "symbolic bounds"),
    "x[i] = v": (assign, "cannot be assigned to", r"y = sn\.set_subtensor\(x\[i\], v\)"),
    "float": (float, "is no Python float", r"x\.eval\(\{\.\.\.\}\) or a function for its value"),
    "int": (int, "is no Python integer", r"x\.astype\('int64'\)"),
    "complex": (complex, "is no Python number", r"x\.eval"),
    "math": (math.sqrt, "is no Python float", r"x\.eval"),
    "round": (round, None, None),
    "len": (len, "has no length yet", r"x\.shape\[0\]"),
    "for v in x": (loop, "cannot be looped over", "write the whole-array expression"),
    "unpack": (lambda x: (lambda p, q: 0)(*x), "cannot be looped over", "whole-array"),
    "list": (list, "cannot be looped over", "whole-array"),
    "sum": (sum, "cannot be looped over", "whole-array"),
    "asarray": (np.asarray, "is no array", r"a function or x\.eval"),
    "array": (np.array, "is no array", r"a function or x\.eval"),
    "array of a list": (lambda x: np.array([x, x]), "is no array", r"sn\.stack\(\[x, y\]\)"),
    "in x": (lambda x: 1.0 in x, "cannot be searched", r"sn\.any\(sn\.equal\(x, item\)\)"),
    "random": (lambda x: random.choice(x), "has no length yet", r"x\.shape"),
}


@pytest.mark.parametrize("misuse", [m for m, v in MISUSES.items() if v[1]])
def test_misuse_is_answered_with_the_symbolic_way(misuse):
    act, complaint, advice = MISUSES[misuse]
    with pytest.raises(SymbolicError, match=rf"{complaint}(.|\n)*fix: (.|\n)*{advice}") as caught:
        act(vector("x"))
    assert caught.value.origin.filename == __file__ or misuse in ("random", "sorted", "max")


def test_round_is_pythons_own_error():
    with pytest.raises(TypeError):
        round(vector("x"))


def test_in_a_list_is_identity():
    """`==` is identity, so a variable can be looked for in a list and be the key of a dict."""
    x, y = vector("x"), vector("y")
    assert x in [y, None, "x", x]
    assert x not in [y, None, "x"]
    assert {x: 1}[x] == 1
    assert [x, y].index(y) == 1
    assert bool(x == x) and not bool(x == y)
    assert bool(x != y) and not bool(x != x)
    assert (x == y) == False and hash(x == x) == hash(True)  # noqa: E712
    assert "x == y" in repr(x == y)


@pytest.mark.parametrize("use", [
    lambda same: same + 1,
    lambda same: ~same,
    lambda same: same.mean(),
    lambda same: same[0],
    np.asarray,
    float,
    list,
])  # fmt: skip
def test_identity_is_no_operand(use):
    with pytest.raises(SymbolicError, match=r"x == y asks whether they are one variable(.|\n)*write sn.equal\(x, y\)"):
        use(vector("x") == vector("y"))


@pytest.mark.parametrize("value", [0, 1.5, True, np.float32(2), np.zeros(3)])
def test_identity_with_a_number_is_not_even_a_truth(value):
    x = vector("x")
    for sign, same in (("==", x.__eq__(value)), ("!=", x.__ne__(value))):
        with pytest.raises(SymbolicError, match=rf"x {sign} .* asks whether they are one variable"):
            bool(same)


def test_hasattr_and_truth_of_none_are_safe():
    x = vector("x")
    assert not hasattr(x, "no_such_method")
    assert x is not None
    with pytest.raises(AttributeError, match="no_such_method"):
        x.no_such_method()


def test_misspelt_attributes_cannot_be_set():
    with pytest.raises(AttributeError):
        vector("x").nmae = "y"


def test_words_are_bound():
    assert word("add") is ops.add
    assert word("concatenate") is ops.concatenate
    assert word("stack") is ops.stack
    assert dvector("x").eval is not None
