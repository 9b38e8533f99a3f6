"""Looking into calls: named values, the first value that is not finite, prints, conditions, the debugger."""

import contextlib
import io
import math
import pdb

import numpy as np
import pytest

import symnet as sn
from steps import softmax_step
from symnet.errors import ArgumentError, BoundsError, DTypeError, NumericError, WatchError

F32 = np.float32


@pytest.fixture
def net():
    """A step, its shared variable, and a batch."""
    x, y = sn.fmatrix("x"), sn.lvector("y")
    w = sn.shared(np.arange(6, dtype=F32).reshape(2, 3) / 6, "w")
    h = sn.tanh(sn.dot(x, w))
    p = sn.softmax(h)
    cost = -sn.mean(sn.log(p)[sn.arange(y.shape[0]), y])
    g = sn.grad(cost, w)
    f = sn.function([x, y], cost, {w: w - 0.5 * g}, name="train")
    return f, w, (np.array([[1, -2], [0, 3], [2, 2]], F32), np.array([0, 2, 1]))


# inspect --------------------------------------------------------------------------------------------------------------


def test_inspect_gives_every_named_value_and_updates_nothing(net):
    f, w, (x, y) = net
    before = w.get_value()
    found = f.inspect(x, y=y)
    h = np.tanh(x.astype(float) @ before)
    p = np.exp(h) / np.exp(h).sum(1, keepdims=True)
    picked = p - np.eye(3)[y]
    g = x.T.astype(float) @ (picked / 3 * (1 - h * h))
    expected = {"x": x, "y": y, "w": before, "h": h, "p": p, "cost": -np.log(p[range(3), y]).mean(),
                "g_w": g, "new w": before - 0.5 * g}  # fmt: skip
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, 1e-5, 1e-6, err_msg=name)
    np.testing.assert_array_equal(w.get_value(), before)
    assert float(f(x, y)) == pytest.approx(float(found["cost"]))
    np.testing.assert_allclose(w.get_value(), found["new w"], 1e-5)


def test_inspect_prints_as_a_table(net):
    f, _, batch = net
    lines = str(f.inspect(*batch)).splitlines()
    assert lines[0].split() == ["name", "type", "min", "mean", "max", "not", "finite", "line"]
    (row,) = [line for line in lines if line.startswith("h ")]
    assert "float32 (3, 3)" in row and "test_debug.py:" in row


def test_inspect_says_how_many_are_not_finite():
    x = sn.vector("x")
    h = sn.log(x)
    found = sn.function([x], h.sum()).inspect([0, 1, -1])
    assert "2 of 3" in str(found)
    assert found["h"][0] == -math.inf


def test_inspect_sees_what_the_next_call_will_draw():
    x = sn.vector("x")
    h = sn.dropout(x, 0.5)
    f = sn.function([x], h * 1, training=True)
    ones = np.ones(64, F32)
    for _ in range(3):
        np.testing.assert_array_equal(f.inspect(ones)["h"], f(ones))
    assert (sn.function([x], h * 1).inspect(ones)["h"] == 1).all()  # predictions use every neuron


def test_values_of_one_name_are_told_apart_by_their_lines():
    x = sn.vector("x")
    h = sn.sin(x)
    h = sn.cos(h)
    found = sn.function([x], h + 1).inspect([0.5])
    first, second = [name for name in found if name.startswith("h (test_debug.py:")]
    assert found[first] == pytest.approx(math.sin(0.5)) and found[second] == pytest.approx(math.cos(math.sin(0.5)))


# the guard and replay -------------------------------------------------------------------------------------------------


def test_the_guard_names_the_first_expression_that_is_not_finite():
    x, s = sn.vector("x"), sn.shared(0.0, "s")
    z = sn.sqrt(x - 3)
    with sn.options(check_finite=True):
        f = sn.function([x], (2 * z).sum(), {s: s + 1}, name="f")
    assert f([4, 7]) == 6
    message = r"f: .* is not finite \(nan\); nothing was updated\.[\s\S]*first not finite: sqrt\([\s\S]*nan at \(1,\)"
    with pytest.raises(NumericError, match=message + r"[\s\S]*z = sn\.sqrt\(x - 3\)"):
        f([4, 2, 5])
    assert float(s.get_value()) == 1


def test_the_guard_says_which_argument_was_not_finite_already():
    x = sn.vector("x")
    with sn.options(check_finite=True):
        f = sn.function([x], x.sum(), name="f")
    with pytest.raises(NumericError, match=r"x is given so: nan at \(2,\), and 1 more of 4"):
        f([0, 1, math.nan, math.inf])


def test_the_guard_looks_at_new_values_if_told_to():
    x, w = sn.scalar("x"), sn.shared(np.ones(3, F32), "w")
    cost = x * 1

    def step(guard):
        with sn.options(check_finite=guard):
            return sn.function([x], cost, {w: w / x}, name="step")

    step(True)(2)
    np.testing.assert_array_equal(w.get_value(), np.full(3, 0.5, F32))
    guarded = step("updates")
    guarded(2)
    np.testing.assert_array_equal(w.get_value(), np.full(3, 0.25, F32))
    with pytest.raises(NumericError, match=r"step: the new value of w is not finite; nothing was updated[\s\S]*w / x"):
        guarded(0)
    np.testing.assert_array_equal(w.get_value(), np.full(3, 0.25, F32))
    step(True)(0)
    assert np.isinf(w.get_value()).all()


def test_an_infinity_that_is_meant_is_let_through():
    x = sn.vector("x")
    masked = sn.softmax(sn.where(x > 0, x, -math.inf))
    with sn.options(check_finite=True):
        f = sn.function([x], masked)
    np.testing.assert_allclose(f([-1, 1, 1]), [0, 0.5, 0.5])


def test_replay_gives_the_same_outputs_and_updates_nothing(net):
    f, w, batch = net
    before = w.get_value()
    assert float(f.replay(*batch)) == pytest.approx(float(f.inspect(*batch)["cost"]))
    np.testing.assert_array_equal(w.get_value(), before)


def test_replay_finds_what_a_call_without_the_guard_let_pass():
    x, w = sn.scalar("x"), sn.shared(np.ones(3, F32), "w")
    f = sn.function([x], None, {w: w * sn.log(x)}, name="f")
    f(0)
    w.set_value(np.ones(3, F32))
    with pytest.raises(NumericError, match=r"f: the new value of w is not finite[\s\S]*first not finite: log\(x\)"):
        f.replay(0)


def test_replay_raises_what_the_call_raises():
    f, _ = softmax_step()
    with pytest.raises(BoundsError, match="label 7 is out of range for 4 classes"):
        f.replay(np.ones((2, 3), F32), [0, 7])


def test_a_guard_that_does_not_exist_is_refused():
    with pytest.raises(ArgumentError, match="check_finite is 'sometimes'"), sn.options(check_finite="sometimes"):
        pass


# print and assert -----------------------------------------------------------------------------------------------------


def test_a_value_is_printed_at_every_call_and_flows_on(capsys):
    x = sn.vector("x")
    h = sn.print_value(sn.tanh(x), "h")
    f = sn.function([x], [h.sum(), sn.grad(h.sum(), x)])
    assert capsys.readouterr().out == ""
    total, g = f([0, 1])
    assert capsys.readouterr().out.startswith("h: float32 (2,)\n[0.")
    assert total == pytest.approx(math.tanh(1)) and g == pytest.approx([1, 1 - math.tanh(1) ** 2])
    f([0, 1])
    assert capsys.readouterr().out.count("h:") == 1


def test_a_message_injects_nothing(capsys):
    x = sn.scalar("x")
    word = "');import os;os.abort();('\n{x}"
    assert sn.function([x], sn.print_value(x, word))(2) == 2
    assert capsys.readouterr().out == f"{word}: 2.0\n"


def test_a_condition_that_does_not_hold_stops_the_call():
    x, s = sn.vector("x"), sn.shared(0.0, "s")
    p = sn.assert_value(x, x > 0, "a probability is 0 or less")
    f = sn.function([x], sn.log(p).sum(), {s: s + 1})
    assert f([1, 1]) == 0
    with pytest.raises(WatchError, match=r"a probability is 0 or less\.[\s\S]*first at \(1,\), 2 of 3[\s\S]*test_d"):
        f([1, 0, -1])
    assert float(s.get_value()) == 1
    assert issubclass(WatchError, AssertionError)


def test_a_condition_must_be_one():
    with pytest.raises(DTypeError, match="assert_value: the condition is float32, not bool"):
        sn.assert_value(x := sn.vector("x"), x)


# the debugger ---------------------------------------------------------------------------------------------------------


def test_pdb_steps_into_the_generated_source(net):
    f, _, batch = net
    f(*batch)
    typed, said = io.StringIO("s\n" * 500 + "q\n"), io.StringIO()
    debugger = pdb.Pdb(stdin=typed, stdout=said, nosigint=True, readrc=False)
    debugger.use_rawinput = False
    with contextlib.suppress(pdb.bdb.BdbQuit):
        debugger.runcall(f, *batch)
    assert said.getvalue().count("> <symnet train ") > 10
    assert "-> np.dot(x, w, out=h)" in said.getvalue()
