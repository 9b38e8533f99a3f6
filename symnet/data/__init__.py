"""Data: sets that are fetched once, verified and kept; files of your own; minibatches; and augmentation."""

from symnet.data import augment
from symnet.data.batches import Batches, batches, stream
from symnet.data.cache import cache_directory
from symnet.data.cifar10 import OBJECTS, cifar10
from symnet.data.expand import expand
from symnet.data.fashion_mnist import CLOTHES, fashion_mnist
from symnet.data.files import image_folder, load_idx, load_npz
from symnet.data.mnist import mnist
from symnet.data.splits import Dataset, Split

__all__ = [
    "Batches",
    "CLOTHES",
    "Dataset",
    "OBJECTS",
    "Split",
    "augment",
    "batches",
    "cache_directory",
    "cifar10",
    "expand",
    "fashion_mnist",
    "image_folder",
    "load_idx",
    "load_npz",
    "mnist",
    "stream",
]
