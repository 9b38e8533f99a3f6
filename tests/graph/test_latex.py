"""Expressions as LaTeX: as mathematics is printed, and with nothing in it that a name could smuggle in."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import symnet as sn
from symnet.errors import ArgumentError
from written import scanned

X, W, B = sn.dmatrix("x"), sn.dmatrix("w"), sn.dvector("b")
S = sn.dscalar("s")


@pytest.mark.parametrize(("expression", "text"), [
    (X @ W + B, r"x \, w + b"),
    (X.T @ W, r"x^\top \, w"),
    ((X + W).T, r"(x + w)^\top"),
    (B @ B, r"b \cdot b"),
    (X * W, r"x \odot w"),
    ((X * W) @ W, r"(x \odot w) \, w"),
    (S * X, r"s \, x"),
    (X * 2, r"x \cdot 2"),
    (X / (1 + W), r"\frac{x}{1 + w}"),
    ((X / W) ** 2, r"\left(\frac{x}{w}\right)^{2}"),
    (sn.exp(-X), "e^{-x}"),
    (sn.exp(X) ** 2, "(e^{x})^{2}"),
    (sn.sqrt(X + 1), r"\sqrt{x + 1}"),
    (X**0.5, r"\sqrt{x}"),
    (sn.abs(X), r"\left|x\right|"),
    (sn.log(X), r"\log(x)"),
    (sn.sigmoid(X), r"\sigma(x)"),
    (X.sum(), r"\sum x"),
    ((X + W).sum(axis=1), r"\sum_{\mathrm{axis}\ 1} (x + w)"),
    (X.mean(0), r"\operatorname{mean}_{\mathrm{axis}\ 0}(x)"),
    (X - (W - B), "x - (w - b)"),
    (X - -W, "x - (-w)"),
    (X + -W, "x - w"),
    (-(X + W), "-(x + w)"),
    (X + (W + B), "x + w + b"),
    (X <= W, r"x \le w"),
    ((X > 0).astype("float32"), r"\left[x > 0\right]"),
    (X * 1e-8, r"x \cdot 10^{-8}"),
    (X[0, 1:], "x_{0, 1{:}}"),
    (sn.pick(sn.softmax(X), sn.lvector("y")), r"(\mathrm{softmax}(x))_{i, y_{i}}"),
    (sn.where(X > 0, X, -X), r"\begin{cases} x & \text{if } x > 0 \\ -x & \text{else} \end{cases}"),
    (X, "x"),
])  # fmt: skip
def test_it_is_as_mathematics_is_printed(expression, text):
    shown = sn.latex(expression)
    assert shown == text
    scanned(shown)


@pytest.mark.parametrize(("name", "text"), [
    ("w1", "w_{1}"), ("w_1", "w_{1}"), ("y_hat", r"\hat{y}"), ("yhat", r"\hat{y}"), ("alpha", r"\alpha"),
    ("images", r"\mathrm{images}"), ("w_in", r"w_{\mathrm{in}}"), ("g_w1", "g_{w_{1}}"), ("x", "x"),
    ("x_bar_2", r"\bar{x}_{2}"), ("beta2", r"\beta_{2}"),
])  # fmt: skip
def test_names_are_set_as_they_are_spoken(name, text):
    assert sn.latex(sn.dvector(name)) == text


def test_the_result_and_its_parts_bear_their_names():
    h = sn.tanh(X @ W + B)
    y_hat = sn.softmax(h @ W)
    assert sn.latex(y_hat) == r"\hat{y} = \mathrm{softmax}(\tanh(x \, w + b) \, w)"
    z = h * h
    assert sn.latex(z).split("\n") == [
        r"\begin{aligned}", r"z &= h \odot h \\", r"h &= \tanh(x \, w + b)", r"\end{aligned}"
    ]  # fmt: skip
    assert sn.latex(z)._repr_latex_() == f"$\\displaystyle {sn.latex(z)}$"


COMMANDS = {r"\mathrm", r"\backslash", r"\ ", r"\{", r"\}", r"\$", r"\%", r"\#", r"\&", r"\_", r"\wedge", r"\sim"}


@given(st.text(max_size=30))
@example("}\\href{javascript:alert(1)}{x}")
@example("$$ \\input{/etc/passwd} $$")
@example("<script>alert(1)</script>")
@example("a;b\n\\end{aligned}")
@example("&lt;b&gt;")
@example("\\")
@example("100% #1 _^~ '\"`")
@example("\u202eevil")
def test_a_name_cannot_do_anything(name):
    x = sn.dvector(name or None)
    used = set(scanned(sn.latex(x)))
    plain = name.isascii() and name.isidentifier()
    assert plain or used <= COMMANDS, used - COMMANDS
    y = sn.tanh(x)
    y.name = name or None
    scanned(sn.latex(y * y))


def test_what_is_written_of_a_huge_graph_is_bounded():
    chain = X
    for _ in range(20_000):
        chain = sn.tanh(chain) @ W
    text = sn.latex(chain)
    assert text.count("\n") < 20 and "more" in text
    scanned(text)


@pytest.mark.parametrize("wrong", [3, "x", [X], sn.function([X], X.sum())], ids=["int", "str", "list", "function"])
def test_what_is_no_expression_is_refused(wrong):
    with pytest.raises(ArgumentError, match="latex: .* is no expression") as caught:
        sn.latex(wrong)
    assert "sn.dprint" in str(caught.value)
