"""Which part of a name is a column good for? Read from its values, since every shop calls its columns otherwise."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final, Literal

import numpy as np

from lookgraph.evaluate.attributes import Labels

Role = Literal["people", "season", "occasion", "look", "colour", "thing"]

ORDER: Final[tuple[Role, ...]] = ("people", "season", "occasion", "look", "colour", "thing")  # as they stand in a name
_MOST: Final = 0.6  # of the items, by which a column's role is decided
_WORDS: Final[dict[Role, str]] = {
    "people": "men women boys girls unisex kids male female man woman boy girl baby babies adults",
    "occasion": """casual formal sports sport ethnic party travel home smart work office evening everyday beach wedding
        outdoor""",
    "season": "spring summer fall autumn winter",
    "look": """plain striped stripes checked check dotted dots floral printed print solid graphic camouflage leopard
        zebra cotton leather wool denim silk linen suede velvet knit knitted canvas lace fleece nylon polyester satin
        slim regular loose oversized short long cropped mini midi maxi fitted straight wide""",
    "colour": """black white grey gray silver red maroon burgundy rust pink rose magenta peach coral orange yellow gold
        mustard cream beige tan brown khaki olive green lime teal turquoise cyan blue navy purple lavender mauve violet
        bronze copper charcoal nude multi camel ivory indigo taupe mint plum""",
}
_VOCABULARY: Final = {role: frozenset(words.split()) for role, words in _WORDS.items()}
_POSSESSIVE: Final = {
    "men": "Men's", "man": "Men's", "male": "Men's", "women": "Women's", "woman": "Women's", "female": "Women's",
    "boys": "Boys'", "boy": "Boys'", "girls": "Girls'", "girl": "Girls'", "kids": "Kids'", "babies": "Babies'",
}  # fmt: skip
_SAYS_NOTHING: Final = frozenset(
    {"na", "n/a", "none", "null", "unknown", "other", "others", "misc", "not-sure", "skip"}
)


def role_of(labels: Labels) -> Role:
    """The role whose words most items' values hold; a column of anything else says what the things are."""
    known = labels.codes[labels.codes >= 0]
    share = np.bincount(known, minlength=labels.n_classes) / max(len(known), 1)
    for role, vocabulary in _VOCABULARY.items():
        fits = np.array([bool(vocabulary & set(re.split(r"[\W_]+", name.lower()))) for name in labels.names], bool)
        if share[fits].sum() >= _MOST:
            return role
    return "thing"


def as_column(name: str, labels: Labels) -> Labels:
    """A column that is true or false says its own name, or nothing."""
    if not set(labels.names) <= {"true", "false"}:
        return labels
    yes = labels.names.index("true") if "true" in labels.names else -2
    return Labels(np.where(labels.codes == yes, 0, -1), [name.replace("_", " ").strip()])


def is_word(value: str) -> bool:
    """Can a value stand in a name? A number, a code, or 'unknown' cannot."""
    plain = value.strip().lower().replace(" ", "-")
    return bool(plain) and plain not in _SAYS_NOTHING and not any(letter.isdigit() for letter in plain)


def listed(values: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    *first, last = values
    if not first:
        return last
    first[1:] = map(_within, first[1:])
    return f"{', '.join(first)} and {_within(last)}"


def phrase(words: Mapping[Role, str]) -> str:
    """Join one value a role into a name: "Women's navy blue shirts", "Black pieces", "T-Shirt"."""
    parts = [_possessive(words[role]) if role == "people" else words[role] for role in ORDER if role in words]
    if "thing" not in words:
        parts.append("pieces")
    name = " ".join(map(_within, parts))
    return name[:1].upper() + name[1:]


def _possessive(value: str) -> str:
    return _POSSESSIVE.get(value.strip().lower(), value)


def _within(value: str) -> str:
    """A value in the middle of a name: without capitals, but for those that are part of how it is written."""
    return " ".join(word.lower() if word.istitle() and word.isalpha() else word for word in value.strip().split())
