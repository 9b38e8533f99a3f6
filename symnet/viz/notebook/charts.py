"""Small charts as SVG, written by hand: histograms and curves, in Okabe and Ito's colours."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from symnet.viz.notebook.markup import Markup, text

_INK = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00")
_FONT = 'font-family="system-ui,sans-serif" font-size="11"'
_GREY, _PALE = "#595959", "#e2e2e2"
_POINTS = 400
"""Points of a curve that are drawn; of a longer one every so many."""


class Curve(NamedTuple):
    """A line through points, with what it is called."""

    name: str
    x: Sequence[float]
    y: Sequence[float]


def histogram_svg(counts: Sequence[int], least: float, largest: float) -> Markup:
    """Bars for how many values lie in each of equal intervals, and what the first and the last bound are."""
    width, height, foot = 260, 48, 14
    tallest, step = max(max(counts, default=0), 1), width / max(len(counts), 1)
    bars = [
        f'<rect x="{k * step:.1f}" y="{height - size:.1f}" width="{max(step - 1, 0.5):.1f}" height="{size:.1f}"/>'
        for k, count in enumerate(counts)
        if (size := max(height * count / tallest, 1.0 if count else 0.0))
    ]
    places = [(0, "start", least), (width, "end", largest)] if largest > least else [(width // 2, "middle", least)]
    ends = "".join(f'<text x="{x}" y="{height + 12}" text-anchor="{a}">{value:.3g}</text>' for x, a, value in places)
    return _svg(
        width, height + foot, "a histogram of the values",
        f'<g fill="{_INK[0]}">{"".join(bars)}</g><path d="M0 {height}H{width}" stroke="{_GREY}"/>'
        f'<g fill="{_GREY}">{ends}</g>',
    )  # fmt: skip


def curves_svg(curves: Sequence[Curve], below: str, marked: float | None = None) -> Markup:
    """Curves over one axis; `below` is what it counts, and a dashed line stands at `marked`.

    Points that are not finite are left out, and part the line there.
    """
    width, height, left, right, top, foot = 340, 190, 52, 12, 22, 32
    xs = [x for curve in curves for x in curve.x if math.isfinite(x)]
    ys = [y for curve in curves for y in curve.y if math.isfinite(y)]
    x_ticks, y_ticks = _ticks(xs, whole=True), _ticks(ys)
    low, high = min([*ys, *y_ticks], default=0.0), max([*ys, *y_ticks], default=1.0)
    first, last = min(xs, default=0.0), max(xs, default=1.0)

    def across(x: float) -> float:
        place = (x - first) / (last - first) if last > first else 0.5
        return left + place * (width - left - right)

    def up(y: float) -> float:
        # Halves, because a difference of large numbers may overflow.
        place = (y / 2 - low / 2) / (high / 2 - low / 2) if high / 2 > low / 2 else 0.5
        return height - foot - place * (height - foot - top)

    out = [f'<path d="M{left} {up(y):.1f}H{width - right}" stroke="{_PALE}"/>' for y in y_ticks]
    out.append(f'<g fill="{_GREY}">')
    out += [f'<text x="{left - 6}" y="{up(y) + 4:.1f}" text-anchor="end">{_short(y)}</text>' for y in y_ticks]
    out += [
        f'<text x="{across(x):.1f}" y="{height - foot + 14}" text-anchor="middle">{_short(x)}</text>' for x in x_ticks
    ]
    middle = (left + width - right) / 2
    out.append(f'<text x="{middle:.0f}" y="{height - 4}" text-anchor="middle">{text(below)}</text></g>')
    if marked is not None and first <= marked <= last:
        out.append(f'<path d="M{across(marked):.1f} {top}V{height - foot}" stroke="{_GREY}" stroke-dasharray="4 3"/>')
        out.append(f'<text x="{width - right}" y="14" text-anchor="end" fill="{_GREY}">dashed: best</text>')
    for k, curve in enumerate(curves):
        out.append(_line(curve, _INK[k % len(_INK)], across, up))
        out.append(f'<text x="{left + 110 * k}" y="14" fill="{_INK[k % len(_INK)]}">{text(curve.name, 30)}</text>')
    return _svg(width, height, ", ".join(curve.name for curve in curves), "".join(out))


def _line(curve: Curve, ink: str, across, up) -> str:  # type: ignore[no-untyped-def]
    step = max(1, -(-len(curve.x) // _POINTS))
    kept = sorted({*range(0, len(curve.x), step), len(curve.x) - 1} - {-1})
    words, pen = [], "M"
    dots = ""
    for k in kept:
        x, y = curve.x[k], curve.y[k]
        if not (math.isfinite(x) and math.isfinite(y)):
            pen = "M"
            continue
        words.append(f"{pen}{across(x):.1f} {up(y):.1f}")
        pen = "L"
        if len(kept) <= 40:
            dots += f'<circle cx="{across(x):.1f}" cy="{up(y):.1f}" r="2.5" fill="{ink}"/>'
    path = f'<path d="{"".join(words)}" fill="none" stroke="{ink}" stroke-width="1.8"/>' if words else ""
    return path + dots


def _ticks(values: Sequence[float], whole: bool = False) -> list[float]:
    """About four round numbers between the extremes."""
    low, high = min(values, default=0.0), max(values, default=0.0)
    if not high > low:
        return [low] if values else []
    raw = high / 4 - low / 4
    if raw <= 0:
        return [low, high]
    power = 10.0 ** math.floor(math.log10(raw))
    step = next((m * power for m in (1, 2, 2.5, 5, 10) if m * power >= raw), raw)
    if whole:
        step = max(1.0, math.ceil(step))
    return [k * step for k in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]


def _short(value: float) -> str:
    return f"{value:.4g}"


def _svg(width: int, height: int, what: str, inner: str) -> Markup:
    return Markup(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'role="img" aria-label="{text(what)}" {_FONT} style="background:#fff;vertical-align:top">{inner}</svg>'
    )
