"""What a plan does and what it should cost: the text of `f.report()`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from symnet.backends.base import SlowPath
from symnet.choices import Choice
from symnet.lowering import Block, Loop, Program, Step
from symnet.machine import Machine
from symnet.types import shape_text


@dataclass(frozen=True)
class Row:
    """One op of a plan: `microseconds` are predicted, for one thread, in all its `times` runs within a call."""

    part: str
    op: str
    result: str
    shape: tuple[int, ...]
    origin: str
    times: int
    microseconds: float


@dataclass(frozen=True)
class Report:
    """A plan's kernels, choices and memory; print it, or look at `rows`, `choices`, `slow` and `buffers`.

    `passes` are the seconds each pass of the compiler took, those of the rewrites and of the plan. Costs are
    predictions from the machine's table, which `python -m symnet calibrate` measures, and not what a run took.
    """

    title: str
    program: Program
    machine: Machine
    choices: Sequence[Choice]
    slow: Sequence[SlowPath]
    passes: Mapping[str, float]

    @property
    def rows(self) -> list[Row]:
        """One row for each op that computes something, in the order they run; the ops of a loop follow it."""
        return list(self._rows(self.program.steps, 1))

    @property
    def loops(self) -> list[Loop]:
        """The loops over pieces."""
        return self.program.loops

    @property
    def buffers(self) -> dict[str, int]:
        """Bytes of each buffer, by the names of the values that stand in it one after the other."""
        programs = [self.program, *(piece.program for loop in self.loops for piece in loop.pieces)]
        return {_tenants(block): block.nbytes for program in programs for block in program.blocks}

    def _rows(self, steps: Sequence[Step], times: int) -> Iterator[Row]:
        for step in steps:
            if step.loop is not None:
                count = step.loop.total // step.loop.size
                body = step.loop.body.program
                yield from self._rows(body.steps, times * count)
            elif step.output.kind != "view":
                node, shape = step.node, step.output.array.shape
                cost = times * node.op.cost(self.machine, *node.inputs)
                origin = node.origin.short.partition(" (")[0] if node.origin is not None else ""
                yield Row(step.part, node.op.name, step.output.name, shape, origin, times, cost)

    def __str__(self) -> str:
        return "\n".join([self.title, *self._kernels(), *self._choices(), *self._memory(), *self._time()])

    __repr__ = __str__

    def _kernels(self) -> Iterator[str]:
        rows = self.rows
        total = sum(row.microseconds for row in rows) or 1.0
        yield f"predicted: {total:,.0f} us of one thread in {len(rows)} ops"
        yield f"  {'part':<9}{'op':<20}{'result':<20}{'shape':<20}{'runs':>5}{'us':>9}{'share':>7}  line"
        for row in rows:
            share = row.microseconds / total
            yield (
                f"  {row.part:<9}{row.op[:19]:<20}{row.result[:19]:<20}{shape_text(row.shape)[:19]:<20}{row.times:>5}"
                f"{row.microseconds:>9,.1f}{share:>7.1%}  {row.origin}"
            )

    def _choices(self) -> Iterator[str]:
        for loop in self.loops:
            threads = f", on {loop.workers} threads" if loop.workers > 1 else ""
            yield f"in pieces: {loop.size} of {loop.total} at a time{threads}"
        for choice in dict.fromkeys(map(str, self.choices)):
            yield f"chosen: {choice}"
        for path in self.slow:
            origin = f"  {path.node.origin.short}" if path.node.origin is not None else ""
            makes = " (makes an array at every call)" if path.allocates else ""
            yield f"slow path: {path.node.op.name}: {path.reason}{makes}{origin}"

    def _memory(self) -> Iterator[str]:
        yield f"memory: {self.program.nbytes:,} bytes in {len(self.buffers)} buffers"
        for names, nbytes in sorted(self.buffers.items(), key=lambda item: -item[1]):
            yield f"  {nbytes:>12,}  {names}"

    def _time(self) -> Iterator[str]:
        total = sum(self.passes.values())
        spent = ", ".join(f"{name} {seconds * 1e3:.1f} ms" for name, seconds in self.passes.items())
        yield f"compiled in {total * 1e3:.1f} ms: {spent}"


_SHOWN = 6


def _tenants(block: Block) -> str:
    names = list(dict.fromkeys(value.name for value in block.tenants))
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
