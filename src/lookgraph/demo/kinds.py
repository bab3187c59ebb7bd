"""The kinds of garments: how each is cut, what it is made of, what it costs, when and by whom it is worn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from lookgraph.demo.garments import accessories, bags, dresses, hats, lowers, outerwear, shoes, tops
from lookgraph.demo.garments.tops import Cut
from lookgraph.demo.pieces import Garment

Range = tuple[float, float] | list[str] | list[int] | list[bool]
_MAYBE, _OFTEN = [False, False, True], [False, True]
SLOTS: Final = ("top", "bottom", "dress", "outerwear", "shoes", "bag", "hat", "accessory")


@dataclass(frozen=True)
class Kind:
    """What the catalogue knows of a kind.

    Attributes:
        slot: One of :data:`SLOTS`; a look wears one item a slot.
        make: From a cut to the pieces.
        cut: Ranges of its parameters: a pair is a range of numbers, a list are choices.
        fabrics: Weights.
        printed: Share of items with a print, before the style has its say.
        price: Median, in euros.
        formality: 0 sport to 1 black tie, where the kind itself is bound; the style moves it.
        seasons: Weights of spring, summer, autumn, winter.
        genders: Weights of women, men, unisex.
        weight: How common it is.
    """

    slot: str
    make: Callable[[Cut, np.random.Generator], Garment]
    cut: dict[str, Range]
    fabrics: dict[str, float]
    printed: float
    price: float
    formality: float
    seasons: tuple[float, float, float, float] = (1, 1, 1, 1)
    genders: tuple[float, float, float] = (1, 1, 1)
    weight: float = 1.0


_SUMMER, _WINTER, _MILD = (2, 4, 1, 0.2), (0.6, 0.05, 3, 4), (3, 0.6, 3, 1)
_HER, _HIS = (8, 0.01, 0.5), (0.5, 6, 1)

KINDS: Final[dict[str, Kind]] = {
    "t-shirt": Kind("top", tops.t_shirt, {"fit": (0, 1), "length": (60, 72), "neckline": ["round", "round", "round", "v"], "ringer": _MAYBE, "graphic": ["", "", "sun", "mountain", "stripes", "bolt", "letters"]}, {"cotton": 6, "jersey": 2, "linen": 0.4}, 0.4, 22, 0.15, (2, 3, 1, 0.6), weight=2.0),
    "tank top": Kind("top", tops.tank_top, {"strap": (3, 6.5), "length": (54, 64), "neckline": ["round", "round", "square", "v"]}, {"cotton": 3, "jersey": 2, "rib": 2, "linen": 0.5, "satin": 0.4}, 0.3, 18, 0.1, _SUMMER, (4, 1, 1)),
    "polo": Kind("top", tops.polo, {"fit": (0, 1), "length": (64, 70), "ringer": _MAYBE}, {"cotton": 5, "fine knit": 2}, 0.35, 38, 0.4, (3, 4, 1, 0.3), _HIS),
    "shirt": Kind("top", tops.shirt, {"fit": (0, 1), "length": (68, 76), "sleeve": ["long", "long", "long", "short"], "pockets": [0, 1, 1, 2]}, {"poplin": 5, "linen": 2, "denim": 1, "viscose": 0.7, "silk": 0.6, "corduroy": 0.5}, 0.6, 45, 0.55, genders=(1, 2, 1), weight=1.8),
    "blouse": Kind("top", tops.blouse, {"length": (56, 64), "neckline": ["round", "v", "boat"], "puffed": (0.15, 0.9), "bow": _MAYBE}, {"silk": 3, "viscose": 3, "satin": 1.5, "poplin": 1.5, "linen": 1}, 0.6, 48, 0.6, (2, 2, 2, 1), _HER, 1.2),
    "sweater": Kind("top", tops.sweater, {"fit": (0, 1), "length": (60, 70), "neckline": ["round", "round", "v", "roll"]}, {"fine knit": 2, "knit": 4, "chunky knit": 2, "cable knit": 2}, 0.4, 60, 0.4, _WINTER, weight=1.6),
    "hoodie": Kind("top", tops.hoodie, {"fit": (0, 1), "zip": _MAYBE, "graphic": ["", "", "", "mountain", "bolt", "letters", "sun"]}, {"fleece": 1, "cotton": 4, "jersey": 2}, 0.2, 55, 0.05, (2, 0.4, 3, 2)),
    "cardigan": Kind("top", tops.cardigan, {"opening": (18, 34), "length": (60, 80)}, {"fine knit": 2, "knit": 4, "cable knit": 1.5, "chunky knit": 1}, 0.35, 58, 0.45, (2, 0.4, 3, 2), (3, 1, 1)),
    "jeans": Kind("bottom", lowers.jeans, {"flare": (-0.2, 1), "length": (94, 103), "wash": _OFTEN, "ripped": _MAYBE}, {"denim": 1}, 0.03, 70, 0.25, (2, 1, 2, 2), weight=1.8),
    "trousers": Kind("bottom", lowers.trousers, {"width": (0, 1.1), "length": (94, 104), "pleats": _OFTEN}, {"wool": 3, "twill": 3, "linen": 1, "corduroy": 1, "gabardine": 2, "leather": 0.3}, 0.25, 65, 0.65, weight=1.5),
    "joggers": Kind("bottom", lowers.joggers, {"side_stripe": _MAYBE}, {"fleece": 1, "jersey": 3, "nylon": 1.5}, 0.1, 45, 0.05),
    "leggings": Kind("bottom", lowers.leggings, {"length": (78, 96), "panel": _OFTEN}, {"jersey": 4, "nylon": 2, "leather": 0.3}, 0.3, 35, 0.05, genders=_HER),
    "shorts": Kind("bottom", lowers.shorts, {"length": (32, 52), "drawstring": _OFTEN, "stitch": ["seam", "stitch"]}, {"twill": 3, "linen": 2, "denim": 2, "nylon": 1, "cotton": 1}, 0.35, 36, 0.12, (1.5, 5, 0.3, 0.05)),
    "skirt": Kind("bottom", lowers.skirt, {"length": (38, 78), "flare": (0, 1), "buttons": _MAYBE}, {"denim": 1.5, "wool": 1, "linen": 1, "silk": 1.5, "viscose": 2, "leather": 1, "corduroy": 1, "suede": 0.7}, 0.5, 48, 0.5, (2, 2, 2, 1), _HER, 1.3),
    "pleated skirt": Kind("bottom", lowers.pleated_skirt, {"length": (38, 76)}, {"wool": 2, "satin": 1.5, "gabardine": 2, "viscose": 1}, 0.4, 52, 0.55, (2, 1, 2, 1), _HER, 0.8),
    "slip dress": Kind("dress", dresses.slip_dress, {"length": (96, 128)}, {"satin": 4, "silk": 3, "viscose": 2, "velvet": 1}, 0.35, 75, 0.65, (2, 3, 1, 0.5), _HER),
    "flared dress": Kind("dress", dresses.flared_dress, {"length": (92, 128), "sleeve": [0, 12, 18, 48], "neckline": ["round", "v", "square"], "puffed": (0, 0.8), "belt": _MAYBE, "tiers": _MAYBE}, {"cotton": 2, "viscose": 4, "linen": 1.5, "silk": 1, "poplin": 1.5}, 0.75, 78, 0.45, (3, 4, 1, 0.4), _HER, 1.5),
    "shirt dress": Kind("dress", dresses.shirt_dress, {"length": (98, 122), "sleeve": ["long", "short"], "belt": _OFTEN}, {"poplin": 3, "linen": 2, "denim": 1, "viscose": 2}, 0.5, 72, 0.45, (3, 3, 2, 0.5), _HER),
    "shift dress": Kind("dress", dresses.shift_dress, {"length": (88, 102), "sleeve": [0, 14, 20, 46], "neckline": ["round", "boat", "square"], "belt": _OFTEN, "collar": _MAYBE}, {"wool": 2, "tweed": 1, "jersey": 2, "gabardine": 2, "velvet": 1}, 0.4, 80, 0.7, (2, 1, 2, 2), _HER),
    "blazer": Kind("outerwear", outerwear.blazer, {"double": _MAYBE, "length": (68, 78), "lapel": (7, 10.5)}, {"wool": 4, "tweed": 1.5, "linen": 1, "velvet": 0.7, "corduroy": 1}, 0.3, 130, 0.8, _MILD, weight=1.2),
    "coat": Kind("outerwear", outerwear.coat, {"double": _OFTEN, "length": (92, 116)}, {"wool": 5, "tweed": 2}, 0.25, 180, 0.65, _WINTER),
    "trench coat": Kind("outerwear", outerwear.trench_coat, {"length": (94, 114)}, {"gabardine": 5, "leather": 0.5}, 0.05, 160, 0.6, _MILD, weight=0.7),
    "denim jacket": Kind("outerwear", outerwear.denim_jacket, {"contrast_collar": _MAYBE}, {"denim": 6, "corduroy": 1}, 0.02, 80, 0.2, (3, 1.5, 3, 0.6)),
    "biker jacket": Kind("outerwear", outerwear.biker_jacket, {}, {"leather": 5, "suede": 1}, 0.0, 190, 0.35, _MILD, weight=0.8),
    "bomber jacket": Kind("outerwear", outerwear.bomber, {"varsity": _MAYBE}, {"nylon": 4, "satin": 1, "wool": 1}, 0.1, 95, 0.15, _MILD),
    "puffer jacket": Kind("outerwear", outerwear.puffer, {"length": (58, 82), "quilt": (7, 11), "hood": _OFTEN}, {"nylon": 5}, 0.06, 130, 0.1, (0.4, 0.02, 2, 5)),
    "sneakers": Kind("shoes", shoes.sneakers, {"high": _MAYBE, "chunky": (0, 1), "stripe": _MAYBE, "contrast": _OFTEN, "emblem": ["", "stripes", "swash", "star"]}, {"leather": 3, "canvas": 3, "mesh": 2, "suede": 1}, 0.08, 85, 0.1, weight=2.0),
    "boots": Kind("shoes", shoes.boots, {"shaft": (20, 34), "heel": (2.2, 5.5), "style": ["chelsea", "laced", "laced", "plain"], "strap": _OFTEN}, {"leather": 5, "suede": 2, "patent leather": 1}, 0.02, 120, 0.4, _WINTER, (2, 1, 1), 1.3),
    "pumps": Kind("shoes", shoes.pumps, {"heel": (4.5, 10), "thin": _OFTEN, "pointed": _OFTEN, "strap": _MAYBE, "bow": _MAYBE}, {"leather": 3, "suede": 2, "patent leather": 2, "satin": 1}, 0.12, 90, 0.85, genders=_HER),
    "loafers": Kind("shoes", shoes.loafers, {"sole": (1.2, 2.8), "metal": _OFTEN, "tassel": _MAYBE}, {"leather": 4, "suede": 2, "patent leather": 1}, 0.03, 95, 0.65, (2, 1, 2, 1)),
    "sandals": Kind("shoes", shoes.sandals, {"heel": (0.8, 5), "broad": _OFTEN, "ankle": _OFTEN}, {"leather": 4, "suede": 2, "rubber": 1}, 0.08, 60, 0.25, (1, 6, 0.2, 0.02), (3, 1, 1)),
    "tote bag": Kind("bag", bags.tote, {"width": (32, 42), "height": (28, 38), "handle": (13, 22), "contrast": _OFTEN, "leather": _OFTEN, "graphic": ["", "", "", "sun", "letters"]}, {"canvas": 4, "leather": 3, "straw": 1}, 0.25, 55, 0.3, genders=(2, 0.5, 2)),
    "handbag": Kind("bag", bags.handbag, {"width": (26, 36), "height": (19, 26), "slope": (0, 4.5), "flap": _OFTEN}, {"leather": 5, "patent leather": 1, "suede": 1}, 0.06, 130, 0.7, genders=_HER),
    "crossbody bag": Kind("bag", bags.crossbody, {"chain": _OFTEN, "quilted": _OFTEN}, {"leather": 5, "suede": 1, "satin": 0.5, "nylon": 0.7}, 0.08, 75, 0.45, genders=(4, 0.3, 1)),
    "backpack": Kind("bag", bags.backpack, {"contrast": _OFTEN, "flap": _MAYBE}, {"nylon": 3, "canvas": 3, "leather": 1}, 0.12, 70, 0.1),
    "cap": Kind("hat", hats.cap, {"contrast": _MAYBE, "emblem": _OFTEN}, {"twill": 4, "corduroy": 1, "denim": 1}, 0.1, 25, 0.05, (2, 3, 1, 0.5)),
    "beanie": Kind("hat", hats.beanie, {"pompom": _MAYBE}, {"knit": 3, "fine knit": 1, "chunky knit": 1}, 0.2, 24, 0.1, _WINTER),
    "wide-brim hat": Kind("hat", hats.wide_brim, {"brim": (17, 22), "crown": (10.5, 13.5), "pinched": _OFTEN}, {"felt": 3, "straw": 3}, 0.0, 55, 0.45, (2, 3, 2, 0.5), (3, 1, 1)),
    "bucket hat": Kind("hat", hats.bucket_hat, {}, {"twill": 3, "denim": 1, "nylon": 1, "fleece": 0.6}, 0.35, 30, 0.1, (2, 3, 1, 0.4)),
    "scarf": Kind("accessory", accessories.scarf, {"length": (48, 66), "fringe": _OFTEN}, {"wool": 4, "silk": 1, "knit": 1}, 0.65, 38, 0.5, _WINTER),
    "belt": Kind("accessory", accessories.belt, {"width": (2.8, 4.6)}, {"leather": 5, "suede": 1, "patent leather": 0.6}, 0.03, 40, 0.5),
    "sunglasses": Kind("accessory", accessories.sunglasses, {"style": ["round", "cat-eye", "square", "aviator"]}, {"rubber": 3, "metal": 1}, 0.12, 60, 0.35, (2, 5, 1, 0.4)),
    "tie": Kind("accessory", accessories.tie, {"width": (6, 9.5)}, {"silk": 4, "satin": 2, "wool": 1}, 0.75, 40, 0.95, genders=(0.1, 8, 0.3)),
    "socks": Kind("accessory", accessories.socks, {"height": (18, 32), "contrast": _OFTEN}, {"cotton": 2, "fine knit": 3}, 0.65, 12, 0.2),
}  # fmt: skip
