"""From unknown sizes to numbers: shape arithmetic folds, equal expressions meet, named sizes agree."""

import numpy as np
import pytest

import symnet as sn
from symnet.errors import ShapeError, SymnetError
from symnet.graph import Constant, Variable, toposort
from symnet.lowering.specialise import Specialiser, concrete, value_sizes
from symnet.types import TensorType


def specialised(outputs, shapes, sizes=None):
    """The outputs for inputs of known shapes, and the stand-ins of the inputs."""
    bound = {}
    stand_ins = {x: Variable(concrete(x, shape, bound), name=x.label) for x, shape in shapes.items()}
    return Specialiser(stand_ins, sizes or {})(outputs), stand_ins


def names(outputs):
    return [node.op.name for node in toposort(outputs)]


def test_every_size_becomes_a_number():
    x, w = sn.matrix("x"), sn.matrix("w")
    h = sn.tanh(sn.dot(x, w)) + x.sum(axis=1, keepdims=True)
    (y,), _ = specialised([h], {x: (2, 3), w: (3, 4)})
    assert y.type.shape == (2, 4)
    assert all(v.type.is_static for node in toposort([y]) for v in (*node.inputs, *node.outputs))


def test_shape_arithmetic_folds_away():
    x = sn.matrix("x")
    n = x.shape[0] * 2 + x.shape[1]
    (y, z), _ = specialised([n, sn.zeros((n, 2)) + 1], {x: (3, 4)})
    assert isinstance(y, Constant) and y.data == 10 and y.type.dtype == "int64"
    assert z.type.shape == (10, 2)


def test_equal_expressions_become_one_node_only_now():
    x = sn.matrix("x")
    a, b = x.reshape((x.shape[0] * x.shape[1],)), x.reshape((-1,))
    (y, z), _ = specialised([sn.exp(a), sn.exp(b)], {x: (2, 3)})
    assert y is z


def test_different_constants_stay_different():
    x = sn.vector("x")
    (y,), _ = specialised([(x + 0.0) * (x + -0.0) * (x + 1.0) * (x + 1.0)], {x: (2,)})
    constants = {v.data.tobytes() for node in toposort([y]) for v in node.inputs if isinstance(v, Constant)}
    assert len(constants) == 3


def test_constants_fold_and_large_ones_do_not():
    x = sn.vector("x")
    small, large = sn.constant(np.zeros(10)) + x.shape[0], sn.constant(np.zeros(100_000)) + x.shape[0]
    (y, z), _ = specialised([small, large], {x: (3,)})
    assert isinstance(y, Constant) and y.data.tolist() == [3] * 10
    assert not isinstance(z, Constant)


def test_names_and_lines_carry_over():
    x = sn.matrix("x")
    h = sn.tanh(x)
    h.name = "hidden"
    (y,), _ = specialised([h], {x: (2, 3)})
    assert y.name == "hidden" and y.origin == h.origin


def test_only_sizes_that_depend_on_values_are_asked_for():
    x, n = sn.vector("x"), sn.lscalar("n")
    assert value_sizes(toposort([x.reshape((x.shape[0], 1)), sn.zeros(x.shape[0] * 2)])) == {}
    found = value_sizes(toposort([sn.zeros(n + 1), x[: n * 2]]))
    assert len(found) >= 2
    y = sn.zeros(n + 1)
    ((key, size),) = value_sizes(toposort([y])).items()
    (z,), _ = specialised([y], {n: ()}, {key: 7})
    assert z.type.shape == (7,)
    with pytest.raises(SymnetError, match="cannot be known before the call"):
        specialised([y], {n: ()})
    assert size.type == TensorType("int64", ())


def test_named_sizes_agree():
    bound = {}
    x, y = sn.tensor("x", ("batch", 3)), sn.tensor("y", ("batch",))
    assert concrete(x, (2, 3), bound).shape == (2, 3)
    assert concrete(y, (2,), bound).shape == (2,)
    with pytest.raises(ShapeError, match=r"size 'batch' is 2 in x but 4 in y \(axis 0\)"):
        concrete(y, (4,), bound)
    with pytest.raises(ShapeError, match=r"x has shape \(2, 5\), but its type is"):
        concrete(x, (2, 5), {})


def test_shapes_that_meet_only_now():
    x, y = sn.vectors("x", "y")
    with pytest.raises(ShapeError, match=r"2 against 3[\s\S]*test_specialise.py"):
        specialised([x + y], {x: (2,), y: (3,)})


def test_a_long_chain_needs_no_recursion():
    x = sn.vector("x")
    y = x
    for _ in range(5_000):
        y = sn.tanh(y)
    (z,), _ = specialised([y], {x: (2,)})
    assert names([z]) == ["tanh"] * 5_000
    assert np.isfinite(sn.function([x], y)([1, 2])).all()


def test_a_size_computed_from_what_is_not_folded_is_known():
    x, v = sn.tensor("x", ("n", 3)), sn.tensor("v", (100,))
    places = sn.argsort(sn.ones_like(x), axis=1)
    options = sn.Options(machine=sn.Machine(cache=512, threads=2))
    f = sn.function([x, v], [sn.bincount(sn.ravel(places)), sn.exp(v)], options=options)
    counts, exps = f(np.zeros((4, 3), "float32"), np.zeros(100, "float32"))
    assert counts.tolist() == [4, 4, 4] and exps.tolist() == [1.0] * 100
