r"""Expressions as LaTeX, of the kind that MathJax and KaTeX read.

Nothing that a user names gets into it unescaped: neither a command, nor a brace, nor an HTML tag.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np

from symnet.graph.lines import LEFT_OUT, Lines, Written, lines
from symnet.graph.notation import (
    Attribute,
    Call,
    Converted,
    Infix,
    Item,
    Part,
    Power,
    Prefix,
    Row,
    Slice,
    Total,
    seen,
)
from symnet.graph.text import Text, check, number_text, printable
from symnet.graph.variable import Constant, Variable
from symnet.types import shape_text

_COMPARISON, _SUM, _PRODUCT, _FUNCTION, _ATOM = 1, 6, 7, 9, 10
_INFIX = {
    "<": (_COMPARISON, " < "), "<=": (_COMPARISON, r" \le "), ">": (_COMPARISON, " > "),
    ">=": (_COMPARISON, r" \ge "), "==": (_COMPARISON, " = "), "!=": (_COMPARISON, r" \ne "),
    "|": (2, r" \lor "), "^": (3, r" \oplus "), "&": (4, r" \land "), "<<": (5, r" \ll "), ">>": (5, r" \gg "),
    "+": (_SUM, " + "), "-": (_SUM, " - "), "//": (_PRODUCT, r" \mathbin{//} "), "%": (_PRODUCT, r" \bmod "),
    "@": (_PRODUCT, r" \, "), "*": (_PRODUCT, r" \, "),
}  # fmt: skip
_PREFIX = {"-": "-", "~": r"\lnot "}
# Functions that mathematics has a sign for; what is missing is set upright by its name.
_SIGNS = {
    **{name: "\\" + name for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh", "log", "arcsin", "arccos", "arctan",
                                      "max", "min", "gcd", "det")},
    "log2": r"\log_{2}", "log10": r"\log_{10}", "sigmoid": r"\sigma", "maximum": r"\max", "minimum": r"\min",
    "gamma": r"\Gamma", "sum": r"\sum", "prod": r"\prod", "sign": r"\operatorname{sgn}",
}  # fmt: skip
_AROUND = {
    "abs": (r"\left|", r"\right|"), "sqrt": (r"\sqrt{", "}"), "cbrt": (r"\sqrt[3]{", "}"),
    "floor": (r"\left\lfloor ", r" \right\rfloor"), "ceil": (r"\left\lceil ", r" \right\rceil"),
    "exp": ("e^{", "}"), "exp2": ("2^{", "}"), "conj": (r"\overline{", "}"),
}  # fmt: skip
_BETWEEN = {"equal": "==", "not_equal": "!=", "logical_and": "&", "logical_or": "|", "logical_xor": "^"}
_GREEK = re.compile(
    "alpha|beta|gamma|delta|epsilon|zeta|eta|theta|iota|kappa|lambda|mu|nu|xi|pi|rho|sigma|tau|upsilon|phi|chi|psi|omega|"
    "Gamma|Delta|Theta|Lambda|Xi|Pi|Sigma|Upsilon|Phi|Psi|Omega"
)
_ACCENTS = {"hat": r"\hat", "bar": r"\bar", "tilde": r"\tilde", "dot": r"\dot", "vec": r"\vec"}
_ESCAPES = {
    "\\": r"\backslash ", "{": r"\{", "}": r"\}", "$": r"\$", "%": r"\%", "#": r"\#", "&": r"\&{}", "_": r"\_",
    "^": r"{\wedge}", "~": r"{\sim}", "<": "{<}", ">": "{>}", " ": r"\ ", "`": r"{`}", "'": "{'}",
}  # fmt: skip
_MOST_ARGUMENTS = 12


class Formula(Text):
    """LaTeX without dollar signs; a notebook shows what it says."""

    __slots__ = ()

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self}$"


def latex(x: Variable, *, width: int = 70, lines: int = 12) -> Formula:
    r"""`x` as LaTeX: $\hat y = \mathrm{softmax}(x \, W + b)$, and below it what the names in it stand for.

    What has a line of its own is chosen as in `pprint`; `lines` bounds how many there are. A matrix product is written
    by juxtaposition, a product of elements as $\odot$ where both have axes. Sums bear the axes they run along.

    Raises: ArgumentError.
    """
    check("latex", x)
    return Formula(_set(x, _lines(x, _AS_LATEX, width, lines)))


_lines = lines


def _set(x: Variable, found: Lines) -> str:
    label = (x.name or x.target) if x.node is not None else None
    equals = " &= " if found.where else " = "
    first = name_latex(label) + equals + found.body.text if label else found.body.text
    if not found.where:
        return first
    rows = [first if label else f"& {first}"]
    rows += [name.text + equals + definition.text for name, definition in found.where]
    if found.left_out:
        rows.append(rf"& \vdots \quad \text{{{found.left_out:,} more}}")
    return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"


def name_latex(label: str) -> str:
    r"""A name as mathematics: `w1` is $w_{1}$, `y_hat` is $\hat{y}$, `alpha` is $\alpha$, `images` is upright."""
    if label == LEFT_OUT:
        return r"\cdots"
    if re.fullmatch(r"g_\w+", label, re.ASCII) and len(label) <= 40:
        return f"g_{{{name_latex(label[2:])}}}"
    found = re.fullmatch(r"([A-Za-z]+?)(?:_?(hat|bar|tilde|dot|vec))?((?:_[A-Za-z0-9]+)*)(\d*)", label)
    if found is None or len(label) > 40:
        return rf"\mathrm{{{escaped(printable(label))}}}"
    word, accent, below, number = found.groups()
    text = _word(word)
    if accent:
        text = f"{_ACCENTS[accent]}{{{text}}}"
    subscripts = [_word(part) for part in below.split("_") if part] + [number] * bool(number)
    return f"{text}_{{{', '.join(subscripts)}}}" if subscripts else text


def _word(word: str) -> str:
    if _GREEK.fullmatch(word):
        return f"\\{word}"
    return word if len(word) == 1 or word.isdigit() else rf"\mathrm{{{word}}}"


def escaped(text: str) -> str:
    """Text within `\\mathrm`, which prints as it stands and does nothing."""
    return "".join(_ESCAPES.get(c, c) for c in text)


class _AsLaTeX:
    """Writes forms as mathematics is printed; widths are those of what is seen, roughly."""

    def name(self, label: str) -> Written:
        text = name_latex(label)
        return Written(text, _ATOM, "_" if "_{" in text else "", len(label))

    def constant(self, x: Constant) -> Written:
        if x.data.ndim == 0:
            return _number(x.data.flat[0])
        if x.data.ndim == 1 and x.data.size <= 6:
            return _made(rf"\left[{', '.join(_number(v).text for v in x.data)}\right]", 3 * x.data.size)
        shape = r" \times ".join(str(n) for n in x.data.shape)
        return _made(rf"\left[{shape}\right]", len(shape_text(x.data.shape)))

    def form(self, part: Part, of: Callable[[Variable], Written]) -> Written:
        if isinstance(part, str):
            number = re.fullmatch(r"-?\d+", part)
            text = part if number else rf"\mathrm{{{escaped(printable(part))}}}" if part.strip(":.") else part
            return _made(text, len(part))
        if not isinstance(part, tuple):
            return of(seen(part))
        return getattr(self, f"_{type(part).__name__.lower()}")(part, of)

    def _infix(self, form: Infix, of: Callable[[Variable], Written]) -> Written:
        left, right = self.form(form.left, of), self.form(form.right, of)
        if form.symbol == "/":
            text = rf"\frac{{{left.text}}}{{{right.text}}}"
            return Written(text, _PRODUCT + 1, "/", max(left.width, right.width) + 1)
        strength, sign = _INFIX.get(form.symbol, (0, rf" \mathbin{{\mathrm{{{escaped(form.symbol)}}}}} "))
        head = form.symbol
        if form.symbol == "*":
            sign = _times(form, right)
            head = "odot" if "odot" in sign else "*"
        if form.symbol == "@" and _ndim(form.left) == 1 == _ndim(form.right):
            sign = r" \cdot "
        if form.symbol == "+" and right.text.startswith("-"):
            sign, right = " - ", right._replace(text=right.text[1:])
        chains = head in ("+", "*", "odot", "@", "&", "|") and right.head == head
        apart = strength in (0, _COMPARISON) or (head == "@" and left.head == "odot")
        first = _inside(left, strength + apart)
        second = _inside(right, _ATOM if right.text.startswith("-") and head == "-" else strength + (not chains))
        return Written(first + sign + second, strength, head, left.width + right.width + 2)

    def _prefix(self, form: Prefix, of: Callable[[Variable], Written]) -> Written:
        operand = self.form(form.operand, of)
        sign = _PREFIX.get(form.symbol, rf"\mathrm{{{escaped(form.symbol)}}}\,")
        return Written(sign + _inside(operand, _PRODUCT), _PRODUCT, "-", operand.width + 1)

    def _power(self, form: Power, of: Callable[[Variable], Written]) -> Written:
        base, exponent = self.form(form.base, of), self.form(form.exponent, of)
        if exponent.text == "0.5":
            return _made(rf"\sqrt{{{base.text}}}", base.width + 1)
        plain = base.binds == _ATOM and base.head != "^"
        return Written(f"{base.text if plain else _parens(base)}^{{{exponent.text}}}", _ATOM, "^",
                       base.width + exponent.width)  # fmt: skip

    def _call(self, form: Call, of: Callable[[Variable], Written]) -> Written:
        if form.name in _BETWEEN and len(form.arguments) == 2:
            return self._infix(Infix(_BETWEEN[form.name], *form.arguments), of)
        if form.name == "where" and len(form.arguments) == 3:
            return self._cases(form.arguments, of)
        parts = [self.form(part, of) for part in form.arguments[:_MOST_ARGUMENTS]]
        words = [part.text for part in parts] + [r"\ldots"] * (len(form.arguments) > _MOST_ARGUMENTS)
        width = sum(part.width + 2 for part in parts)
        if form.name in _AROUND and len(parts) == 1:
            before, after = _AROUND[form.name]
            return Written(before + words[0] + after, _ATOM, "^" if before.endswith("^{") else "", parts[0].width + 1)
        keys = [(key, self.form(value, of)) for key, value in form.keywords]
        words += [rf"\mathrm{{{escaped(key)}}} = {value.text}" for key, value in keys]
        width += sum(len(key) + value.width + 3 for key, value in keys)
        sign = _SIGNS.get(form.name) or rf"\mathrm{{{escaped(printable(form.name))}}}"
        return Written(sign + _round(", ".join(words)), _FUNCTION, "", len(form.name) + width)

    def _cases(self, parts: tuple[Part, ...], of: Callable[[Variable], Written]) -> Written:
        condition, yes, no = (self.form(part, of) for part in parts)
        text = rf"\begin{{cases}} {yes.text} & \text{{if }} {condition.text} \\ {no.text} & \text{{else}} \end{{cases}}"
        return Written(text, 0, "", max(yes.width + condition.width, no.width) + 8)

    def _total(self, form: Total, of: Callable[[Variable], Written]) -> Written:
        operand = self.form(form.operand, of)
        axes = "" if form.axes is None else rf"_{{\mathrm{{axis}}\ {', '.join(map(str, form.axes))}}}"
        width = operand.width + len(form.name) + 2 * bool(axes)
        if form.name in ("sum", "prod"):
            text = f"{_SIGNS[form.name]}{axes} {_inside(operand, _PRODUCT)}"
            return Written(text, _PRODUCT, form.name, width)
        sign = _SIGNS.get(form.name) or rf"\operatorname{{{escaped(form.name)}}}"
        return Written(sign + axes + _round(operand.text), _FUNCTION, "", width)

    def _item(self, form: Item, of: Callable[[Variable], Written]) -> Written:
        whole, keys = self.form(form.of, of), [self.form(part, of) for part in form.key]
        if len(keys) == 2 and isinstance(form.key[0], Call) and form.key[0].name == "arange":
            keys = [_made("i", 1), self._below(keys[1], [_made("i", 1)])]
        return self._below(whole, keys)

    def _below(self, whole: Written, keys: list[Written]) -> Written:
        base = whole.text if whole.binds == _ATOM and whole.head != "_" else _parens(whole)
        text = f"{base}_{{{', '.join(key.text for key in keys)}}}"
        return Written(text, _ATOM, "_", whole.width + sum(key.width + 1 for key in keys))

    def _slice(self, form: Slice, of: Callable[[Variable], Written]) -> Written:
        start, stop, step = (self.form(part, of) for part in form)
        text = f"{start.text}{{:}}{stop.text}" + (f"{{:}}{step.text}" if form.step != "" else "")
        return _made(text, start.width + stop.width + step.width + 1)

    def _attribute(self, form: Attribute, of: Callable[[Variable], Written]) -> Written:
        whole = self.form(form.of, of)
        if form.name in ("T", "mT"):
            base = whole.text if whole.binds == _ATOM and whole.head != "^" else _parens(whole)
            return Written(rf"{base}^\top", _ATOM, "^", whole.width + 1)
        size = re.fullmatch(r"shape\[(\d+)\]", form.name)
        text = rf"\operatorname{{size}}_{{{size[1]}}}" if size else rf"\mathrm{{{escaped(form.name)}}}"
        return Written(text + _round(whole.text), _FUNCTION, "", whole.width + 6)

    def _converted(self, form: Converted, of: Callable[[Variable], Written]) -> Written:
        operand = self.form(form.operand, of)
        if not isinstance(form.operand, (tuple, str)) and form.operand.type.dtype == "bool":
            return _made(rf"\left[{operand.text}\right]", operand.width + 2)  # Iverson's brackets
        return operand

    def _row(self, form: Row, of: Callable[[Variable], Written]) -> Written:
        parts = [self.form(part, of) for part in form.parts[:_MOST_ARGUMENTS]]
        words = [part.text for part in parts] + [r"\ldots"] * (len(form.parts) > _MOST_ARGUMENTS)
        return _made(_round(", ".join(words)), sum(part.width + 2 for part in parts))


_AS_LATEX = _AsLaTeX()


def _ndim(part: Part) -> int:
    """How many axes an operand has; a form that an op wrote counts as one with axes."""
    return 1 if isinstance(part, (tuple, str)) else part.type.ndim


def _times(form: Infix, right: Written) -> str:
    if right.text[:1].isdigit():
        return r" \cdot "
    return r" \odot " if _ndim(seen_part(form.left)) and _ndim(seen_part(form.right)) else r" \, "


def seen_part(part: Part) -> Part:
    """The operand that is written: what broadcasting makes of a scalar is a scalar still."""
    return part if isinstance(part, (tuple, str)) else seen(part)


def _number(value: Any) -> Written:
    text = number_text(value)
    for plain, tex in (("inf", r"\infty"), ("nan", r"\mathrm{NaN}")):
        text = text.replace(plain, tex)
    found = re.fullmatch(r"(-?[\d.]+)e([+-]?)0*(\d+)", text)
    if found:
        mantissa, sign, exponent = found.groups()
        power = f"10^{{{'-' if sign == '-' else ''}{exponent}}}"
        shown = power if mantissa == "1" else rf"{mantissa} \cdot {power}"
        return Written(shown, _PRODUCT, "*", len(text))
    if isinstance(value, np.bool_):
        text = rf"\mathrm{{{text}}}"
    return Written(text, _PRODUCT if text.startswith("-") else _ATOM, "", len(str(value)))


def _made(text: str, width: int) -> Written:
    return Written(text, _ATOM, "", width)


def _inside(part: Written, least: int) -> str:
    return part.text if part.binds >= least else _parens(part)


def _parens(part: Written) -> str:
    return _round(part.text)


def _round(text: str) -> str:
    """The text in parentheses, which grow where it is tall."""
    tall = re.search(r"\\(frac|sum|prod|begin|left|sqrt)", text)
    return rf"\left({text}\right)" if tall else f"({text})"
