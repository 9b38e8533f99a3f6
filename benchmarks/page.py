"""The page docs/benchmarks.md, all of it, from the results."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from contest import DRAWN_TOLERANCE, PAUSE, TOLERANCE
from fresh import MEMORY_WORKLOAD, WORKLOAD
from peers import PEERS
from report import Row
from workloads import WORKLOADS

FRESH_BAR = 0.5  # seconds
IDLE = 1.0  # a load up to which the figures count
BUSY = " **The machine was busy with other work: these figures say little, and verdicts less.**"

INTRODUCTION = f"""# Benchmarks

This page is written by `python benchmarks/compare.py --write`; [benchmarks/README.md](../benchmarks/README.md) says
how the comparison is made. Compare ratios, not milliseconds between machines.

Each competitor is written as its expert writes it, in float32, and lives in a process of its own. They take turns,
round by round, after a pause of {PAUSE * 1e3:.0f} ms in which the threads of the one before go to sleep. Before
anything is timed, all must give what symnet gives, to {TOLERANCE:g} of the largest magnitude: the costs of three steps
of a network on the same batches from the same weights, or every element of the results. With dropout that is checked at
rate 0, and at its rate the mean cost must agree within {DRAWN_TOLERANCE:.0%}.
"""

LIMITS = """## What is counted

The limit of a network is the time of its multiplications and additions at the rate of a float32 product of 1024 x 1024
matrices, measured in turn with the others; elementwise work counts nothing there. The limit of the other rows is the
time to copy as many bytes as they read and write at least, divided among the threads; their arithmetic counts nothing.
Fractions are of minima.
"""


def page(results: Mapping[str, Any]) -> str:
    """The whole page as Markdown."""
    rows = [Row(w, results["rows"][w.key]) for w in WORKLOADS if w.key in results["rows"]]
    parts = [INTRODUCTION, *conditions(rows)]
    if rows:
        parts += [bars(rows), losses(rows), times(rows), ratios(rows), LIMITS, fractions(rows)]
    if results.get("fresh"):
        parts.append(fresh(results["fresh"]))
    parts.append(missing(rows))
    return "\n".join(part.strip() + "\n" for part in parts if part.strip())


def table(head: Iterable[str], lines: Iterable[Iterable[str]]) -> str:
    """A Markdown table: the first column to the left, the others to the right."""
    head = list(head)
    ruled = [head, ["---", *["---:"] * (len(head) - 1)], *lines]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in ruled) + "\n"


def conditions(rows: list[Row]) -> list[str]:
    """Where, with what and how the rows were measured; one paragraph for each different answer."""
    groups: dict[str, list[str]] = {}
    for row in rows:
        m = row.measured
        versions = ", ".join(dict.fromkeys(v for v in m["versions"].values() if v not in m["machine"]))
        text = (
            f"Measured on {'; '.join(filter(None, (m['machine'], versions)))}. {m['threads']} threads each, "
            f"{m['rounds']} rounds of turns of {m['turn'] * 1e3:.0f} ms: `{m['command']}`."
            + (BUSY if m["load"] > IDLE else "")
        )
        groups.setdefault(text, []).append(row.workload.key)
    if len(groups) < 2:
        return list(groups)
    return [f"{', '.join(keys)}: {text}" for text, keys in groups.items()]


def bars(rows: list[Row]) -> str:
    """Each row against its bars and its limit."""
    lines = []
    for row in rows:
        fastest = row.fastest()
        share = row.fraction("symnet")
        lines.append([
            row.workload.title,
            f"{row.seconds('symnet') * 1e3:.3g}",
            f"{PEERS[fastest].label}, {row.seconds(fastest) * 1e3:.3g}" if fastest else "",
            f"{row.ratio(fastest):.2f}" if fastest else "",
            "" if share is None else f"{share:.0%}",
            "; ".join(map(str, row.verdicts())),
        ])
    head = ["", "symnet, ms", "fastest peer, ms", "fastest / symnet", "symnet at its best, of the limit", "bar"]
    return "## Bars\n\nMedians; a ratio above 1 says that symnet is faster.\n\n" + table(head, lines)


def losses(rows: list[Row]) -> str:
    """Where symnet is slower than somebody, worst first, in words."""
    found = []
    for row in rows:
        ahead = [name for name in row.peers if row.ratio(name) < 1]
        if ahead:
            slower = [f"{PEERS[n].label} ({1 / row.ratio(n):.2f} times)" for n in sorted(ahead, key=row.ratio)]
            line = f"- {row.workload.title}: symnet is slower than {', '.join(slower)}."
            found.append((min(map(row.ratio, ahead)), line))
    text = "\n".join(line for _, line in sorted(found)) or "None in this run."
    unmet = [v for row in rows for v in row.verdicts() if v.ratio is not None and not v.met]
    count = sum(v.ratio is not None for row in rows for v in row.verdicts())
    return f"## Losses\n\nBars not met: {len(unmet)} of the {count} measured. By medians:\n\n{text}\n"


def _by_peer(rows: list[Row], cell: Callable[[Row, str], str]) -> str:
    names = [name for name in PEERS if any(name in row.peers for row in rows)]
    lines = [[row.workload.title, *(cell(row, n) if n in row.peers else "" for n in names)] for row in rows]
    return table(["", *(PEERS[name].label for name in names)], lines)


def times(rows: list[Row]) -> str:
    """Milliseconds of each competitor."""

    def cell(row: Row, name: str) -> str:
        return f"{row.seconds(name) * 1e3:.3g} ({row.seconds(name, 'minimum') * 1e3:.3g})"

    return "## Times\n\nMilliseconds per step: median over the rounds (minimum).\n\n" + _by_peer(rows, cell)


def ratios(rows: list[Row]) -> str:
    """Each competitor's time against symnet's."""

    def cell(row: Row, name: str) -> str:
        return "1" if name == "symnet" else f"{row.ratio(name):.2f} ({row.ratio(name, 'minimum'):.2f})"

    said = "Time of each against symnet's, ratio of medians (of minima); above 1 symnet is faster."
    return f"## Against symnet\n\n{said}\n\n" + _by_peer(rows, cell)


def fractions(rows: list[Row]) -> str:
    """What is counted for each row, and how near to its limit each competitor comes."""

    def cell(row: Row, name: str) -> str:
        share = row.fraction(name)
        return "" if share is None else f"{share:.1%}"

    counted = "\n".join(f"- {row.workload.title}: {row.work()}." for row in rows)
    return counted + "\n\n" + _by_peer(rows, cell)


def fresh(measured: Mapping[str, Any]) -> str:
    """Fresh processes: seconds to the first result, and memory."""
    lines = []
    for name, own in measured["peers"].items():
        if "failed" not in own:
            seconds = [f"{own[key]:.2f}" for key in ("empty", "full")]
            mib = [f"{own[key] / 2**20:.0f}" for key in ("peak", "imported")]
            lines.append([PEERS[name].label, *seconds, *mib, f"{(own['peak'] - own['imported']) / 2**20:.0f}"])
    head = ["", "first result, s: caches empty", "caches full", "peak memory, MiB", "of it imports", "beyond them"]
    ours = measured["peers"].get("symnet", {})
    torch = measured["peers"].get("torch", {})
    verdicts = []
    if "full" in ours:
        met = "met" if ours["full"] < FRESH_BAR else "**not met**"
        verdicts.append(f"Bar, first result under {FRESH_BAR} s: {met}, {ours['full']:.2f} s.")
    if "peak" in ours and "peak" in torch:
        beyond = [own["peak"] - own["imported"] for own in (ours, torch)]
        met = "met" if ours["peak"] <= torch["peak"] else "**not met**"
        verdicts.append(
            f"Bar, peak memory no more than PyTorch's: {met}; beyond the imports symnet takes "
            f"{beyond[0] / max(beyond[1], 1):.2f} times what PyTorch does."
        )
    return (
        "## From a fresh process\n\n"
        f"Seconds from the start of the Python process to the first result of the training step `{WORKLOAD}`, imports "
        "included: with compilers' caches on disk empty, and the least of those with what a run has left there. Peak "
        f"resident memory of another process after 21 steps of `{MEMORY_WORKLOAD}`.\n\n"
        f"Measured on {measured['machine']}.\n\n" + table(head, lines) + "\n" + " ".join(verdicts)
        + "".join(f"\n\n{PEERS[n].label}: {own['failed']}" for n, own in measured["peers"].items() if "failed" in own)
    )  # fmt: skip


def missing(rows: list[Row]) -> str:
    """Who could not be measured, and why."""
    lines = [
        f"- {row.workload.title}: {PEERS[name].label}: {why}"
        for row in rows
        for name, why in row.measured["failed"].items()
        if name in PEERS
    ]
    return "## Not measured\n\n" + "\n".join(lines) if lines else ""
