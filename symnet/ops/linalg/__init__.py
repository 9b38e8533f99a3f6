"""Linear algebra on matrices and stacks of them, under the names of `numpy.linalg` and the array API: `sn.linalg`.

A stack has its matrices in the last two axes. Integers are computed in floatX; float16 LAPACK does not know.
"""

from symnet.ops.linalg.cholesky import *  # noqa: F403
from symnet.ops.linalg.det import *  # noqa: F403
from symnet.ops.linalg.eigh import *  # noqa: F403
from symnet.ops.linalg.expm import *  # noqa: F403
from symnet.ops.linalg.norm import *  # noqa: F403
from symnet.ops.linalg.pinv import *  # noqa: F403
from symnet.ops.linalg.powers import *  # noqa: F403
from symnet.ops.linalg.products import *  # noqa: F403
from symnet.ops.linalg.qr import *  # noqa: F403
from symnet.ops.linalg.solve import *  # noqa: F403
from symnet.ops.linalg.svd import *  # noqa: F403
