"""The NumPy backend: a program as a short, readable Python module."""

from symnet.backends.base import Backend
from symnet.backends.numpy.module import NumpyPlan

backend = Backend("numpy", NumpyPlan)

__all__ = ["NumpyPlan", "backend"]
