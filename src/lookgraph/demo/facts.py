"""What shoppers see in items: styles, colours, price, whose section they hang in. Of drawn items and of real ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from lookgraph.demo.items import Item
from lookgraph.errors import SimulationError

FAMILIES: Final = (
    "black",
    "grey",
    "white",
    "beige",
    "brown",
    "red",
    "orange",
    "yellow",
    "green",
    "blue",
    "purple",
    "pink",
)
_ANCHORS: Final = 12
_SHARPNESS: Final = 12.0
_OWN_COLOUR: Final = 0.7
_APPEAL: Final = 0.5


@dataclass(frozen=True)
class ItemFacts:
    """A catalogue as shoppers judge it; n items.

    Attributes:
        ids: The items' ids.
        styles: (n, s) float32, rows sum to 1.
        colours: (n, c) float32, rows sum to 1.
        log_price: (n,) float32: natural logarithm of the price over the catalogue's median; 0 where none is known.
        price: (n,) float32; 0 where none is known.
        section: (n,) int8: 0 women's, 1 men's, 2 anybody's.
    appeal: (n,) float32: what everybody likes about it, normal with deviation 0.5.
    """

    ids: list[str]
    styles: np.ndarray
    colours: np.ndarray
    log_price: np.ndarray
    price: np.ndarray
    section: np.ndarray
    appeal: np.ndarray

    def __len__(self) -> int:
        return len(self.ids)


def facts_of_drawn(items: Sequence[Item]) -> ItemFacts:
    """The facts of drawn items: their true style coordinates and colours."""
    colours = np.zeros((len(items), len(FAMILIES)), np.float32)
    for row, item in enumerate(items):
        worn = item.colours[:1] if item.print == "plain" else item.colours[:3]
        share = [1.0] if len(worn) == 1 else [_OWN_COLOUR, (1 - _OWN_COLOUR) * 0.6, (1 - _OWN_COLOUR) * 0.4]
        for name, weight in zip(worn, share, strict=True):
            colours[row, FAMILIES.index(family(name))] += weight
    sections = {"women": 0, "men": 1, "unisex": 2}
    return _facts(
        [item.id for item in items],
        np.array([item.style for item in items], np.float32),
        colours,
        np.array([item.price for item in items], np.float32),
        np.array([sections[item.gender] for item in items], np.int8),
        np.array([np.random.default_rng([item.seed, 7]).normal(0, _APPEAL) for item in items]),
    )


def facts_of_catalogue(items: pa.Table, embeddings: np.ndarray, seed: int) -> ItemFacts:
    """The facts of any catalogue: styles are nearness to anchors among its embeddings, the rest its attributes.

    Twelve anchors are chosen far from each other; an item's style coordinates are a softmax over its cosines to them.
    The colour is read from the first of the columns ``colour``, ``color``, ``base_colour``, the price from ``price``,
    the section from ``gender``; what is not there does not enter into taste.

    Args:
        items: A lookbook's table of items, n rows, with a column ``id``.
        embeddings: (n, dim) float32 unit rows.
        seed: Of the first anchor.

    Raises:
        SimulationError: the table and the embeddings do not belong together.
    """
    n = items.num_rows
    if len(embeddings) != n or n < 2:
        raise SimulationError(f"{n} items and {len(embeddings)} embeddings: pass two or more items with one row each")
    cosines = embeddings @ embeddings[_far_apart(embeddings, min(_ANCHORS, n), seed)].T * _SHARPNESS
    styles = np.exp(cosines - cosines.max(1, keepdims=True))
    colours = np.zeros((n, len(FAMILIES)), np.float32)
    named = next((name for name in ("colour", "color", "base_colour") if name in items.column_names), None)
    values = items[named].to_pylist() if named else [None] * n
    for row, value in enumerate(values):
        if value is None:
            colours[row] = 1 / len(FAMILIES)
        else:
            colours[row, FAMILIES.index(family(str(value).lower()))] = 1
    price = np.zeros(n, np.float32)
    if "price" in items.column_names:
        price = np.array([0.0 if v is None else float(v) for v in items["price"].to_pylist()], np.float32)
    section = np.full(n, 2, np.int8)
    if "gender" in items.column_names:
        words = [str(v).lower() for v in items["gender"].to_pylist()]
        section = np.array([1 if w in ("men", "boys") else 0 if w in ("women", "girls") else 2 for w in words], np.int8)
    appeal = np.random.default_rng([seed, 12]).normal(0, _APPEAL, n)
    return _facts(items["id"].to_pylist(), styles / styles.sum(1, keepdims=True), colours, price, section, appeal)


def family(colour: str) -> str:
    """The family of a colour's name; for a name that is not in the table, of the last word that is a family's."""
    words = colour.lower().replace("-", " ").split()
    for word in (colour.lower(), *reversed(words)):
        if word in FAMILIES:
            return word
        if word in _FAMILY:
            return _FAMILY[word]
    return "grey"


_MEMBERS: Final = {
    "grey": "charcoal silver gray steel metallic", "white": "off-white cream ivory",
    "beige": "sand nude khaki taupe skin",
    "brown": "camel tan chocolate coffee bronze mushroom", "red": "burgundy maroon",
    "orange": "rust terracotta apricot peach coral copper",
    "yellow": "mustard lemon gold", "green": "olive sage emerald mint teal lime", "pink": "blush fuchsia rose magenta",
    "blue": "navy turquoise cobalt indigo denim", "purple": "lavender lilac plum mauve",
}  # fmt: skip
_FAMILY: Final = {word: name for name, words in _MEMBERS.items() for word in words.split()}


def _facts(
    ids: list[str], styles: np.ndarray, colours: np.ndarray, price: np.ndarray, section: np.ndarray, appeal: np.ndarray
) -> ItemFacts:
    known = price > 0
    median = float(np.median(price[known])) if known.any() else 1.0
    log_price = np.where(known, np.log(np.maximum(price, 1e-6) / median), 0)
    styles, colours, log_price, price, appeal = (
        np.asarray(values, np.float32) for values in (styles, colours, log_price, price, appeal)
    )
    return ItemFacts(ids, styles, colours, log_price, price, section, appeal)


def _far_apart(embeddings: np.ndarray, n: int, seed: int) -> list[int]:
    chosen = [int(np.random.default_rng([seed, 11]).integers(len(embeddings)))]
    nearest = embeddings @ embeddings[chosen[0]]
    while len(chosen) < n:
        chosen.append(int(nearest.argmin()))
        nearest = np.maximum(nearest, embeddings @ embeddings[chosen[-1]])
    return chosen
