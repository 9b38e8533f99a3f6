"""Random graphs, compiled in several ways and compared with the reference.

`python tests/fuzz/graphs.py --seeds 0:1000 --nodes 5:40` goes through the graphs of these seeds.

Each graph that disagrees is printed with its seed, and as the shortest program found that disagrees in the same way.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

import symnet as sn
from fuzz.checks import Disagreement, Tally, check
from fuzz.drawing import Graph, Leaf, Line, draw
from symnet.backends.reference import evaluate
from symnet.errors import BackendError, RewriteError

NODES = (5, 40)


def disagreement(graph: Graph, tally: Tally | None = None) -> Disagreement | None:
    """What a graph does not hold; an error that symnet does not document is a disagreement too."""
    try:
        check(graph, tally)
    except Disagreement as found:
        return found
    except (RewriteError, BackendError) as error:  # mistakes of symnet's own
        return Disagreement(type(error).__name__, str(error))
    except sn.SymnetError:
        raise
    except Exception as error:
        crash = Disagreement(f"crash {type(error).__name__}", str(error))
        crash.__cause__ = error
        return crash
    return None


def minimised(graph: Graph, kind: str) -> Graph:
    """A smaller graph with a disagreement of the same kind: every cut is tried until none is left that keeps it."""
    shrunk = True
    while shrunk:
        shrunk = False
        for smaller in _cuts(graph):
            if _length(smaller) >= _length(graph):
                continue
            try:
                found = disagreement(smaller)
            except (sn.SymnetError, ValueError, IndexError, KeyError):
                continue
            if found is not None and found.check == kind:
                graph, shrunk = smaller, True
                break
    return graph


def _length(graph: Graph) -> tuple[int, int, int, int]:
    lines = sum(isinstance(e, Line) for e in graph.entries)
    elements = sum(v.size for e in graph.entries if isinstance(e, Leaf) for v in e.values)
    return lines, len(graph.outputs) + len(graph.updates), elements, len(graph.code())


def _cuts(graph: Graph) -> Iterator[Graph]:
    if len(graph.outputs) + len(graph.updates) > 1:
        for k in graph.outputs:
            yield replace(graph, outputs=(k,), updates=()).live()
        for pair in graph.updates:
            yield replace(graph, updates=tuple(p for p in graph.updates if p != pair)).live()
        for k in graph.outputs:
            yield replace(graph, outputs=tuple(o for o in graph.outputs if o != k)).live()
    for k in graph.outputs:
        entry = graph.entries[k]
        for o in entry.operands if isinstance(entry, Line) else ():
            yield replace(graph, outputs=tuple(dict.fromkeys(o if x == k else x for x in graph.outputs))).live()
    for k in reversed(range(len(graph.entries))):
        entry = graph.entries[k]
        if isinstance(entry, Line):
            leaf = _as_leaf(graph, k)
            if leaf is not None and k not in graph.outputs:
                yield _with(graph, k, leaf).live()
        elif entry.name is not None or any(not isinstance(n, int) for n in entry.shape):
            yield _with(graph, k, replace(entry, name=None, shape=entry.values[0].shape,
                                          values=(entry.values[0],) * 2))  # fmt: skip
    yield replace(graph, entries=tuple(_trimmed(e) if isinstance(e, Leaf) else e for e in graph.entries))
    if any(e.name for e in graph.entries):
        yield replace(graph, entries=tuple(replace(e, name=None) for e in graph.entries))


def _trimmed(leaf: Leaf) -> Leaf:
    """Fewer of what there is much of, and shorter numbers."""
    value = leaf.values[0]
    value = value[tuple(slice(3) if n > 8 else slice(None) for n in value.shape)]
    value = np.round(value, 1) if value.dtype.kind == "f" else value
    return replace(leaf, values=(value, value), shape=value.shape)


def _with(graph: Graph, k: int, entry: Leaf | Line) -> Graph:
    return replace(graph, entries=(*graph.entries[:k], entry, *graph.entries[k + 1 :]))


def _as_leaf(graph: Graph, k: int) -> Leaf | None:
    """An input with the value of a line, for each set of sizes that the line can meet."""
    built = graph.build()
    values = []
    for which in (0, 1):
        given = {built[j]: e.values[which if e.kind == "input" else 0]
                 for j, e in enumerate(graph.entries) if isinstance(e, Leaf)}  # fmt: skip
        try:
            values.append(np.array(evaluate([built[k]], given)[0]))
        except (sn.SymnetError, ValueError, IndexError):
            if which == 0:
                return None
            values.append(values[0])
    return Leaf("input", tuple(values), built[k].type.shape)


def main(argv: list[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", default="0:1000", help="first:last, the last not included")
    parser.add_argument("--nodes", default="{}:{}".format(*NODES), help="fewest:most lines of a graph")
    parser.add_argument("--quick", action="store_true", help="do not look for the shortest program")
    asked = parser.parse_args(argv)
    first, last = map(int, asked.seeds.split(":"))
    fewest, most = map(int, asked.nodes.split(":"))
    tally, start, failed, discarded, refused, lines = Tally(), time.perf_counter(), [], 0, 0, 0
    for seed in range(first, last):
        graph, no = draw(seed, (fewest, most))
        refused += no
        lines += sum(isinstance(e, Line) for e in graph.entries)
        try:
            found = disagreement(graph, tally)
        except sn.SymnetError as error:
            discarded += 1
            print(f"seed {seed} is discarded: {type(error).__name__}: {error}", flush=True)
            continue
        if found is not None:
            failed.append(seed)
            print(f"\nseed {seed}: {str(found)[:600]}", flush=True)
            if not asked.quick:
                print(minimised(graph, found.check).code()[:6000], flush=True)
    seconds = time.perf_counter() - start
    graphs = last - first
    print(f"{graphs} graphs with {lines} lines in {seconds:.0f} s ({1e3 * seconds / max(graphs, 1):.0f} ms each): "
          f"{graphs - len(failed) - discarded} agree, {discarded} discarded, {len(failed)} disagree {failed}; "
          f"{refused} lines refused while drawing")  # fmt: skip
    for what, count in sorted(tally.counts.items()):
        print(f"  {what}: {count}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
