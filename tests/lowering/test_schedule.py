"""The order of the nodes: inputs before users, forward before backward before update, the same every time."""

import symnet as sn
from symnet.graph import toposort
from symnet.lowering.schedule import mark_updates, schedule
from symnet.origin import Origin

ORDER = {"forward": 0, "backward": 1, "update": 2}


def part(node):
    return node.origin.part


def network():
    x, w, v = sn.dmatrix("x"), sn.dmatrix("w"), sn.dmatrix("v")
    cost = sn.tanh(sn.dot(sn.tanh(sn.dot(x, w)), v)).sum()
    gw, gv = sn.grad(cost, [w, v])
    return cost, [w - 0.1 * gw, v - 0.1 * gv]


def test_inputs_come_before_users_and_parts_in_their_order():
    cost, updates = network()
    mark_updates(toposort([cost, *updates]), [cost])
    order = schedule([cost], updates)
    assert set(order) == set(toposort([cost, *updates])) and len(set(order)) == len(order)
    place = {node: k for k, node in enumerate(order)}
    for node in order:
        assert all(place[x.node] < place[node] for x in node.inputs if x.node is not None)
    parts = [ORDER[part(node)] for node in order]
    assert parts == sorted(parts) and set(parts) == {0, 1, 2}


def test_the_gradients_of_the_last_layer_come_first():
    cost, updates = network()
    mark_updates(toposort([cost, *updates]), [cost])
    order = schedule([cost], updates)
    first, last = (order.index(u.node) for u in updates)
    assert last < first


def test_a_part_that_later_parts_feed_waits_for_them():
    x = sn.dvector("x")
    g = sn.grad((x * x).sum(), x)
    y = sn.exp(g)  # forward, though it reads a gradient
    order = schedule([y], [])
    assert order[-1] is y.node and part(order[-1]) == "forward" and "backward" in map(part, order)


def test_what_only_new_values_need_is_marked_as_update():
    cost, updates = network()
    before = {node: part(node) for node in toposort([cost, *updates])}
    mark_updates(toposort([cost, *updates]), [cost])
    for u in updates:
        assert part(u.node) == "update"
    for node in toposort([cost]):
        assert part(node) == "forward"
    assert "backward" in {part(node) for node in before}
    assert all(part(node) == "backward" for node, old in before.items() if old == "backward")


def test_equal_graphs_have_equal_orders():
    def words():
        cost, updates = network()
        mark_updates(toposort([cost, *updates]), [cost])
        return [(node.op, part(node)) for node in schedule([cost], updates)]

    assert words() == words()


def test_a_node_without_a_line_is_forward():
    x = sn.dvector("x")
    y = sn.exp(x)
    y.node.origin = None
    z = sn.tanh(y)
    z.node.origin = Origin("net.py", 1, "backward")
    assert schedule([z], []) == [y.node, z.node]


def test_a_long_chain_needs_no_recursion():
    y = sn.dvector("x")
    for _ in range(20_000):
        y = -y
    assert len(schedule([y], [])) == 20_000
