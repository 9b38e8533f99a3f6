"""Derivatives as graphs."""

from symnet.autodiff.reverse import grad

__all__ = ["grad"]
