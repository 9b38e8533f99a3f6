"""Writes `docs/chapter6.md`, the experiments of chapter 6 beside the book's figures, from `docs/chapter6.json`.

    python docs/_site/chapter6.py [FOLDER] [--check]

With FOLDER, where `python -m symnet chapter6` left its runs, their records and pictures are taken in before; quick runs
are left out. `--check` writes nothing and fails where the page is not what the records say.
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from symnet.examples.book import records
from symnet.examples.book.records import Record
from symnet.examples.book.rows import ROWS, Row

DOCS = Path(__file__).parents[1]
PAGE, DATA, PICTURES = DOCS / "chapter6.md", DOCS / "chapter6.json", DOCS / "pictures"
TESTED = 10_000
NOT_RUN = "not run yet"

HEAD = """\
# Chapter 6 of the book

Chapter 6 of Nielsen's [Neural Networks and Deep Learning](http://neuralnetworksanddeeplearning.com/chap6.html) goes
from a shallow network to a vote of five convolutional ones, step by step, and says how many of the 10,000 test images
of MNIST each step gets right. Here each step is a row, and a command that runs it again with symnet:

    python -m symnet chapter6              # lists the rows
    python -m symnet chapter6 relu         # runs one
    python -m symnet chapter6 all --quick  # runs all of them in about two minutes, with little data

A run leaves a folder, `runs/chapter6/relu-0` for one, with the compiled step, the parameters, the network as a program,
the history, the filters and the misread digits as pictures, and a checkpoint of each epoch: `--resume` goes on from
it, bit for bit. `--seed` chooses another start, `--epochs` fewer epochs than the book's. The vote trains those of its
five nets that are missing.

The notebook `notebooks/07_chapter_6.ipynb` tells the story with small data. This page is written by
`python docs/_site/chapter6.py` from what runs noted down (`docs/chapter6.json`).

## The table

The chosen epoch is the one that is best on the 10,000 validation images; with its parameters the test images are read,
once. *Difference* is how many more test images symnet got right than the book. Of {total} images that are right with
probability 99.5%, the count varies by 7 from sample to sample (one standard deviation), and from seed to seed by some:
a difference of a few digits says nothing.

"""

BEYOND = """\
## Beyond the book

These rows are not the book's. `deep` is one network in the manner of later years: five layers of filters, each
followed by batch normalisation and rectified linear units; Adam (Kingma and Ba, 2015) with a learning rate that rises
and falls once (Smith and Topin, 2017); and in every epoch every training image moved, turned, stretched, slanted and
distorted in a new way, as Simard, Steinkraus and Platt did in 2003 (`sn.data.augment.distort`). `wide` has a third
more filters, and trains on the 10,000 validation images too, which by then had done what they are for. `mixed` came of
looking at the validation images again: moved by half a pixel, which blurs them as distortion does, `deep` read them
better than sharp, so `mixed` leaves a quarter of the training images as they are. Settings were chosen on the
validation images alone. Each final run reads the test images once, and all final runs are listed, not the best.

"""
FOLLOWS = """\
## What is the book's

The rows follow the book's program `network3.py` and the settings in the chapter and in `conv.py`:

- The networks: 5 x 5 filters, 2 x 2 max-pooling, fully connected layers, softmax. Weights start normal with standard
  deviation $1 / \\sqrt{n}$ for $n$ outputs (after pooling), biases standard normal, the last layer at 0.
- The cost is the mean of $-\\ln p$ of the right digits, plus $\\frac{\\lambda}{2 B} \\sum w^2$ for $B$ minibatches in
  an epoch: `network3.py` divides by the number of minibatches, not of images as chapter 3 does.
- Gradient descent on minibatches of 10 with a constant learning rate.
- Dropout of what enters the fully connected layers and the last one: dropped or as it is in training, times
  $1 - p$ in inference. `sn.dropout` is inverted, as everywhere today: it multiplies by $1 / (1 - p)$ in training and by
  nothing in inference. The rows multiply by $1 - p$ after it. Without that, inputs twice as large would meet the book's
  weights and learning rate, which is another experiment (four times the learning rate, for these layers).
- Expanded data: each training image as it is, and moved by one pixel in four directions.
- The epoch that is best on the validation images counts.

## What is not

- `network3.py` takes the minibatches of every epoch in the same order. Here each epoch has a new one, as the book's
  first program and its text have it.
- Of epochs that are equally good on the validation images, `network3.py` takes the last, `fit` the first.
- `sn.conv2d` does not turn the filters by half a turn, as Theano's does. That numbers the weights otherwise, no more.
- $\\lambda$ is there as decay of the weights,
  $w \\leftarrow (1 - \\eta \\lambda / B)\\, w - \\eta\\, \\partial C / \\partial w$: the same descent, with fewer
  passes over large weights.
- The test images are read once, not whenever an epoch is the best so far. The figure is the same.
- Where several digits have most votes, the answer is the one of them with the highest mean probability
  (`symnet.train.Ensemble`); in `conv.py` it is left to a dictionary's order.
- Random numbers are NumPy's, from `--seed`; each row is one run, where `conv.py` makes three of most.
"""


def page(data: dict[str, Any]) -> str:
    """The whole page."""
    runs = [record for record in data["records"] if not record["quick"]]
    tables = [HEAD.format(total=f"{TESTED:,}"), _table(runs), _hardware(runs), _beyond(runs)]
    return "".join([*tables, *_pictures(data["pictures"]), FOLLOWS]) + (_runs(runs) if runs else "")


def _table(runs: list[Record]) -> str:
    columns = ("row", "network", "book", "symnet", "difference", "epochs", "time", "images/s", "command")
    lines = [_line(columns), _line(["---", "---", *["---:"] * 6, "---"])]
    lines += [_line(_cells(row, _of(row, runs))) for row in ROWS.values() if row.book]
    return "\n".join(lines) + "\n\n"


def _beyond(runs: list[Record]) -> str:
    """The table of the rows that the book does not have."""
    columns = ("row", "network", "right", "symnet", "epochs", "time", "images/s", "command")
    lines = [_line(columns), _line(["---", "---", *["---:"] * 5, "---"])]
    for row in (row for row in ROWS.values() if not row.book):
        name, what, _, reached, _, *rest = _cells(row, _of(row, runs))
        right = "<br>".join(f"{run['right']:,}" for run in _of(row, runs))
        lines.append(_line([name, what, right, reached, *rest]))
    return BEYOND + "\n".join(lines) + "\n\n"


def _of(row: Row, runs: list[Record]) -> list[Record]:
    return [run for run in runs if run["row"] == row.name]


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cells(row: Row, runs: list[Record]) -> list[str]:
    """A row of the table; several seeds stand below one another."""
    command = f"`python -m symnet chapter6 {row.name}`"
    book = row.book or math.nan
    first = [row.name, row.what, f"{book:.2f}%"]
    if not runs:
        return [*first, NOT_RUN, "", f"{row.epochs}", "", "", command]
    several = [[
        f"{run['test_accuracy']:.2%}" + (f" (seed {run['seed']})" if len(runs) > 1 or run["seed"] else ""),
        f"{run['right'] - round(book * TESTED / 100):+,}" if row.book else "",
        _epochs(row, run),
        _time(run["seconds"]),
        f"{run['images_per_second']:,.0f}",
    ] for run in runs]  # fmt: skip
    return [*first, *("<br>".join(cells) for cells in zip(*several)), command]


def _epochs(row: Row, run: Record) -> str:
    """How many a run had, and of how many, where those are less than the book's."""
    return f"{run['epochs']}" if run["epochs"] >= row.epochs else f"**{run['epochs']} of {row.epochs}**"


def _time(seconds: float) -> str:
    minutes = round(seconds / 60)
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02} min"


def _hardware(runs: list[Record]) -> str:
    """A line for each machine and what ran on it."""
    found: dict[str, list[str]] = {}
    for run in runs:
        h = run["hardware"]
        threads = f"{h['threads']} thread{'s' if h['threads'] > 1 else ''}"
        machine = f"{h['cpu']} ({h['system']}, {h['cores']} cores), {threads}, Python {h['python']}, NumPy {h['numpy']}"
        found.setdefault(machine, []).append(run["row"])
    lines = [f"{', '.join(dict.fromkeys(rows))}: {machine}." for machine, rows in found.items()]
    if len(found) == 1:
        lines = [f"Measured on {next(iter(found))}."]
    note = (
        "Times are those of training alone; other work may have run beside it or held it up. Images/s are those of the "
        "median epoch. With BLAS at as many threads (`OPENBLAS_NUM_THREADS`) a machine gives the same numbers "
        "again.\n\n"
    )
    return "".join(f"{line}\n\n" for line in lines) + (note if runs else "")


def _pictures(of: dict[str, str]) -> Iterator[str]:
    if "filters" in of:
        yield (
            f"## What the filters look like\n\nThose that `{of['filters']}` learned; the darker, the larger a weight. "
            "Of the second layer, each column is a filter, with a square for each map of the first.\n\n"
            "![The filters of the convolutional layers](pictures/chapter6_filters.svg)\n\n"
        )
    if "wrong" in of:
        yield (
            f"## What is still wrong\n\nThe test images that `{of['wrong']}` takes for another digit: top right the "
            "right answer, bottom right the network's.\n\n"
            "![The digits that are taken for others](pictures/chapter6_wrong.svg)\n\n"
        )


def _runs(runs: list[Record]) -> str:
    """Every run, one a line."""
    columns = ("row", "seed", "right", "validation", "best epoch", "ended", "date", "symnet")
    lines = ["\n## Every run\n", _line(columns), _line(["---", *["---:"] * 4, *["---"] * 3])]
    for run in runs:
        best = str(run["best_epoch"] or "")
        version = f"{run['symnet']} ({run['commit']})" if run["commit"] else run["symnet"]
        right, accuracy = f"{run['right']:,} of {run['total']:,}", run["validation_accuracy"]
        validation = "" if accuracy is None else f"{accuracy:.2%}"
        lines.append(
            _line([run["row"], str(run["seed"]), right, validation, best, run["ended"], run["date"][:10], version])
        )
    return "\n".join(lines) + "\n"


def read() -> dict[str, Any]:
    """What the page is written from."""
    return json.loads(DATA.read_text(encoding="utf-8"))


def take(folder: Path, data: dict[str, Any]) -> dict[str, Any]:
    """The data with the records of a folder of runs; pictures are those of the last rows, filters the book's last."""
    runs = [record for record in records.read(folder / records.RESULTS) if not record["quick"]]
    pictures = dict(data["pictures"])
    for kind in ("filters", "wrong"):
        for run in runs:
            source = folder / f"{run['row']}-{run['seed']}" / f"{kind}.svg"
            # Networks beyond the book have too many filters for one picture.
            of_the_book = kind != "filters" or ROWS[run["row"]].book is not None
            if source.exists() and run["seed"] == 0 and of_the_book:
                shutil.copyfile(source, PICTURES / f"chapter6_{kind}.svg")
                pictures[kind] = run["row"]
    return {"pictures": pictures, "records": records.merged(data["records"], runs)}


def main(argv: list[str] | None = None) -> int:
    """Write or check the page; the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, help="the runs' folder, such as runs/chapter6")
    parser.add_argument("--check", action="store_true", help="write nothing, fail where the page is out of date")
    options = parser.parse_args(argv)
    data = read()
    if options.check:
        same = PAGE.read_text(encoding="utf-8") == page(data)
        print("up to date" if same else "out of date: python docs/_site/chapter6.py")
        return int(not same)
    if options.folder is not None:
        data = take(options.folder, data)
        DATA.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(page(data), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
