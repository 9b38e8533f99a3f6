"""The coloured source."""

from html.parser import HTMLParser

import numpy as np
import pytest

import symnet as sn
from symnet.viz import listing
from symnet.viz.palette import FILL


class Reader(HTMLParser):
    """Text, tags and the class of each line."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.text, self.parts, self.part = set(), "", {}, None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.part = dict(attrs).get("class")

    def handle_data(self, data):
        self.text += data
        self.parts.setdefault(self.part, []).append(data)


def step(name="x"):
    x, w = sn.tensor(name, shape=(4, 3)), sn.shared(np.zeros((3, 2), np.float32), "w")
    cost = sn.square(sn.tanh(x @ w)).sum()
    return sn.function([x], cost, updates=sn.optim.sgd(cost, [w], 0.1))


def test_every_line_is_there_on_the_colour_of_its_part():
    f = step()
    shown = listing(f)
    read = Reader(shown._repr_html_())
    assert repr(shown) == f.source
    lines = [line.strip() for line in f.source.splitlines() if line.strip()]
    texts = [t.strip() for part in read.parts.values() for t in part]
    assert all(line in texts for line in lines)
    assert any("np.tanh" in t for t in read.parts["forward"])
    assert any("return" in t for t in read.parts[None]) and not any("def " in t for t in read.parts["forward"])
    assert {"forward", "backward", "update"} <= set(read.parts)
    for part in ("forward", "backward", "update"):
        assert f"background:{FILL[part]}" in shown.html


def test_a_prediction_has_one_part_and_no_colours():
    x = sn.tensor("x", shape=(3,))
    html = listing(sn.function([x], sn.tanh(x) + 1)).html
    assert "background:#c" not in html and "np.tanh" in html


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", '"><b>', "&lt;", "a\nb", "# update"])
def test_a_name_is_no_markup(name):
    read = Reader(listing(step(name)).html)
    assert read.tags == {"div", "span", "pre"}
