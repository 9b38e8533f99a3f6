"""What a convolution and its two gradients share: parameters, shapes, and errors where operands cannot meet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

from symnet.errors import ShapeError
from symnet.graph import Variable
from symnet.op import Op, Split
from symnet.ops.windows import Geometry, Pads, window_count
from symnet.types import Dim, Shape, shape_text


class Convolution(Op):
    """Family of a convolution and its two gradients: `padding` is pairs, or "same" or "full" where sizes are
    open; with 0 groups each channel is one, however many there are.
    """

    stride: tuple[int, ...]
    padding: Pads | str
    dilation: tuple[int, ...]
    groups: int

    batched: ClassVar[tuple[int, ...]] = ()
    """The operands whose first axis is the batch."""
    adds_up: ClassVar[bool] = False
    """Whether the result is a sum over the batch."""

    @property
    def word(self) -> str:
        """What users call it."""
        return f"conv{len(self.stride)}d"

    def out_shape(self, x: Shape, w: Shape) -> Shape:
        """The shape of the result, as far as it is known.

        Raises: ShapeError where x and w cannot meet.
        """
        self._check(x, w)
        axes = zip(x[2:], w[2:], self.stride, self.dilation, range(len(x) - 2), strict=True)
        return (x[0], w[0], *(self._count(n, k, s, d, axis) for n, k, s, d, axis in axes))

    def _count(self, n: Dim, k: Dim, stride: int, dilation: int, axis: int) -> Dim:
        if self.padding == "same":
            return -(-n // stride) if isinstance(n, int) else n if stride == 1 else None
        span = (k - 1) * dilation + 1 if isinstance(k, int) else None
        if self.padding == "full":
            return None if span is None else window_count(n, span, stride, span - 1, span - 1)
        low, high = self._pair(axis)
        if isinstance(n, int) and span is not None and n + low + high < span:
            widened = f" with dilation {dilation}" if dilation > 1 else ""
            padded = f", {n + low + high} with padding" if low or high else ""
            raise ShapeError(
                f"{self.word}: the kernel of w covers {span} elements along axis {axis + 2}{widened}, "
                f"but x has {n} there{padded}.",
                fix="use a smaller kernel, larger pictures, or padding='same'.",
            )
        return window_count(n, span, stride, low, high)

    def _pair(self, axis: int) -> tuple[int, int]:
        assert not isinstance(self.padding, str)
        return self.padding[axis]

    def _check(self, x: Shape, w: Shape) -> None:
        ndim = len(self.stride) + 2
        for role, shape, form in (("x", x, "(N, C, {})"), ("w", w, "(F, C, {})")):
            if len(shape) != ndim:
                form = form.format(", ".join({1: "L", 2: "HW", 3: "DHW"}[ndim - 2]))
                missing = "[:, None]" if len(shape) == ndim - 1 else ".reshape(...)"
                raise ShapeError(
                    f"{self.word}: {role} has {len(shape)} axes, but {ndim} are needed: {form}.",
                    fix=f"add the axis that is missing, e.g. {role}{missing}." if len(shape) < ndim else None,
                )
        channels, filters, expected, kernel = x[1], w[0], w[1], w[2:]
        groups = self.groups or channels
        for what, count in (("channels of x", channels), ("filters of w", filters)):
            if isinstance(count, int) and isinstance(groups, int) and (count % groups if groups else count):
                raise ShapeError(
                    f"{self.word}: the {count} {what} do not divide into {groups} groups.",
                    fix="make the number of groups a divisor of both channels and filters.",
                )
        if any(k == 0 for k in kernel):
            raise ShapeError(f"{self.word}: the kernel of w is {shape_text(kernel)} and has no elements.")
        if isinstance(channels, int) and isinstance(expected, int) and isinstance(groups, int):
            self._check_channels(x, w, channels, expected * groups, groups)

    def _check_channels(self, x: Shape, w: Shape, channels: int, wanted: int, groups: int) -> None:
        if channels == wanted:
            return
        in_groups = f", {w[1]} in each of {groups} groups" if groups > 1 else ""
        if x[-1] == wanted:
            fix = f"channels come before rows and columns: x.transpose{(0, len(x) - 1, *range(1, len(x) - 1))}"
        elif groups == 1 and w[-2] == channels:
            fix = f"filters and their channels come first: w.transpose{(len(w) - 1, len(w) - 2, *range(len(w) - 2))}"
        else:
            fix = f"w needs shape {shape_text((w[0], channels // groups, *w[2:]))}"
            if wanted < channels:
                fix += f", or take {'one channel' if wanted == 1 else f'{wanted} channels'} of x: x[:, :{wanted}]"
        raise ShapeError(f"{self.word}: x has {channels} channels but w expects {wanted}{in_groups}.", fix=f"{fix}.")

    def split(self, axes: Sequence[int | None], *inputs: Variable) -> Split | None:
        if not any(axes[k] == 0 for k in self.batched):
            return None
        cuts = tuple(0 if k in self.batched else None for k in range(len(inputs)))
        return Split(cuts, None if self.adds_up else 0)

    def _of_rows(self, n: Any) -> Convolution | None:
        """The op with as many groups for each of n rows; None where n is open, as groups are counted beforehand."""
        return replace(self, groups=n * self.groups) if isinstance(n, int) and n else None

    def flops(self, *inputs: Variable) -> int:
        of = {role: v.type for role, v in zip(self.roles, inputs, strict=True)}
        w = of["w"]
        results = of["g"] if "g" in of else w.with_shape(self.out_shape(of["x"].shape, w.shape))
        return 2 * results.size * w.with_shape(w.shape[1:]).size

    def geometry(self, x: tuple[int, ...], w: tuple[int, ...]) -> Geometry:
        """All sizes, for shapes that are numbers."""
        out = self.out_shape(x, w)[2:]
        spans = [(k - 1) * d + 1 for k, d in zip(w[2:], self.dilation, strict=True)]
        pads: list[tuple[int, int]]
        if self.padding == "same":
            pads = []
            for n, m, span, stride in zip(x[2:], out, spans, self.stride, strict=True):
                missing = max(0, (int(m) - 1) * stride + span - n)  # type: ignore[arg-type]
                pads.append((missing // 2, missing - missing // 2))
        else:
            full = self.padding == "full"
            pads = [(span - 1, span - 1) if full else self._pair(axis) for axis, span in enumerate(spans)]
        return Geometry(
            x[0], x[1], w[0], self.groups or x[1], x[2:], w[2:], self.stride, self.dilation, tuple(pads),
            tuple(int(m) for m in out),  # type: ignore[arg-type]
        )  # fmt: skip
