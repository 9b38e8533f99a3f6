"""What a function shows of itself: source, summary, tracebacks; the same text everywhere, and nothing injected."""

import ast
import traceback

import numpy as np
import pytest

import symnet as sn
from steps import run, softmax_step
from symnet.errors import BoundsError, InputError

F32 = np.float32


def test_the_source_shows_names_shapes_and_lines():
    x, w, b = sn.tensor("x", ("batch", 3)), sn.shared(np.ones((3, 4), F32), "w"), sn.shared(np.ones(4, F32), "b")
    h = sn.tanh(sn.dot(x, w) + b)
    f = sn.function([x], h.sum(), name="sum_of_h")
    assert "h" in f.source  # before the first call: a plan for batch = 2
    assert "(2, 4)" in f.source
    f(np.ones((5, 3), F32))
    assert "(5, 4)" in f.source and "(2, 4)" not in f.source
    assert "test_source.py:" in f.source and "sum_of_h(x float32(5, 3))" in f.source
    assert "np.tanh(h, out=h)" in f.source
    compile(f.source, "source", "exec")


def test_sizes_that_two_does_not_fit_have_no_source_before_the_first_call():
    x, w = sn.matrix("x"), sn.shared(np.ones((3, 4), F32), "w")
    f = sn.function([x], sn.dot(x, w), name="f")
    with pytest.raises(InputError, match="f has no plan yet: x have unknown sizes"):
        f.source
    assert "no plan yet" in repr(f)
    f.prepare(x=(5, 3))
    assert "(5, 4)" in f.source


def test_repr_says_what_it_takes_gives_updates_and_costs():
    x, n, s = sn.tensor("x", ("batch", 3)), sn.lscalar("n"), sn.shared(np.zeros(3, F32), "s")
    f = sn.function([x, n], [x.sum(), x * n], updates={s: s + x.sum(0)}, name="f")
    text = repr(f)
    assert "f(x: float32(batch, 3), n: int64()) -> [float32(), float32(batch, 3)]" in text
    assert "updates: s" in text and "training: True" in text and "compiled in" in text
    f(np.ones((7, 3), F32), 2)
    assert f"{f.kernels} kernels, {f.memory:,} bytes" in repr(f)
    assert f.memory >= 7 * 3 * 4 and f.kernels >= 3
    g = sn.function([x], {"total": x.sum()}, name="g")
    assert "{total: float32()}" in repr(g) and "updates: none" in repr(g) and "training: False" in repr(g)
    assert "-> None" in repr(sn.function([], updates={s: s + 1}))
    assert sn.function([x], x + 1).name != sn.function([x], x + 1).name


def test_a_traceback_shows_the_generated_line():
    f, _ = softmax_step()
    f(np.ones((2, 3), F32), [0, 1])
    try:
        f(np.ones((2, 3), F32), [0, 7])
    except BoundsError:
        shown = traceback.format_exc()
    assert '"<symnet train ' in shown
    assert "check_labels(labels, 4)" in shown


@pytest.mark.parametrize("updates", [False, True])
def test_an_error_is_blamed_on_the_line_it_comes_from(updates):
    x, k, s = sn.vector("x"), sn.lvector("k"), sn.shared(0.0, "s")
    before = sn.exp(x)
    picked = x[k]
    after = sn.exp(picked)
    f = sn.function([x, k], [before, after], [(s, s + 1)] if updates else [])
    with pytest.raises(BoundsError, match=r"index 7 is out of range[\s\S]*picked = x\[k\]"):
        f([1, 2], [0, 7])


def test_words_of_the_user_stay_words(tmp_path):
    evil = 'x"""\nraise SystemExit("injected")\n#\'\'\'\\'
    for word in (evil, "); raise SystemExit(1", "\u2028raise SystemExit(2)", "a#b", "{x}", "\x00", "\ud800"):
        x, s = sn.vector(word), sn.shared([1.0, 2.0], word)
        h = sn.tanh(x * s)
        h.name = word
        f = sn.function([x], {word: h + 1}, updates={s: h}, name=word)
        np.testing.assert_allclose(f([0, 0])[word], [1, 1])
        assert not any(isinstance(node, ast.Raise) for node in ast.walk(ast.parse(f.source)))
        assert f.inputs[0].label == f.name == word and word in repr(f)
    for name in ("a\nraise SystemExit", "bad\udcff", "größe"):
        code = compile("y = sn.exp(x) + 1", str(tmp_path / f"{name}.py"), "exec")
        scope = {"sn": sn, "x": sn.vector("x")}
        exec(code, scope)
        f = sn.function([scope["x"]], scope["y"])
        assert f([0]).tolist() == [2]
        assert not any(isinstance(node, ast.Raise) for node in ast.walk(ast.parse(f.source)))
    assert "größe.py:1" in f.source


# the same text everywhere -------------------------------------------------------------------------------------------

PROGRAM = """
import numpy as np
import symnet as sn
rng = np.random.default_rng(0)
x, y = sn.tensor("x", ("batch", 784)), sn.tensor("y", ("batch",), "int64")
from symnet.examples.chapter6 import dropout
sn.seed(0)
scores, layers = dropout(x, rng)
cost = sn.cross_entropy(scores, y)
f = sn.function([x, y], cost, updates=sn.optim.momentum(cost, [w for l in layers for w in l.params], 0.1), name="f")
print(f.source)
"""


def test_the_same_graph_gives_the_same_text_in_every_process():
    first, second = run(PROGRAM, "1"), run(PROGRAM, "2")
    assert first == second and first.count("\n") > 100


def test_the_same_graph_gives_the_same_text_again():
    def text():
        f, _ = softmax_step()
        f(np.ones((2, 3), F32), [0, 1])
        return f.source

    assert text() == text()
