"""The NumPy backend: a program as a short, readable Python module."""

from symnet.backends.base import Backend
from symnet.backends.numpy.module import NumpyPlan
from symnet.backends.numpy.threads import threads

backend = Backend("numpy", NumpyPlan, threads)

__all__ = ["NumpyPlan", "backend"]
