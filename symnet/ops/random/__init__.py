"""Random numbers, `sn.random`: streams of draws, and the distributions made of them."""

from symnet.ops.random.choices import categorical, choice, integers, permutation, randint, shuffle
from symnet.ops.random.continuous import (
    beta,
    cauchy,
    chisquare,
    dirichlet,
    exponential,
    gamma,
    gumbel,
    laplace,
    logistic,
    lognormal,
    multivariate_normal,
    standard_t,
    truncated_normal,
)
from symnet.ops.random.counts import geometric, multinomial, poisson
from symnet.ops.random.streams import (
    RandomStream,
    bernoulli,
    binomial,
    default_generator,
    default_stream,
    generator_at,
    normal,
    seed,
    uniform,
)

__all__ = [
    "RandomStream", "bernoulli", "beta", "binomial", "categorical", "cauchy", "chisquare", "choice",
    "default_generator", "default_stream", "dirichlet", "exponential", "gamma", "generator_at", "geometric", "gumbel",
    "integers", "laplace", "logistic", "lognormal", "multinomial", "multivariate_normal", "normal",
    "permutation", "poisson", "randint", "seed", "shuffle", "standard_t", "truncated_normal", "uniform",
]  # fmt: skip
