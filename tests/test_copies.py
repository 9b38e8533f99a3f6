"""Functions pickled and copied: state, shared variables in common, another process."""

import copy
import pickle
import textwrap

import numpy as np
import pytest

import symnet as sn
from steps import run, softmax_step
from symnet.errors import ArgumentError

F32 = np.float32


def test_a_pickled_function_goes_on_where_it_was():
    f, states = softmax_step()
    x, labels = np.arange(6, dtype=F32).reshape(2, 3), [0, 3]
    f(x, labels)
    g = pickle.loads(pickle.dumps(f))
    assert (g.name, g.training, g.options, [v.label for v in g.inputs]) == ("train", True, f.options, ["x", "labels"])
    mine, theirs = [f(x, labels) for _ in range(3)], [g(x=x, labels=labels) for _ in range(3)]
    assert mine == theirs and len({float(c) for c in mine}) == 3
    assert f.source == g.source
    for s, (t, _) in zip(states, g.updates, strict=True):
        assert s is not t and s.label == t.label
        np.testing.assert_array_equal(s.get_value(), t.get_value())


def test_functions_pickled_together_keep_their_shared_variables_in_common():
    x, w = sn.vector("x"), sn.shared(1.0, "w")
    train, predict = pickle.loads(
        pickle.dumps((sn.function([x], updates={w: w + x.sum()}), sn.function([x], {"y": x * w})))
    )
    train([1, 2])
    assert predict([1, 1])["y"].tolist() == [4, 4]
    assert float(w.get_value()) == 1


def test_a_pickle_opens_in_a_fresh_process(tmp_path):
    f, _ = softmax_step()
    x = np.arange(6, dtype=F32).reshape(2, 3)
    (tmp_path / "f.pickle").write_bytes(pickle.dumps(f))
    program = f"""
        import pickle, pathlib
        import numpy as np
        f = pickle.loads(pathlib.Path({str(tmp_path / "f.pickle")!r}).read_bytes())
        for _ in range(3):
            print(float(f(np.arange(6, dtype=np.float32).reshape(2, 3), [0, 3])))
    """
    assert run(textwrap.dedent(program)).split() == [str(float(f(x, [0, 3]))) for _ in range(3)]


def test_a_pickle_grows_linearly_with_the_number_of_outputs():
    x = sn.vector("x")
    h, results = x, []
    for _ in range(100):
        h = sn.tanh(h)
        results.append(h)
    size = len(pickle.dumps(sn.function([x], results)))
    assert size < 3 * len(pickle.dumps(sn.function([x], results[-1])))


def test_a_shallow_copy_has_plans_of_its_own_and_the_same_shared_variables():
    x, s = sn.vector("x"), sn.shared(0.0, "s")
    f = sn.function([x], x * 2, updates={s: s + x.sum()})
    g = copy.copy(f)
    assert f([1, 2]).tolist() == g([1, 2]).tolist() == [2, 4]
    assert float(s.get_value()) == 6
    assert g._latest is not f._latest


@pytest.fixture
def counting():
    step, total = sn.fscalar("step"), sn.shared(np.float32(0), "total")
    return sn.function([sn.In(step, value=1.0)], total + step, [(total, total + step)], name="count"), total


def test_a_copy_may_work_on_other_state(counting):
    f, total = counting
    other = sn.shared(np.float32(10), "other")
    g = f.copy(swap={total: other}, name="elsewhere")
    assert [g(), g(), f()] == [11, 12, 1]
    assert (total.get_value(), other.get_value(), g.name) == (1, 12, "elsewhere")


def test_a_copy_may_leave_the_state_alone(counting):
    f, total = counting
    g = f.copy(delete_updates=True)
    assert [g(), g(), f(), g()] == [1, 1, 1, 2]
    assert g.updates == () and total.get_value() == 1


def test_copies_refuse_what_does_not_fit(counting):
    f, total = counting
    with pytest.raises(ArgumentError, match=r"count.copy: swap replaces w by total"):
        f.copy(swap={sn.shared(np.float32(0), "w"): total})
    with pytest.raises(ArgumentError, match=r"which is float32 \(\), by one of float64 \(\)"):
        f.copy(swap={total: sn.shared(np.float64(0))})
    with pytest.raises(ArgumentError, match=r"count.copy: swap replaces total by 3"):
        f.copy(swap={total: 3})
    a, b = sn.shared(np.zeros(1, F32), "a"), sn.shared(np.zeros(1, F32), "b")
    both = sn.function([], None, [(a, a + 1), (b, b + 2)], name="both")
    with pytest.raises(ArgumentError, match="in place of two that are updated"):
        both.copy(swap={a: b})


def test_a_deep_copy_has_state_of_its_own(counting):
    f, total = counting
    g, twin = copy.deepcopy((f, total))
    assert [g(), g(), f()] == [1, 2, 1]
    assert (total.get_value(), twin.get_value()) == (1, 2)


def test_a_deep_copy_draws_the_same_numbers_by_itself():
    sn.seed(3)
    f = sn.function([], sn.normal((4,)))
    g = copy.deepcopy(f)
    first = g()
    np.testing.assert_array_equal(first, f())
    assert not np.array_equal(first, g())


def test_a_pickle_keeps_how_arguments_are_passed(counting):
    f = pickle.loads(pickle.dumps(counting[0]))
    assert [f(), f(2.0)] == [1, 3]
