"""Minibatches: every row once an epoch, the same from a seed however they are made, and resumed anywhere."""

import itertools
import json

import numpy as np
import pytest

from symnet.data import augment, batches, stream
from symnet.errors import ArgumentError, BoundsError, NumericError

N = 23
X = np.arange(N * 4, dtype=np.float32).reshape(N, 2, 2)
Y = np.arange(N)


def noisy(x, rng):
    """A transformation that depends on every draw."""
    return x + rng.random(x.shape, np.float32) if rng else x + 1


def examples():
    yield from zip(X, Y)


MAKERS = {
    "arrays": lambda **how: batches(X, Y, **how),
    "stream": lambda **how: stream(examples, **how),
    "small buffer": lambda **how: stream(examples, buffer=5, **how),
}


def contents(epoch):
    return [(x.tobytes(), y.tobytes()) for x, y in epoch]


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
@pytest.mark.parametrize("size", [1, 4, 23, 100, 200])
def test_every_row_once_an_epoch_in_a_new_order(make, size):
    made = make(size=size, rng=0)
    orders = []
    for _ in range(3):
        pairs = list(made)
        assert [len(y) for _, y in pairs] == [min(size, N - start) for start in range(0, N, size)]
        for x, y in pairs:
            np.testing.assert_array_equal(x, X[y])
            assert x.dtype == X.dtype and y.dtype == Y.dtype
        orders.append(np.concatenate([y for _, y in pairs]).tolist())
        assert sorted(orders[-1]) == Y.tolist()
    assert len(set(map(tuple, orders))) == 3 and Y.tolist() not in orders


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_without_a_generator_rows_stay_in_order(make):
    for _ in range(2):
        assert [y.tolist() for _, y in make(size=10)] == [list(range(10)), list(range(10, 20)), [20, 21, 22]]


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
@pytest.mark.parametrize(("size", "count"), [(10, 2), (23, 1), (1, 23)])
def test_the_short_last_one_can_be_dropped(make, size, count):
    assert [len(y) for _, y in make(size=size, rng=0, drop_last=True)] == [size] * count


def test_the_number_of_minibatches():
    assert [len(batches(X, Y, size)) for size in (1, 10, 23, 24)] == [23, 3, 1, 1]
    assert [len(batches(X, Y, size, drop_last=True)) for size in (1, 10, 23)] == [23, 2, 1]


def test_x_alone():
    x = np.concatenate(list(batches(X, None, 10, 0)))
    np.testing.assert_array_equal(np.sort(x.ravel()), X.ravel())
    np.testing.assert_array_equal(np.concatenate(list(stream(lambda: X, 10))), X)


@pytest.mark.parametrize("x", [X.tolist(), X.astype("f8")[::-1], X > 7, X.astype("u1"), np.zeros((N, 0)), X + 1j])
def test_all_kinds_of_arrays(x):
    for part, y in batches(x, Y, 5, 0):
        np.testing.assert_array_equal(part, np.asarray(x)[y])
        assert part.dtype == np.asarray(x).dtype


def test_a_memory_map_is_read_and_not_changed(tmp_path):
    np.save(tmp_path / "x.npy", X)
    x = np.load(tmp_path / "x.npy", mmap_mode="r")
    for part, y in batches(x, Y, 10, 0, prefetch=2):
        np.testing.assert_array_equal(part, X[y])
        assert type(part) is np.ndarray
        part[...] = 0
    np.testing.assert_array_equal(np.load(tmp_path / "x.npy"), X)


@pytest.mark.parametrize("rng", [None, 0])
def test_what_is_handed_out_belongs_to_the_caller(rng):
    x, y = X.copy(), Y.copy()
    for part, labels in batches(x, y, 10, rng):
        part[...], labels[...] = -1, -1
    np.testing.assert_array_equal(x, X)
    np.testing.assert_array_equal(y, Y)


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
@pytest.mark.parametrize("prefetch", [1, 2, 50, 1000])
@pytest.mark.parametrize("size", [2, 10])
def test_prefetching_changes_nothing(make, prefetch, size):
    how = {"size": size, "rng": 7, "transform": noisy}
    ahead, plain = make(prefetch=prefetch, **how), make(**how)
    for _ in range(3):
        assert contents(ahead) == contents(plain)


def test_a_seed_or_a_generator_decides():
    def made(rng):
        return contents(batches(X, Y, 4, rng, transform=noisy))

    assert made(3) == made(3) == made(np.random.default_rng(3)) != made(4)
    rng = np.random.default_rng(3)
    first, second = (batches(X, Y, 4, rng) for _ in range(2))
    assert contents(first) != contents(second)
    after = rng.random()
    rng = np.random.default_rng(3)
    rng.integers(2**63, size=2)
    assert rng.random() == after, "one draw each, however many epochs"


def test_rows_of_a_group_are_transformed_each_in_its_own_way():
    found = np.concatenate([x for x, _ in batches(np.zeros((300, 1)), np.arange(300), 10, 0, transform=noisy)])
    assert len(np.unique(found)) == 300


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
@pytest.mark.parametrize("size", [1, 4, 100, 200])
@pytest.mark.parametrize("prefetch", [0, 3])
def test_a_run_goes_on_from_any_minibatch(make, size, prefetch):
    """Three epochs, cut after each minibatch: what follows is what an uninterrupted run has, epoch by epoch."""
    how = {"size": size, "rng": 1, "transform": noisy}
    run, states, steps = make(**how), [], []
    for number in range(3):
        for minibatch in run:
            steps.append((number, contents([minibatch])))
            states.append(json.loads(json.dumps(run.state())))
    for k, state in itertools.islice(enumerate(states), 0, None, 5 if size == 1 else 1):
        other = make(**how | {"rng": 99}, prefetch=prefetch).from_state(state)
        rest = [(n, contents([minibatch])) for n in range(other.epoch, 3) for minibatch in other]
        assert rest == steps[k + 1 :]


@pytest.mark.parametrize("batch", [0, 1, 12, 13, 24, 25, 38, 39, 40])
def test_a_run_goes_on_from_inside_a_group(batch):
    """391 rows by 10 are groups of 12 minibatches, 40 in all."""
    how = {"x": np.arange(391.0), "y": np.arange(391), "size": 10, "rng": 0, "transform": noisy}
    rest = contents(batches(**how))[batch:]
    state = batches(**how).state() | {"batch": batch}
    assert contents(batches(**how).from_state(state)) == rest
    assert contents(batches(**how, prefetch=30).from_state(state)) == rest


def test_a_state_between_epochs_begins_the_next():
    run = batches(X, Y, 10, 0)
    fresh = run.state()
    first = contents(run)
    assert (run.epoch, run.batch) == (1, 0)
    second = contents(batches(X, Y, 10, 5).from_state(run.state()))
    assert contents(run) == second != first
    assert contents(run.from_state(fresh)) == first


def test_a_loop_that_is_left_leaves_its_epoch():
    whole, run = batches(X, Y, 10, 0), batches(X, Y, 10, 0)
    epochs = [contents(whole) for _ in range(2)]
    assert contents(itertools.islice(run, 1)) == epochs[0][:1]
    assert (run.epoch, run.batch) == (0, 1)
    assert contents(run) == epochs[1]


@pytest.mark.parametrize(("change", "message"), [
    ({"size": 5}, "noted with size 5, but here size is 10"),
    ({"rows": 24}, "noted with rows 24, but here rows is 23"),
    ({"more": 1}, r"the state has \['batch', 'epoch', 'more'"),
])  # fmt: skip
def test_a_state_of_other_data(change, message):
    run = batches(X, Y, 10, 0)
    with pytest.raises(ArgumentError, match=message):
        run.from_state(run.state() | change)


def test_two_loops_at_once():
    run = batches(X, Y, 10, 0)
    with pytest.raises(ArgumentError, match="two loops go over the same minibatches at once"):
        for _ in zip(run, run):
            pass


@pytest.mark.parametrize("prefetch", [0, 2])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("make", [
    lambda x, y, **how: batches(x, y, 4, 0, **how),
    lambda x, y, **how: stream(lambda: zip(x, y), 4, 0, **how),
], ids=["arrays", "stream"])  # fmt: skip
def test_a_number_that_is_none_is_named_with_its_row(make, value, prefetch):
    x = X.copy()
    x[17, 0, 1] = value
    shown = rf"x holds {value} in row 17 at \(0, 1\)\.(.|\n)*at test_batches.py"
    with pytest.raises(NumericError, match=shown) as info:
        for _ in make(x, Y, prefetch=prefetch):
            pass
    assert "for _ in make(x, Y" in str(info.value)
    y = Y.astype(float)
    y[3] = value
    with pytest.raises(NumericError, match=rf"y holds {value} in row 3\."):
        list(make(X, y, prefetch=prefetch))


def test_large_numbers_are_no_infinities():
    x = np.full((5, 3), 3e38, np.float32)
    np.testing.assert_array_equal(np.concatenate(list(batches(x, None, 2))), x)


@pytest.mark.parametrize("wrong", [-1, 23, 1000])
def test_labels_out_of_range(wrong):
    y = Y.copy()
    y[5] = wrong
    with pytest.raises(BoundsError, match=rf"label {wrong} in row 5 is out of range for 23 classes"):
        batches(X, y, 4, 0, classes=23)
    with pytest.raises(BoundsError, match=rf"stream: label {wrong} in row 5 is out of range"):
        list(stream(lambda: zip(X, y), 40, 0, classes=23))
    list(batches(X, Y, 4, 0, classes=23))
    list(stream(examples, 4, 0, classes=23))


@pytest.mark.parametrize(("call", "message"), [
    (lambda: batches(X, Y[:-1], 4), "x has 23 rows but y has 22"),
    (lambda: batches(X[:0], Y[:0], 4), "there are no examples"),
    (lambda: batches(X, Y, 0), "size is 0"),
    (lambda: batches(X, Y, 4, prefetch=-1), "prefetch is -1"),
    (lambda: batches(X, Y, 24, drop_last=True), "size is 24, but there are 23 examples and drop_last"),
    (lambda: batches(np.float32(1), Y, 4), "x is a single number"),
    (lambda: batches([[1], [1, 2]], None, 4), "x is no array of numbers"),
    (lambda: batches(np.array(["a"]), None, 4), "x holds <U1, expected numbers"),
    (lambda: batches(X, None, 4, classes=3), "classes are given, but no labels"),
    (lambda: batches(X, X, 4, classes=3), r"labels are float32 \(23, 2, 2\), expected integers"),
    (lambda: stream(examples(), 4), r"source is a generator, which can be read once(.|\n)*lambda"),
    (lambda: stream(examples, 4, buffer=0), "buffer is 0"),
    (lambda: list(stream(lambda: [], 4)), "the source gave no examples"),
    (lambda: list(stream(lambda: [X[0], X[1, 0]], 4)), r"x has shape \(2, 2\) in row 0, but \(2,\) in row 1"),
    (lambda: list(stream(lambda: [X[0], (X[1], 1)], 4)), "x or a pair"),
    (lambda: list(stream(lambda: [(1, 2, 3)], 4)), "x or a pair"),
    (lambda: list(stream(lambda: ["a"], 4)), "x holds <U1"),
    (lambda: list(batches(X, Y, 4, transform=lambda x, rng: x[1:])), r"made \(22, 2, 2\) of 23 rows"),
])  # fmt: skip
def test_what_cannot_be_cut_into_minibatches(call, message):
    with pytest.raises(ArgumentError, match=message):
        call()


def test_a_transformation_may_change_shape_and_dtype():
    pixels = np.random.default_rng(0).integers(0, 256, (N, 36), dtype=np.uint8)
    crop = lambda x, rng: augment.crop(x.reshape(-1, 6, 6), rng, (4, 4)) / np.float32(256)
    made = list(batches(pixels, Y, 10, 0, transform=crop))
    assert [x.shape for x, _ in made] == [(10, 4, 4), (10, 4, 4), (3, 4, 4)]
    assert made[0][0].dtype == np.float32


def test_a_buffer_bounds_how_far_an_example_comes_early():
    order = np.concatenate([y for _, y in stream(examples, 1, 0, buffer=4)])
    assert all(value <= place + 3 for place, value in enumerate(order.tolist()))
    assert order.tolist() != sorted(order.tolist())
