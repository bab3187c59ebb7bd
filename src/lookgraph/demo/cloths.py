"""Which fabrics are there, and what cloth is a garment cut from?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

Colour = tuple[float, float, float]


@dataclass(frozen=True)
class Fabric:
    """How a fabric looks and falls.

    Attributes:
        relief: Its tile in :mod:`lookgraph.demo.textures`.
        depth: How much the relief shows.
        gloss: Strength of its highlights.
        wrinkle: How much it creases by itself.
        soft: Size of its creases: 1 sharp as poplin, 3 broad as a puffer's.
        body: How round the pieces stand.
    """

    relief: str
    depth: float
    gloss: float
    wrinkle: float
    soft: float = 1.4
    body: float = 1.0


FABRICS: Final[dict[str, Fabric]] = {
    "cotton": Fabric("jersey", 0.05, 0.02, 0.55),
    "poplin": Fabric("gabardine", 0.03, 0.04, 0.8, 1.0),
    "linen": Fabric("linen", 0.10, 0.0, 1.1, 1.0),
    "denim": Fabric("denim", 0.16, 0.0, 0.7, 1.2),
    "twill": Fabric("twill", 0.08, 0.02, 0.55, 1.3),
    "gabardine": Fabric("gabardine", 0.05, 0.05, 0.35, 1.6),
    "canvas": Fabric("canvas", 0.09, 0.0, 0.35, 1.4),
    "wool": Fabric("wool", 0.09, 0.0, 0.3, 1.9, 1.15),
    "tweed": Fabric("tweed", 0.16, 0.0, 0.3, 1.8, 1.1),
    "fine knit": Fabric("fine knit", 0.13, 0.0, 0.4, 2.0, 1.1),
    "knit": Fabric("knit", 0.18, 0.0, 0.4, 2.2, 1.2),
    "chunky knit": Fabric("chunky knit", 0.24, 0.0, 0.4, 2.4, 1.4),
    "cable knit": Fabric("cable knit", 0.26, 0.0, 0.35, 2.3, 1.3),
    "corduroy": Fabric("corduroy", 0.15, 0.03, 0.4, 1.7),
    "silk": Fabric("silk", 0.03, 0.30, 1.0, 1.6),
    "satin": Fabric("silk", 0.03, 0.45, 0.9, 1.9),
    "viscose": Fabric("silk", 0.05, 0.06, 0.9, 1.4),
    "velvet": Fabric("suede", 0.09, 0.22, 0.6, 1.8),
    "leather": Fabric("leather", 0.09, 0.34, 0.55, 1.5, 1.2),
    "patent leather": Fabric("silk", 0.01, 0.75, 0.25, 1.6, 1.4),
    "suede": Fabric("suede", 0.12, 0.0, 0.4, 1.6, 1.1),
    "nylon": Fabric("nylon", 0.05, 0.20, 0.8, 1.3, 1.3),
    "fleece": Fabric("fleece", 0.16, 0.0, 0.2, 2.2, 1.3),
    "mesh": Fabric("canvas", 0.12, 0.06, 0.4, 1.4),
    "jersey": Fabric("jersey", 0.05, 0.02, 0.6, 1.6),
    "straw": Fabric("straw", 0.22, 0.04, 0.05, 1.4),
    "felt": Fabric("wool", 0.06, 0.02, 0.15, 1.8, 1.2),
    "rib": Fabric("rib", 0.14, 0.0, 0.3, 1.8),
    "rubber": Fabric("nylon", 0.04, 0.10, 0.1, 1.6, 1.2),
    "metal": Fabric("nylon", 0.03, 0.75, 0.1, 1.4, 1.4),
    "skin": Fabric("nylon", 0.012, 0.03, 0.0, 2.4, 1.5),
    "hair": Fabric("silk", 0.12, 0.12, 0.3, 1.8, 1.3),
    "wood": Fabric("silk", 0.12, 0.08, 0.0, 1.4, 0.8),
}


@dataclass(frozen=True)
class Cloth:
    """A fabric in its colours.

    Attributes:
        colour: Red, green, blue, 0 to 1.
        fabric: A key of :data:`FABRICS`.
        print: A key of :data:`~lookgraph.demo.prints.PRINTS`, or nothing.
        inks: The print's colours, up to four.
        print_scale: Times the print's own size.
    """

    colour: Colour
    fabric: str = "cotton"
    print: str = ""
    inks: tuple[Colour, ...] = ()
    print_scale: float = 1.0


def darker(colour: Colour, by: float) -> Colour:
    r, g, b = (max(0.0, c * (1 - by)) for c in colour)
    return r, g, b


def lighter(colour: Colour, by: float) -> Colour:
    r, g, b = (c + (1 - c) * by for c in colour)
    return r, g, b


def luminance(colour: Colour) -> float:
    return float(np.dot(colour, (0.299, 0.587, 0.114)))
