"""What a plan should know of the machine it runs on."""

from __future__ import annotations

from dataclasses import dataclass

from symnet.errors import ArgumentError


@dataclass(frozen=True)
class Machine:
    """Sizes that plans are made for.

    `cache` is how many bytes one thread works on at a time: work on more is done in pieces of this size. `threads` is
    how many threads share the pieces; None: as many as NumPy's BLAS is set to use.
    """

    cache: int = 4 << 20
    threads: int | None = None

    def __post_init__(self) -> None:
        for what, n in (("cache", self.cache), ("threads", self.threads)):
            if n is not None and n < 1:
                raise ArgumentError(f"Machine: {what} is {n}.", fix=f"{what} is 1 or more.")


ONE_THREAD = Machine(threads=1)
