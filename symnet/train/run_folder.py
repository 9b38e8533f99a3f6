"""The run folder: everything a run leaves behind, each file written whole or not at all."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from symnet.errors import DataError
from symnet.files import npz, reason, write_whole


class RunFolder:
    """A folder for one run's files; made at once, so that a folder that cannot be written fails before training.

    Raises: DataError.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.path):
                pass
        except (OSError, ValueError) as error:
            raise DataError(
                f"the run folder {self.path} cannot be written: {reason(error)}.", fix="choose another with --out."
            ) from None

    def text(self, name: str, content: str) -> Path:
        """Write a text file."""
        return self._replace(name, content.encode())

    def json(self, name: str, content: Any) -> Path:
        """Write a JSON file."""
        return self.text(name, json.dumps(content, indent=1) + "\n")

    def arrays(self, name: str, content: Mapping[str, np.ndarray]) -> Path:
        """Write arrays as `.npz`, by name."""
        return self._replace(name, npz(content))

    def _replace(self, name: str, content: bytes) -> Path:
        target = self.path / name
        write_whole({target: content})
        return target
