"""Data of your own: IDX files, `.npz` archives, and folders of pictures."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symnet.data.idx import decode_idx
from symnet.data.splits import Split
from symnet.errors import ArgumentError, DataError, MissingExtraError

PICTURES = (".png", ".jpg", ".jpeg")


def load_idx(path: str | Path) -> NDArray[Any]:
    """Return the array of an IDX file (MNIST's format), packed (`.gz`) or not.

    Raises: DataError where the file cannot be read, is truncated, or is no IDX file.
    """
    path = Path(path)
    try:
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"cannot read {path}: {_reason(error)}.") from error
    return decode_idx(content, path.name)


def load_npz(path: str | Path, images: str = "x", labels: str = "y") -> Split:
    """Return two arrays of an `.npz` file, by their names in it, as a split; nothing is unpickled.

    Shapes: images (n, ...), labels (n,) or (n, ...).
    Raises: DataError where the file cannot be read, holds no such arrays, or their lengths differ.
    """
    path = Path(path)
    try:
        with path.open("rb") as stream:
            held = np.load(stream, allow_pickle=False)
            if isinstance(held, np.ndarray):
                raise DataError(f"{path} is no .npz file: it holds one array without a name.")
            missing = [name for name in (images, labels) if name not in held.files]
            if missing:
                names = ", ".join(held.files) or "nothing"
                fix = "give the names: load_npz(path, images=..., labels=...)."
                raise DataError(f"{path} holds no {' and no '.join(missing)}; it holds {names}.", fix=fix)
            split = Split(held[images], held[labels])
    except DataError:
        raise
    except (OSError, EOFError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        raise DataError(f"cannot read {path}: {_reason(error)}.") from error
    sizes = [np.shape(array)[:1] or ("no",) for array in split]
    if sizes[0] != sizes[1] or sizes[0] == ("no",):
        raise DataError(f"{path} holds {sizes[0][0]} {images} but {sizes[1][0]} {labels}.")
    return split


def image_folder(path: str | Path, shape: tuple[int, int] | None = None, channels: int = 3) -> tuple[Split, list[str]]:
    """Return the pictures of a folder of folders, one for each class, and the names of the classes in order.

    A label is the place of the class in that list, which is sorted, as the files of each class are. Images are uint8
    rows of channels x rows x columns, as those of `cifar10`; `channels=1` makes them grey. With `shape=(rows, columns)`
    they are scaled (bilinearly, smoothed where they shrink); without, all must have one size. Reads PNG and JPEG.

    Raises: MissingExtraError without Pillow; DataError, which names the file, for one that is damaged or of another
    size, and for folders without pictures.
    """
    root = Path(path)
    if channels not in (1, 3):
        raise ArgumentError(f"image_folder: channels is {channels}, expected 1 (grey) or 3 (red, green, blue).")
    try:
        classes = sorted(folder.name for folder in root.iterdir() if folder.is_dir() and folder.name[0] != ".")
    except OSError as error:
        raise DataError(f"cannot read {root}: {_reason(error)}.") from error
    if not classes:
        raise DataError(f"{root} holds no folders.", fix="put the pictures of each class into a folder of its own.")
    files = [(file, label) for label, name in enumerate(classes) for file in _pictures(root / name)]
    first = _picture(files[0][0], shape, channels)
    images = np.empty((len(files), *first.shape), np.uint8)
    for row, (file, _) in enumerate(files):
        pixels = _picture(file, shape, channels) if row else first
        if pixels.shape != first.shape:
            pair = ((pixels, file), (first, files[0][0]))
            sizes = " but ".join(f"{p.shape[1]} x {p.shape[2]} in {f.name}" for p, f in pair)
            raise DataError(f"the pictures of {root} differ in size: {sizes}.", fix="give shape=(rows, columns).")
        images[row] = pixels
    return Split(images.reshape(len(files), -1), np.array([label for _, label in files], np.int64)), classes


def _pictures(folder: Path) -> list[Path]:
    found = sorted(f for f in folder.iterdir() if f.suffix.lower() in PICTURES and not f.name.startswith("."))
    if not found:
        raise DataError(f"{folder} holds no pictures, expected {', '.join(PICTURES)}.")
    return found


def _picture(file: Path, shape: tuple[int, int] | None, channels: int) -> NDArray[np.uint8]:
    """Return the pixels of a file as (channels, rows, columns)."""
    try:
        from PIL import Image, UnidentifiedImageError
    except ImportError as error:
        fix = "pip install 'symnet[data]'."
        raise MissingExtraError("reading pictures needs Pillow, which the [data] extra brings.", fix=fix) from error
    try:
        with Image.open(file, formats=("PNG", "JPEG")) as opened:
            picture = opened.convert("L" if channels == 1 else "RGB")
    except (OSError, SyntaxError, ValueError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise DataError(f"cannot read {file}: {_reason(error)}.") from error
    if shape is not None:
        picture = picture.resize((shape[1], shape[0]), Image.Resampling.BILINEAR)
    pixels = np.asarray(picture, np.uint8)
    return pixels[None] if channels == 1 else np.ascontiguousarray(pixels.transpose(2, 0, 1))


def _reason(error: BaseException) -> str:
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(text.split()).rstrip(".")
