"""A beginner's wrong call: its program, run as a file of the beginner's own, and what came of it."""

from __future__ import annotations

import ast
import linecache
import math
import textwrap
from dataclasses import dataclass
from typing import Any

import numpy as np

import symnet as sn

FILE = "net.py"


@dataclass(frozen=True)
class Mistake:
    """What was meant by whom, the program, and the words that its message must have (patterns, in any order).

    A program that is right after all, or whose result can only surprise, has `error=False`: the last line's value is
    what it says.
    """

    title: str
    program: str
    says: tuple[str, ...]
    error: bool = True

    @property
    def lines(self) -> str:
        return textwrap.dedent(self.program).strip() + "\n"


def outcome(program: str, names: dict[str, Any]) -> BaseException | Any:
    """The error that the program raises, or else the value of its last line."""
    linecache.cache[FILE] = (len(program), None, program.splitlines(keepends=True), FILE)
    tree = ast.parse(program)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else ast.parse("None").body[0]
    names = {"__name__": "__main__", **names}
    try:
        exec(compile(tree, FILE, "exec"), names)
        return eval(compile(ast.Expression(last.value), FILE, "eval"), names)
    except Exception as error:
        return error


def symnet_outcome(mistake: Mistake) -> BaseException | Any:
    """The same for a mistake's program; random streams start anew."""
    sn.seed(0)
    return outcome(mistake.lines, {"sn": sn, "np": np, "math": math})


def told(result: BaseException | Any) -> str:
    """What a reader sees of it."""
    if isinstance(result, BaseException):
        return f"{type(result).__name__}: {result}"
    return f"no error: {result!r}"
