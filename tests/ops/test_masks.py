"""Dropout masks: their rate, their independence, and the same bits however they are made."""

import numpy as np
import pytest

import symnet as sn
from symnet.ops.masks import DropoutMask

RATES = [0.5, 0.25, 0.75, 0.375, 255 / 256, 1 / 256, 0.3, 1 / 512]
STATE = np.array([7, 1, 2], np.uint64)


def mask(rate, n, state=STATE, dtype="float32"):
    return DropoutMask(dtype, (n,), rate).run(np.asarray(state, np.uint64))


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("shape", [(), (1,), (50,), (7, 9), (0, 3), (3, 5, 41)])
def test_a_compiled_mask_is_the_references(shape, rate, dtype):
    state = sn.shared(STATE, "state")
    draw = DropoutMask(dtype, shape, rate)
    y = draw(state)
    expected = draw.run(STATE)
    assert expected.dtype == dtype and expected.shape == shape
    f = sn.function([], y)
    for _ in range(2):
        np.testing.assert_array_equal(f(), expected)
    assert set(np.unique(expected)) <= {0, np.dtype(dtype).type(1 / (1 - rate))}


@pytest.mark.parametrize("rate", RATES)
def test_the_rate_is_kept_in_all_places(rate):
    """Counts of a binomial: five standard deviations are missed once in two million."""
    n = 400_000
    dropped = mask(rate, n) == 0
    for part in (dropped, dropped[::2], dropped[1::8], dropped[: n // 8], dropped[-n // 5 :]):
        spread = np.sqrt(part.size * rate * (1 - rate))
        assert abs(part.sum() - part.size * rate) < 5 * spread


@pytest.mark.parametrize("rate", [0.5, 0.25, 0.625, 0.3])
def test_elements_and_masks_are_independent(rate):
    n = 200_000
    first, other_call, other_stream = (
        (mask(rate, n, state) == 0) - rate for state in ([7, 1, 2], [7, 1, 3], [7, 2, 2])
    )
    bound = 5 * rate * (1 - rate) * np.sqrt(n)
    for a, b in ((first, other_call), (first, other_stream)):
        assert abs(a @ b) < bound
    for lag in (1, 2, 3, 5, 7, 8, 64, n // 8, n // 5, n // 40):
        assert abs(first[lag:] @ first[:-lag]) < bound


def test_no_array_is_drawn_larger_than_the_rate_needs():
    half = DropoutMask("float32", (8000,), 0.5).scratch()
    assert [t.shape for t in half] == [(8000,), (200,), (1, 1000), (8, 1000)]
