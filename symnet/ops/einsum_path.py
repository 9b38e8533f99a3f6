"""In which order the operands of a sum of products are multiplied."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from math import prod

__all__: list[str] = []

FEW = 6
"""Up to so many operands the best order is sought; 6 of them have 301 ways to be cut in two."""

Sizes = Mapping[str, int]


def path(terms: Sequence[str], result: str, sizes: Sizes, optimize: str) -> list[tuple[int, int]]:
    """Which two of the operands become one, step by step: their places i < j; the product is put behind the others.

    `optimize` is "optimal", "greedy", "left" (the first two), or "auto": optimal for a few operands, else greedy.
    """
    if optimize == "left":
        return _from_left(len(terms))
    if optimize == "optimal" or (optimize == "auto" and len(terms) <= FEW):
        return _optimal(terms, result, sizes)
    return _greedy(terms, result, sizes)


def _from_left(count: int) -> list[tuple[int, int]]:
    # The product of the first two stands last, and meets the next one, which now stands first.
    return [(0, 1), *((0, left - 1) for left in range(count - 1, 1, -1))][: count - 1]


def _cost(names: frozenset[str], sizes: Sizes) -> int:
    return prod(sizes[name] for name in names)


def _optimal(terms: Sequence[str], result: str, sizes: Sizes) -> list[tuple[int, int]]:
    """The order of fewest multiplications, by dynamic programming over sets of operands."""
    n = len(terms)
    everything = frozenset(range(n))
    best: dict[frozenset[int], tuple[int, tuple[frozenset[int], frozenset[int]] | None]] = {
        frozenset([k]): (0, None) for k in range(n)
    }
    names = {members: _left_over(members, terms, result) for members in _subsets(everything)}
    for members in _subsets(everything):
        if len(members) > 1:
            best[members] = min(
                (
                    (best[a][0] + best[b][0] + _cost(names[a] | names[b], sizes), (a, b))
                    for a, b in _halves(members)
                ),
                key=lambda found: found[0],
            )
    steps: list[tuple[int, int]] = []
    places = [frozenset([k]) for k in range(n)]

    def build(members: frozenset[int]) -> None:
        halves = best[members][1]
        if halves is None:
            return
        for half in halves:
            build(half)
        i, j = sorted(places.index(half) for half in halves)
        steps.append((i, j))
        del places[j], places[i]
        places.append(members)

    build(everything)
    return steps


def _left_over(members: frozenset[int], terms: Sequence[str], result: str) -> frozenset[str]:
    """The axes of a product of operands once those are summed that neither the result nor another operand has."""
    inside = set().union(*(terms[k] for k in members))
    outside = set(result).union(*(terms[k] for k in range(len(terms)) if k not in members))
    return frozenset(inside & outside)


def _subsets(members: frozenset[int]) -> Iterator[frozenset[int]]:
    for size in range(1, len(members) + 1):
        yield from map(frozenset, combinations(sorted(members), size))


def _halves(members: frozenset[int]) -> Iterator[tuple[frozenset[int], frozenset[int]]]:
    """Each way to cut a set in two: the first half has the first member."""
    first, *rest = sorted(members)
    for size in range(len(rest)):
        for others in combinations(rest, size):
            half = frozenset([first, *others])
            yield half, members - half


def _greedy(terms: Sequence[str], result: str, sizes: Sizes) -> list[tuple[int, int]]:
    """At each step the pair whose product is smallest beside what it replaces; of equals the one cheapest to make."""
    left = [frozenset(term) for term in terms]
    steps: list[tuple[int, int]] = []
    while len(left) > 1:
        choices = []
        for i, j in combinations(range(len(left)), 2):
            outside = set(result).union(*(left[k] for k in range(len(left)) if k not in (i, j)))
            made = frozenset((left[i] | left[j]) & outside)
            growth = _cost(made, sizes) - _cost(left[i], sizes) - _cost(left[j], sizes)
            choices.append((not left[i] & left[j], growth, _cost(left[i] | left[j], sizes), i, j, made))
        *_, i, j, made = min(choices, key=lambda choice: choice[:5])
        steps.append((i, j))
        del left[j], left[i]
        left.append(made)
    return steps
