"""A step allocates nothing: what `tracemalloc` and the operating system see of many training steps.

NumPy reports every array to `tracemalloc`. Its ufuncs, too, borrow memory where operands must be cast or are not laid
out alike: at most some 66 KB a call, given back at once, whatever the size of the operands. The bound of these tests is
that; an array of a batch or of the weights would exceed it.
"""

import gc
import os
import subprocess
import sys
import tracemalloc

import numpy as np
import psutil
import pytest

import symnet as sn
from symnet.examples import chapter6

F32 = np.float32
UFUNC_BUFFERS = 80_000  # 8192 elements of 8 bytes, and the little objects of a call
NOISE = 8_000  # bytes by which caches of the interpreter waver; an object a step is five times that


def mlp(x, rng):
    fc1, fc2 = sn.nn.Dense(100, rng=rng, name="fc1"), sn.nn.Dense(10, rng=rng, name="fc2")
    return fc2(sn.tanh(fc1(x))), [fc1, fc2]


def training(network, batch):
    """A training step of a network with momentum, and the arguments of a call, already of the declared types."""
    rng = np.random.default_rng(0)
    x, y = sn.tensor("x", ("batch", 784)), sn.tensor("y", ("batch",), "int64")
    learning_rate = sn.fscalar("learning_rate")
    scores, layers = network(x, rng)
    cost = sn.cross_entropy(scores, y)
    params = [w for layer in layers for w in layer.params]
    f = sn.function(
        [x, y, learning_rate], cost, updates=sn.optim.momentum(cost, params, learning_rate), name="train"
    )
    arguments = (rng.random((batch, 784), F32), rng.integers(0, 10, batch), np.array(0.001, F32))
    f(*arguments)
    return f, arguments


def growth(call, times, warm_up=50):
    """Bytes more in use after so many calls, and the line that holds most of them."""
    tracemalloc.start()
    try:
        for _ in range(warm_up):
            call()
        gc.collect()
        before = tracemalloc.take_snapshot()
        for _ in range(times):
            call()
        gc.collect()
        after = tracemalloc.take_snapshot()
    finally:
        tracemalloc.stop()
    ours = [tracemalloc.Filter(False, tracemalloc.__file__)]
    changes = after.filter_traces(ours).compare_to(before.filter_traces(ours), "lineno")
    return sum(change.size_diff for change in changes), changes[:3]


def peak(call):
    """The most bytes in use at any moment of one call beyond those in use before it."""
    for _ in range(3):
        call()
    gc.collect()
    tracemalloc.start()
    try:
        call()
        tracemalloc.reset_peak()
        before, _ = tracemalloc.get_traced_memory()
        call()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


NETWORKS = {"mlp": mlp, "double_conv": chapter6.double_conv}


@pytest.mark.parametrize("network", NETWORKS)
def test_a_thousand_training_steps_leave_nothing_behind(network):
    """Neither `tracemalloc` nor the operating system sees more memory in use."""
    # In a process of its own: nothing else allocates there, and on few cores one BLAS thread is the fastest.
    path = [os.path.dirname(os.path.dirname(sn.__file__)), os.environ.get("PYTHONPATH", "")]
    done = subprocess.run(
        [sys.executable, __file__, network],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    more, resident, where = done.stdout.split(maxsplit=2)
    assert int(more) < NOISE, where
    assert int(resident) < 2_000_000  # one activation a step would be a thousand times 4 KB or more


DENSE, CONVOLUTIONAL = [mlp, chapter6.shallow], [chapter6.conv, chapter6.double_conv, chapter6.dropout]
BATCHES = [(DENSE, (600, 1000)), (CONVOLUTIONAL, (10, 60))]  # a dense layer's gradient needs no memory: its batch does
STEPS = [(network, batch) for networks, sizes in BATCHES for network in networks for batch in sizes]


@pytest.mark.parametrize(("network", "batch"), STEPS)
def test_a_training_step_makes_no_array(network, batch):
    f, arguments = training(network, batch)
    assert f.memory > 4 * UFUNC_BUFFERS  # or the bound would be no test
    assert peak(lambda: f(*arguments)) < UFUNC_BUFFERS


@pytest.mark.parametrize("batch", [10, 250])
def test_a_prediction_makes_its_result_and_no_other_array(batch):
    x = sn.tensor("x", ("batch", 784))
    scores, _ = chapter6.double_conv(x, np.random.default_rng(0))
    f = sn.function([x], sn.argmax(sn.softmax(scores), axis=1))
    images = np.random.default_rng(1).random((batch, 784), F32)
    f(images)
    assert peak(lambda: f(images)) < UFUNC_BUFFERS + 2 * 8 * batch


def batches(width, outputs, m=50):
    """A training step on batch `i` of a shared data set of four."""
    data = sn.shared(np.random.default_rng(0).random((4 * m, width), F32), "data")
    w = sn.shared(np.zeros((width, outputs), F32), "w")
    i = sn.lscalar("i")
    cost = sn.tanh(sn.dot(data[i * m : (i + 1) * m], w)).sum()
    f = sn.function([i], cost, updates=[(w, w - 0.001 * sn.grad(cost, w))])
    numbers = [np.array(k) for k in range(4)]
    return f, lambda: [f(k) for k in numbers]


def test_steps_on_batches_of_a_shared_data_set_make_no_array():
    f, epoch = batches(784, 200, 500)
    epoch()
    assert f.memory > 4 * UFUNC_BUFFERS
    assert peak(epoch) < UFUNC_BUFFERS
    # The sizes of the slices are computed at each call, and some hundred little strings settle in NumPy's caches.
    _, epoch = batches(8, 4)
    more, where = growth(epoch, 500, warm_up=500)
    assert more < NOISE, "\n".join(map(str, where))


def test_the_guard_against_infinities_makes_no_array_of_a_buffers_size():
    with sn.options(check_finite=True):
        f, arguments = training(mlp, 60)
    assert peak(lambda: f(*arguments)) < UFUNC_BUFFERS


def test_these_tests_see_an_array():
    f, arguments = training(mlp, 60)
    assert peak(lambda: [f(*arguments), np.empty(UFUNC_BUFFERS // 4 + 1, F32)]) > UFUNC_BUFFERS
    kept = []
    more, where = growth(lambda: [f(*arguments), kept.append(np.empty(200, F32))], 20)
    assert more > 20 * 800 > NOISE and "test_memory.py" in str(where[0])


def test_plans_that_go_give_their_memory_back():
    x = sn.vector("x")
    with sn.options(plans=2):
        f = sn.function([x], sn.exp(sn.tanh(x)).sum())
    arguments = [np.zeros(100_000 + k, F32) for k in range(12)]

    def round_trip():
        for a in arguments:
            f(a)
        gc.collect()

    more, where = growth(round_trip, 3, warm_up=2)
    assert more < 20_000, "\n".join(map(str, where))


if __name__ == "__main__":
    step, values = training(NETWORKS[sys.argv[1]], 10)
    process = psutil.Process()
    for _ in range(50):
        step(*values)
    resident = process.memory_info().rss
    for _ in range(1_000):
        step(*values)
    resident = process.memory_info().rss - resident
    more, where = growth(lambda: step(*values), 1_000)
    print(more, resident, where)
