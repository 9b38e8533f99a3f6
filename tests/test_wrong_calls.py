"""The calls that beginners get wrong: each is a small program in `wrong_calls/`, and its message helps."""

import re

import numpy as np
import pytest

import symnet as sn
from raise_sites import sites, unreached
from symnet.errors import ShapeError, SymnetError
from wrong_calls import ALL, dtypes, functions, gradients, images, labels, shapes, symbols
from wrong_calls.mistake import FILE, Mistake, symnet_outcome, told
from wrong_calls.peers import PROGRAMS

ERRORS = [mistake for mistake in ALL if mistake.error]
VALUES = [mistake for mistake in ALL if not mistake.error]


def title(mistake: Mistake) -> str:
    return mistake.title


@pytest.mark.parametrize("mistake", ERRORS, ids=title)
def test_the_message_says_what_was_done_where_and_what_to_do(mistake):
    error = symnet_outcome(mistake)
    with pytest.raises(SymnetError, match=re.escape(mistake.says[0])) as caught:
        raise error
    text = str(caught.value)
    for words in mistake.says:
        assert words in text
    assert re.search(rf"^  at {re.escape(FILE)}:\d+   \S", text, re.MULTILINE), "the user's line is missing"
    assert re.search(r"^  fix: \S", text, re.MULTILINE), "what to do is missing"
    assert len(text.splitlines()) <= 10
    assert max(map(len, text.splitlines())) <= 170
    assert "symnet/" not in text and "site-packages" not in text


@pytest.mark.parametrize("mistake", VALUES, ids=title)
def test_what_is_no_error_gives_what_the_page_says(mistake):
    assert told(symnet_outcome(mistake)) == f"no error: {mistake.says[0]}"


def test_there_are_many_and_each_is_told_once():
    assert len(ERRORS) >= 28
    assert len({mistake.title for mistake in ALL}) == len(ALL)
    modules = (labels, symbols, shapes, images, gradients, functions, dtypes)
    assert sum(len(module.MISTAKES) for module in modules) == len(ALL)


def test_the_peers_make_the_same_mistakes():
    assert set(PROGRAMS) <= {mistake.title for mistake in ALL}


@pytest.mark.parametrize("labels", [[0, 1, 2, 3, 10], [0, 1, 2, 3, 1_000_000], [0, 1, 2, 3, -1]])
def test_a_wrong_label_updates_nothing(labels):
    x, y = sn.fmatrix("x", shape=("batch", 784)), sn.ivector("y", shape=("batch",))
    w = sn.shared(np.full((784, 10), 0.5, "float32"), "w")
    cost = -sn.mean(sn.log(sn.softmax(x @ w))[sn.arange(y.shape[0]), y])
    train = sn.function([x, y], cost, updates=[(w, w - 0.1 * sn.grad(cost, w))])
    with pytest.raises(sn.errors.BoundsError, match="row 4 has .*; the labels are .*; nothing was updated"):
        train(np.ones((5, 784)), labels)
    assert (w.get_value() == 0.5).all()


def test_an_error_points_at_the_innermost_line_of_the_user():
    def layer(x, w):
        return sn.dot(x, w)  # here

    with pytest.raises(ShapeError, match=r"at test_wrong_calls\.py:\d+   return sn\.dot\(x, w\)  # here"):
        layer(sn.matrix("x", shape=(5, 784)), sn.matrix("w", shape=(10, 784)))


def test_sites_that_no_test_reaches_are_found(tmp_path):
    package = tmp_path / "package"
    package.mkdir()
    code = 'def f():\n    raise ShapeError(\n        "3 against 4."\n    )\n\n\nx = DTypeError("no.")\n'
    (package / "a.py").write_text(code)
    every = sites(package)
    assert [(site.first, site.last, site.kind) for site in every] == [(2, 4, "ShapeError"), (7, 7, "DTypeError")]
    assert unreached(every, {("package/a.py", 2)}) == [every[1]]
