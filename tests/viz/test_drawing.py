"""Pictures of graphs: what is drawn of which graph, and names that would break it."""

import re

import numpy as np
import pytest

import symnet as sn
from pictures import drawing, drawn, drawn_text, tags, tooltips
from symnet.errors import ArgumentError, SymnetError
from symnet.graph import leaves
from symnet.viz import draw

BLUE, ORANGE, GREEN = "#cfe5f5", "#fbdfb8", "#c8ead9"


def boxes(source):
    """The operations in DOT text: label to colour."""
    found = re.findall(
        r'^\t+n\d+ \[label=("(?:[^"\\]|\\.)*"|\S+) color="#\w+" fillcolor="(#\w+)"', source, re.M
    )
    return {label.strip('"'): colour for label, colour in found}


def words(picture):
    """The DOT text without types."""
    source = re.sub(r"\\n(?:bool|u?int\d+|float\d+|complex\d+) \([^)]*\)|\\nand \d+ more types", "", picture.source)
    return re.sub(r'label="([A-Za-z_]\w*|\d+)"(?= )', r"label=\1", source)


def training_step():
    x = sn.tensor("x", shape=("batch", 3))
    w = sn.shared(np.zeros((3, 2), np.float32), "w")
    rate = sn.scalar("rate")
    h = sn.tanh(sn.dot(x, w))
    cost = sn.square(h).sum()
    return sn.function([x, rate], cost, updates=sn.optim.sgd(cost, [w], rate))


# the text ---------------------------------------------------------------------------------------------------------


def test_an_expression():
    x, w = sn.matrix("x"), sn.shared(np.zeros((3, 2), np.float32), "w")
    h = sn.tanh(sn.dot(x, w)) * 2
    source = words(draw(h))
    assert source.startswith("digraph")
    assert set(boxes(source).values()) == {BLUE} and len(boxes(source)) == 3
    assert re.search(r"\[label=x shape=oval ", source)
    assert re.search(r"\[label=w peripheries=2 shape=box ", source)
    assert re.search(r"\[label=2 .*shape=plaintext ", source)
    assert '[label="w\\nfloat32 (3, 2)"' in draw(h).source and 'multiply\\nfloat32 (?, 2)"' in draw(h).source
    assert re.search(r'tooltip="MatMul\(\)  test_drawing.py:\d+  h = sn.tanh', source)
    assert not any(f"legend_{part} " in source for part in ("forward", "backward", "update"))  # one part needs none
    assert words(draw(h)) == source


def test_parts_of_a_compiled_step_differ_in_colour():
    source = words(draw(training_step()))
    assert set(boxes(source).values()) == {BLUE, ORANGE, GREEN}
    assert {label for label, colour in boxes(source).items() if colour == GREEN} == {"multiply", "subtract"}
    assert next(colour for label, colour in boxes(source).items() if label.startswith("h")) == BLUE
    assert '[label="new w"' in source and "[label=cost" in source
    assert all("labeljust=l labelloc=t margin=9" in source and f"label={part}" in source
               for part in ("forward", "gradient", "update"))  # fmt: skip


def test_a_velocity_is_of_the_update_though_no_gradient_reaches_it():
    w = sn.shared(np.float32(2), "w")
    cost = sn.square(w)
    f = sn.function([], cost, updates=sn.optim.momentum(cost, [w], 0.1, 0.9))
    source = words(draw(f))
    (velocity,) = re.findall(r"(v\d+) \[label=v_w ", source)
    (decayed,) = re.findall(rf"\t{velocity} -> (n\d+)", source)
    assert re.search(rf'\t{decayed} \[label=multiply color="#\w+" fillcolor="{GREEN}"', source)


def test_gradients_of_an_expression():
    x = sn.vector("x")
    y = sn.tanh(x).sum()
    source = words(draw([y, sn.grad(y, x)]))
    assert {BLUE, ORANGE} <= set(boxes(source).values())
    assert GREEN not in boxes(source).values()
    assert source.count('fillcolor="#eeeeee"') == 2
    assert "label=y " in source  # the output, by the name of its line


def test_what_several_parts_use_is_drawn_in_each():
    assert words(draw(training_step())).count("[label=w peripheries=2") == 2  # forward, update
    x, y = sn.scalar("x"), sn.vector("y")
    source = words(draw((y * x).sum() + (sn.exp(y) * x).sum()))
    assert source.count("[label=x ") == 2 and source.count("[label=y ") == 1


def test_a_leaf_alone_and_nothing_at_all():
    x, w = sn.vector("x"), sn.shared(np.float32(2), "w")
    assert re.search(r"\[label=x shape=oval ", words(draw(x)))
    for when in ("before", "after", "compiled"):
        source = words(draw(sn.function([x], [x, x, w]), when=when))
        assert source.count("fillcolor=\"#eeeeee\"") == 3
    assert words(draw([])).startswith("digraph")


def test_a_function_without_outputs():
    w = sn.shared(np.float32(2), "w")
    assert '[label="new w"' in words(draw(sn.function([], updates=[(w, w * 2)])))


def test_a_deep_graph_is_no_recursion():
    y = sn.vector("x")
    for _ in range(3000):
        y = sn.tanh(y)
    picture = draw(y)
    assert "3,000 operations in" in picture.note and "limit=" in picture.note
    assert picture.note in picture.source
    assert words(draw(y, limit=5000)).count("label=tanh") >= 2999


# names that would break it --------------------------------------------------------------------------------------------

NAMES = [
    'say "x"',
    'x"]; evil [label="y',
    "x\\",
    "\\N \\G \\l \\n",
    'x\\"]; evil; //',
    "two\nlines",
    "<b>x</b>",
    "<x>",
    "a;b -> c {d} [e]",
    "a | {b}",
    "&lt;x&gt; & &amp;",
    "# no comment",
    "/* no comment */ // none",
    "node",
    "digraph",
    "0x1F",
    "x:port:n",
    "%s {0}",
    "größe η",
    "bell\a tab\t null\0 escape\x1b",
    "surrogate \ud800",
    "line\u2028 separator",
]


def shown(name):
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in name)


@drawing
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", ["input", "shared", "operation", "scope"])
def test_a_name_is_shown_and_nothing_else_happens(name, kind):
    with sn.scope(name) if kind == "scope" else sn.scope("plain"):
        word = name if kind in ("input", "shared") else "x"
        x = sn.shared(np.zeros(3, np.float32), word) if kind == "shared" else sn.vector(word)
        y = sn.tanh(x)
    y.name = name if kind == "operation" else "y"
    expected = [f"{shown(x.name)}\n{x.type}", f"{shown(y.name)}\ntanh\n{y.type}", shown(y.name)]
    texts, edges = drawn(draw(y))
    # Graphviz makes spaces hard and joins none.
    assert sorted(t.replace("\xa0", " ") for t in texts) == sorted(expected)
    assert edges == 2
    assert set(tags(draw(y))) <= {"svg", "g", "title", "polygon", "polyline", "path", "ellipse", "text", "a"}
    if kind == "scope":
        assert shown(name) in drawn_text(draw(y)).replace("\xa0", " ")


@drawing
def test_a_line_of_code_is_a_tooltip_and_nothing_else():
    x = sn.vector("x")
    y = sn.tanh(x)  # "<script>alert(1)</script>" \N \\ &lt; ]; evil [
    shown_line = "# \"<script>alert(1)</script>\" \u2216N \u2216\u2216 &lt; ]; evil ["
    assert any(t.endswith(shown_line) for t in tooltips(draw(y)))
    assert "script" not in tags(draw(y))


@drawing
@pytest.mark.parametrize("name", NAMES)
def test_a_size_s_name_is_shown_and_nothing_else_happens(name):
    try:
        x = sn.tensor("x", shape=(name, 3))
    except SymnetError:
        return  # not every text names a size
    y = sn.tanh(x)
    y.name = "y"
    texts, edges = drawn(draw(y))
    texts = sorted(t.replace("\xa0", " ") for t in texts)
    assert texts == sorted([f"x\nfloat32 ({shown(name)}, 3)", "y", f"y\ntanh\nfloat32 ({shown(name)}, 3)"])
    assert edges == 2


@pytest.mark.parametrize("name", NAMES)
def test_dot_text_is_one_line_a_statement(name):
    y = sn.tanh(sn.vector(name))
    y.name = "y"
    plain = sn.tanh(sn.vector("plain"))
    plain.name = "y"
    source = words(draw(y))
    source.encode()
    assert len(source.splitlines()) == len(words(draw(plain)).splitlines())


# when, depth, heat ----------------------------------------------------------------------------------------------------


def classifier():
    """A step with two scopes, a softmax and two dropouts on one line."""
    rng = np.random.default_rng(0)
    x, y = sn.tensor("x", shape=("batch", 6)), sn.lvector("y", shape=("batch",))
    fc1, fc2 = sn.nn.Dense(5, rng=rng, name="fc1"), sn.nn.Dense(4, rng=rng, name="fc2")
    p = sn.softmax(fc2(sn.dropout(sn.relu(fc1(sn.dropout(x, 0.1))), 0.5)))
    cost = -sn.mean(sn.log(p)[sn.arange(y.shape[0]), y])
    return sn.function([x, y], cost, updates=sn.optim.sgd(cost, [*fc1.params, *fc2.params], 0.1))


def test_before_and_after():
    f = classifier()
    before, after = words(draw(f, when="before")), words(draw(f, when="after"))
    assert "label=dropout" in before and "label=log " in before and "softmax" in before
    assert "label=softmax " not in re.sub("label=softmax labeljust", "", after)  # but for its frame
    assert words(draw(f)) == after
    assert f.written[0][0].type == f.outputs[0].type and f.written[0][0] is not f.outputs[0]
    with pytest.raises(AttributeError):
        f.written = ()


def test_scopes_are_frames_in_every_part_or_one_box():
    f = classifier()
    for when in ("before", "after", "compiled"):
        opened, closed = words(draw(f, when=when)), words(draw(f, when=when, depth=0))
        assert opened.count('label=fc1 labeljust=l') == 2  # forward and gradient
        assert 'label=fc1 labeljust=l' not in closed
        assert len(re.findall(r'\[label="fc1\\n\d operations"', closed)) == 2
    assert closed.count("cluster_apart_") == 3


def test_composites_are_frames_or_one_box_each():
    f = classifier()
    whole = words(draw(f, expand=False))
    assert len(re.findall(r'\[label="dropout\\n\d+ operations" color="#0072b2"', whole)) == 2  # on one line, yet two
    assert re.search(r'\[label="mean\\n\d operations" color="#b06f00"', words(draw(f, when="before", expand=False)))
    assert "label=dropout labeljust=l" in words(draw(f, expand=["dropout"]))
    assert 'label="dropout\\n' not in words(draw(f, expand=["dropout"]))
    before = words(draw(f, when="before", expand=["softmax"]))
    assert "label=softmax labeljust=l" in before and "label=exp " in before and "label=dropout " in before
    everything = words(draw(f, when="before", expand=True))
    assert "label=dropout labeljust=l" in everything
    fc1 = words(draw(f, depth=0, expand=["fc1"]))
    assert "label=fc1 labeljust=l" in fc1 and 'label="fc2\\n' in fc1


def test_an_expression_after_rewriting():
    x = sn.vector("x")
    y = sn.log(sn.softmax(x))
    assert "softmax" in words(draw(y)) and "label=exp " not in words(draw(y))
    assert '"y\\nsubtract"' in words(draw(y, when="after"))
    assert '"y\\nlog"' in words(draw(y))


def test_sizes_are_numbers():
    source = words(draw(classifier(), when="before"))
    assert "size_of" not in source and '[label="1.0 / batch"' in source


def figures(source):
    return re.findall(r"^\t+n\d+ \[label=.*?\\n([\d.,]+)(?: (B|kB|MB|µs|ms))?\"? color", source, re.M)


def test_bytes_are_those_of_the_latest_call():
    x, w = sn.tensor("x", shape=("n", 25)), sn.shared(np.zeros((25, 4), np.float32), "w")
    f = sn.function([x], sn.tanh(x @ w))
    f(np.zeros((50, 25), np.float32))
    assert figures(words(draw(f, heat="bytes"))) == [("800", "B"), ("800", "B")]
    f(np.zeros((500, 25), np.float32))
    for when in ("before", "after", "compiled"):
        source = words(draw(f, when=when, heat="bytes"))
        assert set(figures(source)) <= {("8", "kB"), ("0", "")} and ("8", "kB") in figures(source)
    assert "bytes written: 0" in source


def test_sizes_that_depend_on_values_are_those_of_what_runs():
    n, x = sn.lscalar("n"), sn.scalar("x")
    f = sn.function([n, x], sn.arange(n).astype("float32") * x)
    f(100, 2.0)
    with pytest.raises(ArgumentError, match='heat needs sizes, and the size (.|\n)*when="compiled"'):
        draw(f, heat="bytes")
    assert ("400", "B") in figures(words(draw(f, when="compiled", heat="bytes")))


def test_cost_is_what_the_report_predicts():
    f = classifier()
    f(np.zeros((32, 6), np.float32), np.zeros(32, np.int64))
    source = words(draw(f, when="compiled", heat="cost", limit=500))
    scale = {"µs": 1.0, "ms": 1e3, "": 0.0}
    total = sum(float(n.replace(",", "")) * scale[unit] for n, unit in figures(source))
    assert total == pytest.approx(sum(row.microseconds for row in f.report().rows), rel=0.02)
    assert "predicted: 0" in source


def test_measured_seconds():
    f = classifier()
    f(np.zeros((32, 6), np.float32), np.zeros(32, np.int64))
    nodes = [step.node for step in f.report().program.steps]
    seconds = {node: 2e-3 for node in nodes}
    source = words(draw(f, when="compiled", heat=seconds, limit=500))
    assert ("2", "ms") in figures(source) and "time: 0" in source
    assert words(draw(f, when="compiled", heat=seconds, depth=0)).count(" ms") < source.count(" ms")
    with pytest.raises(ArgumentError, match='heat has a number for none of the nodes(.|\n)*when="compiled"'):
        draw(f, heat=seconds)


def test_pieces_are_drawn_as_what_runs_in_them():
    x, w = sn.matrix("x"), sn.shared(np.zeros((64, 64), np.float32), "w")
    f = sn.function([x], sn.tanh(x @ w).sum(), options=sn.Options(machine=sn.Machine(cache=1 << 16, threads=1)))
    f(np.zeros((4096, 64), np.float32))
    assert f.report().loops
    source = words(draw(f, when="compiled", heat="cost"))
    assert "tanh" in source and "matmul" in source and re.search(r"\[label=w peripheries=2", source)


# large ----------------------------------------------------------------------------------------------------------------


def many_layers(count, scoped):
    h = sn.tensor("x", shape=("batch", 4))
    for k in range(count):
        w = sn.shared(np.zeros((4, 4), np.float32), f"w{k}")
        with sn.scope(f"layer{k}") if scoped else sn.scope("net"):
            h = sn.tanh(h @ w) + h
    return h


@pytest.mark.parametrize("scoped", [True, False])
@pytest.mark.parametrize("count", [60, 700])
def test_a_large_graph_is_collapsed_and_says_so(scoped, count):
    picture = draw(many_layers(count, scoped))
    shown = len(re.findall(r"^\t+n\d+ \[", picture.source, re.M))
    assert 1 <= shown <= 120
    assert f"{3 * count:,} operations in {shown} box" in picture.note
    assert picture.note in repr(picture)


def test_a_large_training_step_has_its_gradient_beside_the_forward_part():
    """Upwards, as few boxes, and what depends on parameters alone (`w.T`) in the box that needs it."""
    y = sn.tensor("x", shape=("batch", 4))
    for k in range(200):
        y = sn.tanh(y @ sn.shared(np.zeros((4, 4), np.float32), f"w{k}"))
    ws = [x for x in leaves([y]) if isinstance(x, sn.Shared)]
    picture = draw([y.sum(), *sn.grad(y.sum(), ws)])
    colour = {name: fill for name, fill in re.findall(r'\t(n\d+) \[.* fillcolor="(#\w+)"', picture.source)}
    assert set(colour.values()) == {BLUE, ORANGE} and 6 < len(colour) <= 40
    edges = re.findall(r"\t(n\d+) -> (n\d+) \[(.*)\]", picture.source)
    assert all(("dir=back" in look) == (colour[a] == colour[b] == ORANGE) for a, b, look in edges)
    read_by = {name: {b if "dir=back" not in look else a for a, b, look in edges if name in (a, b)} - {name}
               for name in colour}  # fmt: skip
    assert max(len(readers) for name, readers in read_by.items() if colour[name] == ORANGE) <= 3


def test_edges_have_no_labels_that_could_stand_across_frames():
    for picture in (draw(training_step()), draw(training_step(), when="before"), draw(many_layers(700, True))):
        edges = re.findall(r"^\t+\w+ -> .*$", picture.source, re.M)
        assert edges and not any(" label=" in edge or "[label=" in edge for edge in edges)
        assert any('tooltip="float32 (' in edge for edge in edges)


def test_the_legend_has_a_row_for_parts_and_one_for_kinds():
    source = draw(training_step()).source
    rows = {name: label for name, label in re.findall(r"\t(legend_\w+) \[label=(\w+)", source)}
    assert rows == {
        "legend_0_0": "forward", "legend_0_1": "gradient", "legend_0_2": "update",
        "legend_1_0": "input", "legend_1_1": "parameter", "legend_1_2": "constant",
    }  # fmt: skip
    assert source.count(" [style=invis]") == 3


def test_the_limit_opens_it_again():
    y = many_layers(60, True)
    assert draw(y, limit=200).note is None
    assert words(draw(y, limit=200)).count("label=tanh") == 60


def test_many_parameters_and_results_of_one_box_share_one():
    ws = [sn.shared(np.zeros(3, np.float32), f"w{k}") for k in range(40)]
    cost = sn.square(sn.concatenate(ws)).sum()
    f = sn.function([], cost, updates=sn.optim.sgd(cost, ws, 0.1))
    source = words(draw(f, when="before", limit=12))
    assert "\\n\u2026 40 parameters" in source and "\\n\u2026 40 new values" in source


# wrong calls ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("given", "match"), [
    ({"when": "later"}, "when is 'later'"),
    ({"when": "compiled"}, "an expression is not compiled"),
    ({"heat": "warm"}, "heat is 'warm'"),
    ({"heat": "bytes"}, r"heat needs sizes, and those of x are open"),
    ({"depth": -1}, "depth is -1"),
    ({"depth": True}, "depth is True"),
    ({"limit": 3}, "limit is 3"),
    ({"limit": None}, "limit is None"),
    ({"expand": "softmax"}, "expand is 'softmax'"),
])  # fmt: skip
def test_wrong_arguments(given, match):
    with pytest.raises(ArgumentError, match=match):
        draw(sn.tanh(sn.vector("x")), **given)


@pytest.mark.parametrize("thing", [None, 3, "x", np.zeros(3)])
def test_what_cannot_be_drawn(thing):
    with pytest.raises(ArgumentError, match=f"a {type(thing).__name__} cannot be drawn"):
        draw(thing)
    with pytest.raises(ArgumentError, match="cannot be drawn"):
        draw([sn.vector("x"), thing])
