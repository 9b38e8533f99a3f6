"""Figures made of measured times: ratios to symnet, fractions of the machine's limit, bars met or not."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import limits
from contest import MACHINE
from peers import PEERS
from workloads import Bar, Workload


@dataclass(frozen=True)
class Verdict:
    """A bar with the ratio that was reached, or none where no rival could be measured."""

    bar: Bar
    ratio: float | None

    @property
    def met(self) -> bool:
        return self.ratio is not None and self.ratio >= self.bar.factor

    def __str__(self) -> str:
        if self.ratio is None:
            return f"{self.bar.text}: not measured"
        return f"{self.bar.text}: {'met' if self.met else '**not met**'}, {self.ratio:.2f} of {self.bar.factor:g}"


def summary(times: Sequence[float]) -> dict[str, float]:
    """Median and minimum of the rounds, in seconds."""
    return {"median": statistics.median(times), "minimum": min(times)}


@dataclass(frozen=True)
class Row:
    """What was measured for one workload: seconds by peer, and what could not be measured."""

    workload: Workload
    measured: Mapping[str, Any]

    @property
    def peers(self) -> list[str]:
        """Who was measured, in the order of the table, symnet first."""
        return [name for name in PEERS if name in self.measured["times"]]

    def seconds(self, name: str, which: str = "median") -> float:
        return float(self.measured["times"][name][which])

    def ratio(self, name: str, which: str = "median") -> float:
        """The peer's time against symnet's: above 1 symnet is faster."""
        return self.seconds(name, which) / self.seconds("symnet", which)

    def limit(self) -> float | None:
        """The seconds that the counted work takes at the machine's best: products, or else a copy."""
        if MACHINE not in self.measured["times"]:
            return None
        best = self.seconds(MACHINE, "minimum")
        return best * self.workload.flops / limits.FLOPS if self.workload.flops else best

    def fraction(self, name: str) -> float | None:
        """The limit against the peer's best time."""
        limit = self.limit()
        return None if limit is None else limit / self.seconds(name, "minimum")

    def fastest(self) -> str | None:
        """The fastest peer by medians."""
        others = [name for name in self.peers if name != "symnet"]
        return min(others, key=self.seconds, default=None)

    def verdicts(self) -> list[Verdict]:
        """Each bar, against the fastest of those it names."""
        found = []
        for bar in self.workload.bars:
            rivals = bar.rivals or [name for name in self.peers if name != "symnet"]
            ratios = [self.ratio(name) for name in rivals if name in self.peers]
            found.append(Verdict(bar, min(ratios, default=None)))
        return found

    def work(self) -> str:
        """What is counted, and its limit."""
        w = self.workload
        limit = self.limit()
        moved = f"{w.traffic / 1e6:,.1f} MB read and written"
        counted = f"{w.flops / 1e6:,.1f} MFLOP of products" if w.flops else moved
        return counted + (f", at the limit {limit * 1e3:.3g} ms" if limit is not None else "")

    def __str__(self) -> str:
        lines = [
            f"\n{self.workload.title}  [{self.workload.key}]: {self.work()}",
            f"  {'ms per step':<32}{'median':>10}{'minimum':>10}{'of medians':>12}{'of minima':>11}{'of limit':>10}",
        ]
        for name in self.peers:
            ms = [self.seconds(name, which) * 1e3 for which in ("median", "minimum")]
            ratios = [self.ratio(name, which) for which in ("median", "minimum")]
            share = self.fraction(name)
            part = f"{share:>10.1%}" if share is not None else ""
            lines.append(
                f"  {PEERS[name].label:<32}{ms[0]:>10.3f}{ms[1]:>10.3f}{ratios[0]:>12.2f}{ratios[1]:>11.2f}{part}"
            )
        lines += [f"  {PEERS[name].label}: {why}" for name, why in self.measured["failed"].items() if name in PEERS]
        lines += [f"  bar: {str(verdict).replace('**', '')}" for verdict in self.verdicts()]
        return "\n".join(lines)


def fresh_text(measured: Mapping[str, Any]) -> str:
    """The table of fresh processes, for the terminal."""
    lines = [f"\n{'from a fresh process':<34}{'s, caches empty':>16}{'s, full':>10}{'peak MiB':>10}{'of imports':>12}"]
    for name, own in measured["peers"].items():
        if "failed" in own:
            lines.append(f"{PEERS[name].label:<34}{own['failed']}")
        else:
            mib = [own[key] / 2**20 for key in ("peak", "imported")]
            lines.append(f"{PEERS[name].label:<34}{own['empty']:>16.2f}{own['full']:>10.2f}{mib[0]:>10.0f}{mib[1]:>12.0f}")
    return "\n".join(lines)
