"""Names of other libraries on the pages: `python docs/_site/peers.py` looks each up where the library is installed."""

from __future__ import annotations

import importlib
import re
import sys
from typing import Any

import pages

NAME = re.compile(r"`((?:gradient|torch|F|jax|jnp|pytensor|pt|theano|T)(?:\.\w+)+)`")
MEANT = {
    "F": "torch.nn.functional", "jnp": "jax.numpy", "pt": "pytensor.tensor", "T": "theano.tensor",
    "gradient": "pytensor.gradient",
}  # fmt: skip


def found(name: str) -> bool:
    """Whether a dotted name leads to something; modules on the way are imported.

    Raises: ImportError where the library is not installed.
    """
    first, *rest = name.split(".")
    path = MEANT.get(first, first)
    value: Any = importlib.import_module(path.partition(".")[0])
    for part in (path + "." + ".".join(rest)).split(".")[1:]:
        path = f"{value.__name__}.{part}" if hasattr(value, "__path__") else ""
        if not hasattr(value, part):
            try:
                value = importlib.import_module(path)
                continue
            except (ImportError, ValueError):
                return False
        value = getattr(value, part)
    return True


def main() -> int:
    """Print the names that are not there, and how many were looked up."""
    count, wrong = 0, 0
    for page in pages.pages():
        for name in dict.fromkeys(NAME.findall(page.read_text(encoding="utf-8"))):
            try:
                count, known = count + 1, found(name)
            except ImportError as error:
                print(f"{page.name}: {name}: {error}")
                continue
            if not known:
                wrong += 1
                print(f"{page.name}: {name} is not there")
    print(f"{count} names looked up")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
