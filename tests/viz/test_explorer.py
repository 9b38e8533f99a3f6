"""What the interactive page is made of: the stages as records, and their place in the HTML."""

import json
import pickle
from dataclasses import dataclass

import numpy as np
import pytest

import symnet as sn
from symnet.errors import ArgumentError
from symnet.viz.explorer import json_in_html


def data_of(page):
    """The data in a page, as the browser's parser finds them."""
    (text,) = page.html.split('<script type="application/json" id="data">')[1:]
    return json.loads(text.partition("</script>")[0])


def stages_of(page):
    """Each stage of a page with all its nodes."""
    nodes, found = {}, []
    for change in data_of(page)["stages"]:
        nodes = {name: record for name, record in nodes.items() if name not in change["cut"]} | change["put"]
        found.append({**change, "nodes": nodes})
    return found


def ops(stage):
    return [record["op"] for record in stage["nodes"].values() if "op" in record]


def momentum_step(shape=(8,)):
    x, y = sn.tensor("x", shape=("N", 4)), sn.lvector("y", shape=("N",))
    fc = sn.nn.Dense(3, rng=0)
    cost = -sn.mean(sn.log(sn.softmax(sn.dropout(fc(x), 0.5)))[sn.arange(y.shape[0]), y])
    f = sn.function([x, y], cost, updates=sn.optim.momentum(cost, fc.params, 0.1), name="step")
    f.prepare(x=(*shape, 4), y=shape)
    return f


def several():
    x = sn.tensor("x", shape=(3, 3))
    u, s, vt = sn.linalg.svd(x)
    return sn.function([x], {"u": u, "s": s, "same": x, "number": sn.constant(2.0)})


def without_inputs():
    n = sn.shared(np.int64(0), "n")
    return sn.function([], updates=[(n, n + 1)])


def random_numbers():
    return sn.function([], sn.default_generator().normal(size=(3,)) * 2)


def of_complex_numbers():
    z = sn.tensor("z", dtype="complex64", shape=(3,))
    return sn.function([z], z * sn.conj(z) + sn.constant(np.full(3, 1j, np.complex64)))


def of_nothing():
    x = sn.tensor("x", shape=(0, 3))
    return sn.function([x], x + sn.constant(np.zeros((0, 3), np.float32)))


def of_half_precision():
    x = sn.tensor("x", dtype="float16", shape=(3,))
    return sn.function([x], [sn.exp(x).sum(), sn.grad(sn.exp(x).sum(), x)])


MAKERS = [of_half_precision, momentum_step, several, without_inputs, random_numbers, of_complex_numbers, of_nothing]


@pytest.mark.parametrize("make", MAKERS)
def test_every_stage_is_a_graph(make):
    f = make()
    stages = stages_of(sn.explore(f))
    assert stages[0]["step"] == "as written"
    assert [stage["step"] for stage in stages][-2:] == ["lowered", "kernels"]
    excerpts = data_of(sn.explore(f))["excerpts"]
    for stage in stages:
        nodes = stage["nodes"]
        ends = {name for name, record in nodes.items() if record.get("kind") in ("output", "new")}
        assert len(ends) == len(f.outputs) + len(f.updates) or stage["step"] not in ("lowered", "kernels")
        reached, stack = set(), list(ends)
        while stack:
            name = stack.pop()
            if name not in reached:
                reached.add(name)
                stack += nodes[name].get("ins", [])
        assert reached == set(nodes), stage["step"]
        assert set(stage["lit"]) <= set(nodes)
        assert all(record["at"] is None or record["at"] < len(excerpts) for record in nodes.values() if "at" in record)


def test_each_firing_is_a_stage():
    f = momentum_step()
    stages = stages_of(sn.explore(f))
    assert [s["title"] for s in stages if s["before"]] == [fired.rule for fired in f.rewrites]
    assert [s["after"] for s in stages if s["before"]] == [fired.after for fired in f.rewrites]


def test_lowered_ops_are_those_of_the_report():
    f = momentum_step()
    stage = stages_of(sn.explore(f))[-2]
    computed = [record for record in stage["nodes"].values() if "us" in record]
    report = f.report()
    assert sorted(record["op"] for record in computed) == sorted(row.op for row in report.rows)
    assert sum(record["us"] for record in computed) == pytest.approx(sum(row.microseconds for row in report.rows))
    lines = f.source.splitlines()
    for record in computed:
        assert record["lines"] and all(0 < number <= len(lines) for number in record["lines"])
    sigmoid_free = [record for record in computed if record["op"] == "exp"]
    assert all(any("np.exp(" in lines[n - 1] for n in record["lines"]) for record in sigmoid_free) and sigmoid_free


def test_pieces_run_several_times():
    x, w = sn.tensor("x", shape=("N", 1, 28, 28)), sn.shared(np.ones((20, 1, 5, 5), np.float32), "w")
    f = sn.function([x], sn.relu(sn.pool2d(sn.conv2d(x, w), 2)).sum())
    f.prepare(x=(256, 1, 28, 28))
    (loop,) = f.report().loops
    lowered, kernels = stages_of(sn.explore(f))[-2:]
    inside = [record for record in lowered["nodes"].values() if record.get("frames")]
    assert {record["times"] for record in inside if "us" in record} == {loop.total // loop.size}
    assert all(record["frames"][0].startswith(f"{loop.size} of 256 at a time") for record in inside)
    assert sum(r.get("us", 0) for r in kernels["nodes"].values()) == pytest.approx(
        sum(row.microseconds for row in f.report().rows)
    )


def test_kernels_hold_the_ops_and_no_views():
    lowered, kernels = stages_of(sn.explore(momentum_step()))[-2:]
    fused = [op for record in kernels["nodes"].values() if "op" in record for op in record.get("fused", [record["op"]])]
    assert sorted(fused) == sorted(record["op"] for record in lowered["nodes"].values() if "us" in record)
    assert any("fused" in record for record in kernels["nodes"].values())
    assert not any(record.get("view") for record in kernels["nodes"].values())


def test_expressions_are_compiled():
    x = sn.matrix("x")
    h = sn.tanh(x)
    page = sn.explore([h, sn.grad(h.sum(), x)])
    assert data_of(page)["title"] == "h(x: float32(?, ?))"
    first, *_, last = stages_of(page)
    assert "tanh" in ops(first) and last["step"] == "kernels"
    assert stages_of(sn.explore(x))[0]["nodes"].keys() == {"x0", "o0"}


def test_excerpts_hold_the_lines_around():
    y = sn.tanh(sn.vector("x"))  # the line itself
    data = data_of(sn.explore(y))
    (record,) = [record for record in data["stages"][0]["put"].values() if record.get("op") == "tanh"]
    excerpt = data["excerpts"][record["at"]]
    assert excerpt["place"].startswith("test_explorer.py:")
    own = excerpt["text"][excerpt["line"] - excerpt["first"]]
    assert own.strip() == 'y = sn.tanh(sn.vector("x"))  # the line itself'


def test_constants_of_one_value_say_it():
    x = sn.tensor("x", shape=(3,))
    y = x * np.full(3, 0.5, np.float32) + (k := sn.constant(np.arange(3, dtype=np.float32)))
    stage = stages_of(sn.explore(y))[0]
    names = {record["name"] for record in stage["nodes"].values() if record.get("kind") == "constant"}
    assert names == {"all 0.5", k.label}


def test_where_sizes_do_not_fit_it_says_so():
    x, y = sn.tensor("x", shape=(None, 3)), sn.tensor("y", shape=(None,))
    stages = stages_of(sn.explore(sn.function([x, y], sn.reshape(x, (2, 9)).sum() + y.sum())))
    assert "lowered" not in [stage["step"] for stage in stages]
    assert "not lowered yet: " in stages[-1]["reason"]


def test_a_function_from_a_pickle():
    stages = stages_of(sn.explore(pickle.loads(pickle.dumps(momentum_step()))))
    assert stages[-1]["step"] == "kernels" and "fused" in str(stages[-1]["nodes"])


def test_a_page_is_the_same_twice():
    f = momentum_step()
    assert sn.explore(f).html == sn.explore(f).html


def test_exploring_changes_nothing():
    f = momentum_step()
    before = f.source, [str(fired) for fired in f.rewrites], [sn.pprint(y, 50) for y in f.outputs]
    sn.explore(f)
    assert before == (f.source, [str(fired) for fired in f.rewrites], [sn.pprint(y, 50) for y in f.outputs])


# measured costs ---------------------------------------------------------------------------------------------------


@dataclass
class Line:
    number: int
    seconds: float


@dataclass
class Measured:
    source: str
    lines: list[Line]


def test_measured_costs_stand_beside():
    f = momentum_step()
    numbers = range(1, len(f.source.splitlines()) + 1)
    lowered, kernels = stages_of(sn.explore(f, Measured(f.source, [Line(n, 1e-6) for n in numbers])))[-2:]
    for record in lowered["nodes"].values():
        if "us" in record:
            assert record["measured"] == pytest.approx(len(record["lines"]))
    fused = [record for record in kernels["nodes"].values() if "fused" in record]
    assert fused and all(record["measured"] >= len(record["fused"]) - 0.01 for record in fused)


def test_a_profile_of_another_plan():
    f = momentum_step()
    source = f.source
    f.prepare(x=(5, 4), y=(5,))
    with pytest.raises(ArgumentError, match="the profile is of another plan than step has now"):
        sn.explore(f, Measured(source, []))


# the page ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("nothing", [[], [1.0], ["x"]])
def test_nothing_to_explore(nothing):
    with pytest.raises(ArgumentError, match="explore: there is nothing to explore"):
        sn.explore(nothing)


def test_a_page_is_saved_as_html(tmp_path):
    page = sn.explore(sn.tanh(sn.vector("x")))
    with pytest.raises(ArgumentError, match=r"explore: '.*page.svg' is no page"):
        page.save(tmp_path / "page.svg")
    assert not list(tmp_path.iterdir())
    assert repr(page).startswith("<a page of page;")


@pytest.mark.parametrize("text", ["</script>", "<!--", "&lt;", "\u2028\u2029", "\ud800", '"\\', "\0"])
def test_json_in_html(text):
    written = json_in_html({text: [text]})
    assert json.loads(written) == {text: [text]}
    assert written.isascii() and not set("<>&") & set(written)


def test_gradients_and_lowered_ops_are_found_by_the_node_they_come_from_and_not_by_its_line():
    x = sn.tensor("x", shape=(4,))
    # Four ops on one line, two of them alike.
    y = sn.tanh(x) * sn.tanh(sn.exp(x))
    f = sn.function([x], [y, sn.grad(y.sum(), x)], name="f")
    found = stages_of(sn.explore(f))
    written, lowered = found[0]["nodes"].values(), next(s for s in found if s["step"] == "lowered")["nodes"].values()
    forward = [r for r in written if r.get("part") == "forward" and r["op"] in ("tanh", "exp", "multiply")]
    assert len({r["at"] for r in forward}) == 1 and len({r["from"] for r in forward}) == 4
    for record in forward:
        mine = [r for r in written if r.get("part") == "backward" and r["from"] == record["from"]]
        assert mine and all(r["at"] == record["at"] for r in mine)
        became = [r for r in lowered if r.get("part") == "forward" and r["from"] == record["from"]]
        assert [r["op"] for r in became] == [record["op"]] and became[0]["lines"]
    exp = next(r for r in forward if r["op"] == "exp")
    assert [r["op"] for r in written if r.get("part") == "backward" and r["from"] == exp["from"]] == ["multiply"]
