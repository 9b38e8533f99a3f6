"""The oracle: op by op, with errors that name the line, and types that are checked."""

from dataclasses import dataclass

import numpy as np
import pytest

import symnet as sn
from symnet.backends.reference import evaluate
from symnet.errors import BoundsError, InputError, ShapeError
from symnet.graph import Variable

F32 = np.float32


def test_values_of_inputs_constants_and_shared_variables():
    x, s = sn.vector("x"), sn.shared([1.0, 2.0], "s")
    y = x * s + 3
    total, same = evaluate([y.sum(), y], {x: np.array([1, 2], F32)})
    assert float(total) == 11 and same.tolist() == [4, 7] and same.dtype == F32
    assert evaluate([s, sn.constant(2)], {})[0].tolist() == [1, 2]


def test_a_variable_on_the_way_may_be_given():
    x = sn.vector("x")
    h = x + 1
    assert evaluate([h * 2], {h: np.array([5], F32)})[0].tolist() == [10]


def test_composites_are_expanded():
    x = sn.matrix("x")
    (p,) = evaluate([sn.softmax(x)], {x: np.zeros((2, 4), F32)})
    assert (p == 0.25).all()


def test_a_missing_input_is_named():
    x = sn.vector("x")
    with pytest.raises(InputError, match=r"x has no value[\s\S]*pass a value"):
        evaluate([x + 1], {})


def test_an_error_names_the_operands_and_the_line():
    x, labels = sn.matrix("x"), sn.lvector("labels")
    y = sn.cross_entropy(x, labels)
    with pytest.raises(BoundsError, match=r"label 4 is out of range for 4 classes[\s\S]*test_reference.py:\d+   y ="):
        evaluate([y], {x: np.zeros((1, 4), F32), labels: np.array([4])})


def test_a_value_that_contradicts_its_type_is_refused():
    @dataclass(frozen=True)
    class Liar(sn.Op):
        kind: str
        name = "liar"

        def infer(self, *inputs: Variable):
            return inputs[0].type

        def run(self, *arrays):
            return arrays[0].astype("float64") if self.kind == "dtype" else arrays[0][:1]

    x = sn.tensor("x", (2,))
    value = np.zeros(2, F32)
    with pytest.raises(ShapeError, match=r"was inferred as float32 \(2,\) but is float64 \(2,\)"):
        evaluate([Liar("dtype")(x)], {x: value})
    with pytest.raises(ShapeError, match=r"but is float32 \(1,\)"):
        evaluate([Liar("shape")(x)], {x: value})


def test_nothing_is_warned_of():
    x = sn.vector("x")
    assert evaluate([sn.log(x)], {x: np.array([0, -1], F32)})[0][0] == -np.inf
