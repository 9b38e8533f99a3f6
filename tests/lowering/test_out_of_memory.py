"""Memory that does not suffice, wherever it is asked for: an error that names it, and nothing has changed."""

import sys

import numpy as np
import pytest

import symnet as sn
from steps import run
from symnet.backends.numpy import threads
from symnet.errors import OutOfMemoryError

F32 = np.float32


def counter():
    s = sn.shared(0.0, "s")
    return s, {s: s + 1}


def test_scratch_is_named_after_what_needs_it():
    s, updates = counter()
    x, w, g = sn.tensor("x", (1, 1000, "n")), sn.tensor("w", (1, 1000, "k")), sn.tensor("g", (1, 1, "m"))
    y = sn.conv1d(x, w, stride=2)
    f = sn.function([x, w, g], sn.grad(None, x, known_grads={y: g}), updates=updates)
    with pytest.raises(OutOfMemoryError, match=r"no memory for scratch of [\s\S]*1,800,040,000,000 bytes[\s\S]*conv1d"):
        f.prepare(x=(1, 1000, 100_000), w=(1, 1000, 10_000), g=(1, 1, 45_001))
    f(np.ones((1, 1000, 12), F32), np.ones((1, 1000, 3), F32), np.ones((1, 1, 5), F32))
    assert float(s.get_value()) == 1


def test_what_the_plan_prepares_is_named_after_its_op():
    s, updates = counter()
    x, w = sn.tensor("x", (1, 1, "h", "w")), sn.tensor("w", (1, 1, 1, 1))
    f = sn.function([x, w], sn.conv2d(x, w, stride=10**6, padding=10**6), updates=updates)
    arrays = np.ones((1, 1, 8, 8), F32), np.ones((1, 1, 1, 1), F32)
    with pytest.raises(OutOfMemoryError, match=r"no memory for .*\(padded\): Unable to allocate .* TiB[\s\S]*conv2d"):
        f(*arrays)
    assert float(s.get_value()) == 0


def test_the_error_is_python_s_own_as_well():
    x = sn.vector("x")
    f = sn.function([x], sn.tanh(sn.outer(x, x)))
    with pytest.raises(MemoryError, match="no memory for"):
        f.prepare(x=(10**8,))


def test_what_does_not_fit_as_a_whole_may_fit_in_pieces():
    x, w = sn.tensor("x", ("n", 4)), sn.tensor("w", (4, 20_000))
    f = sn.function([x, w], sn.tanh(sn.dot(x, w)).sum(1))
    f.prepare(x=(30_000_000, 4), w=(4, 20_000))
    assert "of 30000000 at a time" in f.source


def test_a_buffer_inside_a_loop_over_pieces():
    s, updates = counter()
    x, v = sn.tensor("x", ("n", 3)), sn.vector("v")
    large = sn.tanh(x[:, :, None, None] * v[:, None] * v)
    f = sn.function([x, v], large.sum((1, 2, 3)), updates=updates)
    with pytest.raises(OutOfMemoryError, match=r"no memory for .*[\s\S]*needs [\d,]+ bytes"):
        f.prepare(x=(1000, 3), v=(10**7,))
    f(np.ones((2, 3), F32), np.ones(2, F32))
    assert float(s.get_value()) == 1


LIMITED = """
import resource
import numpy as np
import symnet as sn

def used():
    with open("/proc/self/statm") as pages:
        return int(pages.read().split()[0]) * resource.getpagesize()

x = sn.tensor("x", ("n", 1000))
ws = [sn.shared(np.ones((1000, 2500), np.float32), name) for name in ("w_a", "w_b")]
s = sn.shared(0.0, "s")
cost = (sn.tanh(sn.dot(x, ws[0])) + sn.dot(x, ws[1])).sum()
steps = [(w, w - 0.1 * sn.sign(g)) for w, g in zip(ws, sn.grad(cost, ws))]  # no product that BLAS could add itself
f = sn.function([x], cost, updates=[*steps, (s, s + 1)])
value = np.ones((4, 1000), np.float32)
warm = sn.shared(np.ones((1000, 2500), np.float32))
h = sn.function([x], sn.dot(x, warm).sum(), updates=[(warm, warm * 2)])
h(value)  # BLAS has its memory and threads now
for megabytes in range(5, 120, 5):
    resource.setrlimit(resource.RLIMIT_AS, (used() + megabytes * 1_000_000, resource.RLIM_INFINITY))
    try:
        f(value)
    except sn.errors.OutOfMemoryError as error:
        print(str(error).splitlines()[0])
    resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    if float(s.get_value()):
        break
    assert all((w.get_value() == 1).all() for w in ws)
f(value)
assert float(s.get_value()) > 0
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits the memory of a process as Linux does")
def test_arenas(monkeypatch):
    monkeypatch.setenv("MALLOC_MMAP_THRESHOLD_", "65536")  # what is freed goes back at once
    monkeypatch.setenv("MALLOC_ARENA_MAX", "1")
    named = run(LIMITED).splitlines()
    assert all(line.startswith("no memory for ") for line in named)
    assert "no memory for params: float32 (5000000,) needs 20,000,000 bytes." in named
    assert "no memory for grads: float32 (5000000,) needs 20,000,000 bytes." in named


def test_a_thread_that_cannot_be_started(monkeypatch):
    def refuse(*arguments):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threads, "start_new_thread", refuse)
    crew = threads._Crew()
    with pytest.raises(OutOfMemoryError, match="no thread could be started"):
        crew.submit(print)
