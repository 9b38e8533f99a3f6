"""Fashion-MNIST: 70,000 pieces of clothing in MNIST's form (Xiao, Rasul and Vollgraf, 2017, arXiv:1708.07747)."""

from pathlib import Path

from numpy.typing import DTypeLike

from symnet.data.cache import DataFile, cache_directory, obtain
from symnet.data.mnist import VALIDATION, split
from symnet.data.sources import Folder, Mirror
from symnet.data.splits import Dataset, image_dtype

FILES = (
    DataFile(
        name="train-images-idx3-ubyte",
        size=47_040_016,
        sha256="c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    ),
    DataFile(
        name="train-labels-idx1-ubyte",
        size=60_008,
        sha256="bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    ),
    DataFile(
        name="t10k-images-idx3-ubyte",
        size=7_840_016,
        sha256="5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    ),
    DataFile(
        name="t10k-labels-idx1-ubyte",
        size=10_008,
        sha256="0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    ),
)
MIRRORS = (
    Mirror("https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion"),
    Mirror("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com"),
)
DEBIAN = Folder(Path("/usr/share/datasets/fashion-mnist"))
"""Where Debian's package `dataset-fashion-mnist` puts the files."""
CLOTHES = (
    "T-shirt/top", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot",
)  # fmt: skip
"""What the labels 0 to 9 mean."""


def fashion_mnist(dtype: DTypeLike = "float32", *, progress: bool = True) -> Dataset:
    """Return the 70,000 pictures of Fashion-MNIST, split as MNIST is: 50,000 / 10,000 / 10,000.

    Images are rows of 784 pixels, float32 in [0, 1) (pixel / 256) or, with `dtype="uint8"`, the pixels themselves;
    labels are int64, and `symnet.data.CLOTHES[label]` is the name. All arrays belong to the caller.

    Kept in the cache directory and fetched as `mnist` is: from Debian's package `dataset-fashion-mnist` where that is
    installed, or else from a public mirror.

    Raises: DataError where no source has it, ArgumentError for another dtype.
    """
    wanted = image_dtype("fashion_mnist", dtype)
    directory = cache_directory() / "fashion-mnist"
    by_hand = [Folder(directory)] if any(directory.glob("*-ubyte.gz")) else []
    installed = [DEBIAN] if DEBIAN.path.is_dir() else []
    fix = f"apt install dataset-fashion-mnist, or put the four IDX files (.gz or not) into {directory}"
    contents = obtain(directory, FILES, [*by_hand, *installed, *MIRRORS], progress=progress, fix=fix)
    return split([contents[file.name] for file in FILES], wanted, VALIDATION)
