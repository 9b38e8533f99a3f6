"""Rematerialisation: the same gradients from less memory."""

from dataclasses import replace

import numpy as np
import pytest

import symnet as sn
from symnet.backends.reference import evaluate
from symnet.errors import ArgumentError
from symnet.graph import toposort
from symnet.options import current

RNG = np.random.default_rng(0)


def chain(depth, part, batch=64, width=16):
    """A deep chain that shares its weights, in checkpoints of `part` layers (0: none), and its cost."""
    x = sn.matrix("x", shape=(batch, width))
    w = sn.shared(np.eye(width, dtype=np.float32) + 0.01, "w")

    def run(h):
        for _ in range(part or 1):
            h = sn.tanh(h @ w)
        return h

    h = x
    for _ in range(depth // (part or 1)):
        h = sn.checkpoint(run)(h) if part else run(h)
    return x, w, (h * h).mean()


def whole():
    """Options under which nothing is cut into pieces, which have little memory anyhow."""
    return replace(current(), machine=replace(current().machine, cache=1 << 40))


def trained(depth, part):
    x, w, cost = chain(depth, part)
    f = sn.function([x], cost, updates=[(w, w - 0.1 * sn.grad(cost, w))], options=whole())
    return f, w


def test_the_gradients_are_those_without():
    at = RNG.normal(size=(64, 16)).astype(np.float32)
    results = []
    for part in (0, 1, 4):
        f, w = trained(16, part)
        costs = [float(f(at)) for _ in range(3)]
        results.append((costs, w.get_value()))
    for costs, value in results[1:]:
        np.testing.assert_allclose(costs, results[0][0], 1e-6)
        np.testing.assert_allclose(value, results[0][1], 1e-5, 1e-6)


def test_a_deep_chain_needs_less_memory():
    nbytes = 64 * 16 * 4
    plain, rooted = trained(64, 0)[0], trained(64, 8)[0]
    assert plain.memory > 64 * nbytes
    assert rooted.memory < 2 * 8 * nbytes + 8 * nbytes + 4 * 16 * 16
    assert sum(rooted.report().buffers.values()) == rooted.memory
    assert f"memory: {rooted.memory:,} bytes" in str(rooted.report())


def test_the_forward_pass_runs_once_more_as_part_of_the_gradient():
    f, _ = trained(8, 4)
    rows = [row for row in f.report().rows if row.op == "tanh"]
    assert [row.part for row in rows].count("forward") == 8
    assert [row.part for row in rows].count("backward") == 8
    assert [row.part for row in trained(8, 0)[0].report().rows if row.op == "tanh"] == ["forward"] * 8


def test_without_a_gradient_nothing_of_it_is_left():
    x, _, cost = chain(4, 2)
    plain_x, _, plain = chain(4, 0)
    assert sn.function([x], cost).kernels == sn.function([plain_x], plain).kernels


def test_an_expression_and_its_inputs():
    x, w = sn.dmatrix("x"), sn.dmatrix("w")
    h = sn.exp(x)
    y = sn.checkpoint(sn.sin(sn.tanh(h @ w)), [h])
    plain = sn.sin(sn.tanh(h @ w))
    values = {x: RNG.normal(size=(3, 2)), w: RNG.normal(size=(2, 2))}
    pairs = zip(sn.grad(y.sum(), [x, w]), sn.grad(plain.sum(), [x, w]))
    for found, expected in (evaluate(pair, values) for pair in pairs):
        np.testing.assert_allclose(found, expected)
    again = [node for node in toposort([sn.grad(y.sum(), w)]) if node.op.name == "exp"]
    assert len(again) == 1  # what comes before the inputs is not computed again


@pytest.mark.parametrize("inner", [False, True])
def test_derivatives_of_every_kind_and_order(inner):
    def part(x, w):
        step = lambda h: sn.tanh(h * w) + w
        return (sn.checkpoint(step) if inner else step)(sn.sin(x @ x) * w)

    at = [RNG.normal(size=(2, 2)), RNG.normal(size=(2, 2))]
    sn.check_grad(lambda x, w: sn.checkpoint(part)(sn.exp(x), w), at)
    x, w = sn.dmatrix("x"), sn.dmatrix("w")
    cost, plain = sn.checkpoint(part)(x, w).sum(), part(x, w).sum()
    f = sn.function([x, w], [sn.hessian(cost, x), sn.hessian(plain, x), sn.grad(cost, w), sn.grad(plain, w)])
    a, b, c, d = f(*at)
    np.testing.assert_allclose(a, b)
    np.testing.assert_allclose(c, d)


def test_weights_before_and_inside_it_are_counted_once():
    x, w = sn.dvector("x"), sn.shared(np.array([0.5, -0.5]), "w")
    h = x * w
    cost = sn.checkpoint(lambda h: sn.sin(h * w))(h).sum()
    plain = sn.sin(h * w).sum()
    f = sn.function([x], [sn.grad(cost, w), sn.grad(plain, w)])
    found, expected = f(np.array([1.0, 2.0]))
    np.testing.assert_allclose(found, expected)


def test_dropout_draws_the_same_mask_again():
    x = sn.dvector("x", shape=(200,))
    y = sn.checkpoint(lambda x: sn.dropout(x * 3.0, 0.5))(x)
    once, g = sn.function([x], [y, sn.grad(y.sum(), x)], training=True)(np.ones(200))
    assert set(once) == {0.0, 6.0}
    np.testing.assert_array_equal(once, g)


def test_it_can_have_rows():
    X, w = sn.dmatrix("X"), sn.dvector("w")
    part = lambda x: sn.sin(x * w).sum()
    f = sn.function([X, w], [sn.grad(sn.map(g, X).sum(), w) for g in (part, sn.checkpoint(part))])
    plain, again = f(RNG.normal(size=(3, 2)), RNG.normal(size=2))
    np.testing.assert_allclose(again, plain)


def test_in_pieces_and_at_open_sizes():
    at = RNG.normal(size=(512, 16)).astype(np.float32)
    small = replace(current(), machine=replace(current().machine, cache=1 << 14))
    found = []
    for part, options in [(0, None), (4, small), (4, None)]:
        x, w, cost = chain(8, part, batch=None, width=16)
        f = sn.function([x], [cost, sn.grad(cost, w)], options=options)
        found.append([*f(at), *f(at[:7])])
    for results in found[1:]:
        for value, expected in zip(results, found[0]):
            np.testing.assert_allclose(value, expected, 1e-4, 1e-6)


def test_several_results():
    def step(x, w):
        h = sn.tanh(x * w)
        return h, sn.sin(h) * x, sn.argmax(h), x

    x, w = sn.dvector("x"), sn.dvector("w")
    a, b = sn.checkpoint(step)(x, w), step(x, w)
    assert isinstance(a, tuple) and a[2].type.dtype == "int64" and a[3] is x
    for cost in (lambda y: (y[0] * y[1]).sum(), lambda y: y[1].sum(), lambda y: (y[0] * y[3]).sum()):
        found = [sn.grad(cost(y), [x, w]) for y in (a, b)]
        values = sn.function([x, w], [*found[0], *found[1]])(RNG.normal(size=3), RNG.normal(size=3))
        np.testing.assert_allclose(values[:2], values[2:])
    f = sn.function([x, w], sn.grad((a[0] * a[1]).sum(), [x, w]))
    f(RNG.normal(size=3), RNG.normal(size=3))
    tanhs = [row.part for row in f.report().rows if row.op == "tanh"]
    assert sorted(tanhs) == ["backward", "forward"]  # once more for both results together
    sn.check_grad(lambda x, w: sum(sn.checkpoint(step)(x, w)[:2]), [RNG.normal(size=3), RNG.normal(size=3)])


def test_several_expressions_and_rows():
    x = sn.dvector("x")
    y, z = sn.checkpoint([sn.exp(x), sn.sin(x)], [x])
    np.testing.assert_allclose(evaluate([sn.grad((y * z).sum(), x)], {x: np.zeros(2)})[0], [1, 1])
    X, w = sn.dmatrix("X"), sn.dvector("w")
    part = lambda x: (sn.sin(x * w).sum(), sn.cos(w).sum())
    total = lambda f: sum(y.sum() for y in sn.map(f, X))
    f = sn.function([X, w], [g for h in (part, sn.checkpoint(part)) for g in sn.grad(total(h), [X, w])])
    plain_x, plain_w, again_x, again_w = f(RNG.normal(size=(3, 2)), RNG.normal(size=2))
    np.testing.assert_allclose(again_x, plain_x)
    np.testing.assert_allclose(again_w, plain_w)


def test_errors():
    x, w = sn.dvector("x"), sn.dvector("w")
    y = sn.exp(x)
    with pytest.raises(ArgumentError, match=r"checkpoint: an expression without its inputs\.(.|\n)*fix: checkpoint"):
        sn.checkpoint(y)
    with pytest.raises(ArgumentError, match=r"checkpoint: y is not computed from w\.(.|\n)*fix: name the variables"):
        sn.checkpoint(y, [w])
    with pytest.raises(ArgumentError, match="checkpoint: got a function with inputs"):
        sn.checkpoint(sn.exp, [x])
    with pytest.raises(ArgumentError, match="checkpoint: got a int"):
        sn.checkpoint(3)
    with pytest.raises(ArgumentError, match=r"checkpoint: the function gives Variable, int\.(.|\n)*fix: give one"):
        sn.checkpoint(lambda x: (x, 3))(x)
    with pytest.raises(ArgumentError, match=r"checkpoint: an expression without its inputs"):
        sn.checkpoint([y, y])
    with pytest.raises(ArgumentError, match=r"checkpoint: the results are not computed from w\."):
        sn.checkpoint((y, 2 * y), [x, w])
    assert sn.checkpoint(lambda x: x)(x) is x
