"""New values to which BLAS adds a product: which they are, and that they are what they would be without."""

import gc
import pickle
import signal
from dataclasses import replace

import numpy as np
import pytest

import symnet as sn
from symnet.backends.numpy import backend
from symnet.examples import chapter6
from symnet.examples.classifier import Classifier
from symnet.ops.gemm import Gemm

F32 = np.float32
WITHOUT = replace(backend, adds_products=False)

pytestmark = pytest.mark.skipif(not backend.adds_products, reason="NumPy has another BLAS than OpenBLAS here")


def gemms(f):
    return [step for step in f._latest.plan.program.last if isinstance(step.node.op, Gemm)]


def square(shape=(6, 6), dtype="float32"):
    rng = np.random.default_rng(0)
    return [sn.shared(rng.normal(0, 1, shape).astype(dtype), name) for name in ("w", "v")]


def arguments(dtype, *shapes):
    rng = np.random.default_rng(1)
    return [rng.normal(0, 1, shape).astype(dtype) for shape in shapes]


ADDED = {
    "sgd": lambda w, v, p, s: [(w, w - 0.1 * p)],
    "ascent": lambda w, v, p, s: [(w, w + p)],
    "opposite": lambda w, v, p, s: [(w, -(p - w))],
    "symbolic rate": lambda w, v, p, s: [(w, w - s * p)],
    "decay": lambda w, v, p, s: [(w, w - 0.1 * (p + 0.5 * w))],
    "symbolic decay": lambda w, v, p, s: [(w, w - s * (p + s * w) / (1 + s))],
    "mean": lambda w, v, p, s: [(w, w - 0.1 * (p / 7.0))],
    "momentum": lambda w, v, p, s: [(v, new := 0.9 * v - 0.1 * p), (w, w + new)],
    "turned": lambda w, v, p, s: [(w, w - 0.1 * p.T)],
}
OTHERWISE = {
    "read elsewhere": lambda w, v, p, s: [(w, w - 0.1 * p), (v, v - 0.2 * sn.square(p))],
    "other terms": lambda w, v, p, s: [(w, w - 0.1 * p - 0.1 * sn.sign(w))],
    "another's value": lambda w, v, p, s: [(w, v - 0.1 * p)],
    "of itself": lambda w, v, p, s: [(w, w - 0.1 * sn.dot(w, v))],
    "of itself turned": lambda w, v, p, s: [(w, w - 0.1 * sn.dot(v, w.T))],
    "broadcast": lambda w, v, p, s: [(w, w - 0.1 * sn.dot(v[:1], v))],
    "not linear": lambda w, v, p, s: [(w, w - 0.1 * sn.tanh(p))],
    "no rate": lambda w, v, p, s: [(w, w - 0.0 * p)],
    "overflow": lambda w, v, p, s: [(w, w - float("inf") * p)],
    "two products": lambda w, v, p, s: [(w, w - 0.1 * p - 0.1 * sn.dot(v, v))],
}


def compare(updates, output=None, dtype="float32"):
    """The function with products added, after what it and one without leave behind has been compared."""
    after, functions = [], []
    for own in (backend, WITHOUT):
        w, v = square(dtype=dtype)
        a, b, s = sn.matrix("a", dtype=dtype), sn.matrix("b", dtype=dtype), sn.scalar("s", dtype=dtype)
        p = sn.dot(a.T, b)
        f = sn.function([a, b, s], None if output is None else output(p), updates=updates(w, v, p, s), backend=own,
                        on_unused_input="ignore")  # fmt: skip
        for batch in (3, 5, 3):
            f(*arguments(dtype, (batch, 6), (batch, 6), ()))
        after.append([w.get_value(), v.get_value()])
        functions.append(f)
    for one, other in zip(*after, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5 if dtype == "float32" else 1e-12, atol=1e-5)
    assert not gemms(functions[1])
    return functions[0]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ADDED)
def test_blas_adds_a_product_to_a_multiple_of_the_old_value(name, dtype):
    f = compare(ADDED[name], dtype=dtype)
    assert len(gemms(f)) == 1 and "np.dot" not in f.source and "np.matmul" not in f.source


@pytest.mark.parametrize("name", OTHERWISE)
def test_any_other_new_value_is_computed_as_before(name):
    assert not gemms(compare(OTHERWISE[name]))


def test_a_product_that_is_also_an_output_is_computed_once():
    f = compare(ADDED["sgd"], output=lambda p: p)
    assert not gemms(f) and f.source.count("np.dot(") == 1


def test_integers_and_half_floats_and_nothing_are_left_to_numpy():
    for w, x in [(np.ones((2, 2), int),) * 2, (np.ones((2, 2), np.float16),) * 2, (np.ones((2, 0), F32),) * 2]:
        w, a, b = sn.shared(w), sn.tensor("a", (2, None), x.dtype), sn.tensor("b", (2, None), x.dtype)
        f = sn.function([a, b], updates=[(w, w + sn.dot(a.T, b))])
        f(np.ones((2, 2), x.dtype), x)
        assert not gemms(f)
        np.testing.assert_array_equal(w.get_value(), np.full(x.shape, 3))


def test_factors_with_gaps_are_copied_first():
    w, _ = square()
    a, b = sn.matrix("a", shape=(5, 12)), sn.matrix("b", shape=(5, 12))
    f = sn.function([a, b], updates=[(w, w - 0.1 * sn.dot(a[:, ::2].T, b[:, 1::2]))])
    x, y = arguments(F32, (5, 12), (5, 12))
    before = w.get_value()
    for _ in range(2):
        f(x, y)
    assert len(gemms(f)) == 1
    np.testing.assert_allclose(w.get_value(), before - 0.2 * x[:, ::2].T @ y[:, 1::2], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("value", [
    np.zeros((12, 6), F32)[::2], np.zeros((6, 6), F32).T, np.zeros((6, 12), F32)[:, ::2],
    np.frombuffer(bytearray(6 * 6 * 4 + 1), np.uint8)[1:].view(F32).reshape(6, 6),
], ids=["rows apart", "columns", "gaps", "unaligned"])  # fmt: skip
def test_parameters_may_lie_in_memory_as_they_like(value):
    w, _ = square()
    a, b = sn.matrix("a"), sn.matrix("b")
    f = sn.function([a, b], updates=[(w, w - 0.1 * sn.dot(a.T, b))])
    x, y = arguments(F32, (3, 6), (3, 6))
    f(x, y)
    for _ in range(2):
        value[...] = 0
        w.set_value(value, borrow=True)
        f(x, y)
        np.testing.assert_allclose(w.get_value(), -0.1 * x.T @ y, rtol=1e-5, atol=1e-6)


def test_arguments_may_lie_in_memory_as_they_like():
    w, _ = square()
    a, b = sn.matrix("a"), sn.matrix("b")
    f = sn.function([a, b], updates=[(w, w + sn.dot(a.T, b))])
    unaligned = np.frombuffer(bytearray(3 * 6 * 4 + 1), np.uint8)[1:].view(F32).reshape(3, 6)
    unaligned[...] = 2
    frozen = np.ones((3, 6), F32)
    frozen.flags.writeable = False
    ones = np.ones((3, 12), F32)
    for x in (ones[:, :6].copy(), ones.reshape(6, 6)[:, :3].T, ones[:, ::2], frozen, unaligned, [[1] * 6]):
        before, column = w.get_value(), np.asarray(x)[:, :1]
        f(x, np.full(np.shape(x), 0.5, F32))
        np.testing.assert_allclose(w.get_value(), before + 0.5 * column.sum(), rtol=1e-5)


def test_an_argument_that_looks_into_the_updated_variable_keeps_its_value():
    w, _ = square()
    a = sn.matrix("a")
    f = sn.function([a], updates=[(w, w + sn.dot(a.T, a))])
    before = w.get_value()
    f(w.get_value(borrow=True))
    assert gemms(f)
    np.testing.assert_allclose(w.get_value(), before + before.T @ before, rtol=1e-4, atol=1e-5)


def test_a_shared_rate_counts_as_it_was_before_the_call():
    w, _ = square()
    rate = sn.shared(F32(0.5), "rate")
    a, b = sn.matrix("a"), sn.matrix("b")
    f = sn.function([a, b], updates=[(rate, rate * 0.5), (w, w - rate * sn.dot(a.T, b))])
    x, y = arguments(F32, (3, 6), (3, 6))
    expected = w.get_value()
    for k in range(1, 4):
        f(x, y)
        expected -= 0.5**k * x.T @ y
        np.testing.assert_allclose(w.get_value(), expected, rtol=1e-5, atol=1e-5)
    rate.set_value(F32(2))
    f(x, y)
    assert gemms(f)
    np.testing.assert_allclose(w.get_value(), expected - 2 * x.T @ y, rtol=1e-5, atol=1e-5)


def test_weights_that_read_each_other_are_updated_from_old_values():
    w, v = square()
    f = sn.function([], updates=[(w, w - 0.1 * sn.dot(v, v)), (v, v - 0.1 * sn.dot(sn.tanh(w), v.T))])
    a, b = w.get_value(), v.get_value()
    f()
    np.testing.assert_allclose(w.get_value(), a - 0.1 * b @ b, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(v.get_value(), b - 0.1 * np.tanh(a) @ b.T, rtol=1e-4, atol=1e-5)


def test_the_chapters_layers_need_no_memory_for_their_gradients():
    for mu in (0.0, 0.9):
        step = Classifier(chapter6.shallow, np.random.default_rng(0), mu).step
        step(np.ones((10, 784), F32), np.zeros(10, np.int64), 0.1)
        assert len(gemms(step)) == 2
        assert step.memory < 784 * 100 * 4 / 10


def test_a_step_goes_on_in_a_copy_of_its_function():
    model = Classifier(chapter6.shallow, np.random.default_rng(0))
    batch = (np.ones((4, 784), F32), np.zeros(4, np.int64), 0.1)
    copy = pickle.loads(pickle.dumps(model.step))
    assert [model.step(*batch) for _ in range(3)] == [copy(*batch) for _ in range(3)]


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no interval timers here")
def test_interrupts_leave_added_products_whole_or_unmade():
    shared = [sn.shared(np.zeros((200, 200), F32), name) for name in "uvw"]
    a, *others = sn.matrices("a b c d")
    f = sn.function([a, *others], updates=[(s, s + sn.dot(a.T, b)) for s, b in zip(shared, others, strict=True)])
    ones = [np.ones((20, 200), F32)] * 4
    f(*ones)
    assert len(gemms(f)) == 3
    interrupts = 0

    def interrupt(*_):
        raise KeyboardInterrupt

    old = signal.signal(signal.SIGALRM, interrupt)
    gc.disable()
    try:
        for k in range(200):
            try:
                signal.setitimer(signal.ITIMER_REAL, 1e-5 * (1 + k % 60))
                f(*ones)
                signal.setitimer(signal.ITIMER_REAL, 0)
            except KeyboardInterrupt:
                interrupts += 1
            assert len({float(x) for s in shared for x in np.unique(s.get_value(borrow=True))}) == 1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)
        gc.enable()
    assert interrupts > 10
