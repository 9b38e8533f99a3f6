"""The graph after each rewrite: the same value at every moment, and one number for what stays the same."""

import numpy as np
import pytest

import symnet as sn
from symnet.backends.reference import evaluate
from symnet.graph import Variable
from symnet.options import current
from symnet.rewrites import History, rewrite


def logistic_regression():
    x, y = sn.matrix("x", shape=("N", 3)), sn.vector("y", shape=("N",))
    w, b = sn.vector("w", shape=(3,)), sn.scalar("b")
    p = 1 / (1 + sn.exp(-(sn.dot(x, w) + b)))
    cost = sn.mean(-y * sn.log(p) - (1 - y) * sn.log(1 - p)) + 0.01 * (w**2).sum()
    return [x, y, w, b], [cost, *sn.grad(cost, [w, b])]


def classifier():
    x, y = sn.matrix("x", shape=("N", 4)), sn.lvector("y", shape=("N",))
    w, v = sn.matrix("w", shape=(4, 5)), sn.matrix("v", shape=(5, 3))
    p = sn.softmax(sn.dot(sn.sigmoid(sn.dot(x, w)), v))
    cost = -sn.mean(sn.log(p)[sn.arange(y.shape[0]), y])
    return [x, y, w, v], [cost, *sn.grad(cost, [w, v])]


def dropped():
    x = sn.matrix("x", shape=(3, 4))
    return [x], [sn.dropout(sn.relu(x * 1.0), 0.5).sum()]


def watched(outputs, training=True, history=None):
    history = History() if history is None else history
    roots, fired, _ = rewrite(outputs, training=training, options=current(), history=history)
    return history, roots, fired


def built(moment):
    """The outputs of a moment as a graph of its own."""
    made: dict[Variable, Variable] = {}
    for _, node, inputs in moment.nodes:
        again = node.op.apply([made.get(x, x) for x in inputs], node.origin)
        made.update(zip(node.outputs, again.outputs, strict=True))
    return [made.get(y, y) for y in moment.outputs]


def values(inputs, rng):
    sizes = {"N": 6}
    found = {}
    for x in inputs:
        shape = tuple(n if isinstance(n, int) else sizes[n] for n in x.type.shape)
        found[x] = rng.uniform(0.1, 0.9, shape).astype(np.float32) if x.type.is_float else rng.integers(0, 3, shape)
    return found


@pytest.mark.parametrize("make", [logistic_regression, classifier])
def test_every_moment_has_the_value_that_the_user_wrote(make):
    inputs, outputs = make()
    history, _, fired = watched(outputs)
    at = values(inputs, np.random.default_rng(1))
    expected = evaluate(outputs, at)
    assert len(history.moments) > len(fired) > 5
    for moment in history.moments:
        for value, wanted in zip(evaluate(built(moment), at), expected, strict=True):
            np.testing.assert_allclose(value, wanted, rtol=2e-5, atol=1e-6, err_msg=str(moment.fired or moment.step))


@pytest.mark.parametrize("make", [logistic_regression, classifier, dropped])
def test_it_tells_what_f_rewrites_tells(make):
    inputs, outputs = make()
    history, roots, _ = watched(outputs)
    f = sn.function(inputs, outputs, training=True)
    told = [str(moment.fired) for moment in history.moments if moment.fired is not None]
    assert told == [str(fired) for fired in f.rewrites]
    assert history.count == len(told)
    assert history.moments[-1].outputs == roots
    assert all(moment.reason for moment in history.moments if moment.fired is not None)


@pytest.mark.parametrize("make", [logistic_regression, classifier])
def test_a_key_means_one_op(make):
    _, outputs = make()
    history, _, _ = watched(outputs)
    ops = {}
    for moment in history.moments:
        keys = [key for key, _, _ in moment.nodes]
        assert len(set(keys)) == len(keys)
        for key, node, _ in moment.nodes:
            assert ops.setdefault(key, node.op) == node.op


def test_a_node_keeps_its_key_when_only_its_inputs_are_rewritten():
    x = sn.vector("x", shape=(3,))
    history, _, _ = watched([sn.tanh(sn.exp(x * 1.0))])
    first, *_, last = history.moments
    assert [node.op.name for _, node, _ in first.nodes] == ["multiply", "exp", "tanh"]
    assert [key for key, _, _ in last.nodes] == [key for key, _, _ in first.nodes[1:]]


def test_one_firing_changes_the_graph_where_it_fired():
    x = sn.vector("x", shape=(3,))
    history, _, _ = watched([sn.tanh(sn.log(sn.softmax(x)))])
    at = next(k for k, moment in enumerate(history.moments) if moment.fired and moment.fired.rule == "log_of_softmax")
    before, after = history.moments[at - 1], history.moments[at]
    assert [node.op.name for _, node, _ in before.nodes] == ["softmax", "log", "tanh"]
    assert [node.op.name for _, node, _ in after.nodes] == ["log_softmax", "tanh"]
    assert before.nodes[-1][0] == after.nodes[-1][0]


@pytest.mark.parametrize("make", [logistic_regression, classifier, dropped])
def test_each_firing_shows_when_it_fires(make):
    _, outputs = make()
    history, _, _ = watched(outputs)
    graphs = [(moment.nodes, moment.outputs) for moment in history.moments]
    for moment, before, after in zip(history.moments[1:], graphs, graphs[1:]):
        assert (before != after) or moment.fired is None, moment.fired


def test_without_room_only_passes_have_moments():
    _, outputs = classifier()
    history, _, fired = watched(outputs, history=History(room=60))
    shown = sum(moment.fired is not None for moment in history.moments)
    assert 1 <= shown < len(fired) == history.count


def test_a_long_chain_is_no_recursion():
    y = sn.vector("x", shape=(3,))
    for _ in range(3000):
        y = sn.tanh(y)
    history, _, _ = watched([y * 1.0])
    assert len(history.moments[-1].nodes) == 3000


def test_a_history_changes_nothing():
    _, outputs = classifier()
    _, roots, fired = watched(outputs)
    others, others_fired, _ = rewrite(outputs, training=True, options=current())
    assert [sn.pprint(y, 50) for y in roots] == [sn.pprint(y, 50) for y in others]
    assert list(map(str, fired)) == list(map(str, others_fired))
