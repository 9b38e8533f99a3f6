"""Words for integers alone: shifts, counts of bits, common divisors and multiples."""

from __future__ import annotations

from typing import ClassVar

from symnet.graph import Variable
from symnet.op import Case, Elementwise, arr, case, vocabulary, word_for
from symnet.types import INTEGERS, TensorType

__all__ = ["bitwise_count", "bitwise_left_shift", "bitwise_right_shift", "gcd", "lcm", "left_shift", "right_shift"]


class _OfIntegers(Elementwise):
    """Family of words for two integers."""

    roles: ClassVar[tuple[str, ...]] = ("x", "y")
    dtypes = INTEGERS
    cases: ClassVar[tuple[Case, ...]] = (
        case(arr(values=[[12, -18, 0]], dtype="int64"), arr(values=[[18], [0]], dtype="int64")),
        case(arr(values=[200, 7], dtype="uint8"), 35),
        case(arr(0, dtype="int32"), 4),
    )


class Gcd(_OfIntegers):
    """Greatest common divisor, at least 0; that of 0 and y is |y|."""

    name = numpy = "gcd"


class Lcm(_OfIntegers):
    """Least common multiple, at least 0; 0 where one of them is 0."""

    name = numpy = "lcm"
    cases = (_OfIntegers.cases[0], case(arr(values=[4, 21], dtype="uint8"), 6))


class LeftShift(_OfIntegers):
    r"""Bits moved up, $x\,2^y$ cut to the width of x; 0 for y below 0 or from the width of x on. Python's `<<`."""

    name, numpy, symbol = "left_shift", "left_shift", "<<"
    cases = (
        case(arr(values=[1, 5, -3, 100], dtype="int32"), arr(values=[31, 2, 4, 0], dtype="int32")),
        case(arr(values=[1, 200], dtype="uint8"), arr(values=[[9], [1]], dtype="uint8")),
        case(arr(values=[1, -5], dtype="int64"), arr(values=[64, -1], dtype="int64")),
    )


class RightShift(_OfIntegers):
    r"""Bits moved down, $\lfloor x / 2^y \rfloor$; 0 or -1 for y below 0 or from the width of x on. Python's `>>`."""

    name, numpy, symbol = "right_shift", "right_shift", ">>"
    cases = LeftShift.cases


class BitwiseCount(Elementwise):
    """The number of bits set in |x|, as uint8."""

    name, numpy, roles, dtypes = "bitwise_count", "bitwise_count", ("x",), INTEGERS
    cases = (
        case(arr(values=[0, 1, 255, -255, -(2**63)], dtype="int64")),
        case(arr(values=[0, 255], dtype="uint8")),
        case(arr(values=[[7, -128]], dtype="int8")),
    )

    def infer(self, *inputs: Variable) -> TensorType:
        return super().infer(*inputs).with_dtype("uint8")


gcd = word_for(Gcd())
lcm = word_for(Lcm())
left_shift = word_for(LeftShift())
right_shift = word_for(RightShift())
bitwise_count = word_for(BitwiseCount())

# The array API's names.
bitwise_left_shift = vocabulary(LeftShift.cases[0], name="bitwise_left_shift")(left_shift)
bitwise_right_shift = vocabulary(RightShift.cases[0], name="bitwise_right_shift")(right_shift)
