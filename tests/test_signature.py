"""How arguments are passed and results given back: defaults, keywords, casts, memory that is lent."""

import numpy as np
import pytest

import symnet as sn
from symnet.errors import ArgumentError, DTypeError, InputError, ShapeError


def floats(*values):
    return np.array(values, np.float32)


# In -------------------------------------------------------------------------------------------------------------------


def test_an_input_with_a_value_may_be_left_out():
    x, rate = sn.fvector("x"), sn.fscalar("rate")
    f = sn.function([x, sn.In(rate, value=0.5)], x * rate)
    np.testing.assert_array_equal(f(floats(2, 4)), [1, 2])
    np.testing.assert_array_equal(f(floats(2, 4), 2.0), [4, 8])
    np.testing.assert_array_equal(f(floats(2, 4), rate=3.0), [6, 12])
    with pytest.raises(InputError, match=r"misses x: it takes 2 arguments, got 1"):
        f(rate=3.0)


def test_a_default_is_a_copy_unless_it_is_borrowed():
    x = sn.fvector("x")
    value = floats(1, 2)
    own, borrowed = (sn.function([sn.In(x, value=value, borrow=borrow)], x + 0) for borrow in (False, True))
    value[:] = 7
    np.testing.assert_array_equal(own(), [1, 2])
    np.testing.assert_array_equal(borrowed(), [7, 7])


def test_a_default_must_fit_its_input():
    x = sn.fvector("x")
    with pytest.raises(ShapeError, match=r"f: x's default value has 2 axes"):
        sn.function([sn.In(x, value=np.ones((2, 2)))], x, name="f")


def test_an_input_may_have_another_keyword():
    x, other = sn.fvector("x"), sn.fvector("x")
    f = sn.function([sn.In(x, name="first"), sn.In(other, name="second")], x - other)
    np.testing.assert_array_equal(f(second=floats(1), first=floats(3)), [2])


def test_a_keyword_that_two_inputs_share_is_refused():
    f = sn.function([a := sn.fvector("x"), b := sn.fvector("x")], a - b, name="f")
    with pytest.raises(InputError, match=r"f\(x, x\) has several inputs 'x'"):
        f(floats(1), x=floats(2))


def test_a_mutable_argument_is_computed_in():
    x = sn.fvector("x", shape=(4,))
    plain = sn.function([x], sn.exp(x) * 2)
    f = sn.function([sn.In(x, mutable=True)], sn.exp(x) * 2)
    assert f.memory < plain.memory
    array = floats(0, 1, 2, 3)
    np.testing.assert_array_equal(f(array.copy()), plain(array))
    f(array)
    assert not np.array_equal(array, floats(0, 1, 2, 3))


def test_a_mutable_argument_that_others_see_is_copied():
    x, y = sn.fvector("x"), sn.fvector("y")
    w = sn.shared(floats(1, 2, 3), "w")
    f = sn.function([sn.In(x, mutable=True), y], sn.exp(x) + y * w)
    array = floats(1, 2, 3)
    expected = np.exp(array) + array * array
    np.testing.assert_allclose(f(array, array), expected, 1e-6)
    np.testing.assert_array_equal(array, [1, 2, 3])
    fixed = floats(1, 2, 3)
    fixed.flags.writeable = False
    np.testing.assert_allclose(f(fixed, array), expected, 1e-6)
    np.testing.assert_allclose(f(w.get_value(borrow=True), array), expected, 1e-6)
    np.testing.assert_array_equal(w.get_value(), [1, 2, 3])


def test_a_mutable_argument_that_is_an_output_is_kept():
    x = sn.fvector("x")
    f = sn.function([sn.In(x, mutable=True)], [x, sn.exp(x), x * 2])
    for result, expected in zip(f(floats(1, 2)), ([1, 2], np.exp([1, 2]), [2, 4])):
        np.testing.assert_allclose(result, expected, 1e-6)


# Out ------------------------------------------------------------------------------------------------------------------


def test_a_borrowed_output_is_the_functions_own_memory():
    x = sn.fvector("x")
    f = sn.function([x], {"lent": sn.Out(x * 2, borrow=True), "own": sn.Out(x + 1)})
    first = f(floats(1, 2))
    f(floats(3, 4))
    np.testing.assert_array_equal(first["lent"], [6, 8])
    np.testing.assert_array_equal(first["own"], [2, 3])


def test_what_is_not_the_functions_own_is_never_lent():
    x, w = sn.fvector("x"), sn.shared(floats(1, 2), "w")
    f = sn.function([x], [sn.Out(y, borrow=True) for y in (x, w, sn.constant([1.0, 2.0]))], [(w, w + 1)])
    argument = floats(5, 6)
    results = f(argument)
    for result, expected in zip(results, ([5, 6], [1, 2], [1, 2])):
        np.testing.assert_array_equal(result, expected)
        result[:] = 0
    np.testing.assert_array_equal(argument, [5, 6])
    np.testing.assert_array_equal(w.get_value(), [2, 3])
    np.testing.assert_array_equal(f(argument)[2], [1, 2])


# casts ----------------------------------------------------------------------------------------------------------------


def test_downcasts_are_as_chosen():
    n, x = sn.bscalar("n"), sn.fscalar("x")
    f = {choice: sn.function([n, x], n * x, allow_input_downcast=choice, name="f") for choice in (None, True, False)}
    assert f[True](np.float64(2.9), np.float64(0.5)) == 1.0
    assert f[True](np.int64(258), 1.0) == 2.0
    assert f[None](np.int64(2), np.float64(0.5)) == f[False](2, 0.5) == f[False](np.int8(2), np.float32(0.5)) == 1.0
    with pytest.raises(DTypeError, match=r"f: n has dtype float64, but int8 is declared"):
        f[None](np.float64(2.9), 0.5)
    with pytest.raises(DTypeError, match=r"f: x has dtype float64, but float32 is declared, which cannot hold"):
        f[False](2, np.float64(0.5))
    for bad in (np.nan, np.inf, 1e9):
        with pytest.raises(DTypeError, match=rf"f: n holds {bad}, outside int8 \(-128 to 127\)"):
            f[True](np.float64(bad), 0.5)


def test_one_input_may_be_cast_otherwise_than_the_rest():
    n = sn.lscalar("n")
    f = sn.function([sn.In(n, allow_downcast=True)], n * 2)
    assert f(1.7) == 2


# default updates ------------------------------------------------------------------------------------------------------


def test_random_streams_stand_still_where_default_updates_are_not_wanted():
    sn.seed(1)
    a, b = sn.uniform((3,)), sn.uniform((3,))
    moving, still = sn.function([], a), sn.function([], a, no_default_updates=True)
    np.testing.assert_array_equal(still(), still())
    assert not np.array_equal(moving(), moving())
    (state,) = [s for s, _ in moving.updates]
    one = sn.function([], [a, b], no_default_updates=[state])
    first, second = one(), one()
    np.testing.assert_array_equal(first[0], second[0])
    assert not np.array_equal(first[1], second[1])
    with pytest.raises(ArgumentError, match="no_default_updates is 'all'"):
        sn.function([], a, no_default_updates="all")


# clone_replace --------------------------------------------------------------------------------------------------------


def test_clone_replace_puts_others_in_the_place_of_variables():
    x, y = sn.fvector("x"), sn.fvector("y")
    h = sn.tanh(x)
    cost = (h * h).sum()
    on_y = sn.clone_replace(cost, {x: y})
    np.testing.assert_allclose(on_y.eval({y: floats(1, 2)}), np.sum(np.tanh(floats(1, 2)) ** 2), 1e-6)
    same, halved = sn.clone_replace([x * 1, cost], [(h, h / 2)])
    np.testing.assert_allclose(halved.eval({x: floats(1, 2)}), np.sum(np.tanh(floats(1, 2)) ** 2) / 4, 1e-6)
    assert same.node.inputs[0] is x
    with pytest.raises(ArgumentError, match=r"clone_replace replaces x, which has 1 axes, by one of 2"):
        sn.clone_replace(cost, {x: sn.fmatrix("m")})
