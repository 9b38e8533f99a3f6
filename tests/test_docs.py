"""What the documents say is so: the README's example generates the kernel printed there, examples in docstrings run.

`python tests/test_docs.py` writes the kernel into the README again.
"""

import contextlib
import doctest
import io
import pkgutil
import re
import runpy
import tempfile
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

import symnet

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def modules() -> list[str]:
    walked = pkgutil.walk_packages(symnet.__path__, "symnet.")
    return ["symnet", *(found.name for found in walked if not found.name.endswith("__main__"))]


def run(example: str, folder: Path) -> dict:
    """The example's names after it ran from a file, so that its lines have numbers."""
    file = folder / "net.py"
    file.write_text(example, encoding="utf-8")
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        names = runpy.run_path(str(file))
    return {**names, "printed": printed.getvalue()}


def step(source: str) -> str:
    """The part of a generated module that runs at every call."""
    lines = source.splitlines()
    first = next(k for k, line in enumerate(lines) if line.startswith("    def step("))
    return "\n".join(line[4:].rstrip() for line in lines[first:-2]).rstrip() + "\n"


def test_readme_prints_the_kernel_its_example_generates(tmp_path):
    example, kernel, *rest = BLOCK.findall(README.read_text(encoding="utf-8"))
    names = run(example, tmp_path)
    assert not rest
    assert step(names["train"].source) == kernel
    assert names["train"].source in names["printed"]


def test_readme_example_learns_and_refuses_a_label_out_of_range(tmp_path):
    example, *_ = BLOCK.findall(README.read_text(encoding="utf-8"))
    names = run(example, tmp_path)
    train, images, labels = names["train"], names["images"], names["labels"]
    costs = [float(train(images, labels)) for _ in range(100)]
    assert costs[-1] < 0.5 * costs[0]
    assert "log_of_softmax" in [fired.rule for fired in train.rewrites]
    before = [w.get_value() for w in names["params"]]
    with pytest.raises(symnet.errors.BoundsError, match="label 10 is out of range for 10 classes"):
        train(images, np.full(10, 10))
    for w, value in zip(names["params"], before):
        np.testing.assert_array_equal(w.get_value(), value)


def test_readme_names_only_what_exists():
    text = README.read_text(encoding="utf-8")
    links = re.findall(r"\]\(([\w./]+)\)", text)
    paths = [*links, *re.findall(r"`((?:symnet|tests|notebooks|docs|benchmarks)/[\w./]*)`", text)]
    assert links
    assert [path for path in paths if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("document", ["CONTRIBUTING.md", "docs/design.md"])
def test_code_in_documents_stands_in_the_package(document):
    files = [path.read_text(encoding="utf-8") for path in (ROOT / "symnet").rglob("*.py")]
    blocks = BLOCK.findall((ROOT / document).read_text(encoding="utf-8"))
    assert blocks
    for block in blocks:
        shown = {line.strip().rstrip(",") for line in block.splitlines()}
        assert any(shown <= {line.strip().rstrip(",") for line in file.splitlines()} | {""} for file in files), block


@pytest.mark.parametrize("name", modules())
def test_docstring_examples(name):
    failed = doctest.testmod(import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE)
    assert failed.failed == 0


def write_readme() -> None:
    text = README.read_text(encoding="utf-8")
    example, kernel = list(BLOCK.finditer(text))
    with tempfile.TemporaryDirectory() as folder:
        made = step(run(example.group(1), Path(folder))["train"].source)
    README.write_text(text[: kernel.start(1)] + made + text[kernel.end(1) :], encoding="utf-8")


if __name__ == "__main__":
    write_readme()
