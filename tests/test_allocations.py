"""`f.allocations` against `tracemalloc`: where it is 0 a call makes no array, and where it is not it makes one."""

import numpy as np
import pytest

import symnet as sn
from calls import calls
from symnet.errors import SymnetError
from symnet.graph import toposort
from symnet.graph.inputs import tensor
from test_memory import UFUNC_BUFFERS, peak

F32 = np.float32
GROWTH = {1: 45_000, 2: 210, 3: 34, 4: 12, 5: 6}  # by number of axes: arrays of more than twice UFUNC_BUFFERS
LARGEST = 40_000_000  # bytes: outer products of long vectors would be tens of gigabytes


def updating(xs, ys):
    """A function that leaves its results in shared variables, so that none of them is an array made by the call."""
    shapes = [[int(n) for n in y.type.shape] for y in ys]
    results = [sn.shared(np.zeros(shape, y.type.dtype)) for shape, y in zip(shapes, ys)]
    return sn.function(xs, [], updates=list(zip(results, ys)), on_unused_input="ignore")


def assert_told(f, arrays):
    with np.errstate(all="ignore"):
        made = peak(lambda: f(*arrays))
    assert (f.allocations > 0) == (made > UFUNC_BUFFERS), (made, f.allocations, f.source)


def grown(call):
    """The case's arrays at sizes that matter, and the expressions of them; None where that is not to be had."""
    growth = GROWTH.get(max((len(spec.shape) for spec in call.specs()), default=0))
    if growth is None:
        return None
    arrays = call.arrays(grow=growth)
    if max(a.nbytes for a in arrays) < 2 * UFUNC_BUFFERS:
        return None  # its values are given
    xs = [tensor(f"x{k}", a.shape, a.dtype) for k, a in enumerate(arrays)]
    try:
        ys = call.build(xs)
    except SymnetError:
        return None  # sizes among its arguments do not fit the others any more
    made = [*(x.type for x in xs), *(y.type for node in toposort(ys) for y in node.outputs)]
    static = all(type.is_static for type in made)
    return (arrays, xs, ys) if static and max(t.nbytes for t in made) < LARGEST else None


OTHERS = ("correlate", "polyval", "unstack")
CALLS = [call for call in calls("float32") if "conv" not in call.name and call.name not in OTHERS]
"""Kernels of convolutions would grow, too; tests/test_memory.py trains networks of them, and two stand below. Of
polynomials and stacks taken apart there would be a node for each entry."""


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.id)
def test_every_word_tells_whether_it_makes_an_array(call):
    found = grown(call)
    if found is not None:
        arrays, xs, ys = found
        f = updating(xs, ys)
        if call.name.startswith("fft."):  # whether NumPy makes an array there depends on the factors of the length
            assert f.allocations > 0 or not any("np.fft." in line for line in f.source.splitlines())
        else:
            assert_told(f, arrays)


def test_most_words_are_among_them():
    assert len({call.name for call in CALLS if grown(call) is not None}) > 60


N = 40_000
LABELS = ((N,), "int64", 4)
PATHS = {
    "rows taken": (lambda x, i: x[i], (1000, 40), ((1000,), "int64", 1000)),
    "columns added": (lambda x, i, v: sn.inc_subtensor(x[:, i], v), (40, 1000), ((1000,), "int64", 1000), (40, 1000)),
    "rows of a view added": (
        lambda x, i, v: sn.inc_subtensor(x.T[i], v), (40, 1000), ((1000,), "int64", 1000), (1000, 40)
    ),
    "rows set": (lambda x, i, v: sn.set_subtensor(x[i], v), (1000, 40), ((1000,), "int64", 1000), (1000, 40)),
    "entries picked": (lambda x, i: x[sn.arange(N), i], (N, 4), LABELS),
    "entries picked by columns": (lambda x, i: x.T[sn.arange(N), i], (4, N), LABELS),
    "entries picked with gaps": (lambda x, i: x[:, ::2][sn.arange(N), i], (N, 8), LABELS),
    "entries added": (lambda x, i, v: sn.inc_subtensor(x[sn.arange(N), i], v), (N, 4), LABELS, (N,)),
    "the gradient of entries": (lambda x, i: sn.grad(sn.cross_entropy(x, i), x), (N, 4), LABELS),
    "a choice": (lambda x, v: sn.where(x > 0, x, v.T), (300, 300), (300, 300)),
    "binomial draws": (lambda x: x + sn.binomial(x.shape, 3, 0.3), (300, 300)),
    "normal draws": (lambda x: x + sn.normal(x.shape), (300, 300)),
    "a product with gaps": (lambda x, v: sn.dot(x[:, ::2], v[::-2]), (300, 400), (400, 300)),
    "a sum with gaps": (lambda x: x[::-1, ::2].sum(axis=0), (300, 600)),
    "the place of a maximum": (lambda x: sn.argmax(x.T, axis=1), (300, 600)),
    "a join of a view": (lambda x, v: sn.concatenate([x, v.T], axis=0), (300, 300), (300, 300)),
    "a cast": (lambda x: x.T.astype("float64"), (300, 300)),
    "a convolution of vectors": (lambda x, v: sn.convolve(x, v), (N,), (3,)),
    "a correlation of vectors": (lambda x, v: sn.correlate(x, v), (3,), (N,)),
    "a convolution": (lambda x: sn.conv2d(x, np.ones((4, 8, 3, 3), F32), padding="same"), (8, 8, 32, 32)),
}  # fmt: skip


def array(spec):
    shape, dtype, n = spec if isinstance(spec[0], tuple) else (spec, "float32", 0)
    rng = np.random.default_rng(0)
    return rng.standard_normal(shape, F32) if dtype == "float32" else rng.integers(0, n, shape)


@pytest.mark.parametrize("name", PATHS)
def test_the_paths_beside_the_plain_ones_tell_too(name):
    build, *specs = PATHS[name]
    arrays = [array(spec) for spec in specs]
    xs = [tensor(f"x{k}", a.shape, a.dtype) for k, a in enumerate(arrays)]
    assert_told(updating(xs, [build(*xs)]), arrays)


OPTIM = sn.optim
STEPS = {
    "sgd": lambda c, p: OPTIM.sgd(c, p, 0.1),
    "momentum": lambda c, p: OPTIM.momentum(c, p, 0.1),
    "nesterov": lambda c, p: OPTIM.nesterov(c, p, 0.1),
    "adagrad": OPTIM.adagrad,
    "rmsprop": OPTIM.rmsprop,
    "adam": OPTIM.adam,
    "adamw": OPTIM.adamw,
    "adamw of weights": lambda c, p: OPTIM.adamw(c, p, decayed=p[::2]),
    "clipped by value": lambda c, p: OPTIM.adam(OPTIM.clip_by_value(sn.grad(c, p), 0.1), p),
    "clipped by norm": lambda c, p: OPTIM.adam(OPTIM.clip_by_norm(sn.grad(c, p), 0.1), p),
    "cosine": lambda c, p: OPTIM.adam(c, p, OPTIM.cosine(OPTIM.counter(), 0.1, 100)),
    "one cycle": lambda c, p: OPTIM.momentum(c, p, OPTIM.one_cycle(OPTIM.counter(), 0.1, 100)),
    "warm-up": lambda c, p: OPTIM.sgd(c, p, OPTIM.warm_up(OPTIM.counter(), OPTIM.step_decay(3, 0.1, 2), 50)),
    "average": lambda c, p: OPTIM.average(OPTIM.adam(c, p), p),
    "max norm": lambda c, p: OPTIM.max_norm(OPTIM.momentum(c, p, 0.1), p[::2], 2.0),
}


@pytest.mark.parametrize("name", STEPS)
def test_an_optimiser_makes_no_array(name):
    model = sn.nn.Sequential(sn.nn.Dense(300), sn.relu, sn.nn.Dense(200), sn.relu, sn.nn.Dense(10), rng=0)
    x, y = tensor("x", ("batch", 100)), tensor("y", ("batch",), "int64")
    cost = sn.cross_entropy(model(x), y)
    f = sn.function([x, y], [], updates=STEPS[name](cost, model.params))
    arrays = [array((200, 100)), array(((200,), "int64", 10))]
    assert_told(f, arrays)
    assert f.allocations == 0


@pytest.mark.parametrize(("name", "reason"), [
    ("entries picked with gaps", "picked into a new array"),
    ("binomial draws", "has no out="),
])  # fmt: skip
def test_the_report_says_which_line_makes_an_array(name, reason):
    build, *specs = PATHS[name]
    xs = [tensor(f"x{k}", array(spec).shape, array(spec).dtype) for k, spec in enumerate(specs)]
    f = updating(xs, [build(*xs)])
    assert f.allocations == 1
    (line,) = [line for line in str(f.report()).splitlines() if "makes an array at every call" in line]
    assert reason in line and "test_allocations.py" in line


@pytest.mark.parametrize(("name", "reason"), [
    ("a sum with gaps", "BLAS could multiply with ones"),
    ("a product with gaps", "BLAS cannot read its strides"),
])  # fmt: skip
def test_the_report_names_slow_paths(name, reason):
    build, *specs = PATHS[name]
    xs = [tensor(f"x{k}", array(spec).shape, array(spec).dtype) for k, spec in enumerate(specs)]
    assert any(reason in path.reason for path in updating(xs, [build(*xs)]).report().slow)
