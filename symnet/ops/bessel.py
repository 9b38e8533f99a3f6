"""Modified Bessel functions of the first kind, as sums of Chebyshev polynomials."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from symnet.graph import Variable
from symnet.op import arr, case, elementwise, vocabulary
from symnet.ops.arithmetic import abs as absolute
from symnet.ops.arithmetic import maximum, minimum, sign
from symnet.ops.compare import equal, less_equal, where
from symnet.ops.elementary import exp, sqrt
from symnet.ops.special import Special

__all__ = ["i0", "i1", "BesselI"]

# Of e^-x I_0(x) and e^-x I_1(x) / x on 0 ... 8 in x / 4 - 1, and of sqrt(x) e^-x I(x) from 8 on in 16 / x - 1, both
# exact in few ulp. So Clenshaw's tables have them, and NumPy's i0.
_NEAR = (
    (
        0.33839763720473803, -0.3046826723431984, 0.17162090152220877, -0.09490109704804764, 0.049305284239670705,
        -0.02373741480589947, 0.010546460394594998, -0.004324309995050576, 0.0016394756169413357,
        -0.0005763755745385824, 0.00018850288509584165, -5.754195010082104e-05, 1.6448448070728896e-05,
        -4.4167383584587505e-06, 1.1173875391201037e-06, -2.670793853940612e-07, 6.046995022541919e-08,
        -1.300025009986248e-08, 2.6598237246823866e-09, -5.189795601635263e-10, 9.675809035373237e-11,
        -1.7268262914415555e-11, 2.95505266312964e-12, -4.85644678311193e-13, 7.676185498604936e-14,
        -1.1685332877993451e-14, 1.715391285555133e-15, -2.431279846547955e-16, 3.3307945188222384e-17,
        -4.4153416464793395e-18,
    ),
    (
        0.12629359322181682, -0.17641651835783406, 0.1026436586898471, -0.05294598120809499, 0.024726449030626516,
        -0.010564084894626197, 0.004156422944312888, -0.0015135724506312532, 0.0005122859561685758,
        -0.00016176081582589674, 4.781565107550054e-05, -1.3273163656039436e-05, 3.4702513081376785e-06,
        -8.568720264695455e-07, 2.0032947535521353e-07, -4.445059128796328e-08, 9.381537386495773e-09,
        -1.8872497517228294e-09, 3.625590281552117e-10, -6.663489723502027e-11, 1.1736186298890901e-11,
        -1.9839743977649436e-12, 3.223793365945575e-13, -5.042185504727912e-14, 7.600684294735408e-15,
        -1.1055969477353862e-15, 1.5536319577362005e-16, -2.111421214358166e-17, 2.7779141127610464e-18,
    ),
)  # fmt: skip
_FAR = (
    (
        0.4022452055070544, 0.0033691164782556943, 6.889758346916825e-05, 2.8913705208347567e-06,
        2.0489185894690636e-07, 2.266668990498178e-08, 3.396232025708386e-09, 4.94060238822497e-10,
        1.1889147107846437e-11, -3.1499165279632416e-11, -1.3215811840447713e-11, -1.7941785315068062e-12,
        7.180124451383666e-13, 3.8527783827421426e-13, 1.54008621752141e-14, -4.150569347287222e-14,
        -9.554846698828307e-15, 3.8116806693526224e-15, 1.7725601330565263e-15, -3.425485619677219e-16,
        -2.8276239805165836e-16, 3.461222867697461e-17, 4.46562142029676e-17, -4.830504485944182e-18,
        -7.233180487874754e-18,
    ),
    (
        0.38928811750914005, -0.009761097491361469, -0.00011058893876262371, -3.882564808877691e-06,
        -2.512236237870209e-07, -2.6314688468895196e-08, -3.835380385964237e-09, -5.589743462196584e-10,
        -1.8974958123505413e-11, 3.2526035830154884e-11, 1.412580743661378e-11, 2.0356285441470896e-12,
        -7.198551776245908e-13, -4.0835511110921974e-13, -2.1015418427726643e-14, 4.2724400167119517e-14,
        1.0420276984128804e-14, -3.8144030724370075e-15, -1.8803547755107825e-15, 3.3082023109209285e-16,
        2.96262899764595e-16, -3.209525921993424e-17, -4.650305368489358e-17, 4.414348323071708e-18,
        7.517296310842105e-18,
    ),
)  # fmt: skip
_TURN = 8.0
_LARGEST = 720.0
"""Beyond it the functions are infinite."""


def _chebyshev(x: Variable, coefficients: Sequence[float]) -> Any:
    r"""$\sum_k c_k T_k(x)$ by Clenshaw's recurrence; what is below the dtype's rounding is left out."""
    least = 2.0 ** -(55 if x.type.dtype == "float64" else 27)
    kept = [c for c in coefficients if abs(c) > least * abs(coefficients[0])]
    twice = 2 * x
    above: Any = 0.0
    y: Any = kept[-1]
    for c in reversed(kept[1:-1]):
        above, y = y, twice * y + (c - above)
    return x * y + (kept[0] - above)


class BesselI(Special):
    r"""$I_n$ for n = 0 and 1; $I_0' = I_1$ and $I_1' = I_0 - I_1 / x$, 1/2 at 0."""

    n: int = 0

    name = "bessel_i"

    def partials(self, y: Variable, *inputs: Variable) -> Sequence[Any]:
        (x,) = inputs
        if self.n == 0:
            return [BesselI(1)(x)]
        at_zero = equal(x, 0)
        return [where(at_zero, 0.5, BesselI(0)(x) - y / where(at_zero, 1.0, x))]

    def exact(self, x: float) -> float:
        """By the power series, whose terms have one sign."""
        if not abs(x) < _LARGEST:
            return math.copysign(math.inf, x) ** (2 - self.n) if x == x else x
        y, k, term = 0.0, 0, (x / 2) ** self.n
        while abs(term) > 1e-18 * abs(y):
            y, k = y + term, k + 1
            term *= (x / 2) * (x / 2) / (k * (k + self.n))
        return y

    def formula(self, x: Variable) -> Variable:
        size = absolute(x)
        near, far = minimum(size, _TURN), minimum(maximum(size, _TURN), _LARGEST)
        small = _chebyshev(near * 0.25 - 1, _NEAR[self.n])
        large = _chebyshev(16 / far - 1, _FAR[self.n]) / sqrt(far)
        # In two halves the exponential overflows where the function does.
        half = exp(minimum(size, _LARGEST) * 0.5)
        y = half * where(less_equal(size, _TURN), small * near if self.n else small, large) * half
        return y * sign(x) if self.n else y


# the user's functions -------------------------------------------------------------------------------------------------

_INF = float("inf")
_CASES = (
    case(arr(3, 4, low=-5.0, high=5.0)),
    case(arr(values=[-8.0, 0.5, 8.0, 8.01])),
    case(arr(values=[0.0, -0.0, 1e-30, 30.0, -700.0, 713.0, 800.0, -_INF, _INF, float("nan")]), order=0),
    case(arr(values=[0, -3], dtype="int32")),
)


@vocabulary(*_CASES, case(arr(values=[0.0])))
def i0(x: Any) -> Variable:
    r"""Modified Bessel function of the first kind and order 0, $\frac{1}{\pi} \int_0^\pi e^{x \cos t} dt$, shaped as
    `x`. Source: Clenshaw, Chebyshev series for mathematical functions, 1962.
    """
    return elementwise(BesselI(0), x)


@vocabulary(*_CASES)
def i1(x: Any) -> Variable:
    r"""Modified Bessel function of the first kind and order 1, $\frac{1}{\pi} \int_0^\pi e^{x \cos t} \cos t\, dt$,
    the derivative of `i0`; shaped as `x`. Source: Clenshaw, Chebyshev series for mathematical functions, 1962.
    """
    return elementwise(BesselI(1), x)
