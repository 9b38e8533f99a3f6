"""Reads what `pprint` writes as the Python that it looks like, and LaTeX as TeX would scan it."""

import re

import numpy as np

import symnet as sn

WORDS = {name: getattr(sn, name) for name in dir(sn)}


def read_back(text, **names):
    """The expression that the text says, from the innermost line outwards."""
    body, *where = text.split("\n")
    known = {**WORDS, "inf": np.inf, "nan": np.nan, **names}
    for line in reversed(where[1:]):
        name, _, definition = line.strip().partition(" = ")
        known[name] = eval(definition, known)
    return eval(body, known)


def scanned(latex):
    """The commands of LaTeX; raises unless groups, environments and growing parentheses close in order."""
    commands, pending = [], []
    for token in re.findall(r"\\[A-Za-z]+|\\.|[{}$<>&]|[^\\{}$<>&]+", latex, re.DOTALL):
        if token == "{":
            pending.append(token)
        elif token == "}":
            assert pending.pop() == "{"
        elif token in ("\\left", "\\right"):
            if token == "\\left":
                pending.append(token)
            else:
                assert pending.pop() == "\\left"
        assert token != "$", "the dollar sign ends the formula"
        if token.startswith("\\"):
            commands.append(token)
    assert not pending
    assert re.findall(r"\\begin\{(\w+)\}", latex) == re.findall(r"\\end\{(\w+)\}", latex)[::-1]
    assert not re.search(r"<[A-Za-z/!?]|&[A-Za-z#]", latex), "a tag or an entity of HTML"
    return commands
