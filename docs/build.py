"""Builds the site and looks at every local link of it: `python docs/build.py [FOLDER]`, build/site by default.

A warning of Sphinx, a reference to what is not there and a broken link all fail it. Needs `pip install '.[docs]'`.
"""

from __future__ import annotations

import sys
from pathlib import Path

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS / "_site"))

from links import broken  # noqa: E402


def main(folder: str = str(DOCS.parent / "build" / "site")) -> int:
    """Build, then check; the exit status."""
    from sphinx.cmd.build import build_main

    status = build_main(["-b", "html", "-E", "-a", "-n", "-W", "--keep-going", "-q", "-j", "2", str(DOCS), folder])
    faults = sorted(set(broken(Path(folder).resolve())))
    for fault in faults:
        print(fault, file=sys.stderr)
    pages = sum(1 for _ in Path(folder).rglob("*.html"))
    print(f"{pages} pages in {folder}" + (f", {len(faults)} broken links" if faults else ""))
    return status or bool(faults)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
