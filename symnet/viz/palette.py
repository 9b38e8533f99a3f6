"""The colours of every picture, after Okabe and Ito: colour-blind readers can tell them apart."""

from __future__ import annotations

from collections.abc import Mapping

from symnet.origin import Part

FILL: Mapping[Part, str] = {"forward": "#cfe5f5", "tangent": "#f3d6e5", "backward": "#fbdfb8", "update": "#c8ead9"}
"""Of boxes and of lines of code: light, so that black text on it is read easily (contrast above 14 : 1)."""
INK: Mapping[Part, str] = {"forward": "#0072b2", "tangent": "#cc79a7", "backward": "#b06f00", "update": "#00805f"}
"""Of borders and titles: the full colour, darkened where that is too pale on white."""
LEGEND: Mapping[Part, str] = {
    "forward": "forward", "tangent": "tangent", "backward": "gradient", "update": "update"
}  # fmt: skip
"""What readers call the parts, in the order they run."""

_HEAT = ((255, 255, 255), (253, 231, 180), (240, 160, 60), (213, 94, 0))


def heat(share: float) -> str:
    """The colour for a share in [0, 1] of the largest cost: from white by light orange to vermilion."""
    place = min(max(share, 0.0), 1.0) * (len(_HEAT) - 1)
    k = min(int(place), len(_HEAT) - 2)
    mixed = [round(a + (b - a) * (place - k)) for a, b in zip(_HEAT[k], _HEAT[k + 1], strict=True)]
    return "#" + "".join(f"{c:02x}" for c in mixed)
