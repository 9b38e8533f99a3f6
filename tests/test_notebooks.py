"""Every notebook runs, without a warning, and prints what is committed.

In what a cell with the tag `numbers-vary` prints, the numbers are the machine's own, and so may be the order of lines.
Pictures are not compared.
`python tests/test_notebooks.py` runs them all and writes their outputs; `python tests/test_notebooks.py 03` runs those
whose names begin so.
"""

import os
import re
import sys
import tempfile
from pathlib import Path

import matplotlib.font_manager  # noqa: F401  its notice that it lists the fonts is not to stand in a notebook
import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))
STRICT = 'import warnings\n\nwarnings.filterwarnings("error", module="symnet|__main__")'


def run(path: Path, folder: Path) -> nbformat.NotebookNode:
    """The notebook after it ran in a kernel of this Python, in an empty folder."""
    os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"
    # Kernels run beside each other; BLAS threads of several processes would wait for each other most of the time.
    kernel = {**os.environ, "IPYTHONDIR": str(folder / "ipython"), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    notebook = nbformat.read(path, as_version=4)
    # No cell of its own, or the numbers of the others, which lines are told by, would begin at 2.
    startup = folder / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "strict.py").write_text(STRICT)
    place = {"metadata": {"path": folder}}
    client = NotebookClient(notebook, timeout=300, kernel_name="python3", coalesce_streams=True, resources=place)
    client.execute(env=kernel)
    for number, cell in enumerate((cell for cell in notebook.cells if cell.cell_type == "code"), 1):
        assert cell.execution_count == number
        cell.metadata.pop("execution", None)
    return notebook


def texts(notebook: nbformat.NotebookNode) -> list[str]:
    """What each cell printed and showed as text, without the numbers and the order of lines where those vary."""
    found = []
    for cell in (cell for cell in notebook.cells if cell.cell_type == "code"):
        text = "".join(o.text if "text" in o else o.data["text/plain"] for o in cell.outputs)
        if "numbers-vary" in cell.metadata.get("tags", ()):
            text = "\n".join(sorted(re.sub(r"[-\d., ]+", " ", text).splitlines()))
        found.append(text)
    return found


def test_there_are_notebooks():
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs_and_prints_what_is_committed(path, tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "")
    assert texts(run(path, tmp_path)) == texts(nbformat.read(path, as_version=4))


if __name__ == "__main__":
    for path in (path for path in NOTEBOOKS if path.name.startswith(tuple(sys.argv[1:]) or "")):
        with tempfile.TemporaryDirectory() as folder:
            executed = run(path, Path(folder))
        nbformat.write(executed, path)
