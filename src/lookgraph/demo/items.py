"""From styles to items: each is drawn from a mixture of styles, and carries that mixture as its coordinates."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from lookgraph.demo.colours import COLOURS, harmony
from lookgraph.demo.garments.tops import Cut
from lookgraph.demo.kinds import KINDS, Kind
from lookgraph.demo.styles import STYLE_NAMES, STYLES, Style

SEASONS: Final = ("spring", "summer", "autumn", "winter")
GENDERS: Final = ("women", "men", "unisex")
BRANDS: Final = {
    "Norrgard": "minimal", "Atelier Lune": "minimal", "Blok 9": "streetwear", "Kerb": "streetwear",
    "Ashby & Co": "preppy",
    "Quadrangle": "preppy", "Sol y Sal": "boho", "Marigold Mill": "boho", "Whitlock": "formal", "Casa Severo": "formal",
    "Fjellrun": "sporty", "Tempo": "sporty", "Second Summer": "vintage", "Dorothea": "vintage", "Nocturne": "goth",
    "Hollow Crown": "goth", "Fleur d'Avril": "romantic", "Petit Jour": "romantic", "Ironbark": "workwear",
    "Depot 12": "workwear",
    "Isla Verde": "resort", "Cabana Club": "resort", "Glitterati": "Y2K", "Pixel Pop": "Y2K",
}  # fmt: skip
PRESENTATIONS: Final = {"studio": 0.42, "flat-lay": 0.26, "hanger": 0.14, "figure": 0.18}
_CONCENTRATION = 0.12
_ELSEWHERE = 0.04


@dataclass(frozen=True)
class Item:
    """One thing of the drawn catalogue; everything about it is known.

    Attributes:
        id: Unique in its catalogue.
        kind: A key of :data:`~lookgraph.demo.kinds.KINDS`; ``slot`` is that kind's.
        cut: The values of the kind's parameters.
        fabric: Material of the main cloth.
        colours: Names; the first is the main cloth's, the others the print's and the trims'.
        print: Its name, or ``plain``; ``logo`` is a placed emblem.
        season: When it is worn most.
        formality: 0 sport to 1 black tie.
        style: 12 numbers that sum to 1, in the order of ``STYLE_NAMES``.
        presentation: How its photo shows it.
        seed: Of folds, background, light and camera.
    """

    id: str
    kind: str
    slot: str
    cut: Cut
    fabric: str
    colours: tuple[str, ...]
    print: str
    brand: str
    season: str
    gender: str
    price: float
    formality: float
    style: tuple[float, ...]
    presentation: str
    seed: int


def make_items(n_items: int, seed: int) -> list[Item]:
    """Draw ``n_items`` items; same seed, same items, and fewer items are a prefix of more."""
    root = np.random.SeedSequence([seed, 1])
    width = max(5, len(str(n_items - 1)))
    return [_make_item(f"{i:0{width}d}", np.random.default_rng(child)) for i, child in enumerate(root.spawn(n_items))]


def _make_item(number: str, rng: np.random.Generator) -> Item:
    mixture = rng.dirichlet(np.full(len(STYLE_NAMES), _CONCENTRATION))
    name = _pick_kind(mixture, rng)
    kind = KINDS[name]

    def style() -> Style:
        return STYLES[STYLE_NAMES[int(rng.choice(len(STYLE_NAMES), p=mixture))]]

    fabric = _pick({f: w * style().fabrics.get(f, 0.4) for f, w in kind.fabrics.items()}, rng)
    cut = _pick_cut(kind, style().fit, rng)
    printed = _pick_print(name, kind, style(), cut, rng)
    if cut.get("graphic"):
        cut["graphic"] = cut["graphic"] if printed == "logo" else ""
    colours = _pick_colours(name, fabric, style(), style(), rng)
    lean = sum(share * STYLES[s].formality for share, s in zip(mixture, STYLE_NAMES, strict=True))
    formality = float(np.clip(0.6 * kind.formality + 0.4 * lean + rng.normal(0, 0.05), 0, 1))
    price = kind.price * style().price * math.exp(rng.normal(0, 0.25)) * _fabric_price(fabric)
    brands = {b: mixture[STYLE_NAMES.index(s)] + 0.004 for b, s in BRANDS.items()}
    shown = dict(PRESENTATIONS)
    if kind.slot in ("shoes", "bag", "hat", "accessory"):
        shown = {"studio": 0.6, "flat-lay": 0.4}
    elif kind.slot == "bottom":
        shown = {"studio": 0.45, "flat-lay": 0.35, "figure": 0.2}
    presentation = _pick(shown, rng)
    gender = _pick(dict(zip(GENDERS, kind.genders, strict=True)), rng)
    return Item(
        id=f"{name.replace(' ', '-')}-{number}",
        kind=name,
        slot=kind.slot,
        cut=cut,
        fabric=fabric,
        colours=colours,
        print=printed,
        brand=_pick(brands, rng),
        season=_pick(dict(zip(SEASONS, kind.seasons, strict=True)), rng),
        gender=gender,
        price=max(5.0, round(price) - 0.05),
        formality=round(formality, 3),
        style=tuple(float(x) for x in mixture),
        presentation=presentation,
        seed=int(rng.integers(2**31)),
    )


def _pick(weights: dict[str, float], rng: np.random.Generator) -> str:
    names = list(weights)
    shares = np.array([weights[name] for name in names], float)
    return names[int(rng.choice(len(names), p=shares / shares.sum()))]


def _pick_kind(mixture: np.ndarray, rng: np.random.Generator) -> str:
    weights = _KIND_LIKED @ mixture
    return _KIND_NAMES[int(rng.choice(len(_KIND_NAMES), p=weights / weights.sum()))]


def _pick_cut(kind: Kind, fit: float, rng: np.random.Generator) -> Cut:
    cut: Cut = {}
    for name, span in kind.cut.items():
        if isinstance(span, list):
            choice = span[int(rng.integers(len(span)))]
            cut[name] = choice if isinstance(choice, str) else float(choice)
        elif name in ("fit", "width", "flare", "puffed"):
            low, high = span
            cut[name] = low + (high - low) * float(np.clip(rng.normal(fit, 0.22), 0, 1))
        else:
            cut[name] = float(rng.uniform(*span))
    return cut


def _pick_print(name: str, kind: Kind, style: Style, cut: Cut, rng: np.random.Generator) -> str:
    weights = dict(style.prints)
    plain = weights.pop("plain", 1.0)
    share_printed = sum(weights.values()) / (plain + sum(weights.values()))
    if rng.random() > (kind.printed * share_printed) ** 0.5 * 0.95 or kind.printed == 0:
        return "plain"
    if "graphic" not in cut:
        weights.pop("logo", None)
    if kind.slot in ("shoes", "hat", "bag"):
        weights = {k: v for k, v in weights.items() if k not in ("colour-block", "tie-dye", "big floral")} or {
            "plain": 1
        }
    if not weights:
        return "plain"
    printed = _pick(weights, rng)
    if printed == "logo" and not cut.get("graphic"):
        cut["graphic"] = ("sun", "mountain", "stripes", "bolt", "letters")[int(rng.integers(5))]
    return printed


def _pick_colours(name: str, fabric: str, first: Style, second: Style, rng: np.random.Generator) -> tuple[str, ...]:
    """The main colour from one style, then three more that go with it and differ from it enough to be seen."""
    weights = {c: first.colours.get(c, _ELSEWHERE) for c in COLOURS}
    if fabric == "denim":
        weights = {
            c: w * (14 if c in ("denim blue", "indigo", "black", "light blue") else 0.3) for c, w in weights.items()
        }
        weights["denim blue"] += 4
        weights["indigo"] += 3
    elif fabric == "straw":
        weights = {"sand": 4, "beige": 3, "tan": 2, "black": 0.4, "cream": 1}
    elif fabric in ("leather", "suede", "patent leather") and name not in ("sneakers",):
        weights = {
            c: w * (5 if c in ("black", "brown", "tan", "chocolate", "camel", "burgundy", "cream") else 0.5)
            for c, w in weights.items()
        }
        weights["black"] += 2
        weights["brown"] += 1
        weights["tan"] += 1
    elif name == "trench coat":
        weights = {
            c: w * (12 if c in ("beige", "sand", "camel", "khaki", "navy", "black") else 0.2)
            for c, w in weights.items()
        }
        weights["beige"] += 3
    main = _pick(weights, rng)
    chosen = [_COLOUR_NAMES.index(main)]
    accents = [second.accents.get(c, 0) + 0.3 * first.accents.get(c, 0) + 0.02 for c in _COLOUR_NAMES]
    liked = np.array(accents) * _HARMONY[chosen[0]] ** 3
    for distance in (0.3, 0.18, 0.18):
        options = liked * (_APART[chosen] > distance).all(0)
        chosen.append(int(rng.choice(len(options), p=options / options.sum())))
    return tuple(_COLOUR_NAMES[i] for i in chosen)


def _fabric_price(fabric: str) -> float:
    return {
        "silk": 1.7,
        "leather": 1.3,
        "suede": 1.25,
        "wool": 1.25,
        "tweed": 1.3,
        "velvet": 1.2,
        "satin": 1.15,
        "linen": 1.15,
    }.get(fabric, 1.0)


_KIND_NAMES: Final = tuple(KINDS)
_KIND_LIKED: Final = np.array(
    [[kind.weight * STYLES[style].kinds.get(name, 0.35) for style in STYLE_NAMES] for name, kind in KINDS.items()]
)
_COLOUR_NAMES: Final = tuple(COLOURS)
_HARMONY: Final = np.array([[harmony(a, b) for b in COLOURS] for a in COLOURS])
_RGB: Final = np.array(list(COLOURS.values()))
_APART: Final = np.linalg.norm(_RGB[:, None] - _RGB[None], axis=2)
