"""Which errors of symnet no test brings about: every place that makes one, less those where one was made.

`python tests/raise_sites.py tests/ops tests/test_function.py` runs these tests and lists the places they do not reach.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import symnet
from symnet import errors
from symnet.errors import SymnetError

PACKAGE = Path(symnet.__file__).parent
KINDS = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, SymnetError)}


class Site(NamedTuple):
    """A call of an error's class: where it stands, and the lines it takes."""

    file: str
    first: int
    last: int
    kind: str

    def __str__(self) -> str:
        return f"{self.file}:{self.first}  {self.kind}"


def sites(package: Path = PACKAGE) -> list[Site]:
    """Every place in the package that makes an error."""
    return [site for path in sorted(package.rglob("*.py")) for site in _sites_of(path, package)]


def _sites_of(path: Path, package: Path) -> list[Site]:
    file = str(path.relative_to(package.parent))
    calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    named = [(node, getattr(node.func, "id", getattr(node.func, "attr", ""))) for node in calls]
    return sorted(Site(file, n.lineno, n.end_lineno or n.lineno, name) for n, name in named if name in KINDS)


@contextmanager
def recorded(package: Path = PACKAGE) -> Iterator[set[tuple[str, int]]]:
    """The (file, line) of every error made inside the `with` block."""
    made: set[tuple[str, int]] = set()

    def new(kind: type[SymnetError], *args: Any, **kwargs: Any) -> SymnetError:
        frame = sys._getframe(1)
        path = Path(frame.f_code.co_filename)
        if path.is_relative_to(package):
            made.add((str(path.relative_to(package.parent)), frame.f_lineno))
        return super(SymnetError, kind).__new__(kind, *args)

    SymnetError.__new__ = new  # type: ignore[method-assign, assignment]
    try:
        yield made
    finally:
        del SymnetError.__new__


def unreached(every: list[Site], made: set[tuple[str, int]]) -> list[Site]:
    """The sites at none of whose lines an error was made."""
    return [site for site in every if not any((site.file, n) in made for n in range(site.first, site.last + 1))]


def main(tests: list[str]) -> None:
    with recorded() as made:
        pytest.main(["-q", "-p", "no:cacheprovider", *tests])
    every = sites()
    left = unreached(every, made)
    print(*left, sep="\n")
    print(f"{len(every) - len(left)} of {len(every)} places that make an error were reached, {len(left)} were not.")


if __name__ == "__main__":
    main(sys.argv[1:])
