"""Choice by bits, which arrays of many elements compile to: the same as NumPy's, for every dtype and shape."""

import numpy as np
import pytest

import symnet as sn
from symnet.types import DTYPES

RNG = np.random.default_rng(0)
NUMBERS = [-np.inf, -1.5, -0.0, 0.0, 1e-40, 2.0, np.inf, np.nan]


def some(dtype, shape=(40, 50)):
    kind = np.dtype(dtype).kind
    if kind == "f":
        with np.errstate(over="ignore"):
            return RNG.choice(NUMBERS, shape).astype(dtype)
    return RNG.integers(0, 2 if kind == "b" else 100, shape).astype(dtype)


def same(actual, expected):
    assert actual.dtype == expected.dtype and actual.shape == expected.shape
    assert actual.tobytes() == expected.tobytes()


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_bit_of_every_dtype_is_kept(dtype):
    c, x, y = sn.matrix("c", dtype="bool"), sn.matrix("x", dtype=dtype), sn.matrix("y", dtype=dtype)
    f = sn.function([c, x, y], sn.where(c, x, y))
    arrays = some("bool"), some(dtype), some(dtype)
    same(f(*arrays), np.where(*arrays))
    assert ("xor" in f.source) is (dtype != "complex128")  # no integer has as many bits


@pytest.mark.parametrize("shapes", [((50,), (40, 50), (40, 1)), ((40, 1), (50,), (40, 50)), ((40, 50), (), (50,))])
def test_operands_broadcast(shapes):
    xs = [sn.tensor(name, shape, dtype) for name, shape, dtype in zip("cxy", shapes, ("bool", "float32", "float32"))]
    f = sn.function(xs, sn.where(*xs))
    arrays = [some(x.type.dtype, shape) for x, shape in zip(xs, shapes)]
    same(f(*arrays), np.where(*arrays))
    assert "xor" in f.source


@pytest.mark.parametrize("a", [None, 0.0, -0.0, 2.5, float("nan")])
@pytest.mark.parametrize("b", [None, 0.0, -0.0, float("-inf")])
def test_a_choice_between_numbers_and_arrays_in_any_memory(a, b):
    c, x = sn.matrix("c", dtype="bool"), sn.matrix("x")
    h = sn.square(x.T)  # a buffer of its own, which the result may take
    f = sn.function([c, x], sn.where(c.T, h if a is None else a, h * 2 if b is None else b), on_unused_input="ignore")
    condition, array = some("bool"), some("float32")
    squares = np.square(array).T
    same(f(condition, array), np.where(condition.T, *(np.float32(v) if v is not None else w for v, w in
                                                     ((a, squares), (b, squares * 2)))))  # fmt: skip
