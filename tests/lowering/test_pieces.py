"""Work in pieces: the same values as at once, whatever the sizes, the cuts and the number of threads."""

import tracemalloc

import numpy as np
import pytest

import symnet as sn
from symnet.backends.reference import evaluate
from symnet.errors import BoundsError
from symnet.lowering import lower

F32 = np.float32
RNG = np.random.default_rng(0)
SLIM = RNG.normal(0, 1, (64, 5)).astype(F32)


def piecewise(threads=1, cache=1500):
    return sn.options(machine=sn.Machine(cache=cache, threads=threads))


def loops(f):
    kernels = f._latest.plan.program.kernels
    return [step.loop for kernel in kernels for step in kernel.steps if step.loop is not None]


def conv_net(x, y):
    w = sn.shared(RNG.normal(0, 0.3, (2, 1, 3, 3)).astype(F32), "w")
    v = sn.shared(RNG.normal(0, 0.3, (2 * 3 * 3, 4)).astype(F32), "v")
    h = sn.relu(sn.pool2d(sn.conv2d(x.reshape((-1, 1, 8, 8)), w), 2))
    cost = sn.cross_entropy(sn.dot(sn.flatten(h, 2), v), y)
    return [cost, *sn.grad(cost, [w, v])]


def batch_norm(x, y):
    mean = x.mean(axis=0)
    variance = sn.square(x - mean).mean(axis=0)
    h = sn.tanh((x - mean) / sn.sqrt(variance + 1e-3))
    cost = (h * h * sn.arange(64)).sum()
    return [h, *sn.grad(cost, [x])]


FORMULAS = {
    "elementwise": lambda x, y: [sn.exp(-x * x) * sn.tanh(x) + 1],
    "columns": lambda x, y: [sn.exp(x) * sn.arange(64), (sn.exp(x) * x).sum(axis=0)],
    "rows": lambda x, y: [sn.softmax(sn.tanh(x)), sn.exp(x).max(axis=1), sn.tanh(x).argmax(axis=1)],
    "log_softmax": lambda x, y: [sn.log(sn.softmax(sn.tanh(x)))[sn.arange(y.shape[0]), y].mean()],
    "keyed": lambda x, y: [
        sn.exp(x)[:, [3, 0, 3]], sn.exp(x)[:, 2] * y, sn.exp(x)[:, None, 3:60:2], sn.tanh(x.T)[[1, -1], :] * 2,
        sn.tanh(x.reshape((-1, 4, 4, 4)))[:, [0, 1], :, np.array([[2], [3]])], sn.exp(x)[1:] * 2,
    ],
    "looked_up": lambda x, y: [sn.exp(sn.constant(SLIM.T)[y]) * x, sn.exp(sn.constant(SLIM)[1:3, y])],
    "assigned": lambda x, y: [
        sn.set_subtensor(sn.exp(x)[:, 2:5], sn.tanh(x)[:, :3]), sn.inc_subtensor(sn.exp(x)[:, [1, 1]], x[:, :1]),
        sn.set_subtensor(sn.exp(x)[:, 7], 2.0), sn.inc_subtensor(x.T[3], sn.exp(x[:, 0])),
        sn.grad(sn.exp(x[:, ::2]).sum(), x),
    ],
    "multiplied": lambda x, y: [
        sn.grad(sn.prod(sn.tanh(x[:, :5]), axis=1).sum(), x), sn.grad(sn.prod(1 + 0.1 * x, axis=0).sum(), x) * 2,
    ],
    "products": lambda x, y: [sn.vecdot(sn.exp(x), x), sn.vecdot(sn.exp(x).T, x.T), sn.vecdot(sn.exp(x), x[0])],
    "powers": lambda x, y: [sn.erf(x) ** 3, sn.gelu(x)],
    "short_rows": lambda x, y: [sn.dot(x, SLIM).max(axis=1), sn.tanh(sn.dot(x, SLIM)).min(axis=1, keepdims=True)],
    "whole": lambda x, y: [sn.exp(x).sum(), (sn.exp(x) / sn.exp(x).sum()).max()],
    "over_examples": lambda x, y: [sn.softmax(sn.exp(x), axis=0)],
    "transposed": lambda x, y: [sn.exp(x).T * 2, sn.dot(sn.exp(x).T, sn.tanh(x)), sn.dot(sn.exp(x), sn.tanh(x).T)],
    "crossed": lambda x, y: [sn.tanh(sn.dot(x, x.T)) + 2 * sn.tanh(sn.dot(x, x.T)).T],
    "reshaped": lambda x, y: [sn.exp(x.reshape((-1, 4, 16))).sum(axis=2), sn.exp(x).reshape((-1,)) * 2],
    "labels": lambda x, y: [sn.exp(x) * y[:, None], sn.tanh(y.astype("float32") * 0.1)],
    "batch_norm": batch_norm,
    "conv_net": conv_net,
    "same_twice": lambda x, y: [sn.exp(x), sn.exp(x), x, sn.exp(x).T],
    "indexed": lambda x, y: [sn.exp(x)[1:], sn.exp(x)[:, ::2] * 2, sn.concatenate([sn.exp(x), x], axis=1)],
}


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("n", [64, 37])
@pytest.mark.parametrize("name", FORMULAS)
def test_pieces_give_the_values_of_the_whole(name, n, threads):
    x, y = sn.matrix("x", shape=("n", 64)), sn.lvector("y", shape=("n",))
    outputs = FORMULAS[name](x, y)
    rng = np.random.default_rng(n)
    arrays = [rng.normal(0, 1, (n, 64)).astype(F32), rng.integers(0, 4, n)]
    with piecewise(threads):
        f = sn.function([x, y], outputs, on_unused_input="ignore")
    expected = evaluate(outputs, {x: arrays[0], y: arrays[1]})
    for _ in range(2):  # the second call meets what the first left in the buffers
        for got, want in zip(f(*arrays), expected, strict=True):
            np.testing.assert_allclose(got, want, rtol=3e-5, atol=3e-5)
    assert loops(f), "nothing ran in pieces: this case tests nothing"


def test_a_plan_that_fits_the_cache_is_not_cut():
    x = sn.matrix("x")
    f = sn.function([x], sn.exp(x) * 2)
    f(np.ones((64, 64), F32))
    assert not loops(f)


def test_what_needs_every_example_waits_for_the_loop_before():
    x = sn.matrix("x", shape=(64, 64))
    with piecewise():
        f = sn.function([x], (sn.exp(x) - sn.exp(x).mean(axis=0)) * 2)
    assert len(loops(f)) == 2


def test_a_large_sum_over_examples_is_not_added_up_piece_by_piece():
    x, g = sn.matrix("x", shape=(32, 100)), sn.matrix("g", shape=(32, 100))
    with piecewise():
        f = sn.function([x, g], sn.dot(sn.exp(x).T, sn.exp(g)))
    (loop,) = loops(f)
    assert not loop.body.totals


def test_pieces_are_as_equal_as_may_be():
    x = sn.matrix("x")
    with piecewise(threads=2):
        f = sn.function([x], sn.exp(x) * 2)
    f(np.ones((60, 64), F32))
    (loop,) = loops(f)
    assert loop.total == 60 and loop.rest is None and (loop.total // loop.size) % 2 == 0


def test_threads_do_not_change_a_bit_from_run_to_run():
    x = sn.matrix("x")
    with piecewise(threads=3):
        f = sn.function([x], sn.exp(x).sum(axis=0))
    array = RNG.normal(0, 1, (61, 64)).astype(F32)
    first = f(array)
    assert all(np.array_equal(f(array), first) for _ in range(20))


@pytest.mark.parametrize("threads", [1, 2])
def test_an_error_in_a_piece_names_the_line_and_updates_nothing(threads):
    x, y = sn.matrix("x"), sn.lvector("y")
    w = sn.shared(np.zeros((64, 4), F32), "w")
    cost = sn.cross_entropy(sn.dot(sn.tanh(x), w), y)
    with piecewise(threads):
        f = sn.function([x, y], cost, [(w, w - sn.grad(cost, w))])
    labels = np.zeros(64, np.int64)
    f(np.ones((64, 64), F32), labels)
    before = w.get_value()
    labels[-1] = 4
    with pytest.raises(BoundsError, match=r"label 4 is out of range for 4 classes[\s\S]*test_pieces.py"):
        f(np.ones((64, 64), F32), labels)
    assert np.array_equal(w.get_value(), before)
    labels[-1] = 3
    f(np.ones((64, 64), F32), labels)


def test_warnings_stay_off_in_other_threads():
    x = sn.matrix("x")
    with piecewise(threads=2):
        f = sn.function([x], sn.log(x) / x)
    f(np.zeros((64, 64), F32))  # warnings are errors here


def test_a_program_in_pieces_takes_less_memory():
    x = sn.matrix("x")
    y = sn.exp(sn.tanh(x) * sn.dot(x, np.ones((100, 400), F32)).sum(axis=1, keepdims=True)).sum()
    shapes = [(1000, 100)]
    whole = lower([x], [y], [], shapes, {}, sn.Machine(cache=1 << 30, threads=1))
    pieces = lower([x], [y], [], shapes, {}, sn.Machine(cache=1 << 17, threads=1))
    assert pieces.nbytes < whole.nbytes / 5


@pytest.mark.parametrize("threads", [1, 2])
def test_the_memory_told_is_that_of_every_worker(threads):
    wide = 20_000
    x, w = sn.matrix("x", shape=(16, wide)), sn.shared(np.ones((64, wide), F32), "w")
    with piecewise(threads, cache=8 * wide * 4):
        f = sn.function([x], (sn.exp(x) * x).sum(axis=0), [(w, w - 0.1 * sn.exp(-w))])
    plan = f._latest.plan
    assert plan.program.last[0].loop is not None and loops(f)
    arrays = dict(f._latest.arrays)
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        plan.bind(arrays, [])
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert abs(after - before - f.memory) < wide  # a quarter of one row
