"""What a function takes and gives back: inputs, outputs, givens and updates, and what is said when they do not fit."""

import numpy as np
import pytest

import symnet as sn
from symnet.errors import ArgumentError, DTypeError, InputError, ShapeError, UpdateError

F32 = np.float32


# outputs ------------------------------------------------------------------------------------------------------------


def test_the_form_of_the_outputs_is_the_form_of_the_result():
    x = sn.vector("x")
    one, two = x + 1, x * 2
    assert sn.function([x], one)([1, 2]).tolist() == [2, 3]
    as_list = sn.function([x], [one, two])([1, 2])
    assert isinstance(as_list, list) and [y.tolist() for y in as_list] == [[2, 3], [2, 4]]
    as_tuple = sn.function([x], (one,))([1, 2])
    assert isinstance(as_tuple, tuple) and len(as_tuple) == 1 and as_tuple[0].tolist() == [2, 3]
    as_dict = sn.function([x], {"twice": two, "more": one})([1, 2])
    assert list(as_dict) == ["twice", "more"]
    assert {k: v.tolist() for k, v in as_dict.items()} == {"twice": [2, 4], "more": [2, 3]}


def test_no_output_returns_none_and_no_outputs_an_empty_form():
    s = sn.shared(1.0, "s")
    f = sn.function([], updates={s: s + 1})
    assert f() is None and float(s.get_value()) == 2
    assert sn.function([], [])() == []
    assert sn.function([], ())() == ()
    assert sn.function([], {})() == {}


def test_one_variable_may_be_several_outputs_and_inputs_and_shared_variables_are_outputs_too():
    x, s = sn.vector("x"), sn.shared(np.ones(2, F32), "s")
    y = x + s
    results = sn.function([x], [y, y, x, s])([1, 2])
    assert [r.tolist() for r in results] == [[2, 3], [2, 3], [1, 2], [1, 1]]
    results[0][:] = 9
    assert results[1].tolist() == [2, 3]


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint16", "int64", "float16", "float32", "float64"])
@pytest.mark.parametrize("value", [1, [1, 0], [[1] * 5] * 4])
def test_a_constant_output_keeps_its_dtype(dtype, value):
    result = sn.function([], sn.constant(value, dtype))()
    assert isinstance(result, np.ndarray) and result.dtype == dtype and result.tolist() == value


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, -0.0, 1e-45, 0.1])
def test_a_constant_scalar_comes_back_bit_for_bit(value):
    exact = F32(value)
    assert sn.function([], sn.constant(exact))().tobytes() == exact.tobytes()


def test_what_is_no_output():
    with pytest.raises(ArgumentError, match="an output is a str"):
        sn.function([], "x")
    with pytest.raises(ArgumentError, match="an output is a NoneType"):
        sn.function([], [None])


# inputs -------------------------------------------------------------------------------------------------------------


def test_what_is_no_input():
    x, s = sn.vector("x"), sn.shared(1.0, "s")
    h = x + 1
    with pytest.raises(InputError, match=r"inputs is a variable, not a list[\s\S]*write function\(\[x\], \.\.\.\)"):
        sn.function(x, h)
    with pytest.raises(InputError, match="input 0 is a int"):
        sn.function([3], h)
    with pytest.raises(InputError, match="input s is a shared variable"):
        sn.function([s], s)
    with pytest.raises(InputError, match="input 1 is a constant"):
        sn.function([sn.constant(1)], x)
    with pytest.raises(InputError, match="input x is given twice"):
        sn.function([x, x], h)
    with pytest.raises(InputError, match="input h is computed from others"):
        sn.function([h], h * 2)


def test_a_missing_input_is_named_with_its_line():
    x, y = sn.vector("x"), sn.vector("y")
    with pytest.raises(InputError, match=r"need y, which is not[\s\S]*test_arguments.py:\d+[\s\S]*inputs=\[x, y\]"):
        sn.function([x], x + y)


def test_an_input_only_a_default_update_needs_is_missed_too():
    s, y = sn.shared(1.0, "s"), sn.scalar("y")
    s.default_update = s + y
    with pytest.raises(InputError, match="need y"):
        sn.function([], s * 2)


def test_an_unused_input():
    x, y = sn.vector("x"), sn.vector("y")
    with pytest.raises(InputError, match="no output needs the input y"):
        sn.function([x, y], x + 1)
    with pytest.warns(UserWarning, match="no output needs the input y") as caught:
        f = sn.function([x, y], x + 1, on_unused_input="warn")
    assert caught[0].filename == __file__
    assert f([1], [2]).tolist() == [2]
    assert sn.function([x, y], x + 1, on_unused_input="ignore")([1], [2]).tolist() == [2]
    with pytest.raises(ArgumentError, match="on_unused_input is 'never'"):
        sn.function([x], x, on_unused_input="never")


def test_arguments_by_position_and_by_name():
    x, y = sn.vector("x"), sn.vector("y")
    f = sn.function([x, y], x - y, name="f")
    for result in (f([3], [1]), f([3], y=[1]), f(y=[1], x=[3])):
        assert result.tolist() == [2]


@pytest.mark.parametrize(
    ("args", "kwargs", "message"),
    [
        (([1],), {}, r"f\(x, y\) misses y: it takes 2 arguments, got 1"),
        ((), {}, r"f\(x, y\) misses x, y: it takes 2 arguments, got 0"),
        ((), {"y": [1]}, r"misses x"),
        (([1], [2], [3]), {}, r"f\(x, y\) takes 2 arguments, got 3"),
        (([1],), {"x": [2]}, r"'x' is given twice"),
        (([1], [2]), {"y": [2]}, r"'y' is given twice"),
        (([1], [2]), {"z": [2]}, r"has no input 'z'[\s\S]*its inputs are x, y"),
    ],
)
def test_arguments_that_do_not_match_the_signature(args, kwargs, message):
    x, y = sn.vector("x"), sn.vector("y")
    f = sn.function([x, y], x - y, name="f")
    with pytest.raises(InputError, match=message):
        f(*args, **kwargs)


def test_names_that_are_python_keywords_or_no_identifiers():
    named = ["lambda", "class", "None", "np", "step", "plan", "update", "a b", "1x", "größe", "x", "x"]
    variables = [sn.scalar(name) for name in named]
    result = variables[0] * 1.0
    for k, v in enumerate(variables[1:], 2):
        result = result + v * float(k)
    f = sn.function(variables, result)
    values = np.arange(1.0, len(named) + 1)
    assert float(f(*values)) == sum(k * v for k, v in enumerate(values, 1))
    given = dict(zip(named[:-2], values[:-2], strict=True))
    g = sn.function(variables[:-2], sum(v * float(k) for k, v in enumerate(variables[:-2], 1)))
    assert float(g(**given)) == sum(k * v for k, v in enumerate(values[:-2], 1))


# the values of a call -------------------------------------------------------------------------------------------------


def test_values_are_cast_to_the_declared_float_and_no_further():
    x, k = sn.fvector("x"), sn.lvector("k")
    f, g = sn.function([x], x * 2), sn.function([k], k * 2)
    for value in ([0.5, 1.5], np.array([0.5, 1.5]), np.array([0.5, 1.5], ">f4"), np.array([0.5, 1.5], np.float16)):
        assert f(value).dtype == F32 and f(value).tolist() == [1, 3]
    assert f(np.array([1, 2], np.int8)).tolist() == [2, 4]
    assert g(np.array([1, 2], np.int8)).dtype == np.int64
    with pytest.raises(DTypeError, match=r"k has dtype float64, but int64 is declared"):
        g(np.array([1.0, 2.0]))
    with pytest.raises(DTypeError, match="k has dtype float64"):
        g([0.5])
    with pytest.raises(DTypeError, match=r"x holds text \('a'\)"):
        f(["a"])


def test_an_integer_that_does_not_fit():
    k = sn.bvector("k")
    with pytest.raises(DTypeError, match=r"k holds 300, outside int8 \(-128 to 127\)"):
        sn.function([k], k + 1)([1, 300])


def test_a_wrong_rank_or_size():
    x, y = sn.matrix("x"), sn.tensor("y", (None, 3))
    f = sn.function([x], x + 1, name="f")
    with pytest.raises(ShapeError, match=r"f: x has 1 axis, shape \(3,\), but 2 are declared"):
        f(np.zeros(3, F32))
    with pytest.raises(ShapeError, match="f: x has 3 axes"):
        f(np.zeros((1, 2, 3), F32))
    with pytest.raises(ShapeError, match="f: x is no array"):
        f([[1, 2], [3]])
    with pytest.raises(ShapeError, match="y has size 4 on axis 1, but 3 is declared"):
        sn.function([y], y + 1)(np.zeros((2, 4), F32))


def test_named_sizes_must_agree_between_arguments_and_shared_variables():
    x = sn.tensor("x", ("batch", 2))
    y = sn.tensor("y", ("batch",))
    w = sn.shared(np.ones(5, F32), "w", shape=("batch",))
    f = sn.function([x, y], [x * 2, y * 2])
    with pytest.raises(ShapeError, match=r"size 'batch' is 3 in x but 4 in y"):
        f(np.zeros((3, 2), F32), np.zeros(4, F32))
    assert [r.shape for r in f(np.zeros((3, 2), F32), np.zeros(3, F32))] == [(3, 2), (3,)]
    with pytest.raises(ShapeError, match=r"size 'batch' is 3 in y but 5 in w"):
        sn.function([y], y + w)(np.zeros(3, F32))


def test_a_failed_call_leaves_the_function_usable():
    x = sn.matrix("x")
    f = sn.function([x], x + 1)
    with pytest.raises(ShapeError):
        f(np.zeros(3, F32))
    assert f(np.zeros((1, 1), F32)).tolist() == [[1]]


# updates ------------------------------------------------------------------------------------------------------------


def test_updates_are_a_dict_or_pairs():
    a, b = sn.shared(1.0, "a"), sn.shared(2.0, "b")
    sn.function([], updates=[(a, a + 1), [b, b + 1]])()
    sn.function([], updates={a: a + 1})()
    sn.function([], updates=((s, s + 1) for s in (a, b)))()
    assert [float(s.get_value()) for s in (a, b)] == [4, 4]


def test_what_is_no_update():
    x, s = sn.scalar("x"), sn.shared(1.0, "s")
    k, v = sn.shared(1, "k"), sn.shared(np.zeros(3, F32), "v")
    with pytest.raises(UpdateError, match="x is updated but is no shared variable"):
        sn.function([x], x, updates={x: x + 1})
    with pytest.raises(UpdateError, match="a str is updated"):
        sn.function([], updates={"s": s})
    with pytest.raises(UpdateError, match="s is updated twice"):
        sn.function([], updates=[(s, s + 1), (s, s + 2)])
    with pytest.raises(UpdateError, match="something that is no pair"):
        sn.function([], updates=[s])
    with pytest.raises(UpdateError, match=r"k is int64, its new value float32[\s\S]*astype\('int64'\)"):
        sn.function([], updates={k: k * 0.5})
    with pytest.raises(UpdateError, match=r"v has shape \(3,\), its new value \(4,\)"):
        sn.function([], updates={v: np.zeros(4, F32)})
    with pytest.raises(UpdateError, match=r"s has shape \(\), its new value \(3,\)"):
        sn.function([], updates={s: s + v})


def test_a_new_value_is_a_number_or_of_another_float_type():
    s = sn.shared(np.float32(1), "s")
    sn.function([], updates={s: 7})()
    assert s.get_value().dtype == F32 and float(s.get_value()) == 7
    sn.function([], updates={s: sn.constant(0.1, "float64") * 2})()
    assert s.get_value().dtype == F32 and s.get_value() == F32(0.2)


@pytest.mark.parametrize("length", [1, 2])
def test_a_new_value_whose_shape_turns_out_wrong_updates_nothing(length):
    x = sn.vector("x")
    a, b = sn.shared(np.zeros(3, F32), "a"), sn.shared(np.zeros(3, F32), "b")
    f = sn.function([x], updates=[(a, a + 1), (b, x)])
    with pytest.raises(ShapeError, match=rf"b has shape \(3,\), its new value \({length},\)"):
        f(np.ones(length, F32))
    assert not a.get_value().any() and not b.get_value().any()
    f([1, 2, 3])
    assert b.get_value().tolist() == [1, 2, 3]


# givens -------------------------------------------------------------------------------------------------------------


def test_givens_replace_inputs_results_and_shared_variables():
    x, s = sn.vector("x"), sn.shared(np.ones(2, F32), "s")
    h = x + 1
    y = h * s
    assert sn.function([], y, givens={x: np.array([1, 2], F32)})().tolist() == [2, 3]
    assert sn.function([], y, givens=[(h, np.array([5, 6], F32))])().tolist() == [5, 6]
    assert sn.function([x], y, givens={s: x})([1, 2]).tolist() == [2, 6]


def test_givens_swap_without_chaining():
    a, b = sn.scalar("a"), sn.scalar("b")
    assert float(sn.function([a, b], a - 2 * b, givens={a: b, b: a})(1, 5)) == 5 - 2


def test_givens_replace_in_updates_too():
    x, s = sn.scalar("x"), sn.shared(0.0, "s")
    sn.function([], updates={s: s + x}, givens={x: 3.0})()
    assert float(s.get_value()) == 3


def test_an_input_that_is_replaced_may_stay_an_input():
    x, y = sn.scalar("x"), sn.scalar("y")
    assert float(sn.function([x, y], x + 1, givens={x: y})(1, 5)) == 6


def test_what_is_no_given():
    x, k, three = sn.vector("x"), sn.lvector("k"), sn.tensor("three", (3,))
    with pytest.raises(ArgumentError, match="givens replaces a str"):
        sn.function([], x, givens={"x": 1})
    with pytest.raises(ArgumentError, match="replaces x, which has 1 axes, by one of 2"):
        sn.function([], x, givens={x: np.zeros((2, 2), F32)})
    with pytest.raises(ArgumentError, match=r"replaces k \(int64\) by float32"):
        sn.function([], k, givens={k: np.zeros(2, F32)})
    with pytest.raises(ArgumentError, match=r"three, which has shape \(3,\), by one of shape \(4,\)"):
        sn.function([], three, givens={three: np.zeros(4, F32)})
    assert sn.function([], x, givens={x: np.zeros(2)})().dtype == F32
