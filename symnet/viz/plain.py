r"""Formulas of docstrings as text: `$e^{-x} / \sqrt{2\pi}$` is e⁻ˣ / √(2π)."""

from __future__ import annotations

import re
from collections.abc import Mapping

_SIGNS = {
    "lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉", "le": "≤", "ge": "≥", "ne": "≠", "infty": "∞", "sum": "∑",
    "prod": "∏", "int": "∫", "cdot": "·", "times": "×", "odot": "⊙", "in": "∈", "top": "ᵀ", "dots": "…", "ldots": "…",
    "partial": "∂", "pm": "±", "to": "→", "setminus": "∖", "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ",
    "epsilon": "ε", "lambda": "λ", "mu": "μ", "nu": "ν", "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ", "phi": "φ",
    "theta": "θ", "omega": "ω", "Gamma": "Γ", "Phi": "Φ", "Omega": "Ω", "Sigma": "Σ",
    ",": " ", ";": " ", ":": " ", "!": "", "{": "{", "}": "}", "#": "#", "%": "%", "_": "_",
}  # fmt: skip
r"""What is written by a sign; any other command by its own name: `\ln` is ln."""
_RAISED = dict(zip("0123456789+-=()abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVW",
                   "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂ", strict=True))  # fmt: skip
_LOWERED = dict(zip("0123456789+-=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", strict=True))
_WITH_MACRON = "\u0304"
_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|[{}^_]|[^\\{}^_]")


def plain(words: str) -> str:
    """A sentence with its formulas as text."""
    return re.sub(r"\$([^$]+)\$", lambda found: formula(found[1]), words)


def formula(latex: str) -> str:
    """A formula, without dollars, as text; fractions and roots are written in a line."""
    text = _Reader(_TOKEN.findall(latex)).rest()
    return re.sub(r"(?<=[⌊⌈]) | (?=[⌋⌉])", "", re.sub(r" +", " ", text)).strip()


class _Reader:
    """Reads tokens one after the other."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens[::-1]

    def rest(self, end: str | None = None) -> str:
        """All up to a closing sign."""
        found = ""
        while self._tokens and (token := self._tokens.pop()) != end:
            if token in ("^", "_"):
                found = found.rstrip() + _at_height(self._one(), _RAISED if token == "^" else _LOWERED, token)
            else:
                found += self._thing(token)
        return found

    def _one(self) -> str:
        """The next group or sign: what a command is of."""
        while self._tokens and self._tokens[-1] == " ":
            self._tokens.pop()
        return self._thing(self._tokens.pop()) if self._tokens else ""

    def _thing(self, token: str) -> str:
        if token == "{":
            return self.rest("}")
        if not token.startswith("\\"):
            return token
        name = token[1:]
        if name == "frac":
            return f"{_whole(self._one())} / {_whole(self._one())}"
        if name == "sqrt":
            degree = ""
            if self._tokens and self._tokens[-1] == "[":
                self._tokens.pop()
                degree = _at_height(self.rest("]"), _RAISED, "")
            return f"{degree}√{_whole(self._one())}"
        if name == "bar":
            return self._one() + _WITH_MACRON
        if name in ("text", "mathrm", "operatorname", "mathbf"):
            return self._one()
        return _SIGNS.get(name, name)


def _at_height(text: str, letters: Mapping[str, str], sign: str) -> str:
    if all(c in letters for c in text):
        return "".join(letters[c] for c in text)
    return f"{sign}{text}" if len(text) == 1 else f"{sign}({text})"


def _whole(text: str) -> str:
    """In brackets, unless it is one sign, a number or a word."""
    return text if re.fullmatch(r"\d+|[A-Za-z]+|.\u0304?", text) else f"({text})"
