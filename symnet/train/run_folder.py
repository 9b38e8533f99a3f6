"""The run folder: everything a run leaves behind, each file written whole or not at all."""

from __future__ import annotations

import io
import json
import os
import tempfile
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from symnet.errors import DataError


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
                f"the run folder {self.path} cannot be written: {_reason(error)}.", fix="choose another with --out."
            ) from None

    def text(self, name: str, content: str) -> Path:
        """Write a text file."""
        return self._replace(name, content.encode())

    def json(self, name: str, content: Any) -> Path:
        """Write a JSON file."""
        return self.text(name, json.dumps(content, indent=1) + "\n")

    def arrays(self, name: str, content: Mapping[str, np.ndarray]) -> Path:
        """Write arrays as `.npz`, by name."""
        stream = io.BytesIO()
        # As np.savez does, which takes some names for its own arguments.
        with zipfile.ZipFile(stream, "w") as archive:
            for key, array in content.items():
                with archive.open(zipfile.ZipInfo(f"{key}.npy"), "w") as member:
                    np.lib.format.write_array(member, array, allow_pickle=False)
        return self._replace(name, stream.getvalue())

    def _replace(self, name: str, content: bytes) -> Path:
        target = self.path / name
        temporary = self.path / f".{name}.{os.getpid()}"  # not mkstemp, whose files none but their owner may read
        try:
            temporary.write_bytes(content)
            os.replace(temporary, target)
        except OSError as error:
            raise DataError(f"{target} cannot be written: {_reason(error)}.") from None
        finally:
            with suppress(OSError):
                temporary.unlink()
        return target


def _reason(error: OSError | ValueError) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error)
