"""CIFAR-10: 60,000 small photographs (Krizhevsky, *Learning Multiple Layers of Features from Tiny Images*, 2009).

The cache holds the archive of the binary version as its author published it. A record of it is a label and the
1,024 red, green and blue pixels of an image, row by row.
"""

import io
import tarfile
import zlib
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from symnet.data.cache import DataFile, cache_directory, obtain
from symnet.data.sources import Mirror
from symnet.data.splits import Dataset, Split, as_rows, image_dtype, three_ways
from symnet.errors import DataError

ARCHIVE = DataFile(
    name="cifar-10-binary.tar.gz",
    size=170_052_171,
    # As in GoMLX and in torchvision for Ruby; the author's page gives the MD5 c32a1d4ab5d03f1284b67883e8d87530.
    sha256="c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
)
MIRRORS = (
    Mirror("https://www.cs.toronto.edu/~kriz", gzipped=False),
    Mirror("https://storage.googleapis.com/s4tf-hosted-binaries/datasets/CIFAR10", gzipped=False),
)
TRAIN = tuple(f"cifar-10-batches-bin/data_batch_{k}.bin" for k in range(1, 6))
TEST = ("cifar-10-batches-bin/test_batch.bin",)
SHAPE = (3, 32, 32)
RECORDS = 10_000
"""The images of each file."""
VALIDATION = 5_000
"""As in *Deep Residual Learning for Image Recognition* (He, Zhang, Ren and Sun, 2015): 45,000 to train."""
OBJECTS = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
"""What the labels 0 to 9 mean."""


def cifar10(dtype: DTypeLike = "float32", *, progress: bool = True) -> Dataset:
    """Return the 60,000 photographs of CIFAR-10, split 45,000 / 5,000 / 10,000.

    Images are rows of 3072 pixels, first all red ones, then green, then blue (`x.reshape(-1, 3, 32, 32)` has
    channels, rows and columns), float32 in [0, 1) (pixel / 256) or, with `dtype="uint8"`, the pixels themselves;
    labels are int64, and `symnet.data.OBJECTS[label]` is the name. All arrays belong to the caller.

    Kept in the cache directory and fetched from a public mirror (170 MB) as `mnist` is.

    Raises: DataError where no source has it, ArgumentError for another dtype.
    """
    wanted = image_dtype("cifar10", dtype)
    directory = cache_directory() / "cifar-10"
    fix = f"put {ARCHIVE.name}, the binary version, into {directory}"
    content = obtain(directory, [ARCHIVE], MIRRORS, progress=progress, fix=fix)[ARCHIVE.name]
    return read(content, wanted, RECORDS, VALIDATION)


def read(archive: bytes, dtype: np.dtype[Any], records: int, validation: int) -> Dataset:
    """Make the data set of the archive, each of whose six files holds `records` images."""
    found: dict[str, bytes] = {}
    size = records * (1 + int(np.prod(SHAPE)))
    try:
        with tarfile.open(fileobj=io.BytesIO(archive), mode="r|gz") as members:
            for member in members:
                if member.name in (*TRAIN, *TEST) and (stream := members.extractfile(member)) is not None:
                    found[member.name] = stream.read(size + 1)
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        raise DataError(f"{ARCHIVE.name} is not an intact archive ({error}).") from error
    for name in (*TRAIN, *TEST):
        if len(found.get(name, b"")) != size:
            held = f"{len(found[name]):,} bytes of" if name in found else "no"
            raise DataError(f"{ARCHIVE.name} holds {held} {name}, expected {size:,} bytes.")
    splits = [_examples(b"".join(found[name] for name in names), dtype) for names in (TRAIN, TEST)]
    return three_ways(splits[0], splits[1], validation)


def _examples(content: bytes, dtype: np.dtype[Any]) -> Split:
    records = np.frombuffer(content, np.uint8).reshape(-1, 1 + int(np.prod(SHAPE)))
    labels = records[:, 0].astype(np.int64)
    wrong = np.flatnonzero(labels >= len(OBJECTS))
    if len(wrong):
        raise DataError(f"image {wrong[0]} of CIFAR-10 has the label {labels[wrong[0]]}, expected 0 to 9.")
    return Split(as_rows(records[:, 1:], dtype), labels)
