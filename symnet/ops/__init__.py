"""The vocabulary: one family of ops a file. Importing it gives Python's operators on variables their meaning."""

from symnet.graph.operators import bind as _bind
from symnet.op import registry as _registry
from symnet.ops import fft as fft
from symnet.ops import linalg as linalg
from symnet.ops import random as random
from symnet.ops.activations import *  # noqa: F403
from symnet.ops.along import *  # noqa: F403
from symnet.ops.argmax import *  # noqa: F403
from symnet.ops.arithmetic import *  # noqa: F403
from symnet.ops.attention import *  # noqa: F403
from symnet.ops.bands import *  # noqa: F403
from symnet.ops.bessel import *  # noqa: F403
from symnet.ops.broadcast import *  # noqa: F403
from symnet.ops.choice import *  # noqa: F403
from symnet.ops.closeness import *  # noqa: F403
from symnet.ops.compare import *  # noqa: F403
from symnet.ops.complex_numbers import *  # noqa: F403
from symnet.ops.contractions import *  # noqa: F403
from symnet.ops.conv import *  # noqa: F403
from symnet.ops.conv_transpose import *  # noqa: F403
from symnet.ops.conversion import *  # noqa: F403
from symnet.ops.convolve import *  # noqa: F403
from symnet.ops.coordinates import *  # noqa: F403
from symnet.ops.covariance import *  # noqa: F403
from symnet.ops.create import *  # noqa: F403
from symnet.ops.cross_entropy import *  # noqa: F403
from symnet.ops.ctc import *  # noqa: F403
from symnet.ops.curves import *  # noqa: F403
from symnet.ops.define import *  # noqa: F403
from symnet.ops.diagonals import *  # noqa: F403
from symnet.ops.differences import *  # noqa: F403
from symnet.ops.dropout import *  # noqa: F403
from symnet.ops.einsum import *  # noqa: F403
from symnet.ops.elementary import *  # noqa: F403
from symnet.ops.embedding import *  # noqa: F403
from symnet.ops.erf import *  # noqa: F403
from symnet.ops.extremes import *  # noqa: F403
from symnet.ops.floating import *  # noqa: F403
from symnet.ops.gamma import *  # noqa: F403
from symnet.ops.gates import *  # noqa: F403
from symnet.ops.gather import *  # noqa: F403
from symnet.ops.gaussian import *  # noqa: F403
from symnet.ops.gelu import *  # noqa: F403
from symnet.ops.gradients import *  # noqa: F403
from symnet.ops.grids import *  # noqa: F403
from symnet.ops.index import *  # noqa: F403
from symnet.ops.integers import *  # noqa: F403
from symnet.ops.join import *  # noqa: F403
from symnet.ops.keyed import *  # noqa: F403
from symnet.ops.lexsort import *  # noqa: F403
from symnet.ops.likelihoods import *  # noqa: F403
from symnet.ops.logarithms import *  # noqa: F403
from symnet.ops.logits import *  # noqa: F403
from symnet.ops.losses import *  # noqa: F403
from symnet.ops.lp_pool import *  # noqa: F403
from symnet.ops.margins import *  # noqa: F403
from symnet.ops.masks import *  # noqa: F403
from symnet.ops.matmul import *  # noqa: F403
from symnet.ops.membership import *  # noqa: F403
from symnet.ops.metrics import *  # noqa: F403
from symnet.ops.nans import *  # noqa: F403
from symnet.ops.nnet import *  # noqa: F403  # noqa: F403
from symnet.ops.normalise import *  # noqa: F403
from symnet.ops.order import *  # noqa: F403
from symnet.ops.padding import *  # noqa: F403
from symnet.ops.patches import *  # noqa: F403
from symnet.ops.pick import *  # noqa: F403
from symnet.ops.places import *  # noqa: F403
from symnet.ops.pool import *  # noqa: F403
from symnet.ops.pool_along import *  # noqa: F403
from symnet.ops.powers import *  # noqa: F403
from symnet.ops.product_sum import *  # noqa: F403
from symnet.ops.products import *  # noqa: F403
from symnet.ops.python_function import *  # noqa: F403
from symnet.ops.random.streams import *  # noqa: F403
from symnet.ops.reduce import *  # noqa: F403
from symnet.ops.repeats import *  # noqa: F403
from symnet.ops.resample import *  # noqa: F403
from symnet.ops.response_norm import *  # noqa: F403
from symnet.ops.rounding import *  # noqa: F403
from symnet.ops.scans import *  # noqa: F403
from symnet.ops.searching import *  # noqa: F403
from symnet.ops.sets import *  # noqa: F403
from symnet.ops.shape import *  # noqa: F403  # noqa: F403
from symnet.ops.sizes import *  # noqa: F403  # noqa: F403
from symnet.ops.smooth import *  # noqa: F403
from symnet.ops.sorting import *  # noqa: F403
from symnet.ops.sparsemax import *  # noqa: F403
from symnet.ops.special import *  # noqa: F403
from symnet.ops.stacks import *  # noqa: F403
from symnet.ops.statistics import *  # noqa: F403
from symnet.ops.subtensor import *  # noqa: F403
from symnet.ops.sum_to import *  # noqa: F403
from symnet.ops.switched import *  # noqa: F403
from symnet.ops.trigonometry import *  # noqa: F403
from symnet.ops.unfold import *  # noqa: F403
from symnet.ops.unpatches import *  # noqa: F403
from symnet.ops.vecdot import *  # noqa: F403
from symnet.ops.watch import *  # noqa: F403
from symnet.ops.winograd import *  # noqa: F403

_bind({name: entry.function for name, entry in _registry.items()})
_bind({"conjugate": conj})  # noqa: F405
# Their cases name x, key and value apart; users write set_subtensor(x[key], value).
_bind({"set_subtensor": set_subtensor, "inc_subtensor": inc_subtensor, "at": At})  # noqa: F405
