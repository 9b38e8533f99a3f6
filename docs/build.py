"""Builds the site and looks at every local link of it: `python docs/build.py [FOLDER]`, build/site by default.

A warning of Sphinx, a reference to what is not there and a broken link all fail it. Needs `pip install '.[docs]'`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

DOCS = Path(__file__).parent


class Links(HTMLParser):
    """What a page links to and loads, and the anchors it has."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.loaded: list[str] = []
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.anchors.update(name for name in (found.get("id"), found.get("name")) if name)
        if tag == "a" and found.get("href"):
            self.targets.append(found["href"] or "")
        for source in (found.get("src"), found.get("href") if tag == "link" else None):
            if source:
                self.loaded.append(source)


def broken(site: Path) -> Iterator[str]:
    """Local links that lead nowhere, and whatever a page loads from elsewhere."""
    found = {page: Links(page.read_text(encoding="utf-8")) for page in sorted(site.rglob("*.html"))}
    for page, links in found.items():
        place = page.relative_to(site)
        for link in links.targets + links.loaded:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                if link in links.loaded and parts.scheme != "data":
                    yield f"{place}: loads {link}"
                continue
            target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            if target.is_dir():
                target /= "index.html"
            if not target.exists():
                yield f"{place}: {link} is not there"
            elif parts.fragment and target in found and unquote(parts.fragment) not in found[target].anchors:
                yield f"{place}: {link}: the page has no such place"


def main(folder: str = str(DOCS.parent / "build" / "site")) -> int:
    """Build, then check; the exit status."""
    from sphinx.cmd.build import build_main

    status = build_main(["-b", "html", "-n", "-W", "--keep-going", "-q", "-j", "2", str(DOCS), folder])
    faults = sorted(set(broken(Path(folder).resolve())))
    for fault in faults:
        print(fault, file=sys.stderr)
    pages = sum(1 for _ in Path(folder).rglob("*.html"))
    print(f"{pages} pages in {folder}" + (f", {len(faults)} broken links" if faults else ""))
    return status or bool(faults)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
