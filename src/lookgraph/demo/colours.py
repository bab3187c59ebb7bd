"""Named colours, and which of them go together."""

from __future__ import annotations

import colorsys
from typing import Final

import numpy as np

from lookgraph.demo.cloths import Colour

_HEX: Final = {
    "black": "1d1c1f", "charcoal": "3b3d42", "grey": "85878b", "light grey": "c3c4c4", "white": "f3f2ee",
    "off-white": "ece6d9", "cream": "eadfc6", "beige": "d6c3a5", "sand": "c9b18d", "camel": "b98a55", "tan": "a8743f",
    "brown": "6d4a33", "chocolate": "44302a", "rust": "a5502c", "terracotta": "c06a4a", "orange": "dd7a33",
    "apricot": "eeb184", "mustard": "c9982f", "yellow": "e8c74a", "lemon": "f0e39b", "olive": "6b6a3a",
    "khaki": "918459",
    "sage": "a3ae94", "green": "3f7d4f", "forest green": "274a37", "emerald": "1f7a5e", "mint": "b5dcc8",
    "teal": "246a70",
    "turquoise": "53b3b3", "sky blue": "9cc4e0", "light blue": "b6cde0", "blue": "3b68a8", "cobalt": "2a48b0",
    "navy": "232f4e", "denim blue": "4d6f97", "indigo": "2f4163", "lavender": "b9aed6", "lilac": "cfb8d8",
    "purple": "6b4790", "plum": "5a2e4e", "burgundy": "6b2232", "red": "b92f35", "coral": "e9806b", "pink": "e6a6b4",
    "blush": "ecccc6", "hot pink": "d94c8a", "fuchsia": "b3297c", "silver": "b4b7bd", "gold": "c6a253",
}  # fmt: skip

COLOURS: Final[dict[str, Colour]] = {
    name: (int(code[:2], 16) / 255, int(code[2:4], 16) / 255, int(code[4:], 16) / 255) for name, code in _HEX.items()
}
NEUTRALS: Final = frozenset(
    ("black", "charcoal", "grey", "light grey", "white", "off-white", "cream", "beige", "sand", "camel", "tan", "brown",
     "chocolate", "navy", "denim blue", "indigo", "silver", "khaki")
)  # fmt: skip


def harmony(a: str, b: str) -> float:
    """How well two colours go together, 0 to 1, symmetric.

    A neutral goes with everything (0.85, two neutrals 0.9). Two chromatic colours go by the angle between their
    hues: close ones (within 40 degrees) and opposite ones (beyond 150) go, those between clash, the more so the more
    saturated both are.
    """
    if a in NEUTRALS or b in NEUTRALS:
        return 0.9 if a in NEUTRALS and b in NEUTRALS else 0.85
    (h1, s1, _), (h2, s2, _) = (colorsys.rgb_to_hsv(*COLOURS[name]) for name in (a, b))
    apart = abs(h1 - h2) * 360
    apart = min(apart, 360 - apart)
    if apart <= 40:
        fit = 0.95 - 0.15 * apart / 40
    elif apart >= 150:
        fit = 0.75
    else:
        fit = 0.3 + 0.15 * abs(apart - 95) / 55
    return float(fit + (1 - fit) * 0.6 * (1 - min(1.0, 1.6 * min(s1, s2))))


def jittered(colour: Colour, rng: np.random.Generator, amount: float = 0.03) -> Colour:
    """The colour as another dye lot would give it."""
    r, g, b = np.clip(np.array(colour) * (1 + rng.normal(0, amount)) + rng.normal(0, amount / 2, 3), 0.02, 0.98)
    return float(r), float(g), float(b)
