"""Where the user made an expression: file and line, kept on every node and never lost by a rewrite."""

from __future__ import annotations

import linecache
import os
import re
import sys
from contextvars import ContextVar, Token
from types import FrameType
from typing import Literal, NamedTuple

Part = Literal["forward", "tangent", "backward", "update"]

_PACKAGE = os.path.dirname(os.path.abspath(__file__)) + os.sep
# The networks shipped with the package are read as a user's own code: errors and sources point into them.
_EXAMPLES = _PACKAGE + "examples" + os.sep
_GENERATED = "<symnet "  # how the file names of generated modules begin
_CELL = re.compile(r"[\\/]ipykernel_\d+[\\/]|^<ipython-input-")
_ASSIGNMENT = re.compile(r"\s*([A-Za-z_]\w*)\s*(?::[^=]+)?=(?!=)")


class Origin(NamedTuple):
    """A line of the user's code, and the part of the program a node belongs to.

    `scopes` are the names of the `with sn.scope(...)` blocks around the line, the outermost first; `composite` is the
    op of many parts (softmax, dropout) that a node is a part of, once that has been opened.
    """

    filename: str
    lineno: int
    part: Part = "forward"
    scopes: tuple[str, ...] = ()
    composite: str | None = None

    @property
    def short(self) -> str:
        """`net.py:12`, `In[3]:12` in a notebook, with a word for gradient and update nodes."""
        name = _cell(self.filename) if _CELL.search(self.filename) else os.path.basename(self.filename)
        return f"{name}:{self.lineno}" + (f" ({self.part})" if self.part != "forward" else "")

    @property
    def source(self) -> str:
        """The text of the line, stripped; empty where it cannot be read."""
        return linecache.getline(self.filename, self.lineno).strip()

    @property
    def target(self) -> str | None:
        """The name on the left of the line's `=`, if the line is an assignment to one name."""
        found = _ASSIGNMENT.match(linecache.getline(self.filename, self.lineno))
        return found.group(1) if found else None

    @property
    def line(self) -> tuple[str, int, Part]:
        """The line alone: what two nodes of one line have in common, whatever they are parts of."""
        return self[:3]

    def of_composite(self, name: str) -> Origin:
        """The same line, for a part of this composite; what is inside of several is a part of the outermost."""
        return self if self.composite else _copied(self, self.part, self.scopes, name)

    def in_scope(self, name: str) -> Origin:
        """The same line, inside one more scope."""
        return _copied(self, self.part, (*self.scopes, name), self.composite)

    def as_part(self, part: Part) -> Origin:
        """The same line, marked as belonging to `part`."""
        return self if part == self.part else _copied(self, part, self.scopes, self.composite)

    @property
    def first(self) -> Origin:
        """The origin, itself and not one equal to it, that the node was made with which this was copied from.

        It tells two nodes of one line apart: a gradient, a part of a composite and a lowered op have that of theirs.
        """
        return self


class _Copied(Origin):
    """An origin changed for another part of the program, or for a part of a composite."""

    _first: Origin

    @property
    def first(self) -> Origin:
        return self._first


def _copied(origin: Origin, part: Part, scopes: tuple[str, ...], composite: str | None) -> Origin:
    if type(origin) not in (Origin, _Copied):  # what has more to it keeps that
        return origin._replace(part=part, scopes=scopes, composite=composite)
    made = _Copied(origin.filename, origin.lineno, part, scopes, composite)
    made._first = origin.first
    return made


scopes_now: ContextVar[tuple[str, ...]] = ContextVar("symnet_scopes", default=())
"""The names of the scopes that the running code is in, the outermost first."""
_made_for: ContextVar[Origin | None] = ContextVar("symnet_made_for", default=None)


class made_for:
    """Nodes made inside the `with` block belong to `origin`: gradients and rewrites to the line they come from."""

    __slots__ = ("_origin", "_token")
    _token: Token[Origin | None]

    def __init__(self, origin: Origin | None) -> None:
        self._origin = origin

    def __enter__(self) -> None:
        self._token = _made_for.set(self._origin)

    def __exit__(self, *error: object) -> None:
        _made_for.reset(self._token)


def here() -> Origin | None:
    """The origin of a node made now: as set by `made_for`, else the innermost frame outside the package."""
    override = _made_for.get()
    if override is not None:
        return override
    return _outside(sys._getframe(1))


def call_into_symnet() -> Origin | None:
    """The origin of an error made by the package; None if the caller's caller is no part of it."""
    maker = sys._getframe(2)
    return here() if _is_ours(maker.f_code.co_filename) else None


def asked_by_a_user() -> bool:
    """Whether the caller's caller is a user's file, and neither the package nor code that Python generates."""
    filename = sys._getframe(2).f_code.co_filename
    return not _is_ours(filename) and filename != "<string>"


def _cell(filename: str) -> str:
    """The number that stands beside a cell when it runs; of another process's cells nobody knows it."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    named = shell.compile.format_code_name(filename) if shell is not None else None
    return named[1] if named else "cell"


def _outside(frame: FrameType | None) -> Origin | None:
    while frame is not None:
        if not _is_ours(frame.f_code.co_filename):
            return Origin(frame.f_code.co_filename, frame.f_lineno, scopes=scopes_now.get())
        frame = frame.f_back
    return None


def _is_ours(filename: str) -> bool:
    return filename.startswith((_PACKAGE, _GENERATED)) and not filename.startswith(_EXAMPLES)
