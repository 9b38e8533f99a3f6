"""Files that are written whole or not at all, and arrays as the bytes of an `.npz`."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import numpy as np

from symnet.errors import DataError


def write_whole(contents: Mapping[Path, bytes]) -> None:
    """Write files, replacing what is there: all contents are on the disk before the first file is replaced.

    Raises: DataError that names the file that cannot be written.
    """
    # Not mkstemp, whose files none but their owner may read.
    temporary = {target: target.with_name(f".{target.name}.{os.getpid()}") for target in contents}
    target = None
    try:
        for target, content in contents.items():
            with temporary[target].open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        for target in contents:
            os.replace(temporary[target], target)
    except (OSError, ValueError) as error:
        raise DataError(f"{target} cannot be written: {reason(error)}.") from None
    finally:
        for path in temporary.values():
            with suppress(OSError, ValueError):
                path.unlink()


def remove_unfinished(path: Path) -> None:
    """Remove what processes that were killed while they wrote the file left beside it."""
    with suppress(OSError):
        for left in path.parent.iterdir():
            before, _, number = left.name.rpartition(".")
            if before == f".{path.name}" and number.isdecimal() and not _runs(int(number)):
                left.unlink()


def _runs(process: int) -> bool:
    if os.name != "posix":  # where signal 0 is not a question
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def npz(arrays: Mapping[str, np.ndarray], texts: Mapping[str, str] | None = None) -> bytes:
    """Arrays by name in NumPy's format for several, and texts by file name; nothing is pickled."""
    stream = io.BytesIO()
    # As np.savez does, which takes some names for its own arguments.
    with zipfile.ZipFile(stream, "w") as archive:
        for key, array in arrays.items():
            with archive.open(zipfile.ZipInfo(f"{key}.npy"), "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asanyarray(array), allow_pickle=False)
        for name, text in (texts or {}).items():
            archive.writestr(zipfile.ZipInfo(name), text)
    return stream.getvalue()


def reason(error: OSError | ValueError) -> str:
    """Why the system refused."""
    return (isinstance(error, OSError) and error.strerror) or str(error)
