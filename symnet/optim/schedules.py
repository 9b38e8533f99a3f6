"""Learning rates that change: symbolic functions of a step, usually a counter that every call advances."""

from __future__ import annotations

import math
from typing import Any

from symnet.errors import ArgumentError
from symnet.graph import Shared, Variable, shared
from symnet.op import as_variable
from symnet.ops import cast, cos, floor, minimum, where
from symnet.options import current
from symnet.origin import here


def counter(name: str = "step") -> Shared:
    """A shared variable that counts the calls of functions that use it: 0 at the first call, 1 at the next.

    Its default update is the next number, so that a function that trains with a rate of this step needs no further
    update.
    """
    t = shared(0, name)
    t.default_update = t + 1
    return t


def step_decay(step: Any, rate: Any, every: int, factor: Any = 0.1) -> Variable:
    r"""$\eta_t = \eta_0\, f^{\lfloor t / n \rfloor}$: the rate times `factor` after `every` n steps; a scalar."""
    _positive("step_decay", "every", every)
    return _float(rate) * _float(factor) ** floor(_float(step) / every)


def cosine(step: Any, rate: Any, steps: int, end: Any = 0.0) -> Variable:
    r"""$\eta_t = \eta_e + \frac{1}{2} (\eta_0 - \eta_e) (1 + \cos(\pi t / T))$ for `steps` T, from then on `end`.

    Source: Loshchilov and Hutter, arXiv:1608.03983.
    """
    _positive("cosine", "steps", steps)
    return _between(_float(rate), _float(end), minimum(_float(step) / steps, 1.0))


def warm_up(step: Any, rate: Any, steps: int) -> Variable:
    r"""$\eta_t = \eta \min(1, (t + 1) / T)$: the rate, a number or another schedule, approached in `steps` T steps.

    Source: Goyal et al., arXiv:1706.02677.
    """
    _positive("warm_up", "steps", steps)
    return _float(rate) * minimum((_float(step) + 1) / steps, 1.0)


def one_cycle(
    step: Any, peak: Any, steps: int, rise: float = 0.3, start: float = 25.0, end: float = 1e4
) -> Variable:
    r"""From peak / `start` up to the peak in the first part, `rise`, of `steps`, then down to peak / (`start` `end`).

    Both ways are half cosines; after the last step the rate stays as it is. Source: Smith and Topin, arXiv:1708.07120.

    Raises: ArgumentError.
    """
    _positive("one_cycle", "steps", steps)
    up = rise * steps - 1
    down = steps - 1 - up
    if not 0 < rise < 1 or up <= 0:
        raise ArgumentError(
            f"one_cycle: rise is {rise!r} of {steps} steps.",
            origin=here(),
            fix="rise is a part between 0 and 1, of more than one step.",
        )
    t, top = _float(step), _float(peak)
    low = top / start
    rising = _between(low, top, minimum(t / up, 1.0))
    falling = _between(top, low / end, minimum((t - up) / down, 1.0))
    return where(t <= up, rising, falling)


def _between(first: Variable, last: Variable, part: Variable) -> Variable:
    """From first to last as a part from 0 to 1 goes along half a cosine."""
    return last + (first - last) * (0.5 + 0.5 * cos(math.pi * part))


def _float(value: Any) -> Variable:
    return cast(as_variable(value), current().floatX)


def _positive(word: str, role: str, value: Any) -> None:
    if not isinstance(value, Variable) and not value > 0:
        raise ArgumentError(f"{word}: {role} is {value!r}.", origin=here(), fix=f"{role} is a positive number.")
