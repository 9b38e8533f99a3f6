"""Pictures of graphs and of digits, sources in the same colours, and a page to explore a function on."""

from symnet.viz.drawing import draw
from symnet.viz.explorer import Page, explore
from symnet.viz.listing import Listing, listing
from symnet.viz.picture import Picture
from symnet.viz.tree import dprint

__all__ = ["Listing", "Page", "Picture", "dprint", "draw", "explore", "listing"]
