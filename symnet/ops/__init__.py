"""The vocabulary: one family of ops a file. Importing it gives Python's operators on variables their meaning."""

from symnet.graph.operators import bind
from symnet.op import registry
from symnet.ops.argmax import *  # noqa: F403
from symnet.ops.conv import *  # noqa: F403
from symnet.ops.create import *  # noqa: F403
from symnet.ops.elementwise import *  # noqa: F403
from symnet.ops.index import *  # noqa: F403
from symnet.ops.matmul import *  # noqa: F403
from symnet.ops.nnet import *  # noqa: F403
from symnet.ops.patches import *  # noqa: F403
from symnet.ops.pick import *  # noqa: F403
from symnet.ops.pool import *  # noqa: F403
from symnet.ops.products import *  # noqa: F403
from symnet.ops.random import *  # noqa: F403
from symnet.ops.reduce import *  # noqa: F403
from symnet.ops.shape import *  # noqa: F403
from symnet.ops.sum_to import *  # noqa: F403

bind({name: entry.function for name, entry in registry.items()})
bind({"size": size, "concatenate": concatenate, "stack": stack})  # noqa: F405
