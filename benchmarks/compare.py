"""symnet against the frameworks and plain NumPy: the same work in float32, in turn within one run."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from contest import MACHINE, Contest, Mismatch
from fresh import fresh
from machine import load, machine
from page import page
from peers import PEERS
from report import Row, fresh_text, summary
from workloads import WORKLOADS

RESULTS = Path(__file__).with_name("results.json")
PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
FRESH = "fresh"  # the row of fresh processes: time to the first result, and memory


def options(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    keys = [*(workload.key for workload in WORKLOADS), FRESH]
    peers = [name for name in PEERS if name != "symnet"]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", nargs="+", choices=keys, default=keys, metavar="ROW", help=f"of {', '.join(keys)}")
    parser.add_argument(
        "--peers", nargs="+", choices=peers, default=peers, metavar="PEER", help=f"of {', '.join(peers)}"
    )
    parser.add_argument("--rounds", type=int, default=15, help="rounds of each row (15)")
    parser.add_argument("--turn", type=float, default=0.1, help="seconds that a turn's steps last together (0.1)")
    parser.add_argument("--threads", type=int, default=2, help="threads of each competitor (2)")
    parser.add_argument("--write", action="store_true", help="put these rows into docs/benchmarks.md, keep the others")
    chosen = parser.parse_args(arguments)
    if chosen.rounds < 1 or chosen.threads < 1 or chosen.turn < 0:
        parser.error("--rounds and --threads are at least 1, --turn at least 0")
    return chosen


def measure_rows(chosen: argparse.Namespace, command: str) -> dict[str, Any]:
    """The chosen rows, printed as they come. Raises: Mismatch."""
    workloads = [workload for workload in WORKLOADS if workload.key in chosen.rows]
    if not workloads:
        return {}
    rows = {}
    where, busy = machine(), load()  # before the competitors add theirs
    contest = Contest(["symnet", *chosen.peers], chosen.threads)
    try:
        print(", ".join(dict.fromkeys(v for name, v in contest.versions.items() if name != MACHINE)))
        for name, why in contest.missing.items():
            print(f"without {PEERS[name].label}: {why}")
        for workload in workloads:
            measured = contest.measure(workload, chosen.rounds, chosen.turn)
            rows[workload.key] = {
                "machine": where, "load": busy, "versions": contest.versions, "threads": chosen.threads,
                "rounds": chosen.rounds, "turn": chosen.turn, "command": command, "failed": measured["failed"],
                "times": {name: summary(times) for name, times in measured["seconds"].items()},
            }  # fmt: skip
            print(Row(workload, rows[workload.key]), flush=True)
    finally:
        contest.close()
    return rows


def measure_fresh(chosen: argparse.Namespace) -> dict[str, Any]:
    """Fresh processes of every competitor, one after the other."""
    where = machine()
    peers: dict[str, Any] = {}
    for name in ["symnet", *chosen.peers]:
        try:
            peers[name] = fresh(name, chosen.threads)
        except RuntimeError as error:
            peers[name] = {"failed": str(error)}
    return {"machine": where, "peers": peers}


def main() -> None:
    """Measure, print, and write the page if asked to."""
    chosen = options()
    command = " ".join(["python benchmarks/compare.py", *sys.argv[1:]])
    print(f"{machine()}; {chosen.threads} threads each, float32")
    print("ratios: time of that competitor against symnet's; above 1 symnet is faster")
    try:
        rows = measure_rows(chosen, command)
    except Mismatch as reason:
        sys.exit(f"not the same work: {reason}")
    results: dict[str, Any] = {"rows": {}, "fresh": {}}
    if chosen.write and RESULTS.exists():
        results = json.loads(RESULTS.read_text(encoding="utf-8"))
    results["rows"].update(rows)
    if FRESH in chosen.rows:
        results["fresh"] = measure_fresh(chosen)
        print(fresh_text(results["fresh"]))
    if chosen.write:
        RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
        PAGE.write_text(page(results), encoding="utf-8")


if __name__ == "__main__":
    main()
