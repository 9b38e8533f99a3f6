"""Names for parts of a program: what is built inside a `with sn.scope("conv1"):` block is one box in pictures."""

from __future__ import annotations

from contextlib import ContextDecorator
from contextvars import Token

from symnet.errors import ArgumentError
from symnet.origin import scopes_now


class scope(ContextDecorator):
    """Expressions built inside the `with` block belong to a part of the program called `name`.

    Scopes nest, and blocks of one name within one scope are one part. Gradients and rewrites of an expression
    belong to its part too. Pictures draw a part as one box, or open it (`sn.draw(..., depth=)`). Decorating a function
    puts what it builds in a scope.

    Raises: ArgumentError where the name is no text, or empty.
    """

    def __init__(self, name: str) -> None:
        if not isinstance(name, str) or not name:
            raise ArgumentError(
                f"scope: the name is {name!r}.", fix='give the part a name of at least one letter: sn.scope("conv1").'
            )
        self.name = name
        self._tokens: list[Token[tuple[str, ...]]] = []

    def __enter__(self) -> scope:
        self._tokens.append(scopes_now.set((*scopes_now.get(), self.name)))
        return self

    def __exit__(self, *error: object) -> None:
        scopes_now.reset(self._tokens.pop())

    def _recreate_cm(self) -> scope:
        return scope(self.name)  # for each call of a decorated function, which may run in several threads
