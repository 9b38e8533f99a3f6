"""The vocabulary: one family of ops a file. Importing it gives Python's operators on variables their meaning."""

from symnet.graph.operators import bind
from symnet.op import registry
from symnet.ops.elementwise import *  # noqa: F403

bind({name: entry.function for name, entry in registry.items()})
