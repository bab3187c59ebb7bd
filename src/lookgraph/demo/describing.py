"""A sentence about an item, as a shop would write it."""

from __future__ import annotations

from typing import Final

import numpy as np

from lookgraph.demo.garments.tops import Cut
from lookgraph.demo.items import Item
from lookgraph.demo.styles import STYLE_NAMES

_PLURAL: Final = frozenset(
    ("jeans", "trousers", "joggers", "leggings", "shorts", "sneakers", "boots", "pumps", "loafers", "sandals",
    "sunglasses", "socks")
)  # fmt: skip
_FOR: Final = {
    "minimal": "pared-back days", "streetwear": "the street", "preppy": "campus and weekends",
    "boho": "long afternoons outdoors",
    "formal": "the office and after", "sporty": "training and errands", "vintage": "a second-hand mood",
    "goth": "after dark",
    "romantic": "dates and garden parties", "workwear": "getting things done", "resort": "the beach bar",
    "Y2K": "a night out like 2001",
}  # fmt: skip
_OPENINGS: Final = ("{a} for {use}.", "{a}, made for {use}.", "{a}: think {use}.", "{brand}'s {b} for {use}.")


def describe(item: Item) -> str:
    """One natural sentence; the same item always gets the same."""
    rng = np.random.default_rng([item.seed, 6])
    thing = " ".join(part for part in (_fit(item), _colour(item), _fabric(item), _kind(item)) if part)
    detail = _detail(item.kind, item.cut)
    whole = f"{thing} {detail}" if detail else thing
    use = _FOR[STYLE_NAMES[int(np.argmax(item.style))]]
    article = "" if item.kind in _PLURAL else ("An " if whole[0] in "aeiou" else "A ")
    sentence = _OPENINGS[int(rng.integers(len(_OPENINGS)))]
    first = f"{article}{whole}"
    return sentence.format(a=first[0].upper() + first[1:], b=whole, brand=item.brand, use=use)


def _kind(item: Item) -> str:
    return f"pair of {item.kind}" if item.kind == "socks" else item.kind


def _colour(item: Item) -> str:
    first, second = item.colours[:2]
    if item.print in ("plain", "logo"):
        return first
    if item.print in ("leopard", "zebra", "camouflage"):
        return f"{item.print}-print {first}"
    return f"{first} and {second} {_adjective(item.print)}"


def _adjective(printed: str) -> str:
    for noun, adjective in (("stripes", "striped"), ("dots", "dot"), ("leaves", "leaf-print"), ("stars", "star-print")):
        printed = printed.replace(noun, adjective)
    return printed


def _fabric(item: Item) -> str:
    if item.kind in ("sunglasses",):
        return "metal-framed" if item.fabric == "metal" else ""
    return (
        ""
        if item.fabric == "denim" and item.kind in ("jeans", "denim jacket")
        else item.fabric.replace("rubber", "moulded")
    )


def _fit(item: Item) -> str:
    cut = item.cut
    fit = cut.get("fit", cut.get("width", cut.get("flare")))
    if fit is None:
        return ""
    if item.kind in ("jeans", "skirt"):
        return "flared" if float(fit) > 0.65 else "straight" if float(fit) < 0.3 else ""
    if item.slot in ("bag", "accessory", "shoes", "hat"):
        return ""
    return "oversized" if float(fit) > 0.8 else "slim" if float(fit) < 0.2 else ""


def _detail(kind: str, cut: Cut) -> str:
    if kind == "sweater" and cut["neckline"] == "roll":
        return "with a roll neck"
    if cut.get("neckline") in ("v", "square", "boat"):
        return f"with a {'V-' if cut['neckline'] == 'v' else str(cut['neckline']) + ' '}neck"
    told = {
        "hood": "with a hood", "bow": "with a bow", "double": "cut double-breasted", "pleats": "with front pleats",
        "ripped": "with ripped knees", "belt": "with a contrast belt", "tiers": "in tiers",
        "collar": "with a round collar",
        "chain": "on a chain", "quilted": "in quilted squares", "flap": "with a flap", "pompom": "with a pompom",
        "fringe": "with a fringe", "high": "cut high", "tassel": "with tassels", "zip": "with a full zip",
        "drawstring": "with a drawstring", "side_stripe": "with side stripes", "buttons": "buttoned in front",
        "varsity": "in varsity style", "pinched": "with a pinched crown", "strap": "with a strap",
    }  # fmt: skip
    for name, words in told.items():
        if (
            name in cut
            and not isinstance(cut[name], str)
            and float(cut[name]) >= 1
            and not (name == "strap" and kind == "tank top")
        ):
            return words
    if kind == "boots":
        return {"chelsea": "with elastic sides", "laced": "laced to the top"}.get(str(cut["style"]), "")
    if kind == "sunglasses":
        return f"in {'an' if cut['style'] == 'aviator' else 'a'} {cut['style']} shape"
    return ""
