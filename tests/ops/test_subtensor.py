"""`x.at[key]`: parts changed, by JAX's names."""

import numpy as np
import pytest

import symnet as sn
from symnet.errors import ArgumentError, DTypeError

X = np.arange(12.0).reshape(4, 3) - 4


@pytest.mark.parametrize("key", [2, (slice(1, 3), -1), slice(None, None, -2), X > 0, (1, 2), (slice(1, 4), X[0] > -4)])
@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("set", lambda part, v: v), ("add", np.add), ("subtract", np.subtract), ("multiply", np.multiply),
        ("divide", np.divide), ("power", np.power), ("min", np.minimum), ("max", np.maximum),
    ],
)  # fmt: skip
def test_a_part_is_changed_in_a_copy(key, name, change):
    x, v = sn.dmatrix("x"), sn.dscalar("v")
    y = getattr(x.at[key], name)(v)
    expected = X.copy()
    expected[key] = change(expected[key], 2.0)
    f = sn.function([x, v], [y, x.at[key].get(), x])
    found, part, same = f(X, 2.0)
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(part, X[key])
    np.testing.assert_array_equal(same, X)


def test_values_of_repeated_indices_are_added():
    x, i = sn.dvector("x"), sn.lvector("i")
    f = sn.function([x, i], [x.at[i].add(1.0), x.at[i].subtract(np.array([1.0, 2.0, 4.0])), x.at[i].set(7)])
    added, less, replaced = f(np.zeros(3), np.array([2, 0, 2]))
    assert (added.tolist(), less.tolist(), replaced.tolist()) == ([1, 0, 2], [-2, 0, -5], [7, 0, 7])


def test_gradients_flow_to_what_was_and_to_what_comes():
    sn.check_grad(lambda x, v: x.at[1:3].multiply(v), [X, np.array([2.0, 3.0, 4.0])])


def test_numbers_keep_their_type():
    x = sn.lvector("x")
    y = sn.function([x], x.at[0].multiply(3))(np.array([2, 5]))
    assert y.dtype == np.int64 and y.tolist() == [6, 5]
    with pytest.raises(DTypeError, match=r"x.at\[key\].multiply: the value is float32, but x is int64(.|\n)*fix: cast"):
        x.at[0].multiply(0.5)
    with pytest.raises(DTypeError, match=r"the value is float"):
        x.at[0].divide(2)


def test_index_arrays_may_repeat():
    x, i = sn.dvector("x"), sn.lvector("i")
    message = r"x.at\[key\].max: the key holds an index array, whose entries may repeat\.(.|\n)*fix: .*set\(maximum\("
    with pytest.raises(ArgumentError, match=message):
        x.at[i].max(0.0)
