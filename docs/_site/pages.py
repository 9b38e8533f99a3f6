"""The code on the pages: it is run, and what it prints is compared with what stands there.

A page's `python` blocks are one program, in the order in which they stand. An `output` block holds what the block
before it prints, and its last expression, as in a notebook. Words after the language say what is special:
`python raises` ends in an error of symnet, which is printed; of `output varies` the digits are the machine's own. In a
table with the columns `try` and `gives`, the one is evaluated after the page's program and gives the other.
"""

from __future__ import annotations

import ast
import contextlib
import io
import linecache
import math
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from symnet import SymnetError

DOCS = Path(__file__).parents[1]
GENERATED = ("benchmarks.md", "chapter6.md", "errors.md", "ops.md", "design.md", "reference")
BLOCK = re.compile(r"^```(python|output)((?: \w+)*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
NUMBER = re.compile(r"-?\d+(?:\.\d*)?(?:e[+-]?\d+)?")
CELL = re.compile(r"(?<!\\)\|")


def pages() -> list[Path]:
    """The pages written by hand, whose code is run."""
    found = sorted(DOCS.rglob("*.md"))
    return [page for page in found if page.relative_to(DOCS).parts[0] not in GENERATED]


@dataclass(frozen=True)
class Block:
    """One `python` block: where it begins in the page's program, and the `output` block after it, if there is one."""

    code: str
    words: tuple[str, ...]
    line: int
    output: re.Match[str] | None


def blocks(text: str) -> Iterator[Block]:
    """The program of a page, block by block."""
    line, found = 1, list(BLOCK.finditer(text))
    for k, match in enumerate(found):
        language, words, code = match.groups()
        if language == "python":
            after = found[k + 1] if k + 1 < len(found) and found[k + 1][1] == "output" else None
            yield Block(code, tuple(words.split()), line, after)
            line += code.count("\n") + 1


def program(text: str) -> str:
    """All blocks of a page as one script, in which lines have the numbers that outputs speak of."""
    return "\n".join(block.code for block in blocks(text))


def run(page: Path, folder: Path) -> str:
    """The page with what its code prints now; the program stands in `folder` meanwhile."""
    text = page.read_text(encoding="utf-8")
    file = folder / f"{page.stem.replace('-', '_')}.py"
    file.write_text(program(text), encoding="utf-8")
    linecache.checkcache(str(file))
    module = ModuleType(f"page_{file.stem}")  # its classes pickle, as a script's do
    sys.modules[module.__name__] = module
    try:
        return _with_tables(_with_outputs(text, file, vars(module)), vars(module))
    finally:
        del sys.modules[module.__name__]


def _with_outputs(text: str, file: Path, names: dict[str, Any]) -> str:
    """The page with each block's output as it is now."""
    pieces, end = [], 0
    for block in blocks(text):
        printed = _printed(block, str(file), names)
        if block.output is None:
            if printed:
                raise AssertionError(f"{file.name}: nothing is shown of what this prints:\n{block.code}\n{printed}")
            continue
        start, stop = block.output.span(3)
        pieces += [text[end:start], printed]
        end = stop
    return "".join([*pieces, text[end:]])


def _printed(block: Block, file: str, names: dict[str, Any]) -> str:
    """What a block prints, the value of its last expression included."""
    tree = ast.parse("\n" * (block.line - 1) + block.code, file)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    with contextlib.redirect_stdout(io.StringIO()) as out:
        try:
            exec(compile(tree, file, "exec"), names)
            if last is not None:
                value = eval(compile(ast.Expression(last.value), file, "eval"), names)
                if value is not None:
                    print(repr(value))
        except SymnetError as error:
            if "raises" not in block.words:
                raise
            print(f"{type(error).__name__}: {error}")
        else:
            if "raises" in block.words:
                raise AssertionError(f"{file}: this raises no error:\n{block.code}")
    return _tidy(out.getvalue(), file)


def _tidy(printed: str, file: str) -> str:
    """Without the folder the program lay in, spaces at line ends and empty lines at the end."""
    lines = [line.rstrip() for line in printed.replace(file, Path(file).name).splitlines()]
    text = "\n".join(lines).strip("\n")
    return text + "\n" if text else ""


# tables ---------------------------------------------------------------------------------------------------------------


def cells(line: str) -> list[str]:
    """The cells of a table's row."""
    return [cell.strip() for cell in CELL.split(line.strip())[1:-1]]


def code_in(cell: str) -> str:
    """What stands between a cell's backticks."""
    return cell.strip("` ").replace(r"\|", "|")


def _with_tables(text: str, names: dict[str, Any]) -> str:
    """The page with each row's `gives` as its `try` gives it now."""
    lines, columns = text.split("\n"), None
    for k, line in enumerate(lines):
        if not line.startswith("|"):
            columns = None
        elif columns is None:
            columns = cells(line)
        elif "try" in columns and not line.startswith("| ---"):
            row = cells(line)
            if len(row) != len(columns):
                raise AssertionError(f"a row has {len(row)} cells, not {len(columns)}: {line}")
            example = code_in(row[columns.index("try")])
            if example:
                row[columns.index("gives")] = f"`{shown(eval(example, dict(names)))}`".replace("|", r"\|")
                lines[k] = f"| {' | '.join(row)} |"
    return "\n".join(lines)


def shown(value: Any) -> str:
    """A value as a cell of a table shows it: on one line, arrays as lists."""
    if isinstance(value, (list, tuple)):
        inner = ", ".join(map(shown, value))
        return f"[{inner}]" if isinstance(value, list) else f"({inner},)" if len(value) == 1 else f"({inner})"
    if hasattr(value, "tolist"):
        value = value.round(4).tolist() if value.dtype.kind in "fc" else value.tolist()
        return re.sub(r"\d+\.\d{5,}", lambda m: f"{float(m[0]):.4f}", repr(value))
    return " ".join(repr(value).split())


# comparing ------------------------------------------------------------------------------------------------------------


def same(shown: str, printed: str) -> bool:
    """Whether two pages say the same: their words, and their numbers but for the last digits and for what varies."""
    (words, numbers), (other_words, others) = _taken_apart(shown), _taken_apart(printed)
    return words == other_words and all(
        math.isclose(a, b, rel_tol=1e-4, abs_tol=1e-6) for a, b in zip(numbers, others, strict=True)
    )


def _taken_apart(text: str) -> tuple[str, list[float]]:
    """A page's text with every number as `#`, and the numbers."""

    def blank(match: re.Match[str]) -> str:
        if match[1] == "output" and "varies" in match[2].split():
            return re.sub(r"[\d., %]+", " ", match[0])
        return re.sub(r"\d+\.\d+ ms", "ms", match[0]) if match[1] == "output" else match[0]

    steady = BLOCK.sub(blank, text)
    return re.sub(r"\s+", " ", NUMBER.sub("#", steady)), [float(n) for n in NUMBER.findall(steady)]
