"""The site, built by Sphinx from this folder; `site.md` says how and why."""

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent / "_site"))

import pages
import reference
from pygments.lexers.special import TextLexer

import symnet

project = "symnet"
author = copyright = "The symnet developers"
version = release = symnet.__version__
extensions = ["myst_parser", "sphinx_copybutton", "mathml", "names"]
exclude_patterns = ["_site", "pictures"]
nitpicky = True
smartquotes = False  # the quotes in docstrings are Python's
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
highlight_language = "python"
add_module_names = False
toc_object_entries_show_parents = "hide"

html_theme = "furo"
html_title = "symnet"
html_math_renderer = "mathml"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
html_theme_options = {"navigation_with_keys": True}
copybutton_selector = ".highlight-python pre"

# Links out of this folder, to where the site has the page they mean.
MOVED = {"../benchmarks/README.md": "measuring.md"}


def written_links(app: Any, docname: str, source: list[str]) -> None:
    """A page as the site has it: links to pages of the site, and the page's program below it."""
    for old, new in MOVED.items():
        source[0] = source[0].replace(f"]({old})", f"]({new})")
    if (script := programs().get(docname)) is not None:
        link = f'<a href="{script}">{script}</a>'
        source[0] += f'\n---\n\n<p class="script">The code of this page in one file: {link}</p>\n'


def programs() -> dict[str, str]:
    """The pages with code, by name, and what the file with all of it is called."""
    found = {page.relative_to(pages.DOCS).with_suffix("").as_posix(): page for page in pages.pages()}
    return {
        name: f"{page.stem.replace('-', '_')}.py"
        for name, page in found.items()
        if pages.program(page.read_text(encoding="utf-8"))
    }


def write_programs(app: Any, error: Exception | None) -> None:
    if error is None and app.builder.name == "html":
        for name, script in programs().items():
            text = pages.program((pages.DOCS / f"{name}.md").read_text(encoding="utf-8"))
            (Path(app.outdir) / name).with_name(script).write_text(text, encoding="utf-8")


def setup(app: Any) -> None:
    reference.write(Path(app.srcdir) / "reference")
    app.add_lexer("output", TextLexer)
    app.connect("source-read", written_links)
    app.connect("build-finished", write_programs)
