"""Elementwise ops where the cases do not reach: dtypes, errors, and derivatives at ties, kinks and NaN."""

import math

import numpy as np
import pytest

from symnet import function
from symnet.autodiff import grad
from symnet.backends.reference import evaluate
from symnet.errors import ArgumentError, DTypeError, GradientError, ShapeError, SymbolicError
from symnet.graph import constant
from symnet.graph.inputs import tensor
from symnet.machine import UFUNCS, Machine
from symnet.ops import (
    abs as absolute,
)
from symnet.ops import (
    add,
    bitwise_and,
    cast,
    clip,
    divide,
    equal,
    exp,
    invert,
    less,
    log,
    logical_and,
    maximum,
    minimum,
    negative,
    power,
    relu,
    sigmoid,
    sign,
    softplus,
    sqrt,
    stop_gradient,
    where,
)
from symnet.ops import (
    sum as total,
)
from symnet.options import options

NAN = float("nan")


def vector(dtype="float64", name="x", n=None):
    return tensor(name, (n,), dtype)


def gradient(f, *points, wrt=0):
    """Of the sum of f at a float64 point, by one operand."""
    xs = [vector(name=f"x{k}") for k in range(len(points))]
    g = grad(total(f(*xs)), xs[wrt], disconnected_inputs="ignore")
    return evaluate([g], dict(zip(xs, map(np.array, points))))[0]


# dtypes -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second", "result"),
    [
        ("int32", "float32", "float32"),
        ("int64", "float32", "float32"),
        ("float32", "float64", "float64"),
        ("float16", "float16", "float16"),
        ("float16", "float32", "float32"),
        ("int8", "uint8", "int16"),
        ("uint64", "int64", "float32"),
        ("bool", "uint8", "uint8"),
        ("bool", "float32", "float32"),
        ("bool", "bool", "bool"),
    ],
)
def test_operands_promote_as_numpys_but_to_double_only_where_asked(first, second, result):
    assert add(vector(first), vector(second, "y")).type.dtype == result
    assert add(vector(second), vector(first, "y")).type.dtype == result


def test_int_and_float32_are_double_under_a_double_floatX():
    with options(floatX="float64"):
        assert add(vector("int32"), vector("float32", "y")).type.dtype == "float64"


@pytest.mark.parametrize(
    ("dtype", "number", "result"),
    [
        ("float32", 2.5, "float32"),
        ("float32", 3, "float32"),
        ("float16", 2.5, "float16"),
        ("float64", 2, "float64"),
        ("int8", 1, "int8"),
        ("uint8", 255, "uint8"),
        ("int64", True, "int64"),
        ("int32", 1.5, "float32"),
        ("bool", 1, "int64"),
        ("bool", 1.5, "float32"),
        ("float32", np.float64(2.0), "float64"),
        ("int8", np.int32(2), "int32"),
    ],
)
def test_a_python_number_is_weak_and_a_numpy_one_is_not(dtype, number, result):
    x = vector(dtype)
    assert (x + number).type.dtype == result
    assert (number + x).type.dtype == result


def test_an_integer_that_does_not_fit_is_refused():
    with pytest.raises(DTypeError, match=r"300 does not fit x, which is uint8 \(0 to 255\)") as caught:
        vector("uint8") + 300
    assert "astype('int64')" in caught.value.fix
    with pytest.raises(DTypeError, match=r"-1 does not fit x, which is uint8"):
        vector("uint8") * -1


@pytest.mark.parametrize("floatX", ["float32", "float64"])
def test_integers_become_floatX_where_floats_are_needed(floatX):
    x = vector("int64")
    with options(floatX=floatX):
        assert divide(x, 2).type.dtype == floatX
        assert exp(x).type.dtype == floatX
        assert sqrt(vector("bool")).type.dtype == floatX
        assert constant(0.5).type.dtype == "float64"  # NumPy would say so, too
        assert cast(x, "floatX").type.dtype == floatX
        assert where(less(x, 0), 0.0, 1.0).type.dtype == floatX
    assert exp(vector("float16")).type.dtype == "float16"


def test_floatX_is_decided_when_the_expression_is_built():
    x = vector("int64")
    with options(floatX="float64"):
        y = x / 2
    assert evaluate([y], {x: np.array([1, 2])})[0].dtype == np.float64


def test_the_values_have_the_inferred_dtype():
    for first in ("bool", "int8", "uint16", "int64", "float16", "float32", "float64"):
        for second in ("bool", "uint8", "int32", "float32"):
            x, y = vector(first), vector(second, "y")
            for op in (add, divide, maximum, equal, logical_and):
                z = op(x, y)
                found = evaluate([z], {x: np.ones(2, first), y: np.ones(2, second)})[0]
                assert found.dtype.name == z.type.dtype, (op.__name__, first, second)


def test_comparisons_are_bool_and_have_no_gradient():
    x = vector()
    assert less(x, 1).type.dtype == "bool"
    with pytest.raises(GradientError, match="no gradient flows from sum.* to x"):
        grad(total(cast(less(x, 1), "float64")), x)


# errors -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("op", "dtype", "advice"),
    [
        (negative, "bool", "floats and integers"),
        (absolute, "bool", "floats and integers"),
        (sign, "bool", "floats and integers"),
        (relu, "bool", "floats and integers"),
        (invert, "float32", "integers and bool"),
    ],
)
def test_a_dtype_an_op_does_not_take(op, dtype, advice):
    with pytest.raises(DTypeError, match=f"{op.__name__} is not defined for {dtype}") as caught:
        op(vector(dtype))
    assert advice in caught.value.fix


def test_bits_of_floats_are_refused():
    with pytest.raises(DTypeError, match=r"bitwise_and is not defined for float32"):
        bitwise_and(vector("float32"), 1)
    with pytest.raises(DTypeError, match=r"subtract is not defined for bool"):
        vector("bool") - vector("bool", "y")


def test_shapes_that_do_not_broadcast_name_both_sizes_the_operands_and_the_line():
    x, y = vector(n=3), vector(n=4, name="weights")
    with pytest.raises(ShapeError, match=r"axis 0 has 3 against 4") as caught:
        x * y
    text = str(caught.value)
    assert "weights" in text
    assert "float64 (4,)" in text
    assert "test_elementwise.py" in text
    assert "x * y" in text


def test_the_number_of_operands_is_checked():
    with pytest.raises(ArgumentError, match="maximum takes 2 operands, got 1"):
        maximum(vector())


def test_what_is_no_number_is_refused():
    with pytest.raises(DTypeError, match="a str 'one' cannot become a symbolic constant"):
        vector() + "one"
    with pytest.raises(DTypeError, match="a list with symbolic variables in it is no array"):
        exp([vector(), vector()])


def test_an_unknown_dtype_is_refused():
    with pytest.raises(DTypeError, match="dtype 'complex256' is not one symnet computes with"):
        cast(vector(), "complex256")


def test_numpys_ufuncs_build_expressions_and_nothing_else_of_theirs_works():
    x = vector()
    y = np.exp(np.arange(3.0) * x)
    np.testing.assert_allclose(evaluate([y], {x: np.ones(3)})[0], np.exp(np.arange(3.0)))
    with pytest.raises(SymbolicError, match=r"np\.add cannot compute on a symbolic variable"):
        np.add.reduce(x)
    with pytest.raises(SymbolicError, match=r"np\.ldexp cannot compute on a symbolic variable"):
        np.ldexp(x, 2)
    with pytest.raises(SymbolicError, match="has no truth value"):
        x < 1 < 2


# derivatives at awkward points ------------------------------------------------------------------------------


def test_a_nan_in_the_branch_not_taken_stays_out():
    condition = np.array([True, False])
    f = lambda a, b: where(condition, a, b) * 3.0
    values = np.array([1.0, NAN]), np.array([NAN, 2.0])
    assert gradient(f, *values, wrt=0).tolist() == [3.0, 0.0]
    assert gradient(f, *values, wrt=1).tolist() == [0.0, 3.0]


def test_where_guards_a_logarithm_from_inside():
    f = lambda x: where(x > 0, log(where(x > 0, x, 1.0)), 0.0)
    assert gradient(f, [-1.0, 0.0, 2.0]).tolist() == [0.0, 0.0, 0.5]


def test_where_takes_any_condition_and_weak_branches():
    x = vector("float32")
    y = where(x, 1, x)
    assert y.type.dtype == "float32"
    assert evaluate([y], {x: np.array([0.0, 5.0, NAN], "float32")})[0].tolist() == [0.0, 1.0, 1.0]
    assert where(x > 0, 1, 2).type.dtype == "int64"


def test_at_a_tie_the_first_operand_takes_the_gradient():
    a, b = [1.0, 1.0, 2.0, NAN], [1.0, 3.0, 1.0, 0.0]
    for f, to_first in ((maximum, [1, 0, 1]), (minimum, [1, 1, 0])):
        first, second = gradient(f, a, b, wrt=0), gradient(f, a, b, wrt=1)
        assert first[:3].tolist() == to_first
        assert (first + second)[:3].tolist() == [1, 1, 1]


def test_extremes_of_two_pass_nan_on():
    x = vector()
    for f in (maximum, minimum, lambda a, b: clip(a, b, 9.0)):
        assert np.isnan(evaluate([f(x, 1.0)], {x: np.array([NAN])})[0]).all()


def test_kinks_have_the_documented_derivative():
    assert gradient(relu, [-1.0, -0.0, 0.0, 2.0]).tolist() == [0, 0, 0, 1]
    assert gradient(absolute, [-2.0, 0.0, 2.0]).tolist() == [-1, 0, 1]
    assert gradient(sign, [-2.0, 0.0, 2.0]).tolist() == [0, 0, 0]
    limited = lambda x: clip(x, -1.0, 1.0)
    assert gradient(limited, [-2.0, -1.0, 0.5, 1.0, 2.0]).tolist() == [0, 1, 1, 1, 0]


def test_tails_are_finite_and_exact():
    far = [-1000.0, -40.0, 40.0, 1000.0]
    x = vector()
    s, p = evaluate([sigmoid(x), softplus(x)], {x: np.array(far)})
    np.testing.assert_allclose(s, [0.0, np.exp(-40.0), 1.0, 1.0], rtol=1e-15)
    np.testing.assert_allclose(p, [0.0, np.exp(-40.0), 40.0, 1000.0], rtol=1e-15)
    np.testing.assert_allclose(gradient(softplus, far), s, rtol=1e-15)
    assert np.isfinite(gradient(sigmoid, far)).all()


def test_powers_have_derivatives_where_their_base_is_not_positive():
    assert gradient(lambda x: x**2, [-3.0, 0.0]).tolist() == [-6.0, 0.0]
    assert gradient(lambda x: x**1, [-3.0, 0.0]).tolist() == [1.0, 1.0]
    assert gradient(power, [-2.0, 0.0], [3.0, 2.0], wrt=1).tolist() == [0.0, 0.0]
    np.testing.assert_allclose(gradient(power, [2.0], [3.0], wrt=1), 8 * np.log(2.0))


def test_the_square_root_has_an_infinite_slope_at_zero():
    assert gradient(sqrt, [0.0, 4.0]).tolist() == [np.inf, 0.25]


def test_nothing_flows_through_stop_gradient():
    assert gradient(lambda x: x * stop_gradient(x), [3.0, -2.0]).tolist() == [3.0, -2.0]


def test_what_nothing_flows_through_compiles_without_rewrites():
    x = vector("float64")
    with options(exclude=("simplify", "simplify_again")):
        f = function([x], [stop_gradient(x), stop_gradient(x) + 1])
    assert [y.tolist() for y in f([1.0, 2.0])] == [[1.0, 2.0], [2.0, 3.0]]


def test_a_gradient_has_its_variables_dtype():
    x, n = vector("float32"), vector("int64", "n")
    g = grad(total(cast(x, "float64") * n), x)
    assert g.type.dtype == "float32"
    assert evaluate([g], {x: np.ones(2, "float32"), n: np.array([2, 3])})[0].tolist() == [2.0, 3.0]


def test_no_gradient_flows_through_an_integer():
    x = vector()
    with pytest.raises(GradientError, match="no gradient flows from sum.* to x"):
        grad(total(cast(cast(x, "int32"), "float64")), x)


@pytest.mark.parametrize("shape", [(4,), (1,)])
@pytest.mark.parametrize("rows", [1, 3])
def test_what_is_broadcast_only_at_run_time_has_the_right_gradient(shape, rows):
    x, b = tensor("x", (None, None), "float64"), vector(name="b")
    gx, gb = grad(total(x * b), [x, b])
    values = np.arange(4.0 * rows).reshape(rows, 4), np.arange(1.0, 1.0 + shape[0])
    by_x, by_b = evaluate([gx, gb], {x: values[0], b: values[1]})
    np.testing.assert_array_equal(by_x, np.broadcast_to(values[1], values[0].shape))
    np.testing.assert_array_equal(by_b, values[0].sum(0) if shape == (4,) else [values[0].sum()])
    (by_x,) = evaluate([gx], {x: values[0][:, :1], b: np.arange(4.0)})
    np.testing.assert_array_equal(by_x, np.full((rows, 1), 6.0))


@pytest.mark.parametrize("log1p", [0.4, 11.0])
def test_softplus_is_exact_by_either_logarithm(log1p):
    """The largest error is that of a few roundings, where one term vanishes beside the other too."""
    x = tensor("x", (None,), dtype="float32")
    values = np.concatenate([np.linspace(-20, 20, 4001), [-80, -1e-7, 0.0, 1e-7, 80, np.inf]]).astype("float32")
    with options(machine=Machine(ufuncs={**UFUNCS, "log": 0.35, "log1p": log1p})):
        f = function([x], softplus(x))
    exact = [math.log1p(math.exp(-abs(v))) + max(v, 0.0) for v in values.astype(float)]
    np.testing.assert_allclose(f(values), exact, rtol=3e-7)
    np.testing.assert_array_equal(f(np.array([-np.inf, np.nan], "float32")), np.array([0, np.nan], "float32"))
    assert ("np.log1p(" in f.source) == (log1p < 1)


def test_softplus_of_both_signs_takes_one_logarithm():
    x = tensor("x", (5,), dtype="float32")
    f = function([x], [softplus(x), softplus(-x)])
    assert f.source.count("np.log") == 1 and f.source.count("np.exp(") == 1
