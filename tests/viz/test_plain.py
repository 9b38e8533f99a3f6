"""Formulas of docstrings as text."""

import re

import pytest

from symnet.op import Op
from symnet.viz.plain import plain


@pytest.mark.parametrize(("words", "text"), [
    ("Tangent, $(e^x - e^{-x}) / (e^x + e^{-x})$; odd.", "Tangent, (eˣ - e⁻ˣ) / (eˣ + e⁻ˣ); odd."),
    (r"$\frac{2}{\sqrt\pi} \int_0^x e^{-t^2} dt$", "2 / (√π) ∫₀ˣ e^(-t²) dt"),
    (r"$\sqrt[3]{x}$ and $\sqrt{2\pi}$", "³√x and √(2π)"),
    (r"$y_{ik} = x_{i, j_{ik}}$", "yᵢₖ = x_(i, jᵢₖ)"),
    (r"$\bar A = -A^{-T} \bar Y$", "A\u0304 = -A⁻ᵀ Y\u0304"),
    (r"$x\,\text{trunc}(x / y)$, $\lfloor x \rfloor \le x$", "x trunc(x / y), ⌊x⌋ ≤ x"),
    (r"no formula, 5 $ and \n", r"no formula, 5 $ and \n"),
    ("$}$ $\\frac$ $x^$ $_{$", "} () / () x "),  # nothing is refused
])  # fmt: skip
def test_a_formula_is_written_in_a_line(words, text):
    assert plain(words) == text


def test_no_ops_sentence_has_latex_left():
    sentences, todo = [], [Op]
    while todo:
        found = todo.pop()
        todo += found.__subclasses__()
        sentences.append(plain((found.__doc__ or "").strip().partition("\n")[0]))
    assert len(sentences) > 300
    assert [s for s in sentences if re.search(r"\$|\\\\|[{}]", s)] == []
