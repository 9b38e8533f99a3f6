"""Choosing where the cases do not reach."""

import numpy as np
import pytest

import symnet as sn
from symnet import function, ops
from symnet.errors import ArgumentError, BoundsError, DTypeError, ShapeError
from symnet.graph.inputs import lvector, tensor, vector

X = vector("x")


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda: ops.select([X > 0], [X, X]), ArgumentError, "select: 1 conditions for 2 choices"),
        (lambda: ops.select([], []), ArgumentError, "select: 0 conditions"),
        (lambda: ops.choose(lvector("i"), []), ArgumentError, "choose: the list holds 0 arrays"),
        (lambda: ops.choose(X, [1.0]), DTypeError, "choose: the indices are float32"),
        (lambda: ops.choose(lvector("i"), [1.0], "near"), ArgumentError, "choose: mode is 'near'"),
        (lambda: ops.piecewise(X, [X > 0], []), ArgumentError, "piecewise: 0 functions for 1 conditions"),
        (lambda: ops.one_hot(X, 3), DTypeError, "one_hot: the labels are float32"),
        (lambda: ops.one_hot(lvector("i"), -1), ShapeError, "one_hot: a size is -1"),
        (lambda: ops.one_hot(lvector("i"), 3, axis=2), ArgumentError, "one_hot: axis 2 is out of range"),
        (lambda: ops.one_hot([0, 3], 3), BoundsError, "label 3 is out of range for 3 classes"),
    ],
)
def test_refused(build, error, message):
    with pytest.raises(error, match=message):
        build()


@pytest.mark.parametrize("bad", [-1, 3])
def test_a_label_outside_is_an_error_at_the_call(bad):
    i = lvector("i")
    with pytest.raises(BoundsError, match=f"label {bad} is out of range for 3 classes(.|\n)*test_choice.py"):
        function([i], ops.one_hot(i, 3))([0, bad])
    with pytest.raises(BoundsError, match=f"{bad} is out of range(.|\n)*test_choice.py"):
        function([i], ops.choose(i, [i, i, i]))([0, bad])


def test_labels_become_rows_without_an_array_for_them():
    i = tensor("i", (300,), "int64")
    assert function([i], ops.one_hot(i, 400)).allocations == 0


def test_what_is_not_taken_stays_out_of_the_gradient():
    f = function([X], sn.grad(ops.piecewise(X, [X > 0], [sn.log, lambda x: 2 * x]).sum(), X))
    np.testing.assert_array_equal(f([-1.0, -0.5, 4.0]), [2.0, 2.0, 0.25])
    f = function([X], sn.grad(ops.select([X > 0], [sn.log(X)], 2 * X).sum(), X))
    np.testing.assert_array_equal(f([-1.0, -0.5, 4.0]), [2.0, 2.0, 0.25])
