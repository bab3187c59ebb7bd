"""What colour does a group of photos have, in a word? Seen in the photos themselves, where no attribute says it."""

from __future__ import annotations

from typing import Final

import numpy as np

_HUES: Final = (  # degrees of Cr over Cb; blue reaches from navy to the grey blue of denim
    ("red", 109), ("orange", 149), ("yellow", 171), ("green", 232), ("teal", 275), ("blue", 315), ("blue", 351),
    ("violet", 23), ("pink", 80),
)  # fmt: skip
_MIN_CHROMA: Final = 11.0  # levels of 255, beside the mean of all photos
_MIN_CONTRAST: Final = 24.0


def tone(glances: np.ndarray, usual: np.ndarray) -> str:
    """A word or two for what is special about the colours of some photos, beside those of all, backgrounds included.

    Args:
        glances: (n, 96) of the content's frame, see :mod:`lookgraph.catalogue.look_alikes`.
        usual: (96,) the mean over all photos.

    Returns:
        For example "dark blue", "light", or "" where nothing is special.
    """
    bright, blue, red = (own - all_over for own, all_over in zip(_middle(glances), _middle(usual[None]), strict=True))
    hue = ""
    if np.hypot(blue, red) > _MIN_CHROMA:
        angle = np.degrees(np.arctan2(red, blue)) % 360  # Cr over Cb
        hue = min(_HUES, key=lambda known: min(abs(angle - known[1]), 360 - abs(angle - known[1])))[0]
    light = "light" if bright > _MIN_CONTRAST else "dark" if bright < -_MIN_CONTRAST else ""
    return f"{light} {hue}".strip()


def _middle(glances: np.ndarray) -> tuple[float, float, float]:
    """Mean brightness, blueness and redness in the middle of photos that are framed by their content."""
    mean = np.asarray(glances, np.float32).mean(axis=0)
    blue, red = (float(plane[1:3, 1:3].mean()) / 2 for plane in mean[64:].reshape(2, 4, 4))
    return float(mean[:64].reshape(8, 8)[2:6, 2:6].mean()), blue, red
