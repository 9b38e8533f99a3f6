"""The pages of `docs/`: their code prints what stands there, and symnet has every name they speak of.

`python tests/test_site.py` runs the pages and writes those that print something else; pages that are named, such as
`howto/nan.md`, are written in any case. The site itself is built, and its links looked at, by `python docs/build.py`.
"""

from __future__ import annotations

import difflib
import os
import re
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import symnet as sn

DOCS = Path(__file__).parents[1] / "docs"
sys.path.insert(0, str(DOCS / "_site"))

import pages  # noqa: E402
import reference  # noqa: E402
from links import broken  # noqa: E402

PAGES = pages.pages()
NAMED = re.compile(r"`(?:sn|symnet)\.([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)")


def name(page: Path) -> str:
    return page.relative_to(DOCS).as_posix()


def test_there_are_pages():
    assert {"index.md", "tutorial/digits.md", "howto/nan.md", "coming/jax.md"} <= set(map(name, PAGES))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_a_page_prints_what_it_shows(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shown, printed = page.read_text(encoding="utf-8"), pages.run(page, tmp_path)
    hint = f"write it again: python tests/test_site.py {name(page)}"
    difference = difflib.unified_diff(shown.splitlines(), printed.splitlines(), "shown", "printed", lineterm="")
    assert pages.same(shown, printed), "\n".join([hint, *difference])


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_a_page_speaks_only_of_what_symnet_has(page):
    named = NAMED.findall(page.read_text(encoding="utf-8"))
    assert [word for word in named if reference.thing(word) is None] == []


HOSTS = {
    "docs.jax.dev", "myst-parser.readthedocs.io", "neuralnetworksanddeeplearning.com",
    "www.sphinx-doc.org",
}  # fmt: skip
"""Where pages link to. No test asks them: a new one is looked at by hand, and added."""


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_to_elsewhere_are_whole_and_go_to_known_hosts(page):
    for link in re.findall(r"\bhttps?:[^\s)>\"'`]*", page.read_text(encoding="utf-8")):
        parts = urlsplit(link)
        assert parts.hostname in HOSTS and parts.path[:1] in ("", "/"), link
        assert parts.scheme == "https" or parts.hostname == "neuralnetworksanddeeplearning.com", link


def test_every_word_stands_on_one_page_of_the_reference():
    stands = [word for page in reference.PAGES.values() for word in dict.fromkeys(reference.words(page))]
    own = {word for word, entry in sn.op.registry.items() if entry.function.__module__.startswith("symnet.")}
    missing = own - set(stands)
    assert not missing, f"give its file a page in docs/_site/reference.py: {sorted(missing)}"
    assert sorted(stands) == sorted(set(stands))
    assert [word for word in own if not callable(reference.thing(word))] == []


def test_everything_public_is_described():
    stands = {word for page in reference.PAGES.values() for word in reference.words(page)}
    rooms = {word.split(".")[0] for word in stands if "." in word}
    public = {word for word in dir(sn) if not word.startswith("_")}
    assert sorted(word for word in public - rooms if reference.described(word) not in stands) == []


@pytest.mark.parametrize("key", reference.PAGES)
def test_a_page_of_the_reference_says_what_each_word_is(key):
    page = reference.PAGES[key]
    found = list(reference.words(page))
    assert found
    assert [word for word in found if not (reference.thing(word).__doc__ or "").strip()] == []
    text = reference.text(page)
    assert text.count("{py:function}") + text.count("{py:class}") + text.count("{py:exception}") >= len(found)


def test_a_page_that_prints_something_else_is_seen(tmp_path):
    page = tmp_path / "wrong.md"
    page.write_text("```python\n1 + 1\n```\n\n```output\n3\n```\n", encoding="utf-8")
    assert "```output\n2\n```" in pages.run(page, tmp_path)
    page.write_text("```python\n1 + 1\n```\n", encoding="utf-8")
    with pytest.raises(AssertionError, match="nothing is shown of what this prints"):
        pages.run(page, tmp_path)
    page.write_text("```python raises\n1 + 1\n```\n\n```output\n2\n```\n", encoding="utf-8")
    with pytest.raises(AssertionError, match="this raises no error"):
        pages.run(page, tmp_path)


@pytest.mark.parametrize(("shown", "printed", "is_same"), [
    ("1.0 5", "1.000001 5", True), ("1.0 5", "1.01 5", False), ("line 12", "line 13", False), ("1e-9", "-2e-09", True),
    ("```output varies\n12 us\n```", "```output varies\n7.5 us\n```", True),
    ("```output varies\n12 us\n```", "```output varies\n12 ms\n```", False),
])  # fmt: skip
def test_numbers_may_differ_in_their_last_digits(shown, printed, is_same):
    assert pages.same(shown, printed) is is_same


def test_a_table_gives_what_its_examples_give(tmp_path):
    page = tmp_path / "table.md"
    head = "| a | try | gives |\n| --- | --- | --- |\n"
    page.write_text(head + "| x | `1 \\| 2` | `4` |\n| y |  | b |\n", encoding="utf-8")
    assert "| x | `1 \\| 2` | `3` |\n| y |  | b |" in pages.run(page, tmp_path)


def test_links_that_lead_nowhere_are_seen(tmp_path):
    (tmp_path / "a.html").write_text('<a href="b.html#there">1</a><a href="b.html#not">2</a><a href="c.html">3</a>')
    (tmp_path / "b.html").write_text('<p id="there"><a href="https://b.org">4</a><script src="https://c.org/x.js">')
    assert list(broken(tmp_path)) == [
        "a.html: b.html#not: the page has no such place",
        "a.html: c.html is not there",
        "b.html: loads https://c.org/x.js",
    ]


def write(chosen: list[str]) -> None:
    here = Path.cwd()
    for page in PAGES:
        if not chosen or name(page) in chosen:
            with tempfile.TemporaryDirectory() as folder:
                os.chdir(folder)
                printed = pages.run(page, Path(folder))
                os.chdir(here)
            if chosen or not pages.same(page.read_text(encoding="utf-8"), printed):
                page.write_text(printed, encoding="utf-8")
                print("written:", name(page))


if __name__ == "__main__":
    write(sys.argv[1:])
