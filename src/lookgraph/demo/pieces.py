"""What a garment is made of before it is drawn: pieces of cloth, their folds, seams and fastenings."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Line:
    """A seam, a stitching or an edge on a piece.

    Attributes:
        points: (n, 2) centimetres.
        width: Centimetres.
        ink: ``seam`` (darker than the cloth), ``light`` (paler), ``stitch``, ``metal``, ``trim``, ``accent`` or
        ``dark``.
        alpha: 0 to 1.
        dash: Centimetres on and off; 0: unbroken.
    """

    points: np.ndarray
    width: float = 0.18
    ink: str = "seam"
    alpha: float = 0.55
    dash: float = 0.0


@dataclass(frozen=True)
class Fold:
    """A soft crease: positive depth rises towards the viewer."""

    points: np.ndarray
    width: float
    depth: float


@dataclass(frozen=True)
class Dot:
    """A button, rivet, eyelet or stud."""

    x: float
    y: float
    radius: float
    ink: str = "button"


@dataclass
class Piece:
    """One piece of cloth (or leather, sole, metal, skin), drawn over those before it.

    Attributes:
        outline: (n, 2) centimetres, closed.
        cloth: Which of the item's cloths: ``main``, ``second``, ``trim``, ``inside``, ``sole``, ``metal``, ``skin``,
        ``hair`` ...
        grain: Degrees by which the print turns with the piece.
        puff: How round it is: 0 flat, 1 like a sleeve.
        shadow: Strength of the shadow on what lies beneath.
        wrinkle: Times the fabric's own wrinkling.
        tone: Lightness of the piece against its cloth.
        holes: Outlines cut out of the piece.
        behind: It lies behind whoever wears it, as the inside of a back or a hood that hangs down does.
    """

    outline: np.ndarray
    cloth: str = "main"
    grain: float = 0.0
    puff: float = 0.6
    shadow: float = 0.35
    wrinkle: float = 1.0
    tone: float = 1.0
    folds: list[Fold] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    dots: list[Dot] = field(default_factory=list)
    holes: list[np.ndarray] = field(default_factory=list)
    origin: tuple[float, float] = (0.0, 0.0)
    behind: bool = False


@dataclass
class Garment:
    """Pieces in drawing order, and where the garment sits on a body.

    Attributes:
        pieces: Back to front.
        anchor_y: Centimetres below the shoulders' highest point at which y = 0 lies on a body.
        hangs: A hanger goes into it.
    """

    pieces: list[Piece]
    anchor_y: float = 0.0
    hangs: bool = False

    def bounds(self) -> tuple[float, float, float, float]:
        """(left, top, right, bottom) in centimetres."""
        points = np.concatenate([piece.outline for piece in self.pieces])
        (x0, y0), (x1, y1) = points.min(0), points.max(0)
        return float(x0), float(y0), float(x1), float(y1)


@dataclass(frozen=True)
class Placing:
    """From a garment's centimetres to pixels: turned, scaled, moved, perhaps mirrored."""

    x: float
    y: float
    px_per_cm: float
    degrees: float = 0.0
    mirror: bool = False

    def matrix(self) -> np.ndarray:
        a = math.radians(self.degrees)
        c, s = math.cos(a) * self.px_per_cm, math.sin(a) * self.px_per_cm
        return np.array([[-c if self.mirror else c, -s], [-s if self.mirror else s, c]])

    def apply(self, points: np.ndarray) -> np.ndarray:
        return np.asarray(points @ self.matrix().T + (self.x, self.y))
