"""Every word on 200 random inputs: what is compiled against the oracle, at awkward points as well as smooth ones."""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calls import WORDS, Call
from symnet import function
from symnet.graph import toposort
from symnet.op import Elementwise
from symnet.options import options

TIED = 2.0  # steps for each 1: coarse enough for zeros, ones and ties
SPECIAL = np.array([0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 1e300, -1e300, 1e-300, 5e-324])
EXAMPLES = 200


@functools.cache
def compiled(name: str, number: int) -> tuple[Callable[..., list[np.ndarray]], bool]:
    """The function of a case, and whether it is one elementwise op."""
    call = Call(WORDS[name], number, "float64")
    xs = call.variables()
    outputs = call.build(xs)
    with options(floatX="float64"):
        f = function(xs, outputs, on_unused_input="ignore")
    order = toposort(outputs)
    return f, len(order) == 1 and isinstance(order[0].op, Elementwise)


def arrays_of(call: Call, seed: int, kind: str) -> list[np.ndarray]:
    """Random arrays of the case's shapes; those with values of their own (indices, labels) keep them."""
    rng = np.random.default_rng(seed)
    found = []
    for spec, array in zip(call.specs(), call.arrays(variant=1 + seed), strict=True):
        if spec.values is None and array.dtype.kind == "f" and kind != "smooth":
            tied = np.clip(np.round(array * TIED) / TIED, np.ceil(spec.low * TIED) / TIED, spec.high)
            with np.errstate(over="ignore"):  # what double precision holds may be too much for single
                special = rng.choice(SPECIAL, array.shape).astype(array.dtype)
            array = tied if kind == "tied" or spec.low != -2.0 else special
        found.append(array)
    return found


def largest(arrays: list[np.ndarray]) -> float:
    """The largest finite magnitude among floats, at least 1."""
    floats = [a[np.isfinite(a)] for a in arrays if a.dtype.kind in "fc"]
    return max((float(np.max(np.abs(a), initial=1.0)) for a in floats), default=1.0)


@pytest.mark.parametrize("name", [name for name, entry in WORDS.items() if entry.cases])
def test_random_inputs_give_what_the_oracle_says(name):
    entry = WORDS[name]

    @settings(max_examples=EXAMPLES)
    @given(
        st.integers(0, len(entry.cases) - 1), st.integers(0, 2**31 - 1), st.sampled_from(["smooth", "tied", "special"])
    )
    def agrees(number: int, seed: int, kind: str) -> None:
        call = Call(entry, number, "float64")
        f, elementwise = compiled(name, number)
        arrays = arrays_of(call, seed, "tied" if kind == "special" and not elementwise else kind)
        for actual, expected in zip(f(*arrays), call.expected(arrays), strict=True):
            assert actual.shape == expected.shape
            if actual.dtype.kind in "fc":
                single = any(a.dtype == np.complex64 for a in (actual, *arrays))
                rough, slack = (1e-5, 1e-5) if single else (1e-11, 1e-12)
                exact = elementwise and actual.dtype.kind == "f"
                with np.errstate(over="ignore"):
                    expected = expected.astype(actual.dtype)
                    np.testing.assert_allclose(actual, expected, rough, 0.0 if exact else slack * largest(arrays))
            else:
                np.testing.assert_array_equal(actual, expected)

    agrees()
