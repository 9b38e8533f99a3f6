"""`sn.grad` in backticks links to the reference, on every page; a name that is not there is a broken reference."""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from reference import described
from sphinx import addnodes
from sphinx.transforms import SphinxTransform

NAME = re.compile(r"(?:sn|symnet)\.([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)(?:\(.*\))?", re.DOTALL)
MODULES = {"nn", "optim", "data", "train", "linalg", "fft", "random", "errors", "viz"}


class LinkNames(SphinxTransform):
    """Makes cross references of literals that are one of symnet's names, called or not."""

    default_priority = 400

    def apply(self, **kwargs: Any) -> None:
        for literal in list(self.document.findall(nodes.literal)):
            match = NAME.fullmatch(literal.astext())
            linked = isinstance(literal.parent, (nodes.reference, addnodes.pending_xref))
            if match is None or match[1] in MODULES or linked:
                continue
            target = f"symnet.{described(match[1])}"
            reference = addnodes.pending_xref(
                refdomain="py", reftype="obj", reftarget=target, refdoc=self.env.docname, refwarn=True, refexplicit=True
            )
            literal.replace_self(reference)
            reference += literal


def setup(app: Any) -> dict[str, bool]:
    app.add_transform(LinkNames)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
