"""The NumPy backend: a program as a short, readable Python module."""

from symnet.backends.base import Backend
from symnet.backends.numpy.module import NumpyPlan
from symnet.backends.numpy.threads import thread_count

backend = Backend("numpy", NumpyPlan, thread_count)

__all__ = ["NumpyPlan", "backend"]
