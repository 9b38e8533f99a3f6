"""Pictures of graphs and of digits, and sources in the same colours."""

from symnet.viz.drawing import draw
from symnet.viz.listing import Listing, listing
from symnet.viz.picture import Picture

__all__ = ["Listing", "Picture", "draw", "listing"]
