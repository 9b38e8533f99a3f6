"""`docs/errors.md`: wrong calls, what symnet says to each, and what its peers say to the same mistake.

`python tests/test_errors_page.py` writes the page again; what the peers say is read from `wrong_calls/peers.json`.
"""

from __future__ import annotations

import json
import re
import textwrap
from pathlib import Path
from typing import Any

from wrong_calls import ALL, SECTIONS
from wrong_calls.mistake import Mistake, symnet_outcome, told
from wrong_calls.peers import LIBRARIES, RECORD, VERDICTS

PAGE = Path(__file__).parents[1] / "docs" / "errors.md"
HEAD = """\
# Wrong calls, and what comes of them

Written by `python tests/test_errors_page.py` from the programs in `tests/wrong_calls/`. What symnet says is what the
code says now: a test compares. What {peers} say to the same mistake was recorded with
`python tests/wrong_calls/peers.py`: the text of the exception, of which the last ten lines are shown (they print a
traceback besides, as symnet does), or the value where there is none. Peers that have no such call are left out: PyTorch
computes at once, so `len(x)` is right there. The programs begin with `import numpy as np` and `import symnet as sn`.

"""


def page() -> str:
    """The whole page: a summary, then a section for each file of programs."""
    record = json.loads(RECORD.read_text(encoding="utf-8"))
    peers = ", ".join(f"{library} {record['versions'][library]}" for library in LIBRARIES)
    parts = [HEAD.format(peers=peers), _summary(record["says"])]
    for section in SECTIONS:
        parts.append(f"## {(section.__doc__ or '').strip().rstrip('.')}\n\n")
        parts += [_entry(mistake, record["says"].get(mistake.title, {})) for mistake in section.MISTAKES]
    return "".join(parts)


def _summary(says: dict[str, Any]) -> str:
    """The calls that end without an error somewhere, or where the difference is clear."""
    lines = ["| call | symnet | " + " | ".join(LIBRARIES) + " | verdict |", "| --- " * (len(LIBRARIES) + 3) + "|"]
    for mistake in ALL:
        if mistake.title not in says:
            continue
        peers = [_short(says[mistake.title][x]["says"]) if x in says[mistake.title] else "" for x in LIBRARIES]
        cells = [mistake.title, _short(told(symnet_outcome(mistake))), *peers, VERDICTS.get(mistake.title, "")]
        lines.append("| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n\n"


def _short(said: str) -> str:
    kind, _, rest = said.partition(": ")
    return f"**{rest[:40]}**" if kind == "no error" else kind


def _entry(mistake: Mistake, peers: dict[str, Any]) -> str:
    parts = [f"### {mistake.title}\n", _block(mistake.lines, "python"), _block(told(symnet_outcome(mistake)), "text")]
    if mistake.title in VERDICTS:
        parts.append(f"*{VERDICTS[mistake.title]}*\n")
    for library in LIBRARIES:
        if library in peers:
            parts.append(f"{library}:\n")
            parts += [_block(peers[library]["program"], "python"), _block(_last_lines(peers[library]["says"]), "text")]
    return "\n".join(parts) + "\n"


def _last_lines(text: str) -> str:
    """The last ten lines, long ones broken."""
    broken = [part for line in text.splitlines() for part in textwrap.wrap(line, 118) or [""]]
    return "\n".join(broken[-10:])


def _block(text: str, language: str) -> str:
    return f"```{language}\n{text.rstrip()}\n```\n"


def _ours(text: str) -> list[str]:
    """The parts of a page that symnet says: each title with its program and message."""
    return re.findall(r"^### .*\n\n```python\n(?:.*\n)*?```\n\n```text\n(?:.*\n)*?```$", text, re.MULTILINE)


def test_no_folder_of_a_machine_is_quoted():
    for file in (RECORD, PAGE):
        assert re.findall(r"(?<![\w.])/(?:[\w.+-]+/)+[\w.-]+\.py\b", file.read_text(encoding="utf-8")) == []


def test_the_page_says_what_symnet_says_now():
    written = _ours(PAGE.read_text(encoding="utf-8"))
    assert len(written) == len(ALL)
    assert written == _ours(page()), "write it again: python tests/test_errors_page.py"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
