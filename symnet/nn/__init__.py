"""Layers: thin objects that build expressions and own named shared parameters."""

from symnet.nn.layers import Conv2d, Dense, Layer

__all__ = ["Conv2d", "Dense", "Layer"]
