"""Pictures of graphs and of digits."""

from symnet.viz.graph_picture import Picture, draw

__all__ = ["Picture", "draw"]
