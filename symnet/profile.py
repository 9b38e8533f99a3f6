"""What each line of a compiled function takes, beside what the machine could do at most: `f.profile(...)`."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median

from symnet.backends.numpy.timed import Statement
from symnet.graph import Node
from symnet.machine import Machine
from symnet.measure import Measured, Source
from symnet.origin import Origin, Part
from symnet.types import shape_text


@dataclass(frozen=True)
class LineTime:
    """A statement of the generated module: its first and last line there, and what it takes within one call.

    `seconds` are of the call's time: what threads do beside each other counts once. Of a loop over pieces it is what
    remains beside the lines of the pieces.
    """

    number: int
    last: int
    text: str
    calls: int
    seconds: float


class _BesideLimit:
    """What was measured beside what the machine can do at most."""

    seconds: float
    limit: float

    @property
    def part_of_limit(self) -> float:
        """How near it comes to what the machine can do; 1.0 is all of it."""
        return self.limit / self.seconds if self.seconds else 0.0


@dataclass(frozen=True)
class OpTime(_BesideLimit):
    """An op of the plan: what its `lines` take within one call, in `calls` runs, and what it has to do in them.

    `nbytes` are read and written, `flops` computed. `limit` is the seconds it would take at the machine's rates of
    products and of copies, whichever is more; `part_of_limit` is that divided by `seconds`.
    """

    part: Part
    op: str
    result: str
    shape: tuple[int, ...]
    origin: str
    lines: tuple[LineTime, ...]
    calls: int
    seconds: float
    nbytes: int
    flops: int
    limit: float


@dataclass(frozen=True)
class UserLine(_BesideLimit):
    """A line of the user's: what all that it was compiled to takes within one call, gradients and updates too."""

    origin: str
    text: str
    ops: int
    seconds: float
    parts: Mapping[Part, float]
    nbytes: int
    flops: int
    limit: float


@dataclass(frozen=True)
class Profile:
    """What a call took, by user's line, by op and by generated line; print it, or look at the rows.

    `call` is the median of `runs` calls in seconds, `timed_call` that with a clock after each line. `clocks` of them
    were read within a call, each in `per_clock` seconds. `machine` has the rates that limits are made of.
    """

    title: str
    source: str
    machine: Machine
    runs: int
    call: float
    timed_call: float
    clocks: int
    per_clock: float
    ops: Sequence[OpTime]
    user_lines: Sequence[UserLine]
    heat: Mapping[Node, float]
    """Seconds of each node of the function's graph, as `sn.draw` draws it; what is merged counts for the first."""

    @cached_property
    def lines(self) -> list[LineTime]:
        """Every statement that was timed, in the order of the source."""
        return sorted((line for op in self.ops for line in op.lines), key=lambda line: line.number)

    @property
    def total(self) -> float:
        """Seconds of all lines together; the rest of a call is arguments, settings and the copies of results."""
        return sum(op.seconds for op in self.ops)

    @property
    def annotated(self) -> str:
        """The generated module with the microseconds and the runs of each line at its left."""
        times = {line.number: f"{line.seconds * 1e6:>10,.1f} {line.calls:>5} " for line in self.lines}
        lines = self.source.splitlines()
        return "\n".join((f"{times.get(k, ''):<17}| {line}").rstrip() for k, line in enumerate(lines, 1))

    def __str__(self) -> str:
        lines = [self.title, *self._summary(), "by your line:", *_text(_USER_HEAD, self._user_rows())]
        return "\n".join([*lines, "by op, in the order they run:", *_text(_OP_HEAD, self._op_rows())])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        summary = "".join(f"<div>{html.escape(line)}</div>" for line in (self.title, *self._summary()))
        tables = [(_USER_HEAD, self._user_rows()), (_OP_HEAD, self._op_rows())]
        return f"<div>{summary}{''.join(_html(head, rows) for head, rows in tables)}</div>"

    def _summary(self) -> Iterator[str]:
        lines, cost = self.total, self.clocks * self.per_clock
        yield (
            f"a call takes {_us(self.call)} us (median of {self.runs}), its lines {_us(lines)} us (of each "
            "its median), the rest arguments, settings and copies of results; nothing was updated"
        )
        yield (
            f"with clocks a call takes {_us(self.timed_call)} us: {self.clocks:,} clocks "
            f"of {self.per_clock * 1e9:,.0f} ns are {_us(cost)} us of it ({cost / (self.timed_call or 1.0):.1%})"
        )
        machine = self.machine
        yield (
            f"limit: {machine.gemm:,.0f} GFLOP/s of float32 products, {1 / machine.copy:,.0f} GB/s moved, "
            "each thread (python -m symnet calibrate)"
        )

    def _user_rows(self) -> Iterator[tuple[str, ...]]:
        for row in self.user_lines:
            parts = (_us(row.parts[part]) if part in row.parts else "" for part in ("forward", "backward", "update"))
            yield (
                row.origin or "(none)", _us(row.seconds), f"{row.seconds / (self.total or 1.0):.1%}", *parts,
                str(row.ops), *_work(row), row.text[:60],
            )  # fmt: skip

    def _op_rows(self) -> Iterator[tuple[str, ...]]:
        for row in self.ops:
            first, last = row.lines[0].number, row.lines[-1].last
            at = str(first) if first == last else f"{first}-{last}"
            yield (
                at, row.part, row.op, row.result[:24], shape_text(row.shape) if row.result else "", str(row.calls),
                _us(row.seconds), f"{row.seconds / (self.total or 1.0):.1%}", *_work(row), row.origin,
            )  # fmt: skip


_NAMES_A_VIEW = re.compile(r"\w+ = ")
_USER_HEAD = ("line", "us", "share", "forward", "backward", "update", "ops", "MB", "MFLOP", "of limit", "text")
_OP_HEAD = ("source", "part", "op", "result", "shape", "runs", "us", "share", "MB", "MFLOP", "of limit", "line")
_NUMBERS = frozenset(
    ("us", "share", "forward", "backward", "update", "ops", "MB", "MFLOP", "of limit", "runs", "source")
)


def _us(seconds: float) -> str:
    return f"{seconds * 1e6:,.1f}"


def _work(row: OpTime | UserLine) -> tuple[str, str, str]:
    if not row.limit:
        return "", "", ""
    return f"{row.nbytes / 1e6:,.3f}", f"{row.flops / 1e6:,.3f}", f"{row.part_of_limit:.0%}"


def _text(head: Sequence[str], rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    table = [tuple(head), *rows]
    widths = [max(len(row[k]) for row in table) for k in range(len(head))]
    for row in table:
        cells = (f"{c:>{w}}" if h in _NUMBERS else f"{c:<{w}}" for c, w, h in zip(row, widths, head, strict=True))
        yield f"  {'  '.join(cells)}".rstrip()


def _html(head: Sequence[str], rows: Iterator[tuple[str, ...]]) -> str:
    def cells(row: Sequence[str], tag: str) -> str:
        sides = ("right" if h in _NUMBERS else "left" for h in head)
        return "".join(
            f'<{tag} style="text-align: {side}">{html.escape(c)}</{tag}>' for c, side in zip(row, sides, strict=True)
        )

    body = "".join(f"<tr>{cells(row, 'td')}</tr>" for row in rows)
    return f"<table><thead><tr>{cells(head, 'th')}</tr></thead><tbody>{body}</tbody></table>"


# from what was measured -----------------------------------------------------------------------------------------------


def profile_of(
    title: str, measured: Measured, machine: Machine, new: Mapping[Node, str] | None = None
) -> Profile:
    """The medians of what was measured, by op and by user's line; `new` says of which node which new value comes."""
    plan = measured.plan
    seconds = _seconds(measured)
    calls = {s: spent.calls for s, spent in measured.statements[0].items()}
    source = plan.source.splitlines()
    groups: dict[tuple[str | None, Node | int], list[Statement]] = {}
    for s in plan.statements:
        groups.setdefault((s.inside, s.node if s.node is not None else s.first), []).append(s)
    workers: dict[str | None, int] = {s.worker: s.workers for s in plan.statements if s.worker is not None}
    ops: list[OpTime] = []
    nodes: list[Node | None] = []
    for (inside, _), statements in groups.items():
        lines = tuple(
            LineTime(s.first, s.last, source[s.first - 1].strip(), calls[s], seconds[s]) for s in statements
        )
        node = statements[0].node
        beside = workers.get(inside, 1)
        result = _result(node, new or {})
        ops.append(_op_time(node, result, lines, machine, beside, 1 if inside else plan.blas_threads))
        nodes.append(node)
    clocks = sum(calls.values()) + sum(
        calls[s] for s in {s.inside: s for s in plan.statements if s.inside is not None}.values()
    )
    return Profile(
        title, plan.source, machine, len(measured.calls), median(measured.calls), median(measured.timed_calls),
        clocks + 1, measured.per_clock, ops, _user_lines(ops, nodes), _heat(ops, nodes),
    )  # fmt: skip


def _seconds(measured: Measured) -> dict[Statement, float]:
    """The median over runs of each statement's share of a call's time."""
    statements = measured.plan.statements
    workers: dict[str | None, int] = {s.worker: s.workers for s in statements if s.worker is not None}
    runs = []
    for run in measured.statements:
        took = {s: run[s].nanoseconds / 1e9 / workers.get(s.inside, 1) for s in statements}
        inside: dict[str | None, float] = {}
        for s in statements:
            inside[s.inside] = inside.get(s.inside, 0.0) + took[s]
        runs.append({s: max(took[s] - (inside.get(s.worker, 0.0) if s.worker else 0.0), 0.0) for s in statements})
    return {s: median(run[s] for run in runs) for s in statements}


def _result(node: Node | None, new: Mapping[Node, str]) -> str:
    """What the user calls what a node computes: the line of a list of updates names the list, and no value in it."""
    label = node.outputs[0].label if node is not None else ""
    if node is not None and isinstance(node.origin, Source) and label == node.origin.target:
        return new.get(node.origin.of, label)
    return label


def _op_time(
    node: Node | None, result: str, lines: tuple[LineTime, ...], machine: Machine, beside: int, blas_threads: int
) -> OpTime:
    seconds, calls = sum(line.seconds for line in lines), max(line.calls for line in lines)
    if node is None:
        return OpTime("update", "list of updates", "", (), "", lines, calls, seconds, 0, 0, 0.0)
    y = node.outputs[0]
    shape = tuple(n for n in y.type.shape if isinstance(n, int))
    part: Part = node.origin.part if node.origin is not None else "forward"
    where = node.origin.short.partition(" (")[0] if node.origin is not None else ""
    loops = node.op.name == "in_pieces"
    if loops or (node.op.is_view and all(_NAMES_A_VIEW.match(line.text) for line in lines)):
        name = "loop over pieces" if loops else f"{node.op.name} (a view)"
        return OpTime(part, name, "" if loops else result, shape, where, lines, calls, seconds, 0, 0, 0.0)
    nbytes, flops = calls * node.op.traffic(*node.inputs), calls * node.op.operations(*node.inputs)
    threads = blas_threads if node.op.flops(*node.inputs) else 1
    rate = machine.gemm * threads * (0.5 if y.type.dtype == "float64" else 1.0)
    limit = max(flops / (rate * 1e9), nbytes * machine.copy / 1e9) / beside
    return OpTime(part, node.op.name, result, shape, where, lines, calls, seconds, nbytes, flops, limit)


def _user_lines(ops: Sequence[OpTime], nodes: Sequence[Node | None]) -> list[UserLine]:
    """By the user's lines, the longest first."""
    groups: dict[tuple[str, int] | None, list[tuple[OpTime, Origin | None]]] = {}
    for op, node in zip(ops, nodes, strict=True):
        origin = node.origin if node is not None else None
        groups.setdefault((origin.filename, origin.lineno) if origin else None, []).append((op, origin))
    rows = []
    for members in groups.values():
        parts: dict[Part, float] = {}
        for op, _ in members:
            parts[op.part] = parts.get(op.part, 0.0) + op.seconds
        origin, made = members[0][1], [op for op, _ in members]
        rows.append(
            UserLine(
                made[0].origin, origin.source if origin is not None else "", len(made),
                sum(op.seconds for op in made), parts, sum(op.nbytes for op in made), sum(op.flops for op in made),
                sum(op.limit for op in made),
            )
        )
    return sorted(rows, key=lambda row: -row.seconds)


def _heat(ops: Sequence[OpTime], nodes: Sequence[Node | None]) -> dict[Node, float]:
    found: dict[Node, float] = {}
    for op, node in zip(ops, nodes, strict=True):
        if node is not None and isinstance(node.origin, Source):
            found[node.origin.of] = found.get(node.origin.of, 0.0) + op.seconds
    return found
