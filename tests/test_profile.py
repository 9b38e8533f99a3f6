"""What `f.profile(...)` tells of a call: every line that runs, by op and by user's line, and nothing changed."""

import re
from dataclasses import replace

import numpy as np
import pytest

import symnet as sn
from symnet.backends.numpy import backend
from symnet.backends.numpy.timed import Spent, TimedPlan
from symnet.examples import chapter6
from symnet.examples.classifier import Classifier
from symnet.graph import toposort
from symnet.measure import Measured
from symnet.origin import Origin
from symnet.profile import profile_of
from tests.steps import softmax_step

F32 = np.float32


def step_of(net, batch, threads=None, cache=8 << 20):
    with sn.options(machine=sn.Machine(threads=threads, cache=cache)):
        model = Classifier(net, np.random.default_rng(0), mu=0.9)
    rng = np.random.default_rng(1)
    return model, (rng.random((batch, 784), F32), rng.integers(0, 10, batch), 0.1)


def step_lines(source):
    """The lines of `step` and of pieces that do something: what a reader of the text would say is run."""
    found, inside = set(), 0
    for number, line in enumerate(source.splitlines(), 1):
        indent = len(line) - len(line.lstrip())
        if re.match(r" +def (step|piece)\(", line):
            inside = indent
        elif inside and line.strip() and indent <= inside:
            inside = 0
        elif inside and line.strip() and not line.strip().startswith(("#", "return", "]", ")")):
            found.add(number)
    return found


def test_every_line_that_runs_is_timed_where_it_stands():
    model, arguments = step_of(chapter6.shallow, 10)
    model.step(*arguments)
    profile = model.step.profile(*arguments, runs=3)
    assert profile.source == model.step.source
    assert {line.number for line in profile.lines} == step_lines(profile.source)
    rows = profile.source.splitlines()
    assert all(rows[line.number - 1].strip() == line.text for line in profile.lines)
    assert all(line.seconds >= 0 and line.calls == 1 for line in profile.lines)


@pytest.mark.parametrize("threads", [1, 2])
def test_lines_of_pieces_are_timed_in_every_piece_and_thread(threads):
    model, arguments = step_of(chapter6.conv, 53, threads, cache=2 << 20)
    profile = model.step.profile(*arguments, runs=2)
    model.step(*arguments)
    (loop,) = model.step.report().loops
    assert loop.workers == threads and loop.rest is not None
    body = [op for op in profile.ops if op.op == "conv"]
    assert sorted(op.calls for op in body) == sorted([loop.total // loop.size, 1])
    assert any(op.op == "loop over pieces" for op in profile.ops)
    numbers = {line.number for line in profile.lines}
    assert numbers <= step_lines(profile.source) and len(numbers) > 50


def test_what_threads_do_beside_each_other_counts_once():
    x = sn.matrix("x", shape=(64, 64))
    with sn.options(machine=sn.Machine(cache=4096, threads=2)):
        f = sn.function([x], sn.tanh(x) * 2 + 1, name="f")
    (timed,) = f.twins(replace(backend, compile=TimedPlan))
    timed(np.ones((64, 64), F32))
    inside = [s for s in timed.plan.statements if s.inside]
    spent = {s: Spent(4, 2000) if s.inside else Spent(1, 1_000_000) for s in timed.plan.statements}
    profile = profile_of("f", Measured(timed.plan, [1.0], [1.0], [spent], 1e-9), sn.Machine())
    seconds = {line.number: line.seconds for line in profile.lines}
    assert inside and all(seconds[s.first] == pytest.approx(1e-6) for s in inside)
    (loop,) = [op for op in profile.ops if op.op == "loop over pieces"]
    assert loop.seconds == pytest.approx(1e-3 * len(loop.lines) - 1e-6 * len(inside))
    (tanh,) = [op for op in profile.ops if op.op == "tanh"]
    (node,) = [node for node in profile.heat if node.op.name == "tanh"]
    nbytes = 4 * 2 * tanh.shape[0] * 64 * 4
    assert (tanh.calls, tanh.nbytes, profile.heat[node]) == (4, nbytes, tanh.seconds)
    assert tanh.limit == pytest.approx(nbytes * sn.Machine().copy / 1e9 / 2)


def test_nothing_is_updated_and_streams_stand_still():
    f, states = softmax_step()
    before = [s.get_value() for s in states]
    x, labels = np.ones((6, 3), F32), np.array([0, 1, 2, 3, 0, 1])
    f.profile(x, labels, runs=4)
    for s, value in zip(states, before, strict=True):
        np.testing.assert_array_equal(s.get_value(), value)
    other, _ = softmax_step()
    np.testing.assert_array_equal(f(x, labels), other(x, labels))


def test_every_run_begins_with_the_same_state():
    w, seen = sn.shared(np.zeros(2, F32), "w"), []

    @sn.as_op(sn.fvector(shape=("n",)), sn.fvector(shape=("n",)))
    def note(x):
        seen.append(x.copy())
        return x

    sn.function([], note(w * 1), updates=[(w, w + 1)], name="f").profile(runs=3)
    assert len(seen) >= 6 and not np.any(seen)


def test_arguments_a_call_may_overwrite_are_left_alone():
    x = sn.vector("x")
    f = sn.function([sn.In(x, mutable=True)], sn.exp(x) + 1)
    value = np.arange(5, dtype=F32)
    f.profile(value, runs=3)
    np.testing.assert_array_equal(value, np.arange(5, dtype=F32))


def test_work_is_counted_by_hand():
    x, w = sn.tensor("x", (6, 4)), sn.shared(np.ones((4, 5), F32), "w")
    f = sn.function([x], sn.exp(sn.dot(x, w)).sum())
    ops = {op.op: op for op in f.profile(np.ones((6, 4), F32), runs=2).ops}
    assert (ops["matmul"].flops, ops["matmul"].nbytes) == (2 * 6 * 4 * 5, 4 * (6 * 4 + 4 * 5 + 6 * 5))
    assert (ops["exp"].flops, ops["exp"].nbytes) == (30, 8 * 30)
    assert (ops["sum"].flops, ops["sum"].nbytes) == (30, 4 * 30 + 4)
    machine = f.options.machine
    assert ops["exp"].limit == pytest.approx(8 * 30 * machine.copy / 1e9)
    assert ops["exp"].part_of_limit == ops["exp"].limit / ops["exp"].seconds


def test_taking_rows_moves_the_rows_that_are_taken():
    table, ids = sn.shared(np.ones((1000, 8), F32), "table"), sn.lvector("ids", shape=(3,))
    f = sn.function([ids], table[ids])
    (taken,) = [op for op in f.profile(np.arange(3), runs=2).ops if op.op == "take"]
    assert taken.nbytes == 3 * 8 + 2 * 3 * 8 * 4 and taken.flops == 0


def test_doubles_have_half_the_rate():
    limits = []
    for dtype in ("float32", "float64"):
        x = sn.tensor("x", (64, 64), dtype)
        f = sn.function([x], sn.dot(x, x.T))
        (product,) = [op for op in f.profile(np.ones((64, 64), dtype), runs=2).ops if op.flops]
        limits.append(product.limit)
    assert limits[1] == 2 * limits[0]


def test_seconds_are_summed_by_the_users_line():
    x = sn.tensor("x", (50, 40))
    h = sn.tanh(x)
    y = sn.exp(h) * 2
    profile = sn.function([x], y.sum()).profile(np.ones((50, 40), F32), runs=2)
    by_line = {row.text: row for row in profile.user_lines}
    assert set(by_line) >= {"h = sn.tanh(x)", "y = sn.exp(h) * 2"}
    assert sum(row.seconds for row in profile.user_lines) == pytest.approx(profile.total)
    assert sum(row.ops for row in profile.user_lines) == len(profile.ops)
    line = by_line["h = sn.tanh(x)"]
    assert line.origin.startswith("test_profile.py:") and set(line.parts) == {"forward"}
    assert line.seconds == pytest.approx(sum(line.parts.values()))


@pytest.mark.parametrize("net", [chapter6.shallow, chapter6.double_conv], ids=lambda net: net.__name__)
def test_heat_lies_on_nodes_of_the_functions_own_graph(net):
    model, arguments = step_of(net, 20)
    profile = model.step.profile(*arguments, runs=2)
    drawn = set(toposort([*model.step.outputs, *(value for _, value in model.step.updates)]))
    assert profile.heat and set(profile.heat) <= drawn
    whole = sum(op.seconds for op in profile.ops if op.origin)
    assert sum(profile.heat.values()) == pytest.approx(whole)
    hot = {node.op.name for node in profile.heat}
    assert {"matmul", "exp"} <= hot
    assert net is chapter6.shallow or any("conv" in name for name in hot)


def test_tables_of_text_and_of_html_have_every_row():
    model, arguments = step_of(chapter6.shallow, 10)
    profile = model.step.profile(*arguments, runs=2)
    text, page = str(profile), profile._repr_html_()
    assert all(row.origin in text for row in profile.user_lines)
    assert text.splitlines()[-1].startswith("  ") and "clocks" in text
    assert page.count("<tr>") == len(profile.ops) + len(profile.user_lines) + 2
    numbers = [line.split("|")[0].split() for line in profile.annotated.splitlines()]
    assert sum(bool(cells) for cells in numbers) == len(profile.lines)


def test_html_shows_the_users_words_as_text(monkeypatch):
    monkeypatch.setattr(Origin, "source", property(lambda self: "h = x < '<script>alert(1)</script>'"))
    x = sn.vector("<b>x</b>", shape=(3,))
    f = sn.function([x], sn.exp(x), name="<img src=x>")
    page = f.profile(np.ones(3, F32), runs=1)._repr_html_()
    assert "&lt;script&gt;" in page and "&lt;img" in page
    assert not re.search(r"<(script|img|b)\b", page)


def test_errors_of_a_call_come_as_in_a_call():
    x, labels = sn.matrix("x"), sn.lvector("labels")
    f = sn.function([x, labels], sn.cross_entropy(x, labels))
    with pytest.raises(IndexError, match="label 7 is out of range for 3 classes"):
        f.profile(np.ones((2, 3), F32), np.array([0, 7]))
    with pytest.raises(sn.SymnetError, match="misses labels"):
        f.profile(np.ones((2, 3), F32))


@pytest.mark.parametrize("runs", [0, -1, 2.5, True])
def test_runs_are_a_number_of_them(runs):
    x = sn.vector("x")
    with pytest.raises(ValueError, match="f.profile: runs is"):
        f = sn.function([x], x + 1)
        f.profile(np.ones(2, F32), runs=runs)


def test_results_are_those_of_the_function_with_clocks_in_it():
    x = sn.matrix("x", shape=(64, 64))
    with sn.options(machine=sn.Machine(cache=4096, threads=2)):
        y = sn.tanh(x) * 2 + sn.exp(x).mean(axis=0)
        clocked = replace(backend, compile=TimedPlan)
        plain, timed = (sn.function([x], y, name="f", backend=b) for b in (backend, clocked))
    value = np.random.default_rng(0).random((64, 64), F32)
    np.testing.assert_array_equal(plain(value), timed(value))
    assert plain.source == timed.source


def test_new_values_are_called_after_their_variables_and_the_title_is_the_functions():
    x, w, b = sn.tensor("x", (5, 3)), sn.shared(np.ones((3, 2), F32), "w"), sn.shared(np.zeros(2, F32), "b")
    cost = sn.square(sn.dot(x, w) + b).mean()
    changes = sn.optim.momentum(cost, [w, b], 0.1, 0.9)
    step = sn.function([x], cost, updates=changes, name="step")
    profile = step.profile(np.ones((5, 3), F32), runs=1)
    assert {op.result for op in profile.ops} >= {"new w", "new b", "new_v_w", "new_v_b", "cost"}
    assert not any(op.result == "changes" for op in profile.ops)
    assert profile.title == repr(step)
