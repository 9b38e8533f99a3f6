"""Compiled functions: plans, updates, results that belong to the caller, sizes known only at the call."""

import math

import numpy as np
import pytest

import symnet as sn
from steps import softmax_step
from symnet.errors import ArgumentError, BoundsError, InputError, NumericError, ShapeError

F32 = np.float32


def plans_made(monkeypatch):
    """How many plans functions made from now on, as a list that grows."""
    made = []
    original = sn.Function._plan

    def counted(self, key, shapes, sizes):
        made.append(key)
        return original(self, key, shapes, sizes)

    monkeypatch.setattr(sn.Function, "_plan", counted)
    return made


# plans --------------------------------------------------------------------------------------------------------------


def test_a_data_set_in_a_shared_variable_is_read_by_batch_number(monkeypatch):
    m = 4
    images = np.arange(20, dtype=F32).reshape(10, 2)
    data, labels = sn.shared(images, "data"), sn.shared(np.arange(10), "labels")
    i = sn.lscalar("i")
    x, y = sn.matrix("x"), sn.lvector("y")
    f = sn.function(
        [i],
        [x * 2, y],
        givens={x: data[i * m : (i + 1) * m], y: labels[i * m : (i + 1) * m]},
    )
    made = plans_made(monkeypatch)
    for k in (0, 1, 0, 2, 1, 2, np.int64(0)):
        rows, numbers = f(k)
        np.testing.assert_array_equal(rows, images[k * m : (k + 1) * m] * 2)
        np.testing.assert_array_equal(numbers, np.arange(10)[k * m : (k + 1) * m])
    assert len(made) == 2  # full batches, and the last of two rows
    for k in (3, 100):
        assert f(k)[0].shape == (0, 2) and f(k)[1].shape == (0,)
    assert f(-1)[0].shape == images[-4:0].shape == (0, 2)


def test_a_training_step_on_batches_of_a_shared_data_set():
    m, images = 4, np.random.default_rng(0).normal(size=(10, 3)).astype(F32)
    targets = np.arange(10) % 3
    data, labels = sn.shared(images, "data"), sn.shared(targets, "labels")
    x, y, i = sn.matrix("x"), sn.lvector("y"), sn.lscalar("i")
    w = sn.shared(np.zeros((3, 3), F32), "w")
    cost = sn.cross_entropy(sn.dot(x, w), y)
    batch = slice(i * m, (i + 1) * m)
    f = sn.function([i], cost, updates=sn.optim.sgd(cost, [w], 0.5), givens={x: data[batch], y: labels[batch]})
    exact = np.zeros((3, 3))
    for k in (0, 1, 2, 0):
        rows, ts = images[k * m : (k + 1) * m].astype(float), targets[k * m : (k + 1) * m]
        e = np.exp(rows @ exact)
        p = e / e.sum(1, keepdims=True)
        np.testing.assert_allclose(f(k), -np.log(p[np.arange(len(ts)), ts]).mean(), rtol=1e-5)
        exact -= 0.5 * rows.T @ (p - np.eye(3)[ts]) / len(ts)
        np.testing.assert_allclose(w.get_value(), exact, rtol=1e-4, atol=1e-6)


def test_one_plan_for_each_set_of_shapes_and_the_least_recently_used_goes(monkeypatch):
    x = sn.vector("x")
    with sn.options(plans=2):
        f = sn.function([x], x.sum())
    made = plans_made(monkeypatch)

    def call(n):
        assert float(f(np.ones(n, F32))) == n
        return [shapes[0][0] for (shapes, _) in made]

    assert call(1) == [1]
    assert call(2) == call(1) == call(2) == [1, 2]
    call(1)
    assert call(3) == [1, 2, 3]  # 2 was used before 1, and goes
    assert call(1) == [1, 2, 3]
    assert call(2) == [1, 2, 3, 2]


def test_static_shapes_are_planned_at_once(monkeypatch):
    made = plans_made(monkeypatch)
    x = sn.tensor("x", (2, 3))
    f = sn.function([x], x + 1)
    assert len(made) == 1
    f(np.zeros((2, 3), F32))
    assert len(made) == 1


def test_prepare_makes_the_plan_the_first_call_needs(monkeypatch):
    x, y = sn.matrix("x"), sn.vector("y")
    f = sn.function([x, y], x + y, name="f")
    made = plans_made(monkeypatch)
    f.prepare(x=(2, 3), y=[3])
    assert len(made) == 1 and "(2, 3)" in f.source
    f(np.zeros((2, 3), F32), np.zeros(3, F32))
    assert len(made) == 1
    with pytest.raises(InputError, match="f.prepare: shapes of x are given; the inputs are x, y"):
        f.prepare(x=(2, 3))
    with pytest.raises(ShapeError, match=r"x cannot have shape \(2,\); its type is float32 \(\?, \?\)"):
        f.prepare(x=(2,), y=(3,))
    with pytest.raises(ShapeError, match=r"cannot have shape \(-1,\)"):
        f.prepare(x=(2, 3), y=(-1,))
    with pytest.raises(ShapeError, match="3 against 4"):
        f.prepare(x=(2, 3), y=(4,))


def test_prepare_refuses_sizes_that_depend_on_values():
    n = sn.lscalar("n")
    f = sn.function([n], sn.arange(n))
    with pytest.raises(InputError, match="plan at their first call"):
        f.prepare(n=())
    assert f(3).tolist() == [0, 1, 2] and f(0).tolist() == []


def test_set_value_with_another_array_is_seen_without_a_new_plan(monkeypatch):
    x, w = sn.vector("x"), sn.shared(np.ones(3, F32), "w")
    f = sn.function([x], [(x * w).sum(), w.reshape((3, 1))], updates={w: w + 1})
    f([1, 1, 1])
    made = plans_made(monkeypatch)
    w.set_value([1, 2, 3])
    total, column = f([1, 1, 1])
    assert float(total) == 6 and column.tolist() == [[1], [2], [3]]
    mine = np.array([5, 5, 5], F32)
    w.set_value(mine, borrow=True)
    assert float(f([1, 1, 1])[0]) == 15
    assert mine.tolist() == [6, 6, 6]
    assert made == []


def test_a_shared_variable_of_open_length_may_get_another_length():
    x, s = sn.vector("x"), sn.shared(np.ones((2, 3), F32), "s", shape=(None, 3))
    f = sn.function([x], (s * x).sum(0), updates={s: s * 2})
    assert f([1, 2, 3]).tolist() == [2, 4, 6]
    s.set_value(np.ones((5, 3), F32))
    assert f([1, 2, 3]).tolist() == [5, 10, 15]
    assert s.get_value().shape == (5, 3) and (s.get_value() == 2).all()
    s.set_value(np.ones((0, 3), F32))
    assert f([1, 2, 3]).tolist() == [0, 0, 0]
    with pytest.raises(ShapeError, match="size 4 on axis 1, but 3"):
        s.set_value(np.ones((5, 4), F32))


# updates ------------------------------------------------------------------------------------------------------------


def test_updates_see_the_old_values():
    a, b = sn.shared([1.0, 2.0], "a"), sn.shared([5.0, 6.0], "b")
    swap = sn.function([], updates={a: b, b: a})
    swap()
    assert (a.get_value().tolist(), b.get_value().tolist()) == ([5, 6], [1, 2])
    swap()
    assert (a.get_value().tolist(), b.get_value().tolist()) == ([1, 2], [5, 6])
    chain = sn.function([], [a, b, a + b], updates=[(a, a + b), (b, a * 10)])
    results = chain()
    assert [r.tolist() for r in results] == [[1, 2], [5, 6], [6, 8]]
    assert (a.get_value().tolist(), b.get_value().tolist()) == ([6, 8], [10, 20])


def test_an_update_that_is_an_input_a_view_a_constant_or_the_variable_itself():
    x = sn.tensor("x", (2, 2))
    a, b, c, d = (sn.shared(np.zeros((2, 2), F32), name) for name in "abcd")
    f = sn.function([x], x.T, updates={a: x, b: x.T, c: np.eye(2, dtype=F32), d: d})
    value = np.array([[1, 2], [3, 4]], F32)
    result = f(value)
    result[:] = value[:] = 9
    assert a.get_value().tolist() == [[1, 2], [3, 4]]
    assert b.get_value().tolist() == [[1, 3], [2, 4]]
    assert c.get_value().tolist() == [[1, 0], [0, 1]]
    assert not d.get_value().any()


def test_a_transposed_update_of_itself():
    a = sn.shared(np.array([[1, 2], [3, 4]], F32), "a")
    sn.function([], updates={a: a.T})()
    assert a.get_value().tolist() == [[1, 3], [2, 4]]


def test_two_variables_get_one_new_value():
    a, b = sn.shared(1.0, "a"), sn.shared(2.0, "b")
    new = a + b
    f = sn.function([], new, updates={a: new, b: new})
    assert [float(v) for v in (f(), a.get_value(), b.get_value())] == [3, 3, 3]


@pytest.mark.parametrize("bad", [10, -1, 2**40, -(2**63)])
def test_a_label_out_of_range_updates_nothing(bad):
    f, states = softmax_step(classes=10)
    x = np.ones((3, 3), F32)
    f(x, [0, 9, 3])
    before = [s.get_value() for s in states]
    assert len(before) == 3  # weights, velocity and the state of the random stream
    with pytest.raises(BoundsError, match=f"label {bad} is out of range for 10 classes") as caught:
        f(x, [0, bad, 9])
    assert "steps.py:" in str(caught.value) and "cost = sn.cross_entropy" in str(caught.value)
    assert "nothing was updated" in str(caught.value)
    for s, old in zip(states, before, strict=True):
        assert s.get_value().tobytes() == old.tobytes(), s
    f(x, [0, 1, 9])
    for s, old in zip(states, before, strict=True):
        assert s.get_value().tobytes() != old.tobytes(), s


def test_a_call_that_failed_is_as_if_it_had_not_been():
    f, states = softmax_step()
    g, others = softmax_step()
    x = np.arange(6, dtype=F32).reshape(2, 3)
    for k in range(4):
        with pytest.raises(BoundsError):
            g(x, [0, 4])
        assert float(f(x, [0, k])) == float(g(x, [0, k]))
    for a, b in zip(states, others, strict=True):
        np.testing.assert_array_equal(a.get_value(), b.get_value())


def test_an_index_out_of_range_updates_nothing():
    k, w, n = sn.lvector("k"), sn.shared(np.arange(3, dtype=F32), "w"), sn.shared(0, "n")
    f = sn.function([k], w[k], updates={n: n + 1})
    assert f([2, -3]).tolist() == [2, 0]
    for bad in (3, -4):
        with pytest.raises(BoundsError, match=f"index {bad} is out of range for axis 0 with size 3"):
            f([0, bad])
    assert int(n.get_value()) == 1


def test_a_value_that_is_not_finite_updates_nothing_under_the_guard():
    x, s = sn.vector("x"), sn.shared(0.0, "s")
    y = sn.log(x).sum()
    with sn.options(check_finite=True):
        f = sn.function([x], y, updates={s: s + 1}, name="f")
    assert float(f([1])) == 0 and float(s.get_value()) == 1
    with pytest.raises(NumericError, match=r"f: y is not finite \(-inf\); nothing was updated[\s\S]*test_function"):
        f([0])
    with pytest.raises(NumericError, match="nan"):
        f([-1])
    assert float(s.get_value()) == 1
    assert float(sn.function([x], y)([0])) == -math.inf


# what belongs to whom -----------------------------------------------------------------------------------------------


def test_results_belong_to_the_caller():
    x, s = sn.vector("x"), sn.shared(np.ones(2, F32), "s")
    h = sn.exp(x)
    f = sn.function([x], [h, h.reshape((2, 1)), x, s, s[::-1], sn.constant([1.0, 2.0])], updates={s: s + 1})
    argument = np.zeros(2, F32)
    first = f(argument)
    kept = [r.copy() for r in first]
    for r in first:
        assert r.flags.writeable
        r[...] = 99
    assert not argument.any() and (s.get_value() == 2).all()
    second = f(argument)
    for r, old, k in zip(second, kept, range(6), strict=True):
        np.testing.assert_array_equal(r, old + 1 if k in (3, 4) else old)
    assert all((r == 99).all() for r in first)


def test_an_output_is_a_shared_variables_old_value():
    s = sn.shared(1.0, "s")
    f = sn.function([], s, updates={s: s + 1})
    first, second = f(), f()
    assert (float(first), float(second)) == (1, 2)


def test_arguments_are_read_only_read():
    x = sn.matrix("x")
    f = sn.function([x], (sn.tanh(x) * 2 + x).sum(0))
    whole = np.arange(24, dtype=F32).reshape(4, 6)
    expected = f(np.ascontiguousarray(whole[::2, ::3]))
    before = whole.copy()
    whole.flags.writeable = False
    for view in (whole[::2, ::3], np.asfortranarray(whole[::2, ::3]), whole[::2, ::3].tolist()):
        np.testing.assert_array_equal(f(view), expected)
    np.testing.assert_array_equal(f(whole[::-2, ::-3][::-1, ::-1]), f(whole[1::2, 2::3]))
    np.testing.assert_array_equal(whole, before)
    f(whole)


def test_an_argument_may_be_the_memory_of_a_shared_variable():
    x, w = sn.vector("x"), sn.shared(np.array([1, 2], F32), "w")
    f = sn.function([x], [x + w, x], updates={w: w * x + x})
    results = f(w.get_value(borrow=True))
    assert [r.tolist() for r in results] == [[2, 4], [1, 2]]
    assert w.get_value().tolist() == [2, 6]


# broadcasting and sizes known at the call ---------------------------------------------------------------------------


@pytest.mark.parametrize(("a", "b"), [((1, 4), (3, 4)), ((3, 1), (1, 4)), ((3, 4), (3, 4)), ((1, 1), (0, 1))])
def test_broadcasting_is_decided_at_the_call_and_its_gradient_too(a, b):
    x, y = sn.matrices("x", "y")
    cost = ((x + y) * (x + y)).sum()
    f = sn.function([x, y], [x + y, *sn.grad(cost, [x, y])])
    rng = np.random.default_rng(1)
    u, v = rng.normal(size=a).astype(F32), rng.normal(size=b).astype(F32)
    total, gx, gy = f(u, v)
    np.testing.assert_array_equal(total, u + v)
    for g, shape in ((gx, a), (gy, b)):
        axes = tuple(k for k in range(2) if shape[k] == 1 and total.shape[k] != 1)
        np.testing.assert_allclose(g, (2 * total).sum(axes, keepdims=True), rtol=1e-5)
    with pytest.raises(ShapeError, match=r"axis 1 has 3 against 4[\s\S]*test_function.py"):
        f(np.ones((2, 3), F32), np.ones((2, 4), F32))


def test_a_batch_of_no_rows():
    x, w = sn.tensor("x", ("batch", 3)), sn.shared(np.ones((3, 2), F32), "w")
    h = sn.dot(x, w)
    f = sn.function([x], [sn.softmax(h), h.sum(), h.sum(0), sn.argmax(h, axis=1)], updates={w: w - sn.grad(h.sum(), w)})
    p, total, column, best = f(np.zeros((0, 3), F32))
    assert p.shape == (0, 2) and float(total) == 0 and column.tolist() == [0, 0] and best.shape == (0,)
    assert (w.get_value() == 1).all()
    assert f(np.ones((1, 3), F32))[0].shape == (1, 2)


# dropout and training -----------------------------------------------------------------------------------------------


def test_one_graph_serves_training_and_prediction():
    x, s = sn.vector("x"), sn.shared(0, "s")
    y = sn.dropout(x, 0.5, sn.RandomStream(3))
    ones = np.ones(1000, F32)
    predict, train = sn.function([x], y), sn.function([x], y, updates={s: s + 1})
    assert (predict.training, train.training) == (False, True)
    np.testing.assert_array_equal(predict(ones), ones)
    first, second = train(ones), train(ones)
    for mask in (first, second):
        assert set(mask.tolist()) == {0, 2} and 400 < np.count_nonzero(mask) < 600
    assert not np.array_equal(first, second)
    sample = sn.function([x], y, training=True)
    assert sample.training and set(sample(ones).tolist()) == {0, 2}
    assert not np.array_equal(sample(ones), sample(ones))
    without = sn.function([x], y, updates={s: s + 1}, training=False)
    assert not without.training
    np.testing.assert_array_equal(without(ones), ones)


def test_the_cost_and_its_gradient_see_one_mask():
    x = sn.vector("x")
    cost = sn.dropout(x, 0.5, sn.RandomStream(3)).sum()
    f = sn.function([x], [cost, sn.grad(cost, x)], training=True)
    for _ in range(3):
        total, g = f(np.ones(100, F32))
        assert float(total) == g.sum()


# eval ---------------------------------------------------------------------------------------------------------------


def test_eval():
    x, s = sn.vector("x"), sn.shared(2.0, "s")
    h = x * s
    y = h + 1
    assert y.eval({x: [1, 2]}).tolist() == [3, 5]
    assert y.eval({x: [1, 2], s: 10.0}).tolist() == [11, 21]
    assert y.eval({h: np.array([1, 2], F32)}).tolist() == [2, 3]
    assert float((s + 1).eval()) == 3
    assert y.eval({x: [1, 2], sn.vector("unused"): [1]}).tolist() == [3, 5]
    with pytest.raises(InputError, match="need x"):
        y.eval()
    with pytest.raises(ArgumentError, match=r"keys are variables, but one is a str"):
        y.eval({"x": [1, 2]})
    with pytest.raises(ShapeError, match="eval: x has 2 axes"):
        y.eval({x: [[1, 2]]})


def test_values_that_decide_sizes_may_be_nan_on_the_way():
    x = sn.dvector("x")
    f = sn.function([x], sn.zeros(sn.sum(x / x > 0)))
    assert f(np.array([0.0, 2.0, 3.0])).shape == (2,)
