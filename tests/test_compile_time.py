"""Compiling takes time in proportion to the graph: no function is called more often for the last layers than before.

Calls are counted, and no time is taken. The counts of each function are compared, not their sum: a walk within a walk
is seen while it is still cheap.
"""

import dis
import sys
from collections import Counter

import numpy as np
import pytest

import symnet as sn

F32 = np.float32


def shared(n, name, shape=(3,)):
    return [sn.shared(np.full(shape, 0.1, F32), f"{name}{k}") for k in range(n)]


def dense(n, batch=4):
    """A network of n layers, its gradients, and the step of gradient descent."""
    x = h = sn.matrix("x", shape=(batch, 3))
    weights, biases = shared(n, "w", (3, 3)), shared(n, "b")
    for w, b in zip(weights, biases, strict=True):
        h = sn.tanh(sn.dot(h, w) + b)
    cost = sn.square(h).mean()
    return sn.function([x], cost, updates=sn.optim.sgd(cost, [*weights, *biases], 0.1))


def chain(n):
    x = h = sn.vector("x", shape=(3,))
    for _ in range(n):
        h = sn.tanh(h)
    return sn.function([x], [h.sum(), sn.grad(h.sum(), x)])


def sigmoids(n):
    """Layers at which rules fire."""
    x = h = sn.matrix("x", shape=(4, 3))
    weights = shared(n, "w", (3, 3))
    for w in weights:
        h = 1 / (1 + sn.exp(-sn.dot(h, w)))
    cost = -sn.mean(sn.log(sn.softmax(h)))
    return sn.function([x], cost, updates=sn.optim.momentum(cost, weights, 0.1))


def convolutions(n):
    x = h = sn.tensor("x", shape=(2, 2, 6, 6), dtype="float32")
    filters = shared(n, "w", (2, 2, 3, 3))
    for w in filters:
        h = sn.relu(sn.conv2d(h, w, padding=1))
    cost = h.mean()
    return sn.function([x], cost, updates=sn.optim.sgd(cost, filters, 0.1))


def pieces(n):
    """Layers whose values outgrow the cache."""
    with sn.options(machine=sn.Machine(cache=1 << 14, threads=1)):
        f = dense(n, batch=256)
    assert f.report().loops
    return f


def views(n):
    """A row of views, and of results that begin where they end."""
    x = sn.matrix("x", shape=(n + 1, 3))
    h = x[0]
    for k in range(n):
        h = sn.exp(h) + x[k + 1]
    return sn.function([x], h)


def arguments(n):
    xs = [sn.vector(f"x{k}", shape=(3,)) for k in range(n)]
    h = xs[0]
    for x in xs[1:]:
        h = sn.tanh(h) * x
    return sn.function(xs, h)


def circles(n):
    """Updates in pairs, each of which reads what the other overwrites."""
    pairs = zip(shared(n, "p"), shared(n, "q"), strict=True)
    return sn.function([], updates=[update for p, q in pairs for update in ((p, p * q), (q, q - p))])


def one_for_all(n):
    """Updates that all read one array."""
    v = sn.shared(np.ones(3, F32), "v")
    return sn.function([], updates=[(p, p - v * p) for p in shared(n, "p")])


def calls(build, n):
    """How often each function is called, those written in C by those that call them; not in generated modules."""
    counts = Counter()

    def count(frame, event, arg):
        code = frame.f_code
        if event in ("call", "c_call") and not code.co_filename.startswith("<symnet"):
            counts[code.co_filename, code.co_qualname, arg.__qualname__ if event == "c_call" else "itself"] += 1

    sys.setprofile(count)
    try:
        build(n)
    finally:
        sys.setprofile(None)
    return counts


@pytest.mark.parametrize(
    "build", [dense, chain, sigmoids, convolutions, pieces, views, arguments, circles, one_for_all]
)
def test_no_function_is_called_more_often_for_the_last_layers_than_for_those_before(build):
    n = 20
    calls(build, 12)  # imports, and what is kept between functions
    once, twice, thrice = (calls(build, k * n) for k in (1, 2, 3))
    added = {key: (twice[key] - once[key], count - twice[key]) for key, count in thrice.items()}
    assert {key: pair for key, pair in added.items() if pair[1] > 1.2 * pair[0] + n} == {}
    assert sum(after for _, after in added.values()) < 1.1 * sum(before for before, _ in added.values())


@pytest.mark.parametrize(
    ("build", "most"), [(dense, 7400), (chain, 2400), (sigmoids, 12500), (convolutions, 20500)]
)
def test_a_layer_takes_few_calls(build, most):
    """Calls of all functions for each further layer: of its gradients, the rewrites, the plan and the text."""
    calls(build, 12)
    assert (calls(build, 40).total() - calls(build, 20).total()) / 20 < most


def test_pythons_compiler_has_little_to_move():
    """For each name that an inner function reads it puts an instruction before the first block, and moves the block."""
    source = dense(250).source
    body = source[source.index('    """Allocate') :].split("\n", 1)[1]
    assert body.startswith("    for _ in ():")
    plan = compile(source, "plan.py", "exec").co_consts
    code = next(c for c in plan if getattr(c, "co_name", None) == "plan")
    moved = {"MAKE_CELL", "EXTENDED_ARG"}
    instructions = [i for i in dis.get_instructions(code) if i.opname not in moved]
    first_jump = next(k for k, i in enumerate(instructions) if i.opcode in dis.hasjrel or i.opcode in dis.hasjabs)
    assert first_jump < 10
