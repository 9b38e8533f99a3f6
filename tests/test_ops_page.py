"""`docs/ops.md`: what is tested of every word of the vocabulary, written from the cases themselves.

`python tests/test_ops_page.py` writes the page again.
"""

from __future__ import annotations

import itertools
import re
from pathlib import Path

from calls import WORDS, Call
from symnet.autodiff import grad
from symnet.errors import GradientError
from symnet.graph import Variable
from symnet.graph.operators import word
from symnet.op import Entry
from symnet.options import options

PAGE = Path(__file__).parents[1] / "docs" / "ops.md"
HEAD = """\
# The vocabulary, and what is tested of it

Written by `python tests/test_ops_page.py` from the cases beside each op, which `tests/ops/test_cases.py` runs.

| column | what a `✓` says |
| --- | --- |
| value | each case's value is that of an oracle that shares no code with symnet |
| shape | the inferred type is the real one, for known, named and open sizes |
| vjp, jvp | reverse and forward derivatives are the numeric ones, and each other's transpose |
| order 2 | so are the derivatives of derivatives |
| float32, float64 | all of this in that width |
| NumPy | the compiled function gives what the op-by-op reference gives, gradients too, called with several shapes |
| cases | how many calls of the word are tested |

What stands in the place of a `✓` is the reason why there is none.
"""
COLUMNS = ("word", "what it is", "value", "shape", "vjp", "jvp", "order 2", "float32", "float64", "NumPy", "cases")
YES = "✓"
DRAWN = "drawn: see tests/ops/test_random.py and test_distributions.py"


def all_calls(entry: Entry) -> list[Call]:
    return [Call(entry, number, "float64") for number in range(len(entry.cases))]


def why_no_derivative(entry: Entry) -> str:
    """In a few words, from what the word does with floats."""
    reasons: list[str] = []
    for call in all_calls(entry):
        xs = call.variables()
        if not any(x.type.is_float for x in xs):
            reasons.append("no float operand")
            continue
        ys = call.build(xs)
        if not any(y.type.is_float for y in ys):
            reasons.append(f"{ys[0].type.dtype} result")
            continue
        reasons.append(_of_floats(xs, [y for y in ys if y.type.is_float]))
    order = ("no derivative", "zero wherever it exists", "none at these points", "int64 result", "bool result")
    return min(reasons, key=lambda r: order.index(r) if r in order else len(order), default="no case")


def _of_floats(xs: list[Variable], ys: list[Variable]) -> str:
    wrt = [x for x in xs if x.type.is_float]
    try:
        with options(floatX="float64"):
            grad(word("sum")(ys[0]), wrt)
    except GradientError as error:
        stopped = re.search("does not depend|no gradient flows", str(error))
        return "zero wherever it exists" if stopped else "no derivative"
    return "none at these points"


def meaning(entry: Entry) -> str:
    """The first sentence of its docstring, for a cell of a table."""
    words = " ".join((entry.function.__doc__ or "").partition("\n\n")[0].split())
    first = re.split(r"(?<=[\w)`$])[.;] ", words)[0].rstrip(".")
    return first.replace("|", r"\|")


def row(entry: Entry) -> tuple[str, ...]:
    """What is tested of a word."""
    calls = all_calls(entry)
    if not calls:
        return (f"`{entry.name}`", meaning(entry), *[DRAWN] * 8, "0")
    floats = [call for call in calls if any(a.dtype.kind == "f" for a in call.arrays())]
    smooth = [call.case.order for call in floats if any(y.type.is_float for y in call.build(call.variables()))]
    first = YES if max(smooth, default=0) >= 1 else why_no_derivative(entry)
    second = YES if max(smooth, default=0) >= 2 else first if first != YES else "second derivatives are zero or rough"
    in_floatX = any(spec.dtype == "floatX" for call in calls for spec in call.specs())
    width = YES if in_floatX else "no float operand"
    return (f"`{entry.name}`", meaning(entry), YES, YES, first, first, second, width, width, YES, str(len(calls)))


def page() -> str:
    """The whole page: a table for each family, in the order of their files' names."""
    family = lambda entry: entry.function.__module__.rpartition(".")[2]
    sections = [HEAD]
    for name, entries in itertools.groupby(sorted(WORDS.values(), key=lambda e: (family(e), e.name)), family):
        lines = [f"## {name}", "", f"| {' | '.join(COLUMNS)} |", f"| {' | '.join(['---'] * len(COLUMNS))} |"]
        lines += [f"| {' | '.join(row(entry))} |" for entry in entries]
        sections.append("\n".join(lines) + "\n")
    return "\n".join(sections)


def test_the_page_says_what_is_so():
    assert PAGE.read_text(encoding="utf-8") == page(), "write it again: python tests/test_ops_page.py"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
