"""Distributions: how the numbers spread, where they lie, their gradients, what repeats them, and errors."""

import math

import numpy as np
import pytest

import symnet as sn
from symnet.backends.reference import evaluate
from symnet.errors import ArgumentError, MatrixError, ShapeError, SymnetError
from symnet.graph import toposort
from symnet.ops.random import RandomStream

R = sn.random
COUNT = 20_000


def draw(y):
    return sn.function([], y)()


def states(y):
    return [x for node in toposort([y]) for x in node.inputs if x.name and x.name.startswith("random_state")]


def phi(x):
    return math.erfc(-x / math.sqrt(2)) / 2


def truncated(x):
    return (phi(x) - phi(-1)) / (phi(2) - phi(-1))


CONTINUOUS = {
    "exponential": (lambda **k: R.exponential(COUNT, 2.0, **k), lambda x: -math.expm1(-x / 2)),
    "laplace": (lambda **k: R.laplace(COUNT, 1.0, 2.0, **k),
                lambda x: 0.5 + math.copysign(-math.expm1(-abs(x - 1) / 2), x - 1) / 2),
    "gumbel": (lambda **k: R.gumbel(COUNT, 1.0, 2.0, **k), lambda x: math.exp(-math.exp(-(x - 1) / 2))),
    "logistic": (lambda **k: R.logistic(COUNT, 1.0, 2.0, **k), lambda x: 1 / (1 + math.exp(-(x - 1) / 2))),
    "cauchy": (lambda **k: R.cauchy(COUNT, 1.0, 2.0, **k), lambda x: 0.5 + math.atan((x - 1) / 2) / math.pi),
    "lognormal": (lambda **k: R.lognormal(COUNT, 0.5, 2.0, **k), lambda x: phi((math.log(x) - 0.5) / 2)),
    "truncated_normal": (lambda **k: R.truncated_normal(COUNT, -1.0, 2.0, **k), truncated),
    "gamma": (lambda **k: R.gamma(COUNT, 2.0, 3.0, **k), lambda x: 1 - math.exp(-x / 3) * (1 + x / 3)),
    "gamma below 1": (lambda **k: R.gamma(COUNT, 0.5, **k), lambda x: math.erf(math.sqrt(x))),
    "chisquare": (lambda **k: R.chisquare(COUNT, 4, **k), lambda x: 1 - math.exp(-x / 2) * (1 + x / 2)),
    "standard_t": (lambda **k: R.standard_t(COUNT, 2, **k), lambda x: 0.5 + x / 2 / math.sqrt(2 + x * x)),
    "beta": (lambda **k: R.beta(COUNT, 3.0, 1.0, **k), lambda x: x**3),
}  # fmt: skip


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", CONTINUOUS)
def test_the_distribution_function(name, dtype):
    """By Kolmogorov's and Smirnov's statistic: it passes 1.95 once in a thousand seeds, and this is one seed."""
    make, function = CONTINUOUS[name]
    x = draw(make(dtype=dtype, stream=RandomStream(1)))
    assert x.dtype == dtype and x.shape == (COUNT,) and np.isfinite(x).all()
    exact = np.array([function(v) for v in np.sort(x).tolist()])
    steps = np.arange(COUNT + 1) / COUNT
    distance = max(np.max(steps[1:] - exact), np.max(exact - steps[:-1]))
    assert distance * math.sqrt(COUNT) < 1.95


@pytest.mark.parametrize("word", [R.gumbel, R.logistic], ids=lambda w: w.__name__)
def test_logarithms_of_draws_are_finite_in_half_precision(word):
    x = draw(word(200_000, dtype="float16", stream=RandomStream(0)))
    assert x.dtype == np.float16 and np.isfinite(x).all() and x.max() > 9


def chi_square(counts, expected):
    """Pearson's statistic in deviations from its mean."""
    statistic = float(np.sum((counts - expected) ** 2 / expected))
    return (statistic - (len(expected) - 1)) / math.sqrt(2 * (len(expected) - 1))


CDF = [math.exp(-3) * 3**k / math.factorial(k) for k in range(9)]
DISCRETE = {
    "poisson": (lambda s: R.poisson(COUNT, 3.0, stream=s), CDF),
    "geometric": (lambda s: R.geometric(COUNT, 0.4, stream=s) - 1, [0.4 * 0.6**k for k in range(9)]),
    "integers": (lambda s: R.integers(COUNT, 3, 8, stream=s) - 3, [0.2] * 5),
    "with its end": (lambda s: R.integers(COUNT, 4, dtype="int8", endpoint=True, stream=s), [0.2] * 5),
    "categorical": (lambda s: R.categorical(np.log([0.1, 0.2, 0.7]), COUNT, stream=s), [0.1, 0.2, 0.7]),
    "choice": (lambda s: R.choice(3, COUNT, p=[0.1, 0.2, 0.7], stream=s), [0.1, 0.2, 0.7]),
    "fair choice": (lambda s: R.choice(np.array([0, 1, 2]), COUNT, stream=s), [1 / 3] * 3),
}


@pytest.mark.parametrize("name", DISCRETE)
def test_how_often_each_number_comes(name):
    make, probabilities = DISCRETE[name]
    counts = np.bincount(draw(make(RandomStream(2))), minlength=len(probabilities))[: len(probabilities)]
    rest = max(0.0, 1 - sum(probabilities))
    if rest > 1e-9:
        counts, probabilities = np.append(counts, COUNT - counts.sum()), [*probabilities, rest]
    assert chi_square(counts, COUNT * np.array(probabilities)) < 4


def test_a_multinomial_counts_its_trials():
    x = draw(R.multinomial(50, [0.2, 0.3, 0.5], (4, 1000), stream=RandomStream(0)))
    assert x.shape == (4, 1000, 3) and x.dtype == np.int64
    assert (x.sum(-1) == 50).all()
    bounds = 5 * np.sqrt(50 * np.array([0.16, 0.21, 0.25]) / 4000)
    assert (abs(x.mean((0, 1)) - [10, 15, 25]) < bounds).all()


def test_normal_vectors_have_their_covariance():
    cov = np.array([[2.0, 0.6], [0.6, 0.5]])
    x = draw(R.multivariate_normal([1.0, -1.0], cov, COUNT, "float64", RandomStream(0)))
    assert x.shape == (COUNT, 2)
    assert (abs(x.mean(0) - [1, -1]) < 5 * np.sqrt(np.diag(cov) / COUNT)).all()
    spread = np.sqrt((np.outer(np.diag(cov), np.diag(cov)) + cov**2) / COUNT)
    assert (abs(np.cov(x.T) - cov) < 5 * spread).all()
    c = sn.dmatrix("c")
    f = sn.function([c], R.multivariate_normal([0.0, 0.0], c))
    with pytest.raises(MatrixError, match="not positive definite"):
        f([[1.0, 2.0], [2.0, 1.0]])


def test_dirichlet_vectors_are_probabilities():
    alpha = np.array([1.0, 2.0, 5.0])
    x = draw(R.dirichlet(alpha, COUNT, "float64", RandomStream(0)))
    np.testing.assert_allclose(x.sum(-1), 1)
    share = alpha / 8
    assert (abs(x.mean(0) - share) < 5 * np.sqrt(share * (1 - share) / 9 / COUNT)).all()


# orders -----------------------------------------------------------------------------------------------------


def test_every_order_is_as_likely():
    stream, n = RandomStream(0), 3
    x = sn.function([], R.permutation(n, stream=stream))
    seen = [tuple(x().tolist()) for _ in range(1200)]
    counts = np.array([seen.count(order) for order in sorted(set(seen))])
    assert len(counts) == 6 and chi_square(counts, np.full(6, 200.0)) < 4


def test_rows_stay_whole():
    x = sn.matrix("x", dtype="float64")
    values = np.arange(12.0).reshape(6, 2)
    got = sn.function([x], R.permutation(x, stream=RandomStream(3)))(values)
    np.testing.assert_array_equal(got[np.argsort(got[:, 0])], values)
    assert not np.array_equal(got, values)
    assert sn.function([x], R.permutation(x, stream=RandomStream(3)))(values[:0]).shape == (0, 2)


@pytest.mark.parametrize("p", [None, [0.7, 0.1, 0.1, 0.1]])
def test_without_replacement_nothing_comes_twice(p):
    f = sn.function([], R.choice(4, 3, replace=False, p=p, stream=RandomStream(0)))
    assert all(len(set(f().tolist())) == 3 for _ in range(50))


def test_what_has_no_chance_never_comes():
    assert (draw(R.categorical([-np.inf, 0.0], 1000)) == 1).all()
    assert (draw(R.choice(2, 1000, p=[0.0, 1.0])) == 1).all()


# state, gradients, sizes ------------------------------------------------------------------------------------

WORDS = {
    **{name: make for name, (make, _) in CONTINUOUS.items()},
    "poisson": lambda stream: R.poisson(5, 3.0, stream=stream),
    "integers": lambda stream: R.integers(5, 100, stream=stream),
    "multinomial": lambda stream: R.multinomial(9, [0.5, 0.5], 3, stream=stream),
    "choice": lambda stream: R.choice(100, 5, stream=stream),
    "permutation": lambda stream: R.permutation(20, stream=stream),
}


@pytest.mark.parametrize("name", WORDS)
def test_a_seed_repeats_the_calls_and_the_reference_agrees(name):
    ys = [WORDS[name](stream=RandomStream(7)) for _ in range(2)]
    f, again = (sn.function([], y) for y in ys)
    (expected,) = evaluate([ys[0]], {s: s.get_value() for s in states(ys[0])})
    first, second = f(), f()
    np.testing.assert_allclose(first, expected, rtol=1e-5, atol=1e-5)
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(again(), first)
    np.testing.assert_array_equal(again(), second)


def test_sn_seed_covers_them():
    def numbers():
        sn.seed(3)
        return draw(R.gamma((3,), 2.0))

    np.testing.assert_array_equal(numbers(), numbers())


def test_a_call_that_raises_has_advanced_nothing():
    lam = sn.dscalar("lam")
    y = R.poisson(3, lam, stream=RandomStream(0))
    (state,) = states(y)
    f = sn.function([lam], y)
    f(2.0)
    before = state.get_value()
    with pytest.raises(SymnetError, match="poisson: lam < 0"):
        f(-1.0)
    np.testing.assert_array_equal(state.get_value(), before)


@pytest.mark.parametrize("word", [R.laplace, R.gumbel, R.logistic, R.cauchy], ids=lambda w: w.__name__)
def test_gradients_flow_to_place_and_scale(word):
    loc, scale = sn.dscalar("loc"), sn.dscalar("scale")
    y = word(50, loc, scale, dtype="float64", stream=RandomStream(0)).sum()
    z = draw(word(50, dtype="float64", stream=RandomStream(0))).sum()
    by_loc, by_scale = sn.function([loc, scale], sn.grad(y, [loc, scale]), on_unused_input="ignore")(1.0, 2.0)
    np.testing.assert_allclose([by_loc, by_scale], [50, z])


def test_sizes_and_parameters_may_be_symbolic():
    x = sn.matrix("x", shape=(None, 3), dtype="float64")
    ys = [R.exponential(x.shape), R.gamma(x.shape, x), R.poisson((x.shape[0],), 3.0), R.categorical(x),
          R.permutation(x), R.choice(x, 2), R.multinomial(4, x[0], x.shape[0])]  # fmt: skip
    shapes = [v.shape for v in sn.function([x], ys)(np.ones((4, 3)))]
    assert shapes == [(4, 3), (4, 3), (4,), (4,), (4, 3), (2, 3), (4, 3)]


@pytest.mark.parametrize(("make", "error", "match"), [
    (lambda: R.gamma(3, -1.0), ArgumentError, r"gamma: shape is -1\.0"),
    (lambda: R.gamma(3, np.ones(4)), ShapeError, r"gamma: shape \(4,\) does not broadcast to size \(3,\)"),
    (lambda: R.laplace(3, np.ones(4)), ShapeError, r"laplace: loc \(4,\) does not broadcast"),
    (lambda: R.poisson(3, -2.0), ArgumentError, r"poisson: lam is -2\.0"),
    (lambda: R.geometric(3, 0.0), ArgumentError, r"geometric: p is 0\.0"),
    (lambda: R.integers(3, 5, 5), ArgumentError, "integers: from 5 to 4 there is no int64"),
    (lambda: R.integers(3, 300, dtype="uint8"), ArgumentError, "integers: from 0 to 299 there is no uint8"),
    (lambda: R.integers(3, 1.5), ArgumentError, r"integers: the range is 0 to 1\.5"),
    (lambda: R.truncated_normal(3, 2.0, 1.0), ArgumentError, r"truncated_normal: the interval is \[2\.0, 1\.0\]"),
    (lambda: R.choice(3, 4, replace=False), ArgumentError, "choice: 4 of 3 without replacement"),
    (lambda: R.choice(3, 2, p=[0.5, 0.5]), ArgumentError, r"choice: p has shape \(2,\) and the sum 1, for 3 entries"),
    (lambda: R.multinomial(2.0, [1.0]), ArgumentError, r"multinomial: n is 2\.0"),
    (lambda: R.multinomial(2, [[1.0]]), ShapeError, "multinomial: p has 2 axes"),
    (lambda: R.multivariate_normal(0.0, [[1.0]]), ShapeError, "the mean has 0 axes and the covariance 2"),
])  # fmt: skip
def test_errors(make, error, match):
    with pytest.raises(error, match=match):
        make()
