"""The NumPy backend: a program as a short, readable Python module."""

from symnet.backends.base import Backend
from symnet.backends.numpy.blas import openblas
from symnet.backends.numpy.module import NumpyPlan
from symnet.backends.numpy.threads import thread_count

backend = Backend("numpy", NumpyPlan, thread_count, openblas.adds_products)

__all__ = ["NumpyPlan", "backend"]
