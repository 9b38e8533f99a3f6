"""Expressions as text: what a person would write, read back as Python where that can be."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import symnet as sn
from calls import WORDS, Call
from symnet.errors import ArgumentError
from symnet.graph.text import in_short
from written import read_back, scanned

X, W, B = sn.dmatrix("x", shape=(3, 3)), sn.dmatrix("w", shape=(3, 3)), sn.dvector("b", shape=(3,))
RNG = np.random.default_rng(0)
VALUES = {X: RNG.uniform(0.5, 1.5, (3, 3)), W: RNG.uniform(0.5, 1.5, (3, 3)), B: RNG.uniform(0.5, 1.5, 3)}


@pytest.mark.parametrize(("expression", "text"), [
    (X + W * B, "x + w * b"),
    ((X + W) * B, "(x + w) * b"),
    (X - (W - B), "x - (w - b)"),
    (X - W - B, "x - w - b"),
    (X / (W / B), "x / (w / b)"),
    (X + -W, "x - w"),
    (X - -W, "x - -w"),
    (-X * W, "-x * w"),
    (-(X + W), "-(x + w)"),
    ((-X) ** 2, "(-x)**2"),
    (-(X**2), "-x**2"),
    ((X**2) ** 3, "(x**2)**3"),
    (X ** (W**2), "x**(w**2)"),
    (X**-0.5, "x**-0.5"),
    (X**-W, "x**-w"),
    ((X * W) @ B, "(x * w) @ b"),
    (X * (W @ B), "x * (w @ b)"),
    (X @ W @ B, "x @ w @ b"),
    (X.T @ W, "x.T @ w"),
    ((X + W).T, "(x + w).T"),
    (sn.transpose(sn.dtensor3("t"), (0, 2, 1)), "t.mT"),
    (sn.transpose(sn.dtensor3("t"), (1, 0, 2)), "transpose(t, (1, 0, 2))"),
    (X[1:, ::-1], "x[1:, ::-1]"),
    (X[0], "x[0]"),
    (X[None], "x[None]"),
    (X[:, None], "x[:, None]"),
    ((X + W)[..., -1], "(x + w)[:, -1]"),
    (X.sum(), "sum(x)"),
    (X.sum(axis=1), "sum(x, axis=1)"),
    (X.sum(axis=-1, keepdims=True), "sum(x, axis=1, keepdims=True)"),
    (sn.dtensor3("t").max(axis=(0, 2)), "max(t, axis=(0, 2))"),
    (X.mean(0), "mean(x, axis=0)"),
    (X.argmax(1), "argmax(x, axis=1)"),
    (sn.softmax(X), "softmax(x)"),
    (sn.softmax(X, axis=0), "softmax(x, axis=0)"),
    ((X < W) & (W > 1), "(x < w) & (w > 1)"),
    (~(X < W), "~(x < w)"),
    (X.astype("float32"), "x.astype('float32')"),
    (sn.broadcast_to(B, (3, 3)) * 2, "b * 2"),
    (X.reshape(9), "reshape(x, (9,))"),
    (sn.pick(sn.log(X), sn.lvector("y", shape=(3,))), "log(x)[arange(3), y]"),
    (sn.zeros((3, sn.lscalar("n"))), "zeros((3, n))"),
    (sn.concatenate([X, W], axis=1), "concatenate((x, w), axis=1)"),
    (sn.set_subtensor(X[0], B), "set_subtensor(x[0], b)"),
    (X + 0.1, "x + 0.1"),
    (X + 1e-8, "x + 1e-08"),
    (X + np.arange(3.0), "x + [0, 1, 2]"),
    (X + np.inf, "x + inf"),
    (X - (-2.0), "x - -2"),
    (X + (-2.0), "x - 2"),
    (X, "x"),
])  # fmt: skip
def test_it_is_what_a_person_would_write(expression, text):
    assert sn.pprint(expression) == text


def test_a_float32_is_as_short_as_its_dtype_allows():
    x = sn.fvector("x")
    assert sn.pprint(x * np.float32(1 / 3)) == "x * 0.33333334"
    assert sn.pprint(x * 123456789.0) == "x * 1.2345679e+08"
    assert sn.pprint(sn.dvector("x") * 1000001.0) == "x * 1000001"


OPERATORS = st.sampled_from([
    lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a * b, lambda a, b: a / (b * b + 1), lambda a, b: a @ b,
    lambda a, b: -a, lambda a, b: a**2, lambda a, b: a.T, lambda a, b: a.sum(axis=0), lambda a, b: sn.tanh(a),
    lambda a, b: a[:, ::-1], lambda a, b: sn.abs(a) ** -0.5, lambda a, b: sn.maximum(a, b), lambda a, b: a + (-2.0),
    lambda a, b: (a < b).astype("float64"), lambda a, b: a % (b * b + 1), lambda a, b: a // (b * b + 1),
    lambda a, b: sn.where(a < b, a, -b), lambda a, b: sn.log(sn.softmax(a + X, axis=0)),
])  # fmt: skip


@given(st.lists(st.tuples(OPERATORS, st.integers(0, 7), st.integers(0, 7)), min_size=1, max_size=20))
def test_the_text_read_as_python_is_the_expression(steps):
    made = [X, W]
    for f, i, j in steps:
        made.append(f(made[-1 - i % len(made)], made[-1 - j % len(made)]) + 0 * X)
    y = made[-1]
    again = read_back(sn.pprint(y, lines=1000), x=X, w=W)
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(again.eval({X: VALUES[X], W: VALUES[W]}), y.eval({X: VALUES[X], W: VALUES[W]}))


@pytest.mark.parametrize("word", WORDS)
def test_every_word_can_be_written(word):
    for number in range(len(WORDS[word].cases)):
        call = Call(WORDS[word], number, "float64")
        for y in call.build(call.variables("static" if call.needs_sizes else "unknown")):
            assert all(line.isprintable() for line in sn.pprint(y).split("\n"))
            assert in_short(y, 3).isprintable()
            scanned(sn.latex(y))


# lines ----------------------------------------------------------------------------------------------------------------


def test_named_parts_and_parts_used_twice_have_lines():
    h = sn.tanh(X @ W + B)
    y = h * h + sn.softmax(X @ W)
    assert sn.pprint(y).split("\n") == ["h * h + softmax(x @ w)", "where", "  h = tanh(x @ w + b)"]
    h.name = "hidden"
    assert sn.pprint(sn.exp(h)) == "exp(hidden)\nwhere\n  hidden = tanh(x @ w + b)"


def test_a_long_expression_is_written_in_the_users_lines():
    h = sn.tanh(X @ W + B)
    z = sn.softmax(h @ W + B)
    assert sn.pprint(z, width=60) == "softmax(tanh(x @ w + b) @ w + b)"
    assert sn.pprint(z, width=25) == "softmax(h @ w + b)\nwhere\n  h = tanh(x @ w + b)"


def test_equal_names_are_told_apart():
    first, second = sn.dvector("x"), sn.dvector("x")
    assert sn.pprint(first - second) == "x - x2"
    h = sn.tanh(X @ W)
    first = h
    h = sn.tanh(first @ first)
    assert sn.pprint(h + h @ first).split("\n") == [
        "h + h @ h2", "where", "  h = tanh(h2 @ h2)", "  h2 = tanh(x @ w)"
    ]  # fmt: skip


def test_a_name_that_looks_like_one_of_ours_is_not_taken_for_it():
    def product():
        return sn.exp(sn.dmatrix("t1") @ W)

    def used_twice(y):
        return y * y

    assert sn.pprint(used_twice(product())) == "t2 * t2\nwhere\n  t2 = exp(t1 @ w)"


def test_what_is_written_of_a_huge_graph_is_bounded():
    chain = X
    for _ in range(100_000):
        chain = chain + 1
    text = sn.pprint(chain)
    assert text.count("\n") == 42 and max(map(len, text.split("\n"))) < 100
    assert text.endswith("more lines")
    doubled = X
    for _ in range(200):
        doubled = doubled * doubled
    assert len(sn.pprint(doubled)) < 5000
    assert len(sn.pprint(sn.concatenate([X] * 1000))) < 100


def test_depth_cuts_off_what_lies_deeper():
    y = sn.exp(sn.tanh(sn.log(X)))
    assert [sn.pprint(y, depth) for depth in (0, 1, 2, 3)] == ["...", "exp(...)", "exp(tanh(...))", "exp(tanh(log(x)))"]
    assert in_short(y, 2) == "exp(tanh(...))"


def test_a_hostile_name_stays_on_its_line():
    assert sn.pprint(sn.dvector("a\nb\x1b[2J\u202e") + 1) == "a\\nb\\x1b[2J\\u202e + 1"
    assert len(sn.pprint(sn.dvector("n" * 10_000) + 1)) < 100


def test_a_terminal_shows_the_text_without_quotes():
    assert repr(sn.pprint(X + 1)) == "x + 1" == sn.pprint(X + 1)


@pytest.mark.parametrize("wrong", [3, "x", [X], sn.function([X], X.sum())], ids=["int", "str", "list", "function"])
def test_what_is_no_expression_is_refused(wrong):
    with pytest.raises(ArgumentError, match="pprint: .* is no expression") as caught:
        sn.pprint(wrong)
    assert "sn.dprint" in str(caught.value)


def test_a_constant_has_no_name_from_the_line_it_stands_on():
    c = X * 2
    c = sn.where(c > 0, c, c + np.ones((3, 3)))
    assert sn.pprint(c) == "where(x * 2 > 0, x * 2, x * 2 + <constant (3, 3)>)"
    cost = sn.exp(X).sum()
    assert "g_cost" not in sn.pprint(sn.grad(cost, X))
