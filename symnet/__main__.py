"""The command line: `python -m symnet train mnist` and others."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from symnet import __version__
from symnet.errors import SymnetError
from symnet.examples.book.rows import ROWS
from symnet.machine import calibration_file

INTERRUPTED = 130  # what shells report of a program that Ctrl-C ended


def positive(text: str) -> int:
    """A whole number of at least 1."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{value} is not at least 1")
    return value


def not_negative(text: str) -> int:
    """A whole number of at least 0."""
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError(f"{value} is negative")
    return value


def positive_float(text: str) -> float:
    """A number above 0."""
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not a positive number")
    return value


def parser() -> argparse.ArgumentParser:
    """The command line's grammar."""
    top = argparse.ArgumentParser(prog="symnet", description="Symbolic graphs compiled to readable NumPy.")
    top.add_argument("--version", action="version", version=f"symnet {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    train = commands.add_parser("train", help="train a network of chapter 6 and leave a run folder")
    train.add_argument("data", choices=["mnist"], help="the data set")
    train.add_argument("--net", choices=["shallow", "conv", "double-conv", "dropout"], default="double-conv")
    train.add_argument("--epochs", type=positive, help="passes over the training images")
    train.add_argument("--batch-size", type=positive, help="images per update")
    train.add_argument("--learning-rate", type=positive_float, help="the step length at the start")
    train.add_argument("--seed", type=not_negative, default=0, help="decides initial weights, order and dropout")
    train.add_argument("--out", help="the run folder (default: runs/NET-SEED)")
    train.add_argument("--quick", action="store_true", help="one epoch over 5,000 images, to see it work")
    train.add_argument("--resume", action="store_true", help="go on from the checkpoint in the run folder, bit for bit")
    book = commands.add_parser("chapter6", help="run the experiments of chapter 6 of Nielsen's book, a row each")
    book.add_argument("row", nargs="?", choices=[*ROWS, "all"], metavar="ROW", help="without it, the rows are listed")
    book.add_argument("--quick", action="store_true", help="one epoch of 5,000 images, to see it work")
    book.add_argument("--epochs", type=positive, help="how many in the place of the book's 60 or 40")
    book.add_argument("--seed", type=not_negative, default=0, help="decides initial weights, order and dropout")
    book.add_argument("--out", default="runs/chapter6", help="where the run folders are (default: runs/chapter6)")
    book.add_argument(
        "--resume", action="store_true", help="go on from the checkpoint in the row's run folder, bit for bit"
    )
    measure = commands.add_parser("calibrate", help="measure what NumPy's operations cost on this machine")
    measure.add_argument("--out", help=f"where to keep the costs (default: {calibration_file()})")
    return top


def main(argv: list[str] | None = None) -> int:
    """Run a command; returns the exit status."""
    options = parser().parse_args(argv)
    try:
        return {"train": _train, "chapter6": _chapter6, "calibrate": _calibrate}[options.command](options)
    except SymnetError as error:
        print(f"symnet: {error}", file=sys.stderr)
        return 1
    except MemoryError as error:
        fix = "choose a smaller --batch-size" if options.command == "train" else "end other programs, or run less"
        print(f"symnet: out of memory: {error}\n  fix: {fix}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("symnet: interrupted; the run folder, if there is one, is not complete.", file=sys.stderr)
        return INTERRUPTED


def _calibrate(options: argparse.Namespace) -> int:
    from symnet.calibrate import UNITS, against_default, calibrate

    for name, value, machine in calibrate():
        print(f"{name:<16}{value:>10.3f} {UNITS.get(name, 'ns an element')}")
        found = machine
    path = options.out or calibration_file()
    found.save(path)
    print(against_default(found))
    print(f"kept in {path}; functions compiled from now on in new processes use it")
    return 0


def _train(options: argparse.Namespace) -> int:
    from symnet.train import mnist  # the data and picture libraries are loaded only when they are used

    settings = mnist.DEFAULTS[options.net]
    if options.quick:
        settings = replace(settings, epochs=1)
    chosen = {k: getattr(options, k) for k in ("epochs", "batch_size", "learning_rate")}
    settings = replace(settings, **{k: v for k, v in chosen.items() if v is not None})
    out = options.out or f"runs/{options.net}-{options.seed}"
    report = mnist.run(options.net, settings, options.seed, out, options.quick, options.resume)
    print(report)
    history = report.history
    if history.ended != "done":
        print(f"symnet: {history.ended}\n  the parameters kept are those of {history.kept}", file=sys.stderr)
    return INTERRUPTED if history.interrupted else 1 if history.stopped else 0


def _chapter6(options: argparse.Namespace) -> int:
    if options.row is None:
        for row in ROWS.values():
            print(f"{row.name:<15}{f'{row.book:.2f}%' if row.book else 'beyond':<8}{row.what}")
        return 0
    from symnet.examples.book.records import line
    from symnet.examples.book.run import can_resume, run

    rows = list(ROWS.values()) if options.row == "all" else [ROWS[options.row]]
    epochs, out = options.epochs or (1 if options.quick else None), Path(options.out)
    for row in [replace(row, epochs=epochs or row.epochs) for row in rows]:
        # In `all`, rows that had not begun begin.
        resume = options.resume and (len(rows) == 1 or can_resume(row, options.seed, out, options.quick))
        print(f"{row.name}: {row.what}")
        record = run(row, options.seed, out, options.quick, resume)
        print(line(record))
        if record["ended"] != "done":
            print(f"symnet: {record['ended']}", file=sys.stderr)
            return INTERRUPTED if record["ended"].startswith("interrupted") else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
