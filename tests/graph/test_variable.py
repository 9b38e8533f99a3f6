"""Variables, constants, shared variables, and what they are called."""

import copy
import gc
import pickle
import threading
import weakref

import numpy as np
import pytest

import symnet.ops as ops
from symnet.backends.reference import evaluate
from symnet.errors import ArgumentError, DTypeError, ShapeError
from symnet.graph import Constant, Variable, constant, shared
from symnet.graph.inputs import dvector, fmatrix, scalar, vector
from symnet.graph.pickling import flatten, restore
from symnet.options import options
from symnet.types import TensorType

# identity and names -----------------------------------------------------------------------------------------


def test_variables_are_equal_by_identity():
    x, y = vector("x"), vector("x")
    assert x == x
    assert x != y
    assert len({x, y, x}) == 2
    assert x in [y, x]
    assert [y, x].index(x) == 1


def test_a_name_wins_over_the_python_name():
    x = vector("x")
    hidden = ops.tanh(x)
    assert (x.label, hidden.label) == ("x", "hidden")
    hidden.name = "h1"
    assert hidden.label == "h1"
    assert repr(hidden) == "<h1: float32 (?,)>"


def test_what_has_no_name_is_called_after_its_op():
    x = vector("x")
    assert [ops.tanh(x)][0].label == "tanh(...)"
    assert [vector()][0].label == "an unnamed input"


def test_only_the_whole_line_bears_its_name():
    x = vector("x")
    out = ops.tanh(x * 2) + 1
    assert out.label == "out"
    tanh = out.node.inputs[0]
    assert (tanh.label, tanh.target) == ("tanh(...)", None)


def test_a_node_shows_its_op_and_inputs():
    x = vector("x")
    y = x + vector("z")
    assert repr(y.node) == "Add()(x, z)"


def test_copies_of_a_variable_are_the_variable():
    y = ops.tanh(vector("x"))
    assert copy.copy(y) is y
    assert copy.deepcopy(y) is y
    assert copy.deepcopy({"y": y})["y"] is y


def test_a_graph_nobody_holds_is_freed():
    x = vector("x")
    y = ops.tanh(x)
    alive = weakref.ref(y)
    del y
    gc.collect()
    assert alive() is None


# constants --------------------------------------------------------------------------------------------------


def test_a_constant_is_a_read_only_copy():
    value = np.ones(3)
    c = constant(value)
    value[0] = 5
    assert c.data.tolist() == [1, 1, 1]
    assert c.type == TensorType("float64", (3,))
    with pytest.raises(ValueError, match="read-only"):
        c.data[0] = 2


def test_dtypes_of_constants():
    assert constant([1, 2], "int8").dtype == "int8"
    assert constant(2.5, "floatX").dtype == "float32"
    assert constant(np.arange(6).reshape(2, 3).T).data.flags.c_contiguous
    assert constant(1j).dtype == "complex128"
    with pytest.raises(DTypeError, match="datetime64"):
        constant(np.datetime64("2020-01-01"))


def test_names_of_constants():
    zero = constant(0.0)
    table = constant([1.0, 2.0])
    assert zero.label == "0.0"
    assert table.label == "table"
    assert [constant([1.0, 2.0])][0].label == "a constant"
    assert constant(3, name="three").label == "three"


# shared variables -------------------------------------------------------------------------------------------


def test_a_shared_variable_copies_in_and_out():
    value = np.ones((2, 3), "float32")
    w = shared(value, "w")
    value[0, 0] = 7
    assert w.get_value()[0, 0] == 1
    w.get_value()[0, 0] = 7
    assert w.get_value()[0, 0] == 1
    assert w.type == TensorType("float32", (2, 3))


def test_borrow_gives_the_array_itself():
    w = shared(np.ones(3), "w")
    array = w.get_value(borrow=True)
    assert w.get_value(borrow=True) is array
    mine = np.zeros(3)
    w.set_value(mine, borrow=True)
    assert w.get_value(borrow=True) is mine
    w.set_value(mine)
    assert w.get_value(borrow=True) is not mine


@pytest.mark.parametrize("borrow", [False, True])
def test_a_shared_value_can_always_be_written_to(borrow):
    w = shared(np.ones(3), "w")
    frozen = np.zeros(3)
    frozen.flags.writeable = False
    w.set_value(frozen, borrow=borrow)
    assert w.get_value(borrow=True).flags.writeable
    w.set_value(np.broadcast_to(2.0, 3), borrow=borrow)
    assert w.get_value(borrow=True).flags.writeable
    base = np.zeros((2, 3))
    w.set_value(base[0], borrow=False)
    base[:] = 9
    assert w.get_value().tolist() == [0, 0, 0]


def test_dtypes_of_shared_variables():
    assert shared(0.5).dtype == "float32"
    assert shared([0.5, 1.0]).dtype == "float32"
    assert shared(np.float64(0.5)).dtype == "float64"
    assert shared(np.zeros(2)).dtype == "float64"
    assert shared(3).dtype == "int64"
    assert shared(True).dtype == "bool"
    assert shared(3, dtype="float32").dtype == "float32"
    with options(floatX="float64"):
        assert shared(0.5).dtype == "float64"


def test_open_shapes():
    w = shared(np.ones((2, 3)), shape=(None, 3))
    w.set_value(np.ones((5, 3)))
    assert w.get_value().shape == (5, 3)
    with pytest.raises(ShapeError, match="size 4 on axis 1, but 3 is declared"):
        w.set_value(np.ones((5, 4)))


def test_a_value_of_another_type_is_refused_and_the_old_one_stays():
    w = shared(np.arange(3), "steps")
    for value, kind, words in [
        (np.zeros(4, "int64"), ShapeError, "the value for steps has size 4 on axis 0, but 3 is declared"),
        (np.zeros(3), DTypeError, "the value for steps has dtype float64, but int64 is declared"),
        (np.zeros((3, 1), "int64"), ShapeError, "the value for steps has 2 axes"),
    ]:
        with pytest.raises(kind, match=words):
            w.set_value(value)
    assert w.get_value().tolist() == [0, 1, 2]


def test_bad_shared_values():
    with pytest.raises(ArgumentError, match=r"shared: the value is the symbolic variable x(.|\n)*pass an array"):
        shared(vector("x"))
    with pytest.raises(DTypeError, match="w"):
        shared("text", "w")
    with pytest.raises(ShapeError, match="the value of w has 1 axis"):
        shared(np.ones(3), "w", shape=(None, None))


def test_set_value_from_several_threads():
    w = shared(np.zeros(1000))
    threads = [threading.Thread(target=lambda k=k: w.set_value(np.full(1000, float(k)))) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(w.get_value())) == 1


# pickles ----------------------------------------------------------------------------------------------------


def again(value):
    return pickle.loads(pickle.dumps(value))


def test_an_input_pickles():
    x = fmatrix("x", shape=("batch", 3))
    y = again(x)
    assert type(y) is Variable
    assert (y.name, y.type, y.origin, y.node) == (x.name, x.type, x.origin, None)


def test_a_constant_pickles_and_stays_read_only():
    c = again(constant([1.0, 2.0], "float32", "c"))
    assert type(c) is Constant
    assert (c.name, c.type, c.data.tolist()) == ("c", TensorType("float32", (2,)), [1, 2])
    assert not c.data.flags.writeable


def test_a_shared_variable_pickles_with_its_update():
    w = shared(np.ones((2, 3)), "w", shape=(None, 3))
    w.default_update = w * 0.5
    v = again(w)
    assert (v.name, v.type, v.origin) == (w.name, w.type, w.origin)
    assert v.get_value().tolist() == np.ones((2, 3)).tolist()
    assert v.default_update.node.inputs[0] is v
    assert again(shared(1.0)).default_update is None
    v.set_value(np.zeros((1, 3)))  # its lock is there too
    assert w.get_value().shape == (2, 3)


def test_a_graph_pickles():
    x = dvector("x")
    w = shared(np.array([1.0, 2.0]), "w")
    h = ops.tanh(x * w + 0.5)
    h.name = "h"
    cost = (h * h).sum()
    copied = again({"cost": cost, "x": x})
    assert copied["cost"].origin == cost.origin
    assert copied["cost"].label == "cost"
    assert copied["cost"].node.inputs[0].node.inputs[0].name == "h"
    value = np.array([0.3, -0.4])
    expected = evaluate([cost], {x: value})
    np.testing.assert_array_equal(evaluate([copied["cost"]], {copied["x"]: value}), expected)


def test_what_is_shared_in_a_graph_stays_shared():
    x = vector("x")
    h = ops.tanh(x)
    copied = again(h + h)
    first, second = copied.node.inputs
    assert first is second
    assert first.node.outputs[0] is first


def test_leaves_stay_one_object_between_graphs_in_a_pickle():
    x, w = vector("x"), shared([1.0], "w")
    x2, w2, y2, z2 = again((x, w, x * w, x + w))
    assert y2.node.inputs == z2.node.inputs == (x2, w2)


def test_nodes_stay_one_object_in_a_flattened_list():
    x = vector("x")
    h = ops.tanh(x)
    h2, y2, x2 = restore(pickle.loads(pickle.dumps(flatten([h, h * 2, x]))))
    assert y2.node.inputs[0] is h2
    assert h2.node.inputs[0] is x2


def test_a_flattened_graph_names_equal_values_once():
    y = x = scalar("x")
    for _ in range(50):
        y = y + x
    flat = flatten([y])
    assert len(flat["nodes"]) == 50
    assert len(flat["values"]) == 3  # add, its type, the line


# 100,000 nodes ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def chain():
    y = x = dvector("x", shape=(2,))
    for _ in range(100_000):
        y = -y
    return x, y


def test_a_long_chain_pickles(chain):
    x, y = chain
    copied_x, copied = again((x, y))
    node, length = copied.node, 0
    while node is not None:
        (below,) = node.inputs
        node, length = below.node, length + 1
    assert length == 100_000
    assert below is copied_x


@pytest.mark.filterwarnings("error")
def test_a_long_chain_is_freed():
    y = vector("x")
    for _ in range(100_000):
        y = -y
    alive = weakref.ref(y.node.inputs[0])
    del y
    gc.collect()
    assert alive() is None
