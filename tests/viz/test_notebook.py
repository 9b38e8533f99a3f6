"""What notebooks show: sound HTML of bounded size, in which nothing that a user names does anything."""

import re
import tracemalloc
from html.parser import HTMLParser
from xml.etree import ElementTree

import numpy as np
import pytest

import symnet as sn
from pictures import drawing
from symnet.errors import MissingExtraError
from symnet.train import Epoch, History
from symnet.viz.notebook.charts import Curve, curves_svg, histogram_svg
from symnet.viz.notebook.state import statistics

HOSTILE = '<script>alert(1)</script>"\'&$\\href{javascript:alert(1)}{x}$;\n</div>'
VOID = {"img", "br"}
KNOWN = {
    "div", "b", "span", "table", "thead", "tbody", "tr", "th", "td", "details", "summary", "img", "pre", "svg", "rect",
    "path", "g", "text", "circle",
}  # fmt: skip


class Page(HTMLParser):
    """The tags and texts of a piece of HTML; raises unless tags close in order."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.words, self.ignored, self._open = [], "", "", []
        self.feed(text)
        self.close()
        assert not self._open

    def handle_starttag(self, tag, attrs):
        assert tag in KNOWN, tag
        assert not [name for name, value in attrs if name.startswith("on")]
        assert all(value.startswith("data:image/svg+xml;base64,") for name, value in attrs if name in ("src", "href"))
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self._open.pop()[0] == tag

    def handle_data(self, data):
        self.words += data
        if any("mathjax_ignore" in attrs.get("class", "") for _, attrs in self._open):
            self.ignored += data


def step(name="f", label="x"):
    x = sn.dmatrix(label, shape=(4, 3))
    w = sn.shared(np.ones((3, 2)), f"w{label[1:]}")
    cost = (sn.tanh(x @ w) ** 2).sum()
    return sn.function([x], cost, updates=sn.optim.momentum(cost, [w], 0.1), name=name)


# expressions ----------------------------------------------------------------------------------------------------------


def test_an_expression_shows_its_formula():
    x, w = sn.dmatrix("x"), sn.dmatrix("w")
    y_hat = sn.softmax(x @ w)
    page = Page(y_hat._repr_html_())
    assert r"$\displaystyle \hat{y} = \mathrm{softmax}(x \, w)$" in page.words
    assert "y_hat" in page.words and "float64 (?, ?)" in page.words
    assert y_hat._repr_latex_() == r"$\displaystyle \hat{y} = \mathrm{softmax}(x \, w)$"
    assert repr(y_hat) == "<y_hat: float64 (?, ?)>"


@drawing
def test_a_small_expression_has_a_picture_and_a_large_one_none():
    x = sn.dvector("x")
    assert "img" in dict(Page(sn.tanh(x)._repr_html_()).tags)
    large = x
    for _ in range(2000):
        large = sn.tanh(large)
    shown = large._repr_html_()
    assert "img" not in dict(Page(shown).tags) and len(shown) < 10_000


def test_without_graphviz_everything_else_is_shown(monkeypatch):
    def missing(self):
        raise MissingExtraError("drawing needs Graphviz")

    monkeypatch.setattr("symnet.viz.picture.Picture.svg", missing)
    y = sn.tanh(sn.dvector("x"))
    page = Page(y._repr_html_())
    assert r"\tanh(x)" in page.words and "img" not in dict(page.tags)
    assert "source" in Page(step()._repr_html_()).words


def test_dollars_in_names_are_in_no_place_that_mathjax_reads():
    shown = sn.tanh(sn.dvector(HOSTILE))
    shown.name = HOSTILE
    page = Page(shown._repr_html_())
    read = page.words.replace(r"\$", "").count("$") - page.ignored.count("$")
    assert page.ignored.count("$") and read == 2  # around the formula


@pytest.mark.parametrize("shown", [
    lambda: sn.dvector(HOSTILE),
    lambda: sn.tanh(sn.dvector(HOSTILE)),
    lambda: sn.shared(np.ones(3), HOSTILE),
    lambda: sn.shared(1.0, HOSTILE),
    lambda: step(HOSTILE, HOSTILE),
    lambda: History([Epoch(1, 0.5, 0.5, 0.1, 1.0, 10.0)], ended=HOSTILE, kept=HOSTILE),
])  # fmt: skip
def test_a_name_cannot_do_anything(shown):
    html = shown()._repr_html_()
    Page(html)
    assert "<script" not in html


# functions ------------------------------------------------------------------------------------------------------------


def test_a_function_shows_costs_and_source():
    f = step()
    page = Page(f._repr_html_())
    words = " ".join(page.words.split())
    assert f"{len(f.report().rows)} ops, predicted" in words and "matmul" in words
    assert f"source, {len(f.source.splitlines())} lines" in words
    assert "momentum" in words or "updates: v_w, w" in words
    parts = {attrs.get("class") for tag, attrs in page.tags if tag == "span"}
    assert {"forward", "backward", "update"} <= parts


def test_a_long_source_is_folded_and_cut_off():
    x = sn.dvector("x", shape=(3,))
    y = x
    for k in range(4000):
        y = sn.tanh(y) if k % 2 else sn.exp(y)
    f = sn.function([x], y)
    assert len(f.source.splitlines()) > 3000
    page = Page(f._repr_html_())
    assert "more lines: print(f.source)" in page.words
    costs, source, *_ = [attrs for tag, attrs in page.tags if tag == "details"]
    assert "open" in costs and "open" not in source
    assert len(f._repr_html_()) < 1_500_000


def test_a_function_without_a_plan_says_how_to_get_one():
    x, y = sn.dmatrix("x", shape=(None, 5)), sn.dvector("y", shape=(7,))
    f = sn.function([x, y], x[:3].sum() + y.sum() + x.reshape(7, 5).sum())
    assert "no plan yet" in Page(f._repr_html_()).words


# shared variables -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "float64", "int8", "uint8", "int64", "bool"])
def test_statistics_are_numpys(dtype):
    array = (np.random.default_rng(0).normal(size=(50, 7)) * 9).astype(dtype)
    found, wide = statistics(array), array.astype("float64")
    np.testing.assert_allclose(
        [found.least, found.mean, found.largest, found.std], [wide.min(), wide.mean(), wide.max(), wide.std()]
    )
    assert (found.nans, found.infinities, sum(found.counts)) == (0, 0, 350)


def test_statistics_are_of_finite_elements():
    found = statistics(np.array([1.0, np.nan, np.inf, 3.0, -np.inf, np.nan]))
    assert (found.least, found.mean, found.largest, found.nans, found.infinities) == (1.0, 2.0, 3.0, 2, 2)
    assert found.std == 1.0 and sum(found.counts) == 2


@pytest.mark.parametrize("array", [
    np.zeros((0, 3)), np.zeros(3), np.full(3, np.nan), np.full(3, np.inf), np.array([1e308, -1e308]),
    np.array([1e300, 1e300]), np.array([5e-324, 0.0]), np.ones((2, 3), complex), np.array([2**63 - 1, -(2**63)]),
    np.arange(6.0).reshape(2, 3)[:, ::2], np.array(True), np.array(1 + 2j),
])  # fmt: skip
def test_any_array_can_be_shown(array):
    with np.errstate(all="raise", under="ignore"):
        Page(sn.shared(array, "s")._repr_html_())


def test_looking_takes_no_array_as_large_as_the_value():
    s = sn.shared(np.zeros(2**23, "float32"), "s")
    s._repr_html_()
    tracemalloc.start()
    s._repr_html_()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2**23 * 4


# charts and histories -------------------------------------------------------------------------------------------------

NUMBERS = [float("nan"), float("inf"), -float("inf"), 1e308, -1e308, 0.0, 5e-324, 1.0]


@pytest.mark.parametrize("y", [[], [1.0], [0.0, 0.0], NUMBERS, [np.nan] * 3, [1e308, -1e308], list(range(10_000))])
def test_curves_are_sound_svg_whatever_the_numbers(y):
    chart = curves_svg([Curve("c<o>st", [float(k) for k in range(len(y))], [float(v) for v in y])], "epoch", 1.0)
    ElementTree.fromstring(chart)
    assert not re.search(r"nan|inf", chart) and len(chart) < 20_000


def test_a_curve_passes_through_its_points():
    chart = curves_svg([Curve("cost", [1.0, 2.0, 3.0], [2.0, 1.0, 0.0])], "epoch")
    dots = [(float(x), float(y)) for x, y in re.findall(r'cx="([\d.]+)" cy="([\d.]+)"', chart)]
    xs, ys = zip(*dots, strict=True)
    assert np.allclose(np.diff(xs), xs[1] - xs[0]) and np.allclose(np.diff(ys), ys[1] - ys[0])
    assert xs[1] > xs[0] and ys[1] > ys[0]  # down the page as the cost falls


def test_bars_are_as_tall_as_their_counts():
    chart = histogram_svg([1, 0, 4, 2], 0.0, 1.0)
    heights = [float(h) for h in re.findall(r'<rect [^>]*height="([\d.]+)"', chart)]
    assert np.allclose(np.array(heights) / heights[1], [0.25, 1.0, 0.5])


def history(count):
    epochs = [Epoch(k, 1 / k, 1 - 1 / (k + 1), 0.1, 1.0, 100.0) for k in range(1, count + 1)]
    return History(epochs, epochs[-1] if epochs else None, 10 * count, "done", f"epoch {count}")


def test_a_history_shows_its_curves_and_its_numbers():
    page = Page(history(12)._repr_html_())
    assert [tag for tag, _ in page.tags].count("svg") == 2
    assert "cost" in page.words and "validation accuracy" in page.words and "kept epoch 12" in page.words
    assert [tag for tag, _ in page.tags].count("tr") == 13


def test_a_history_without_validation_shows_the_cost_alone():
    epochs = [Epoch(k, 1 / k, None, 0.1, 1.0, 100.0) for k in (1, 2, 3)]
    page = Page(History(epochs, epochs[-1], 30, "done", "epoch 3")._repr_html_())
    assert [tag for tag, _ in page.tags].count("svg") == 1 and "%" not in page.words and "kept epoch 3" in page.words


@pytest.mark.parametrize("count", [0, 1, 5000])
def test_any_history_can_be_shown(count):
    assert len(history(count)._repr_html_()) < 120_000
    Page(history(count)._repr_html_())
    assert len(repr(history(count)).splitlines()) <= 22


def test_a_history_is_a_table_in_a_terminal():
    first, *rows = repr(history(3)).splitlines()
    assert first == "<3 epochs, 30 steps, done, best 75.00% in epoch 3, kept epoch 3>"
    assert rows[0] == "  epoch  1: cost 1.0000, validation 50.00%, 1.0 s, 100 images/s"
