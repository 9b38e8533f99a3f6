"""Draws: the numbers themselves, what makes them independent and repeatable, their distributions, errors."""

import pickle
import tracemalloc

import numpy as np
import pytest

import symnet as sn
from ops.oracles.random import sfc64, uniform32, uniform64
from symnet.backends.reference import evaluate
from symnet.errors import ArgumentError, DTypeError, ShapeError
from symnet.graph import Variable, toposort
from symnet.ops.random.streams import (
    RandomStream,
    StandardNormal,
    StandardUniform,
    default_generator,
    seed_bits,
)


def states(y):
    return [x for node in toposort([y]) for x in node.inputs if x.name and x.name.startswith("random_state")]


def value(y, **values):
    leaves = {x.name: x for node in toposort([y]) for x in node.inputs if x.name is not None}
    return evaluate([y], {leaves[name]: np.array(v) for name, v in values.items() if name in leaves})[0]


# the numbers ------------------------------------------------------------------------------------------------


def test_the_generator_is_sfc64_seeded_by_the_three_words_of_the_state():
    bits = np.random.SFC64(0)
    state = np.array([2**64 - 3, 5, 2**63], np.uint64)
    seed_bits(bits, state)
    words = sfc64(*state.tolist())
    assert bits.random_raw(20).tolist() == [next(words) for _ in range(20)]


@pytest.mark.parametrize(("dtype", "oracle"), [("float32", uniform32), ("float64", uniform64)])
def test_uniform_numbers_bit_for_bit(dtype, oracle):
    state = np.array([7, 1, 2], np.uint64)
    expected = oracle(sfc64(7, 1, 2), 15).reshape(3, 5)
    np.testing.assert_array_equal(StandardUniform(dtype, (3, 5)).run(state), expected)
    x = Variable(sn.lvector("s").type.with_dtype("uint64").with_shape((3,)), name="s")
    f = sn.function([x], StandardUniform(dtype, (3, 5))(x))
    np.testing.assert_array_equal(f(state), expected)


@pytest.mark.parametrize("draw", [
    StandardUniform("float32", (4, 3)),
    StandardUniform("float64", ()),
    StandardUniform("float32", (0, 3)),
    StandardNormal("float32", (4, 3)),
    StandardNormal("float64", (1,)),
])  # fmt: skip
def test_compiled_and_reference_draws_are_the_same_numbers(draw):
    state = sn.shared(np.array([7, 1, 2], np.uint64), "state")
    y = draw(state)
    expected = draw.run(state.get_value())
    assert expected.dtype == y.type.dtype
    f = sn.function([], y)
    for _ in range(2):
        np.testing.assert_array_equal(f(), expected)


def test_binomial_of_many_trials_is_the_generators():
    y = RandomStream(3).binomial((2, 3), n=100, p=[0.1, 0.5, 1.0])
    (state,) = states(y)
    f = sn.function([], y)
    expected = evaluate([y], {state: state.get_value()})[0]
    np.testing.assert_array_equal(f(), expected)
    assert expected.dtype == np.int64
    assert (expected[:, 2] == 100).all() and (expected[:, 0] < 40).all()


# state ------------------------------------------------------------------------------------------------------


def test_every_call_draws_anew_and_a_state_brings_the_numbers_back():
    y = RandomStream(0).uniform((5,))
    (state,) = states(y)
    f = sn.function([], y)
    before = state.get_value()
    first, second = f(), f()
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(state.get_value(), before + np.array([0, 0, 2], np.uint64))
    state.set_value(before)
    np.testing.assert_array_equal(f(), first)


def test_two_draws_of_a_stream_and_of_two_streams_differ():
    stream, other = RandomStream(0), RandomStream(1)
    values = [value(s.uniform((8,))) for s in (stream, stream, other)]
    assert len({v.tobytes() for v in values}) == 3


def test_the_same_seed_draws_the_same():
    for seed in (0, 2**70, [1, 2]):
        a, b = RandomStream(seed), RandomStream(seed)
        for _ in range(3):
            np.testing.assert_array_equal(a.state().get_value(), b.state().get_value())


def test_no_seed_draws_differently():
    assert not np.array_equal(RandomStream().state().get_value(), RandomStream().state().get_value())


def test_seed_starts_the_default_stream_again_initial_values_included():
    def everything():
        sn.seed(5)
        return [value(sn.uniform((3,))), default_generator().normal(size=3), value(sn.normal(2))]

    for a, b in zip(everything(), everything(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_the_default_stream_does_not_repeat_a_stream_of_the_same_seed():
    sn.seed(5)
    assert not np.array_equal(value(sn.uniform((3,))), value(RandomStream(5).uniform((3,))))


def test_a_stream_pickles():
    stream = RandomStream(1)
    stream.state()
    again = pickle.loads(pickle.dumps(stream))
    np.testing.assert_array_equal(again.state().get_value(), stream.state().get_value())


def test_a_value_and_its_gradient_see_the_same_numbers():
    x = sn.vector("x", shape=(6,))
    y = (sn.uniform((6,), stream=RandomStream(0)) * x).sum()
    f = sn.function([x], [y, sn.grad(y, x)], training=True)
    total, g = f(np.ones(6, "float32"))
    np.testing.assert_allclose(g.sum(), total, rtol=1e-6)


def test_drawing_allocates_nothing():
    u, z = RandomStream(0).uniform((200, 100)), RandomStream(1).normal((200, 100))
    f = sn.function([], (u + z).sum())
    f()
    tracemalloc.start()
    f()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20_000


# distributions ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
def test_uniform_fills_its_interval(dtype):
    x = value(RandomStream(0).uniform((20_000,), low=-1.0, high=3.0, dtype=dtype)).astype("float64")
    assert -1 <= x.min() < -0.99 and 2.99 < x.max() <= 3
    assert abs(x.mean() - 1) < 0.03 and abs(x.var() - 16 / 12) < 0.03


def test_normal_has_its_moments():
    x = value(RandomStream(0).normal((20_000,), mean=2.0, std=3.0, dtype="float64"))
    assert abs(x.mean() - 2) < 0.08 and abs(x.std() - 3) < 0.06
    assert abs(((x - 2) ** 3).mean()) < 2.5


def test_bernoulli_and_binomial_have_their_means():
    assert abs(value(RandomStream(0).bernoulli((20_000,), p=0.3)).mean() - 0.3) < 0.015
    assert abs(value(RandomStream(0).binomial((20_000,), n=10, p=0.3)).mean() - 3) < 0.05
    assert set(np.unique(value(RandomStream(0).bernoulli((50,), dtype="bool")))) == {False, True}


@pytest.mark.parametrize("p", [0.0, 1.0])
def test_a_certain_event(p):
    for y in (sn.bernoulli((3, 4), p), sn.binomial((3, 4), 1, p), sn.binomial((3, 4), 7, p) / 7):
        np.testing.assert_array_equal(value(y), np.full((3, 4), p))


# sizes and parameters ---------------------------------------------------------------------------------------


def test_sizes_may_be_symbolic():
    x = sn.matrix("x", shape=(None, 3))
    y = sn.uniform((x.shape[0], 2), stream=RandomStream(0))
    assert y.type.shape == (None, 2)
    f = sn.function([x], y)
    assert f(np.zeros((4, 3), "float32")).shape == (4, 2)
    assert f(np.zeros((0, 3), "float32")).shape == (0, 2)


def test_a_named_size_keeps_its_name():
    x = sn.matrix("x", shape=("batch", 3))
    assert sn.normal((x.shape[0], 5)).type.shape == ("batch", 5)


def test_an_int_is_one_axis_and_the_empty_tuple_none():
    assert sn.uniform(3).type.shape == (3,)
    assert value(sn.uniform(())).shape == ()


def test_gradients_flow_through_the_parameters():
    low, high = sn.scalar("low", dtype="float64"), sn.scalar("high", dtype="float64")
    y = RandomStream(0).uniform((50,), low, high, dtype="float64").mean()
    u = value(y, low=0.0, high=1.0)
    np.testing.assert_allclose(value(sn.grad(y, high), low=0.0, high=1.0), u)
    np.testing.assert_allclose(value(sn.grad(y, low), low=0.0, high=1.0), 1 - u)
    mean, std = sn.scalar("mean", dtype="float64"), sn.scalar("std", dtype="float64")
    z = RandomStream(0).normal((50,), mean, std, dtype="float64").mean()
    np.testing.assert_allclose(value(sn.grad(z, mean), mean=1.0, std=2.0), 1.0)
    np.testing.assert_allclose(value(sn.grad(z, std), mean=1.0, std=2.0), value(z, mean=0.0, std=1.0))


def test_a_negative_size_at_the_call():
    n = sn.lscalar("n")
    with pytest.raises(ShapeError, match="negative"):
        value(sn.uniform((n,)), n=-2)


@pytest.mark.parametrize(("make", "error", "match"), [
    (lambda: sn.uniform((2.5,)), DTypeError, r"uniform: a size is 2\.5"),
    (lambda: sn.normal((-1,)), ShapeError, "normal: a size is -1"),
    (lambda: sn.normal((sn.vector("v"),)), DTypeError, "normal: a size is float32"),
    (lambda: sn.uniform((3,), dtype="int32"), DTypeError, "uniform: dtype is int32"),
    (lambda: sn.uniform((3,), low=np.zeros(4)), ShapeError, r"low \(4,\) does not broadcast to size \(3,\)"),
    (lambda: sn.normal((), mean=np.zeros(4)), ShapeError, r"mean \(4,\) does not broadcast to size \(\)"),
    (lambda: sn.bernoulli(3, p=1.5), ArgumentError, r"bernoulli: p is 1\.5, not a probability"),
    (lambda: sn.bernoulli(3, p=float("nan")), ArgumentError, "bernoulli: p is nan"),
    (lambda: sn.binomial(3, n=-1), ArgumentError, "binomial: n is -1"),
    (lambda: sn.binomial(3, n=2, p=[0.5, 2.0]), ArgumentError, "binomial: p is"),
    (lambda: RandomStream(-1), ArgumentError, "the seed -1 is not usable"),
    (lambda: sn.seed("now"), ArgumentError, "the seed 'now' is not usable"),
])  # fmt: skip
def test_errors(make, error, match):
    with pytest.raises(error, match=match):
        make()


def test_numpys_names_of_draws():
    sn.seed(3)
    x = sn.dmatrix("x")
    dice, order, one = sn.random.randint(1, 7, (1000,)), sn.random.shuffle(x), sn.random.randint(5)
    f = sn.function([x], [dice, order, one])
    a, b, c = f(np.arange(20.0).reshape(10, 2))
    assert set(a.tolist()) == {1, 2, 3, 4, 5, 6} and c.shape == () and 0 <= c < 5
    assert sorted(b[:, 0].tolist()) == list(range(0, 20, 2)) and (b[:, 1] == b[:, 0] + 1).all()
    with pytest.raises(ArgumentError, match=r"shuffle: x is 3, a number\.(.|\n)*fix: permutation\(3\)"):
        sn.random.shuffle(3)


@pytest.mark.parametrize("draw", [sn.random.gamma, sn.random.chisquare, sn.random.standard_t])
def test_no_part_of_a_gradient_flows_to_what_shapes_a_gamma_number(draw):
    a = sn.dscalar("a")
    with pytest.raises(sn.errors.GradientError, match="no gradient flows"):
        sn.grad(draw((3,), a).sum(), a)


def test_a_size_below_0_is_refused_at_the_call():
    n = sn.lscalar("n")
    with pytest.raises(ShapeError, match=r"the size \(-1,\) has a negative entry"):
        sn.function([n], sn.normal((n,)))(-1)
