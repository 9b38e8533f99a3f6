"""The interactive page in a real browser: headless Chromium, as a reader opens it, from disk and in a frame.

    python tests/viz/test_page.py    writes the screenshots in docs/pictures
"""

import io
import itertools
import os
import shutil
import tempfile
from contextlib import contextmanager
from html import unescape
from pathlib import Path

import numpy as np
import pytest

import symnet as sn
from symnet.examples.chapter6 import conv, shallow
from symnet.examples.classifier import Classifier
from symnet.viz.explorer import Page

selenium = pytest.importorskip("selenium")
from selenium import webdriver  # noqa: E402
from selenium.webdriver.common.action_chains import ActionChains  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402
from selenium.webdriver.support.ui import WebDriverWait  # noqa: E402

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
needs_chromium = pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="neither chromium nor chromedriver")
pytestmark = needs_chromium

SWITCHES = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--force-prefers-reduced-motion", "--window-size=1440,900",
)  # fmt: skip


class Reader:
    """A person at the page: opens it, presses keys, clicks, looks."""

    def __init__(self, driver, folder):
        self.driver = driver
        self.folder = folder
        self.count = itertools.count()

    def opens(self, page: Page | str) -> "Reader":
        path = Path(self.folder) / f"page{next(self.count)}.html"
        path.write_text(page if isinstance(page, str) else page.html, "utf-8")
        self.driver.get_log("browser")
        self.driver.get(path.as_uri())
        return self

    def waits(self, script):
        return WebDriverWait(self.driver, 20).until(lambda _: self.js(script))

    def js(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def one(self, css):
        return self.driver.find_element("css selector", css)

    def texts(self, css):
        return self.js("return [...document.querySelectorAll(arguments[0])].map((e) => e.textContent)", css)

    def hand(self):
        return ActionChains(self.driver, duration=0)

    def presses(self, *keys):
        self.hand().send_keys(*keys).perform()

    def goes(self, k):
        """To the k-th stage, by the slider."""
        self.sets("slider", "input", k)

    def sets(self, name, event, value):
        """The value of a field, as if it had been entered."""
        script = """
            const field = document.getElementById(arguments[0]);
            field.value = arguments[2];
            field.dispatchEvent(new Event(arguments[1]))"""
        self.js(script, name, event, value)

    def clicks_box(self, title, nth=0):
        """The nth box that is called so, brought into view by a search for it."""
        script = """
            const boxes = [...document.querySelectorAll('.box:not(.leaving)')];
            return boxes.filter((b) => b.querySelector('text').textContent === arguments[0])[arguments[1]]"""
        self.presses("0")
        box = self.js(script, title, nth)
        self.hand().move_to_element(box).click().perform()

    def boxes(self):
        """Each box that is drawn: its texts, its classes, its place and size in the graph."""
        return self.js("""return [...document.querySelectorAll('.box:not(.leaving)')].map((box) => {
            const place = (e) => { const r = e.getBoundingClientRect(); return [r.left, r.top, r.right, r.bottom]; };
            const face = box.querySelector('.face');
            return { id: box.dataset.id, classes: [...box.classList], place: place(face),
                     texts: [...box.querySelectorAll('text')].map((t) => [t.textContent, place(t)]),
                     fill: getComputedStyle(face).fill };
        })""")

    def faults_of_drawing(self):
        """Boxes that overlap, words that leave their box or touch, edges that pass behind a box."""
        return self.js("""
            const faults = [];
            const boxes = [...document.querySelectorAll('.box:not(.leaving)')].map((box) => {
                const face = box.querySelector('.face').getBoundingClientRect();
                const words = [...box.querySelectorAll('text')].map((t) => [t.textContent, t.getBoundingClientRect()]);
                return { name: words.map(([text]) => text).join(' '), face, words };
            });
            const meet = (a, b, by) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > by
                && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > by;
            boxes.forEach((a, k) => {
                for (const b of boxes.slice(0, k)) if (meet(a.face, b.face, 0.5)) faults.push(`${a.name} on ${b.name}`);
                a.words.forEach(([text, place], n) => {
                    const inside = a.face.left < place.left && place.right < a.face.right
                        && a.face.top - 1 < place.top && place.bottom < a.face.bottom + 1;
                    if (!inside) faults.push(`${text} is not inside its box`);
                    if (n && place.top <= a.words[n - 1][1].top) faults.push(`${text} is not below`);
                });
            });
            const world = document.getElementById('world').getScreenCTM();
            for (const edge of document.querySelectorAll('.edge')) {
                const long = edge.getTotalLength();
                for (let k = 1; k < 24; k += 1) {
                    const p = edge.getPointAtLength(long * k / 24).matrixTransform(world);
                    const behind = boxes.find(({ face: o }) =>
                        p.x > o.left + 1 && p.x < o.right - 1 && p.y > o.top + 1 && p.y < o.bottom - 1);
                    if (behind) faults.push(`an edge passes behind ${behind.name}`);
                }
            }
            return faults""")

    def complaints(self):
        return [entry["message"] for entry in self.driver.get_log("browser")]


@contextmanager
def reading(folder):
    """A reader with a browser that has no past; its files go into the folder."""
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for switch in (*SWITCHES, f"--user-data-dir={folder}/profile"):
        options.add_argument(switch)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    try:
        yield Reader(driver, folder)
    finally:
        driver.quit()


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    with reading(tmp_path_factory.mktemp("pages")) as found:
        yield found


def regression():
    x, y = sn.tensor("x", shape=("N", 20)), sn.vector("y", shape=("N",))
    w, b = sn.shared(np.zeros(20, np.float32), "w"), sn.shared(np.float32(0), "b")
    p = 1 / (1 + sn.exp(-(sn.dot(x, w) + b)))
    cost = sn.mean(-y * sn.log(p) - (1 - y) * sn.log(1 - p)) + 0.01 * (w**2).sum()
    gw, gb = sn.grad(cost, [w, b])
    train = sn.function([x, y], cost, updates=[(w, w - 0.1 * gw), (b, b - 0.1 * gb)], name="train")
    train.prepare(x=(10, 20), y=(10,))
    return train


def network():
    """A convolution, a layer, momentum: in pieces and with arenas where it is lowered."""
    x, y = sn.tensor("x", shape=("N", 1, 28, 28)), sn.lvector("y", shape=("N",))
    rng = np.random.default_rng(0)
    conv, fc = sn.nn.Conv2d(20, 5, rng=rng), sn.nn.Dense(10, rng=rng)
    h = sn.relu(sn.pool2d(conv(x), 2))
    cost = -sn.mean(sn.log(sn.softmax(fc(h.flatten(2))))[sn.arange(y.shape[0]), y])
    updates = sn.optim.momentum(cost, [*conv.params, *fc.params], 0.1)
    f = sn.function([x, y], cost, updates=updates, name="step")
    f.prepare(x=(128, 1, 28, 28), y=(128,))
    return f


@pytest.fixture(scope="module")
def trained():
    return regression()


@pytest.fixture(scope="module")
def train(trained):
    return sn.explore(trained)


# opening ----------------------------------------------------------------------------------------------------------


def test_it_opens_from_disk_and_loads_nothing(reader, train):
    reader.opens(train)
    assert reader.js("return document.body.dataset.ready") == "yes"
    assert reader.js("return performance.getEntriesByType('resource').length") == 0
    assert reader.driver.title == "train(x: float32(N, 20), y: float32(N,))"
    assert reader.complaints() == []
    assert "http" not in train.html.replace("http://www.w3.org/2000/svg", "").replace("http-equiv", "")


def test_a_notebook_shows_it_in_a_frame(reader, train):
    shown = train._repr_html_()
    assert unescape(shown.partition('srcdoc="')[2].partition('" sandbox')[0]) == train.html
    reader.opens(f"<!DOCTYPE html><meta charset=utf-8><body>{shown}")
    reader.driver.switch_to.frame(reader.one("iframe"))
    try:
        reader.waits("return document.body.dataset.ready")
        assert len(reader.boxes()) > 20
        reader.presses(Keys.ARROW_RIGHT)
    finally:
        reader.driver.switch_to.default_content()
    assert reader.complaints() == []


# the drawing ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [regression, network])
def test_nothing_overlaps_at_any_stage(reader, make):
    reader.opens(sn.explore(make()))
    for k in range(int(reader.one("#slider").get_attribute("max")) + 1):
        reader.goes(k)
        assert reader.faults_of_drawing() == [], k
    assert reader.complaints() == []


def test_it_begins_at_full_size_with_all_parts(reader, train):
    reader.opens(train)
    assert reader.one("#actual").text == "100 %"
    assert reader.texts("#legend span") == ["forward", "gradient", "update"]
    fills = {box["fill"] for box in reader.boxes() if "op" in box["classes"]}
    assert fills == {"rgb(207, 229, 245)", "rgb(251, 223, 184)", "rgb(200, 234, 217)"}  # of symnet/viz/palette.py


def test_what_a_graph_holds_is_drawn(reader):
    x = sn.tensor("x", shape=(3, 2))
    h = sn.tanh(x * 2 + sn.shared(np.ones((3, 1), np.float32), "w"))
    reader.opens(sn.explore(h))
    faces = {tuple(text for text, _ in box["texts"]): set(box["classes"]) for box in reader.boxes()}
    assert set(faces) == {
        ("x", "float32 (3, 2)"), ("w", "float32 (3, 1)"), ("\u00b7 * 2", "float32 (3, 2)"),
        ("add", "float32 (3, 2)"), ("h", "tanh", "float32 (3, 2)"), ("h", "float32 (3, 2)"),
    }  # fmt: skip
    assert "input" in faces["x", "float32 (3, 2)"] and "shared" in faces["w", "float32 (3, 1)"]
    assert "output" in faces["h", "float32 (3, 2)"]
    assert reader.js("return document.querySelectorAll('.edge').length") == 5


# stepping ---------------------------------------------------------------------------------------------------------


def test_the_keys_step_through_the_rewrites_and_light_each(reader, trained, train):
    reader.opens(train)
    told, lit = [], 0
    for _ in range(int(reader.one("#slider").get_attribute("max"))):
        reader.presses(Keys.ARROW_RIGHT)
        if reader.js("return document.querySelectorAll('.formula').length"):
            told.append((reader.texts("#step h2")[0], *reader.texts(".formula code")))
            lit += bool(reader.js("return document.querySelectorAll('.lit.box, .lit.edge').length"))
    assert told == [(fired.rule, fired.before, fired.after) for fired in trained.rewrites]
    assert lit == len(told)
    assert reader.texts("#step h2") == [f"{trained.kernels} kernels, then 4 calls that write new values"]
    assert reader.texts(".segment.here span") == ["kernels"]
    reader.presses(Keys.HOME)
    assert reader.texts("#place") == [f"1 of {len(reader.texts('.stops i'))}"]


def test_before_and_after_a_rewrite(reader):
    x = sn.vector("x", shape=(3,))
    reader.opens(sn.explore(sn.tanh(sn.log(sn.softmax(x)))))
    names = reader.js("return model.stages.map((s) => s.title)")
    reader.goes(names.index("log_of_softmax"))
    lit = [box["texts"][0][0] for box in reader.boxes() if "lit" in box["classes"]]
    assert lit == ["log_softmax"]
    reader.presses("b")
    doomed = [box["texts"][0][0] for box in reader.boxes() if "doomed" in box["classes"]]
    assert sorted(doomed) == ["log", "softmax"]
    assert reader.one(".formula .before").get_attribute("aria-pressed") == "true"
    reader.one(".formula .after").click()
    assert not any("doomed" in box["classes"] for box in reader.boxes())


def test_what_is_not_rewritten_stays_where_it_was(reader, train):
    reader.opens(train)
    total = int(reader.one("#slider").get_attribute("max")) - 2
    script = """return [...document.querySelectorAll('.box:not(.leaving)')].map((b) => {
        const m = b.transform.baseVal.consolidate().matrix; return [b.dataset.id, m.e, m.f]; })"""
    stayed = moved = 0
    old = {key: (x, y) for key, x, y in reader.js(script)}
    for k in range(1, total):
        reader.goes(k)
        new = {key: (x, y) for key, x, y in reader.js(script)}
        common = old.keys() & new.keys()
        near = sum(np.hypot(new[key][0] - old[key][0], new[key][1] - old[key][1]) < 150 for key in common)
        stayed, moved, old = stayed + near, moved + len(common) - near, new
    assert stayed > 8 * moved


def test_the_track_is_a_slider(reader, train):
    reader.opens(train)
    stop = reader.js("return document.querySelectorAll('.stops i')[4]")
    reader.hand().move_to_element(stop).click().perform()
    assert reader.texts("#place")[0].startswith("5 of ")
    reader.hand().click_and_hold(stop).move_by_offset(-2000 // 10, 0).release().perform()
    assert not reader.texts("#place")[0].startswith("5 of ")


# nodes ------------------------------------------------------------------------------------------------------------


def details(reader):
    keys, found = reader.texts("#details dt"), reader.texts("#details dd")
    return dict(zip(keys, found, strict=True)), reader.texts("#details h3")


def test_a_click_on_a_node_tells_what_is_known_of_it(reader, trained):
    reader.opens(sn.explore(trained))
    reader.clicks_box("p")
    told, blocks = details(reader)
    assert told["op"] == "divide" and told["type"] == "float32 (N,)" and told["part"] == "forward"
    assert "\u00b5s" in told["cost"] and "predicted" in told["cost"]
    assert reader.texts("#details .excerpt .here code")[0].strip() == "p = 1 / (1 + sn.exp(-(sn.dot(x, w) + b)))"
    assert {"Reads", "Read by", "Its gradient"} <= set(blocks)
    assert "Your line: test_page.py:" in blocks[0]
    generated = [line for line in trained.source.splitlines() if "p = " in line or "out=p)" in line]
    assert generated
    shown = reader.texts("#details .code:not(.excerpt .code) code")
    assert any(line.strip() in {text.strip() for text in trained.source.splitlines()} for line in shown)
    gradients = [name for name in reader.texts("#details .nodes .of-backward") if name.startswith("g_p")]
    assert gradients


def test_from_node_to_node(reader, train):
    reader.opens(train)
    reader.clicks_box("p")
    buttons = reader.driver.find_elements("css selector", "#details .nodes .of-backward")
    next(button for button in buttons if button.text.startswith("g_p")).click()
    assert reader.texts("#details h2")[0] == "g_p"
    assert "Gradient of" in reader.texts("#details h3")
    assert any("partner" in box["classes"] for box in reader.boxes())
    reader.presses(Keys.ESCAPE)
    assert reader.texts("#details h2") == []


def test_a_lowered_op_has_its_lines_memory_and_cost(reader, trained, train):
    reader.opens(train)
    reader.presses(Keys.END, Keys.ARROW_LEFT)
    names = [box["texts"][0][0] for box in reader.boxes() if "op" in box["classes"]]
    assert len(names) == len(trained.report().rows)
    reader.clicks_box("cost")
    told, _ = details(reader)
    assert told["memory"] and "predicted" in told["cost"]
    numbers = [int(n) for n in reader.texts("#details .code .number")]
    lines = trained.source.splitlines()
    shown = [line.strip() for line in reader.texts("#details .code code")]
    assert any(lines[n - 1].strip() == text for n in numbers if n <= len(lines) for text in shown)
    total = sum(row.microseconds for row in trained.report().rows)
    assert reader.js("return model.stages.at(-2).total") == pytest.approx(total)
    assert reader.js("return model.stages.at(-1).total") == pytest.approx(total)


def test_colours_by_cost(reader, train):
    reader.opens(train)
    assert not reader.one("#colour").is_enabled()  # nothing has a cost of its own before it is lowered
    reader.presses(Keys.END)
    reader.sets("colour", "change", "cost")
    fills = {box["fill"] for box in reader.boxes() if "op" in box["classes"]}
    assert len(fills) > 3


# search, zoom, fold -----------------------------------------------------------------------------------------------


def test_search(reader, train):
    reader.opens(train)
    reader.presses("/", *"gradient matm")
    assert reader.js("return document.activeElement.id") == "search"
    assert all("matmul" in text for text in reader.texts("#found li"))
    assert sum("match" in box["classes"] for box in reader.boxes()) == len(reader.texts("#found li")) >= 1
    reader.presses(Keys.ENTER)
    assert reader.texts("#details dd")[0] == "matmul"
    left, top, right, bottom = next(box["place"] for box in reader.boxes() if "selected" in box["classes"])
    assert left > 0 and top > 40 and right < 1100 and bottom < 860
    reader.presses("/", Keys.BACKSPACE * 40, *"nowhere")
    assert reader.texts("#found li") == ["nothing is called so"]


def test_zoom_and_pan(reader, train):
    reader.opens(train)
    place = "return document.getElementById('world').getAttribute('transform')"
    start = reader.js(place)
    canvas = reader.one("#canvas")
    reader.hand().move_to_element_with_offset(canvas, -400, 200).click_and_hold().move_by_offset(
        60, -40
    ).release().perform()
    assert reader.js(place) != start
    assert reader.one("#actual").text == "100 %"
    reader.presses("+", "+")
    assert reader.one("#actual").text == "156 %"
    reader.one("#fit").click()
    assert reader.one("#actual").text != "156 %"
    wheel = "document.getElementById('canvas').dispatchEvent(new WheelEvent('wheel', {deltaY: -300, cancelable: true}))"
    before = reader.one("#actual").text
    reader.js(wheel)
    assert reader.one("#actual").text != before
    reader.presses("1")
    assert reader.one("#actual").text == "100 %"


def test_fold_and_unfold(reader, train):
    reader.opens(train)
    reader.sets("fold", "change", "part")
    groups = [box for box in reader.boxes() if "group" in box["classes"]]
    assert [box["texts"][0][0] for box in groups] == ["forward", "gradient", "update"]
    many = len(reader.boxes())
    reader.clicks_box("gradient")
    assert len(reader.boxes()) > many
    assert "group" not in {c for box in reader.boxes() if box["texts"][0][0] == "g_p" for c in box["classes"]}


def test_scopes_fold(reader):
    reader.opens(sn.explore(network()))
    reader.sets("fold", "change", "scope")
    groups = [box["texts"][0][0] for box in reader.boxes() if "group" in box["classes"]]
    assert "conv" in groups and "fc" in groups


def test_a_large_graph_comes_folded(reader):
    y = x = sn.vector("x", shape=(4,))
    for _ in range(600):
        y = sn.tanh(y + x)
    reader.opens(sn.explore(y))
    boxes = reader.boxes()
    assert 3 < len(boxes) < 200
    group = next(box for box in boxes if "group" in box["classes"])
    reader.presses("0")
    reader.clicks_box(group["texts"][0][0])
    assert len(boxes) < len(reader.boxes()) < 400
    assert reader.complaints() == []


def test_too_large_a_graph_gets_a_note(reader):
    y = sn.vector("x", shape=(4,))
    for _ in range(21_000):
        y = sn.tanh(y)
    page = sn.explore(y)
    assert len(page.html) < 200_000
    reader.opens(page)
    assert "This graph has 21,000 nodes" in reader.one("#note").text
    assert "21,000 tanh" in reader.one("#note").text


# names that would break it ------------------------------------------------------------------------------------------

NAMES = [
    "'single' \"double\" `back`",
    "two\nlines\r\n",
    "</script><script>alert(1)</script>",
    "<script>window.broken = 1</script>",
    "<img src=x onerror='window.broken = 1'>",
    '"><svg onload=window.broken=1>',
    "<!-- <script>",
    "]]>",
    "a;b -> c {d} [e]",
    "back\\slash \\",
    "\\u003c/script\\u003e",
    "&lt;b&gt; &amp; &",
    "{{data}} {{script}}",
    "${window.broken = 1}",
    "line\u2028 paragraph\u2029 separator",
    "null\0 bell\a escape\x1b",
    "surrogate \ud800",
    "right\u202eto left",
    "__proto__",
    "constructor",
    "größe η 大きさ 🙂",
    "javascript:window.broken=1",
    "x" * 5000,
]


def shown(name):
    hidden = "\x7f\u2028\u2029\u202e"
    return "".join("\ufffd" if c < " " or c in hidden or "\ud800" <= c < "\ue000" else c for c in name)


def is_cut(text, name):
    return len(text) > 20 and text[-1] == "\u2026" and name.startswith(text[:-1])


def test_names_are_shown_and_nothing_else_happens(reader):
    total = 0
    for name in NAMES:
        y = sn.tanh(sn.vector(name, shape=(3,)) * sn.shared(np.ones(3, np.float32), name))
        y.name = name
        total = total + y.sum()
    page = sn.explore(sn.function(sn.graph.free_inputs([total]), total, name=" ".join(NAMES)))
    page.html.encode()
    reader.opens(page)
    for kind in ("input", "shared", "op"):
        texts = [box["texts"][0][0] for box in reader.boxes() if kind in box["classes"]]
        for name in NAMES:
            assert any(text == shown(name) or is_cut(text, shown(name)) for text in texts), (kind, name)
    reader.js("for (const id of model.stages[0].nodes.keys()) panel.showNode(model.stages[0], id)")
    for k, name in enumerate(NAMES):
        reader.sets("search", "input", name.splitlines()[0].encode("utf-8", "replace").decode())
        reader.goes(k)
    assert reader.js("return window.broken === undefined")
    assert reader.js("return document.querySelectorAll('script').length") == 2
    assert reader.js("return document.querySelectorAll('img, iframe, #panel script, #panel svg').length") == 0
    assert reader.complaints() == []


@pytest.mark.parametrize(
    "name", ["</script><script>window.broken = 1</script>", "<!-- <script>", "{{data}} {{script}}"]
)
def test_a_title_is_shown_and_nothing_else_happens(reader, name):
    x = sn.vector("x", shape=(3,))
    reader.opens(sn.explore(sn.function([x], x * 2, name=name)))
    assert reader.one("h1").text == f"{name}(x: float32(3,))"
    assert reader.js("return window.broken === undefined && document.body.dataset.ready === 'yes'")
    assert reader.complaints() == []


def test_lines_of_code_are_shown_and_nothing_else_happens(reader, tmp_path):
    path = tmp_path / "<b>file.py"
    path.write_text("y = sn.tanh(x)  # </script><img src=x onerror='window.broken = 1'>\n", "utf-8")
    scope = {"sn": sn, "x": sn.vector("x", shape=(3,))}
    exec(compile(path.read_text("utf-8"), str(path), "exec"), scope)
    reader.opens(sn.explore(scope["y"]))
    reader.clicks_box("y")
    assert reader.texts("#details .excerpt h3") == ["Your line: <b>file.py:1"]
    assert reader.texts("#details .excerpt .here code") == [path.read_text("utf-8")]
    assert reader.js("return window.broken === undefined")


def test_a_script_that_got_in_would_not_run(reader, train):
    """The policy of the page, were a name ever to get out of its place."""
    broken = train.html.replace("</body>", "<script>window.broken = 1</script></body>")
    reader.opens(broken)
    assert reader.js("return window.broken === undefined && document.body.dataset.ready === 'yes'")
    assert any("Content Security Policy" in text for text in reader.complaints())


def test_the_file_is_the_page(train, tmp_path):
    train.save(tmp_path / "page.html")
    train.save(os.fspath(tmp_path / "other.html"))
    assert (tmp_path / "page.html").read_text("utf-8") == (tmp_path / "other.html").read_text("utf-8") == train.html


# screenshots --------------------------------------------------------------------------------------------------------

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"


def write_pictures(reader):
    """A formula and the rule that makes it safe, a layer and its gradient, a convolutional net's kernels by cost."""
    size = {"width": 1200, "height": 760, "deviceScaleFactor": 1, "mobile": False}
    reader.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    reader.opens(sn.explore(regression()))
    reader.goes(reader.js("return model.stages.map((s) => s.title)").index("log_of_sigmoid"))
    write_picture(reader, "explore-formula.png")
    for network, batch in ((shallow, 10), (conv, 128)):
        f = Classifier(network, np.random.default_rng(0)).step
        f.prepare(x=(batch, 784), y=(batch,), learning_rate=())
        reader.opens(sn.explore(f))
        if network is shallow:
            reader.presses("/", "h", Keys.ENTER)
        else:
            reader.presses(Keys.END)
            reader.sets("colour", "change", "cost")
            reader.presses("/", "conv_weight", Keys.ENTER)
        write_picture(reader, "explore-layer.png" if network is shallow else "explore-kernels.png")


def write_picture(reader, name):
    """A screenshot with 128 colours, which is small."""
    from PIL import Image  # comes with matplotlib

    shot = Image.open(io.BytesIO(reader.driver.get_screenshot_as_png())).convert("RGB")
    PICTURES.mkdir(exist_ok=True)
    shot.quantize(128, dither=Image.Dither.NONE).save(PICTURES / name, optimize=True)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place, reading(place) as someone:
        write_pictures(someone)
