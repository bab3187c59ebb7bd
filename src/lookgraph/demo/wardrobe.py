"""From an item to what is drawn: its pieces, the cloth of each, the inks of its seams and fastenings."""

from __future__ import annotations

import numpy as np

from lookgraph.demo.cloths import Cloth, Colour, darker, lighter, luminance
from lookgraph.demo.colours import COLOURS, jittered
from lookgraph.demo.items import Item
from lookgraph.demo.kinds import KINDS
from lookgraph.demo.pieces import Garment

_GOLD, _SILVER, _BRASS = (0.80, 0.66, 0.38), (0.72, 0.73, 0.75), (0.66, 0.52, 0.30)
_ONE_INK_FADED = ("zebra", "leopard")
_SMALL = {"shoes": 0.35, "hat": 0.5, "accessory": 0.55, "bag": 0.7}


def sew(item: Item) -> Garment:
    """The item's pieces, the same ones every time."""
    return KINDS[item.kind].make(item.cut, np.random.default_rng([item.seed, 2]))


def cloths(item: Item) -> dict[str, Cloth]:
    """The cloth that each piece's name stands for."""
    rng = np.random.default_rng([item.seed, 3])
    main, *others = (jittered(COLOURS[name], rng) for name in item.colours)
    metal = _GOLD if rng.random() < 0.5 else _SILVER
    leather = "leather" if item.fabric not in ("suede", "patent leather") else item.fabric
    knitted = "knit" in item.fabric
    sole = _sole(item.kind, main, rng)
    cloth = _main_cloth(item, main, others, rng)
    trim = others[0] if luminance(others[0]) != luminance(main) else others[1]
    return {
        "main": cloth,
        "second": Cloth(trim, _second_fabric(item)),
        "trim": Cloth(trim, _trim_fabric(item, leather)),
        "inside": Cloth(
            _lining(item, main, others), {"outerwear": "satin", "shoes": "canvas"}.get(item.slot, "cotton")
        ),
        "rib": Cloth(
            main if item.kind != "bomber jacket" or rng.random() < 0.6 else trim, item.fabric if knitted else "rib"
        ),
        "cord": Cloth(
            (0.94, 0.93, 0.9) if luminance(main) < 0.7 and rng.random() < 0.6 else darker(main, 0.35), "canvas"
        ),
        "lace": Cloth(
            (0.95, 0.94, 0.92) if luminance(main) < 0.8 or rng.random() < 0.7 else (0.15, 0.15, 0.15), "canvas"
        ),
        "sole": Cloth(sole, "rubber"),
        "heel": Cloth(darker(main, 0.1), leather),
        "gore": Cloth(darker(main, 0.5), "rib"),
        "metal": Cloth(metal, "metal"),
        "buckle": Cloth((0.36, 0.25, 0.17), "patent leather"),
        "accent": Cloth(others[0], "cotton"),
        "accent2": Cloth(others[1], "cotton"),
        "label": Cloth((0.93, 0.92, 0.88) if luminance(main) < 0.75 else (0.16, 0.16, 0.18), "satin"),
        "pompom": Cloth(trim if rng.random() < 0.5 else lighter(main, 0.4), "fleece"),
        "frame": Cloth(metal, "metal")
        if item.fabric == "metal"
        else Cloth(main, "patent leather", cloth.print, cloth.inks, 0.4),
        "lens": Cloth(_lens(item, rng), "patent leather"),
        "plain": Cloth(main, item.fabric),
    }


def inks(item: Item) -> dict[str, Colour]:
    """The colours of lines and fastenings."""
    rng = np.random.default_rng([item.seed, 4])
    main = COLOURS[item.colours[0]]
    denim = item.fabric == "denim"
    return {
        "stitch": (0.78, 0.55, 0.28)
        if denim and luminance(main) < 0.6
        else lighter(main, 0.45)
        if luminance(main) < 0.55
        else darker(main, 0.3),
        "button": darker(main, 0.45)
        if luminance(main) > 0.35 and rng.random() < 0.5
        else (0.90, 0.87, 0.80)
        if luminance(main) < 0.75
        else (0.32, 0.25, 0.20),
        "metal": _BRASS if denim else _SILVER if rng.random() < 0.6 else _GOLD,
        "accent": COLOURS[item.colours[1]],
        "trim": COLOURS[item.colours[1]],
        "dark": (0.08, 0.08, 0.09),
        "glare": (1.0, 1.0, 1.0),
        "self": main,
        "seam_dot": darker(main, 0.1),
    }


def _main_cloth(item: Item, main: Colour, others: list[Colour], rng: np.random.Generator) -> Cloth:
    scale = rng.uniform(0.55, 0.95) * _SMALL.get(item.slot, 1.0)
    if item.print in ("plain", "logo"):  # a logo is placed on the cloth, not printed all over
        return Cloth(main, item.fabric, print_scale=scale)
    return Cloth(main, item.fabric, item.print, tuple(_inks(item, main, others)), scale)


def _second_fabric(item: Item) -> str:
    if item.kind == "bomber jacket":
        return "wool"
    return "corduroy" if item.slot == "outerwear" else item.fabric


def _trim_fabric(item: Item, leather: str) -> str:
    if item.kind == "wide-brim hat":
        return "satin"
    if item.slot == "accessory" or "knit" in item.fabric:
        return item.fabric
    return "cotton" if item.slot in ("top", "dress") else leather


def _sole(kind: str, main: Colour, rng: np.random.Generator) -> Colour:
    which = int(rng.integers(3))  # drawn for every kind: the numbers after it are those of today's pictures
    if kind == "sneakers":
        return (0.94, 0.93, 0.90) if rng.random() < 0.75 else (0.15, 0.15, 0.16)
    if kind in ("loafers", "pumps", "boots"):
        return darker(main, 0.55) if rng.random() < 0.6 else (0.20, 0.15, 0.12)
    if kind == "sandals":
        return (0.52, 0.38, 0.25) if rng.random() < 0.6 else (0.18, 0.16, 0.15)
    return ((0.93, 0.92, 0.89), (0.16, 0.15, 0.15), (0.66, 0.50, 0.33))[which]


def _inks(item: Item, main: Colour, others: list[Colour]) -> list[Colour]:
    if item.print in _ONE_INK_FADED:
        dark = (0.13, 0.11, 0.10) if luminance(main) > 0.3 else lighter(main, 0.75)
        return (
            [darker(main, 0.45) if luminance(main) > 0.3 else lighter(main, 0.35), dark]
            if item.print == "leopard"
            else [dark]
        )
    if item.print == "camouflage":
        return [darker(main, 0.35) if luminance(main) > 0.2 else lighter(main, 0.25), others[0], darker(others[0], 0.5)]
    if item.print == "glen check":
        return [darker(main, 0.6) if luminance(main) > 0.35 else lighter(main, 0.6), others[0]]
    if "floral" in item.print:
        leaf = COLOURS["sage" if luminance(main) < 0.4 else "forest green" if luminance(main) < 0.75 else "green"]
        return [leaf, others[0], others[1], others[2]]
    return others[:4]


def _lining(item: Item, main: Colour, others: list[Colour]) -> Colour:
    if item.slot == "outerwear":
        return darker(others[0], 0.15) if luminance(main) > 0.25 else darker(others[0], 0.35)
    if item.slot == "shoes":
        return (0.80, 0.72, 0.60) if luminance(main) < 0.75 else (0.86, 0.84, 0.80)
    return main if item.print in ("plain", "logo") else lighter(main, 0.08)


def _lens(item: Item, rng: np.random.Generator) -> Colour:
    tints = [(0.10, 0.10, 0.11), (0.22, 0.15, 0.10), (0.13, 0.18, 0.17), (0.45, 0.33, 0.25), (0.20, 0.24, 0.34)]
    return tints[int(rng.integers(len(tints)))]
