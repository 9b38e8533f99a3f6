"""Data sets for examples and tests: fetched once, verified, and kept in a user cache directory."""

from symnet.data.cache import cache_directory
from symnet.data.mnist import Dataset, Split, mnist

__all__ = ["Dataset", "Split", "cache_directory", "mnist"]
