"""Walks: order, leaves, users, substitution, and chains as long as anyone likes."""

import numpy as np
import pytest

import symnet.ops as ops
from symnet.backends.reference import evaluate
from symnet.errors import ShapeError
from symnet.graph import Graph, constant, free_inputs, leaves, rebuild, shared, substitute, toposort
from symnet.graph.inputs import dvector, scalar, vector


def test_inputs_come_before_users_and_each_node_once():
    x, y = vector("x"), vector("y")
    a = x + y
    b = ops.tanh(a)
    c = b * a
    d = ops.exp(c) + b
    order = toposort([d, c, a])
    assert len(order) == len(set(order)) == 5
    place = {node: k for k, node in enumerate(order)}
    for node in order:
        assert all(place[v.node] < place[node] for v in node.inputs if v.node is not None)


def test_the_order_follows_the_outputs():
    x = vector("x")
    a, b = ops.tanh(x), ops.exp(x)
    assert toposort([a, b]) == [a.node, b.node]
    assert toposort([b, a]) == [b.node, a.node]
    assert toposort([]) == toposort([x]) == []


def test_stop_ends_a_walk():
    x = vector("x")
    a = ops.tanh(x)
    b = ops.exp(a)
    c = b + a
    assert toposort([c], stop=lambda v: v is b) == [a.node, c.node]
    assert toposort([c], stop=lambda v: v is a) == [b.node, c.node]
    assert toposort([c], stop=lambda v: v is c) == []


def test_leaves_come_in_the_order_of_first_use():
    x, y, w, k = vector("x"), vector("y"), shared([1.0]), constant([2.0])
    z = (y * w + k) * x
    assert leaves([z, y]) == [y, w, k, x]
    assert leaves([x]) == [x]
    assert free_inputs([z]) == [y, x]


def test_users():
    x, y = vector("x"), vector("y")
    a = x * x
    b = a + x
    assert Graph([b]).users == {x: [a.node, b.node], a: [b.node]}
    assert y not in Graph([b]).users


def test_substitution_copies_only_what_depends_on_what_was_replaced():
    x, y, z = dvector("x"), dvector("y"), dvector("z")
    a, b = ops.tanh(x), ops.exp(y)
    c = a + b
    c.name = "c"
    (d,) = substitute([c], {x: z})
    assert d is not c
    assert d.name == "c"
    assert d.origin == c.origin
    assert d.node.inputs[1] is b
    assert free_inputs([d]) == [z, y]
    assert free_inputs([c]) == [x, y]
    value = np.array([0.5])
    np.testing.assert_array_equal(evaluate([d], {z: value, y: 2 * value}), evaluate([c], {x: value, y: 2 * value}))


def test_substitution_of_intermediate_variables_and_outputs():
    x, y = dvector("x"), dvector("y")
    a = ops.tanh(x)
    b = a * x
    c = b + a
    (d,) = substitute([c], {b: y})
    assert d.node.inputs == (y, a)
    assert substitute([b, x], {b: y}) == [y, x]
    assert substitute([c], {}) == [c]


def test_substitution_is_at_once():
    x, y = dvector("x"), dvector("y")
    a = x - y
    (b,) = substitute([a], {x: y, y: x})
    assert b.node.inputs == (y, x)
    (c,) = substitute([a], {x: ops.exp(x)})  # the replacement is not walked again
    assert c.node.inputs[0].node.inputs == (x,)


def test_equal_expressions_stay_two():
    x, y = dvector("x"), dvector("y")
    first, second = x + y, x + y
    (c,) = substitute([first * second], {first: x})
    assert c.node.inputs == (x, second)


def test_a_replacement_that_does_not_fit_is_an_error_at_the_users_line():
    x, y = dvector("x", shape=(3,)), dvector("y", shape=(4,))
    z = x + dvector("b", shape=(3,))
    with pytest.raises(ShapeError, match=r"3 against|4 against(.|\n)*z = x \+ dvector"):
        substitute([z], {x: y})


def test_rebuild():
    x, y = dvector("x"), dvector("y")
    a = ops.tanh(x)
    assert rebuild(a.node, [x]) == a.node.outputs
    (b,) = rebuild(a.node, [y])
    assert b.node.op == a.node.op
    assert (b.label, b.origin) == (a.label, a.origin)


def test_long_chains():
    y = x = scalar("x", dtype="float64")
    for _ in range(100_000):
        y = -y
    order = toposort([y])
    assert len(order) == 100_000
    assert order[-1] is y.node
    assert leaves([y]) == [x]
    z = scalar("z", dtype="float64")
    (copied,) = substitute([y], {x: z})
    assert leaves([copied]) == [z]
    assert len(Graph([copied]).users) == 100_000
    assert evaluate([copied], {z: np.array(2.0)})[0] == 2


def test_a_ladder_of_shared_nodes_is_walked_once():
    y = scalar("x")
    for _ in range(2000):
        y = y * y  # 2 ** 2000 paths
    assert len(toposort([y])) == 2000
