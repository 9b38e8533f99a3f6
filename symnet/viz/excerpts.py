"""The user's lines as excerpts: a few lines around the one that made a node, each shown once."""

from __future__ import annotations

import linecache
from typing import Any

from symnet.origin import Origin

_AROUND = 2
_LONGEST = 200


class Excerpts:
    """A table of excerpts, with a number for each line of the user's that was asked for."""

    def __init__(self) -> None:
        self.table: list[dict[str, Any]] = []
        self._numbers: dict[tuple[str, int], int] = {}

    def of(self, origin: Origin | None) -> int | None:
        """The number of the excerpt around a line; None where no line is known."""
        if origin is None:
            return None
        place = (origin.filename, origin.lineno)
        if place not in self._numbers:
            self._numbers[place] = len(self.table)
            self.table.append(_excerpt(origin))
        return self._numbers[place]


def _excerpt(origin: Origin) -> dict[str, Any]:
    first = max(1, origin.lineno - _AROUND)
    lines = [linecache.getline(origin.filename, n).rstrip() for n in range(first, origin.lineno + _AROUND + 1)]
    while lines and not lines[-1] and first + len(lines) - 1 > origin.lineno:
        lines.pop()
    margin = min((len(line) - len(line.lstrip()) for line in lines if line), default=0)
    text = [line[margin:][:_LONGEST] for line in lines] if any(lines) else []
    return {"place": origin.as_part("forward").short, "line": origin.lineno, "first": first, "text": text}
