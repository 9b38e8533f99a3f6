"""A drawn graph: its DOT text, and files and pictures made of it."""

from __future__ import annotations

import os
import re
from pathlib import Path

from symnet.errors import ArgumentError, MissingExtraError
from symnet.viz.rendering import FORMATS, rendered


class Picture:
    """A drawn graph: `source` is the DOT text, `svg()` the picture, `save(path)` writes either by its suffix.

    `note` says what was drawn as one box where the graph is too large for a box for each operation.
    """

    def __init__(self, source: str, note: str | None = None) -> None:
        self.source = source
        self.note = note

    def __repr__(self) -> str:
        more = f" ({self.note})" if self.note else ""
        edges = len(re.findall(r"^\t\w+ -> ", self.source, re.MULTILINE))  # those that order the legend stand in it
        return f"<a picture of {edges} edges{more}; .svg(), .save('graph.svg'), .source>"

    def svg(self) -> str:
        """The picture as SVG text.

        Raises: MissingExtraError where neither `dot` nor the [viz] extra is there, SymnetError where they fail.
        """
        # On a page it is at most as wide as what it stands in.
        return rendered(self.source, "svg").decode().replace("<svg ", '<svg style="max-width: 100%; height: auto" ', 1)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write DOT text (`.dot`, `.gv`) or the picture (`.svg`, `.png`, `.pdf`).

        Raises: ArgumentError for other suffixes and where the file cannot be written, and what `svg` raises.
        """
        name = os.fspath(path)
        suffix = os.path.splitext(name)[1].lower().removeprefix(".")
        if suffix not in (*FORMATS, "dot", "gv"):
            raise ArgumentError(
                f"draw: {name!r} ends in none of .dot, .gv, .svg, .png and .pdf.", fix="choose one of them."
            )
        content = self.source.encode() if suffix in ("dot", "gv") else rendered(self.source, suffix)
        try:
            Path(name).write_bytes(content)
        except OSError as error:
            raise ArgumentError(
                f"draw: {name!r} cannot be written: {error.strerror or error}.", fix="give a file in a folder of yours."
            ) from error

    def _repr_svg_(self) -> str | None:
        try:
            return self.svg()
        except MissingExtraError:
            return None
