"""Records of runs: what was trained, what it reached, where and when; one for each row, seed and size."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from symnet import __version__
from symnet.backends.numpy import thread_count
from symnet.errors import DataError
from symnet.examples.book.rows import ROWS
from symnet.files import reason, write_whole

Record = dict[str, Any]
RECORD, RESULTS = "record.json", "results.json"


def stamped(record: Record) -> Record:
    """The record with when, with what and on what it was made."""
    return {
        **record,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "symnet": __version__,
        "commit": commit(),
        "hardware": hardware(),
    }


def hardware() -> dict[str, Any]:
    """The processor, and what ran on it."""
    return {
        "cpu": _cpu(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "threads": thread_count(),
        "python": platform.python_version(),
        "numpy": np.__version__,
    }


@cache
def commit() -> str | None:
    """The commit this symnet is of, with `-dirty` where files were changed since; None outside a checkout."""
    package = Path(__file__).parents[2]
    # Else it could be another project's, in whose folder symnet is installed.
    if _git(package, "ls-files", "--error-unmatch", "__init__.py") is None:
        return None
    return _git(package, "describe", "--always", "--dirty", "--exclude=*")


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _cpu() -> str:
    """The processor's name, as well as the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, "") or platform.processor() or platform.machine()


def key(record: Record) -> tuple[int, int, bool]:
    """What a record replaces its like by, in the order of the chapter."""
    return list(ROWS).index(record["row"]), record["seed"], record["quick"]


def read(path: Path) -> list[Record]:
    """The records of a results file; none where there is no file.

    Raises: DataError.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        known = [record for record in found if record["row"] in ROWS]
        return sorted(known, key=key)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise DataError(f"{path} cannot be read: {reason(error)}.") from None
    except (ValueError, TypeError, KeyError) as error:
        fix = "move it away: rows that are run write it anew."
        raise DataError(f"{path} holds no records: {error!r}.", fix=fix) from None


def merged(*several: Iterable[Record]) -> list[Record]:
    """All records in the order of the chapter; of those of one row, seed and size, the longest run, then the latest."""
    runs = [record for records in several for record in records]
    found = {key(record): record for record in sorted(runs, key=lambda record: (record["epochs"], record["date"]))}
    return sorted(found.values(), key=key)


def write(path: Path, records: Iterable[Record]) -> None:
    """Write a results file, whole or not at all.

    Raises: DataError.
    """
    write_whole({path: (json.dumps(list(records), indent=1) + "\n").encode()})


def of(folder: Path) -> Record | None:
    """The record in a run folder, if it has one."""
    path = folder / RECORD
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def gather(folder: Path) -> list[Record]:
    """Bring results.json up to date with the records of rows in the run folders below, and return all.

    Several processes may do so at once: each reads what all have written, so none is lost for longer than to the next.
    """
    inside = [record for below in sorted(folder.iterdir()) if (record := of(below)) is not None]
    records = merged(read(folder / RESULTS), [record for record in inside if record["row"] in ROWS])
    write(folder / RESULTS, records)
    return records


def line(record: Record) -> str:
    """What a run reached, beside what the book tells."""
    row = ROWS[record["row"]]
    parts = [f"{record['right']:,} of {record['total']:,} right, {record['test_accuracy']:.2%}"]
    parts[0] += f" (book {row.book:.2f}%)" if row.book else ""
    parts += [f"best epoch {record['best_epoch']} of {record['epochs']}"] if record["best_epoch"] else []
    parts += [f"{record['seconds']:,.0f} s of training"]
    parts += [f"{record['images_per_second']:,.0f} images/s"] if record["images_per_second"] else []
    return f"{row.name}, seed {record['seed']}{', quick' if record['quick'] else ''}: " + ", ".join(parts)
