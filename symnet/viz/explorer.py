"""The interactive page of a function: one HTML file that needs nothing else."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape
from importlib.resources import files
from typing import Any

from symnet.compiled import Function
from symnet.errors import ArgumentError, InputError
from symnet.function import function
from symnet.graph import Node, Variable, free_inputs, toposort
from symnet.types import shape_text
from symnet.viz.lowered import Profiled, lowered
from symnet.viz.palette import FILL, INK, LEGEND, heat
from symnet.viz.stages import Naming, Record, Stage, rewriting

MOST = 20_000
"""How many nodes a page may hold: larger graphs get a note. Reading 20,000 takes a browser about a second."""

_SCRIPTS = ("model.js", "folding.js", "layers.js", "layout.js", "drawing.js", "panel.js", "page.js")


class Page:
    """A page to explore a function on: `html` is its text, `save("page.html")` writes it, a notebook shows it."""

    def __init__(self, html: str, title: str) -> None:
        self.html = html
        self._title = title

    def __repr__(self) -> str:
        return f"<a page of {self._title}; .save('page.html'), .html>"

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the page as one HTML file, which opens from disk.

        Raises: ArgumentError for suffixes other than `.html`.
        """
        name = os.fspath(path)
        if not name.endswith((".html", ".htm")):
            raise ArgumentError(f"explore: {name!r} is no page.", fix="name it page.html.")
        with open(name, "w", encoding="utf-8") as stream:
            stream.write(self.html)

    def _repr_html_(self) -> str:
        # In a frame of its own, the page and the notebook cannot disturb each other.
        return (
            f'<iframe srcdoc="{escape(self.html)}" sandbox="allow-scripts" title="symnet" '
            'style="width: 100%; height: 720px; box-sizing: border-box; '
            'border: 1px solid #d5d9df; border-radius: 6px"></iframe>'
        )


def explore(graph: Variable | Sequence[Variable] | Function, profile: Profiled | None = None) -> Page:
    """A page on which a function, or expressions compiled to one, can be explored in a browser.

    A slider goes from the graph as it was written through every rewrite to the lowered ops and kernels, each change
    lit. A click on a node shows its op, type, line of yours, generated lines, predicted cost, and gradient. The page is
    one file and loads nothing. It shows the plan that `f.source` shows; where there is none yet and sizes are open,
    call the function first. With a `profile` of that plan, as `f.profile(...)` gives it, measured costs stand beside.

    Raises: ArgumentError where there is nothing to explore, or the profile is of another plan.
    """
    if isinstance(graph, Function):
        outputs, updates = graph.written
        roots = [*outputs, *(value for _, value in updates)]
    else:
        roots = _expressions(graph)
    order = toposort(roots)
    if len(order) > MOST:
        name = graph.name if isinstance(graph, Function) else _name(roots)
        return Page(_assembled(_data(name, _too_large(order))), name)
    f = graph if isinstance(graph, Function) else _compiled(roots)
    title = f"{f.name}({', '.join(f'{x.label}: {x.type.dtype}{shape_text(x.type.shape)}' for x in f.inputs)})"
    naming = Naming()
    stages, source = _stages(f, naming, profile)
    return Page(_assembled(_data(title, "", stages, source, naming)), f.name)


def _expressions(graph: Variable | Sequence[Variable]) -> list[Variable]:
    outputs = [graph] if isinstance(graph, Variable) else list(graph)
    if not outputs or not all(isinstance(y, Variable) for y in outputs):
        raise ArgumentError(
            "explore: there is nothing to explore.", fix="pass an expression, a list of them, or a compiled function."
        )
    return outputs


def _name(outputs: Sequence[Variable]) -> str:
    return outputs[0].name or outputs[0].target or "expression"


def _compiled(outputs: Sequence[Variable]) -> Function:
    form = outputs[0] if len(outputs) == 1 else outputs
    return function(free_inputs(outputs), form, name=_name(outputs), training=False, on_unused_input="ignore")


def _too_large(order: Sequence[Node]) -> str:
    most = ", ".join(f"{n:,} {op}" for op, n in Counter(node.op.name for node in order).most_common(5))
    return (
        f"This graph has {len(order):,} nodes, too many for a page (it shows up to {MOST:,}).\n"
        f"Most of them: {most}.\nExplore a part of it: sn.explore(h) for an expression h inside."
    )


def _stages(f: Function, naming: Naming, profile: Profiled | None) -> tuple[list[Stage], str]:
    """All stages, and the generated source; where sizes are too open for a plan, the stages up to there."""
    stages = rewriting(f, naming)
    try:
        plan = f.plan
    except InputError as error:
        stages[-1].reason = f"not lowered yet: {error.what}"
        return stages, ""
    if profile is not None and profile.source != plan.source:
        raise ArgumentError(
            f"explore: the profile is of another plan than {f.name} has now.",
            fix="explore the function right after f.profile(...).",
        )
    return [*stages, *lowered(f, plan, naming, stages[-1], profile)], plan.source


def _data(
    title: str, note: str, stages: Sequence[Stage] = (), source: str = "", naming: Naming | None = None
) -> dict[str, Any]:
    naming = naming or Naming()
    return {
        "title": title,
        "note": note,
        "palette": {part: {"fill": FILL[part], "ink": INK[part], "title": LEGEND[part]} for part in FILL},
        "heat": [heat(k / 32) for k in range(33)],
        "excerpts": naming.excerpts.table,
        "ops": naming.ops,
        "source": source.splitlines(),
        "stages": [_changes(before, stage) for before, stage in zip([None, *stages], stages, strict=False)],
    }


def _changes(before: Stage | None, stage: Stage) -> dict[str, Any]:
    """A stage as what is other than in the one before it."""
    old: Mapping[str, Record] = before.nodes if before is not None else {}
    return {
        "step": stage.step, "title": stage.title, "reason": stage.reason, "at": stage.at,
        "before": stage.before, "after": stage.after, "lit": list(stage.lit),
        "put": {name: record for name, record in stage.nodes.items() if old.get(name) != record},
        "cut": [name for name in old if name not in stage.nodes],
    }  # fmt: skip


def _assembled(data: Mapping[str, Any]) -> str:
    """The page: its parts put together, and a policy by which a browser runs this script and loads nothing."""
    folder = files("symnet.viz") / "page"
    script = "\n".join((folder / name).read_text("utf-8") for name in _SCRIPTS)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    parts = {
        "policy": f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'",
        "style": (folder / "page.css").read_text("utf-8"),
        "data": json_in_html(data),
        "script": script,
    }
    html, *rest = (folder / "page.html").read_text("utf-8").split("{{")
    for piece in rest:
        name, _, text = piece.partition("}}")
        html += parts[name] + text
    return html


def json_in_html(data: Any) -> str:
    """`data` as JSON that no HTML parser sees an end or a comment in: ASCII, without <, > and &."""
    text = json.dumps(data, ensure_ascii=True, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
