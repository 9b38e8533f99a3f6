"""Names for parts of a program."""

import contextlib
import pickle
import threading

import numpy as np
import pytest

import symnet as sn
from symnet.errors import ArgumentError
from symnet.graph import toposort


def scopes(y):
    return {node.op.name: node.origin.scopes for node in toposort([y])}


def test_what_is_built_inside_bears_the_names():
    x = sn.vector("x")
    with sn.scope("net"):
        h = sn.tanh(x)
        with sn.scope("head"):
            z = sn.exp(h)
    y = sn.sqrt(z)
    assert scopes(y) == {"tanh": ("net",), "exp": ("net", "head"), "sqrt": ()}


def test_an_error_ends_the_scope():
    with pytest.raises(KeyError), sn.scope("net"):
        raise KeyError
    assert sn.tanh(sn.vector("x")).origin.scopes == ()


def test_a_decorated_function_and_its_recursion():
    @sn.scope("block")
    def block(x, depth):
        return block(sn.tanh(x), depth - 1) if depth else sn.exp(x)

    assert scopes(block(sn.vector("x"), 1)) == {"tanh": ("block",), "exp": ("block", "block")}


def test_one_scope_may_be_entered_again():
    part = sn.scope("part")
    with part, part:
        assert sn.tanh(sn.vector("x")).origin.scopes == ("part", "part")
    with part:
        assert sn.tanh(sn.vector("x")).origin.scopes == ("part",)
    assert sn.tanh(sn.vector("x")).origin.scopes == ()


def test_scopes_are_of_one_thread():
    found = []
    with sn.scope("net"):
        thread = threading.Thread(target=lambda: found.append(sn.tanh(sn.vector("x")).origin.scopes))
        thread.start()
        thread.join()
    assert found == [()]


def test_gradients_tangents_and_rewrites_belong_to_the_scope():
    x, t = sn.vector("x"), sn.vector("t")
    with sn.scope("net"):
        y = sn.log(sn.softmax(x))
    cost = y.sum()
    g, d = sn.grad(cost, x), sn.jvp(y, x, t)
    for root, part in ((g, "backward"), (d, "tangent")):
        mine = [n.origin for n in toposort([root]) if n.origin.part == part and n.origin.lineno == y.origin.lineno]
        assert mine and all(o.scopes == ("net",) for o in mine)
    f = sn.function([x], y)
    assert {n.origin.scopes for n in toposort(f.outputs)} == {("net",)}
    assert {n.origin.composite for n in toposort(f.outputs)} >= {"log_softmax"}


def test_it_changes_neither_names_nor_sources():
    def build(scope):
        x, w = sn.tensor("x", shape=(4, 3)), sn.shared(np.zeros((3, 3), np.float32), "w")
        with scope:
            h = sn.softmax(x @ w)
        cost = sn.square(h).sum()
        return sn.function([x], cost, updates=sn.optim.sgd(cost, [w], 0.1), name="f").source

    assert build(sn.scope("net")) == build(contextlib.nullcontext())


def test_a_definition_is_a_scope_once_opened():
    @sn.define
    def swish(x):
        return x * sn.sigmoid(x)

    x = sn.vector("x")
    f = sn.function([x], swish(x))
    assert {n.origin.scopes for n in toposort(f.outputs)} == {("swish",)}


def test_scopes_pickle():
    with sn.scope("net"):
        y = sn.tanh(sn.vector("x"))
    assert pickle.loads(pickle.dumps(y)).origin == y.origin


@pytest.mark.parametrize("name", ["", None, 3, ("a",)])
def test_a_name_is_a_text(name):
    with pytest.raises(ArgumentError, match="scope: the name is"):
        sn.scope(name)
