"""How does a file's name, which may hold any bytes, become an id, which is always text?"""

# ruff: noqa: PTH122
# For a million names os.path is several times faster than pathlib.

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Sequence

_ESCAPE = "\N{REPLACEMENT CHARACTER}"
_UNSAFE = re.compile(f"[\ud800-\udfff{_ESCAPE}]")
_SURROGATE = re.compile("[\ud800-\udfff]")


def to_text(name: str) -> str:
    """Write a file's name as valid UTF-8 text, losing nothing.

    A byte that is not UTF-8 becomes U+FFFD and its two hexadecimal digits, U+FFFD itself is doubled;
    so two different names never become one text, and a well-formed name stays as it is.

    Args:
        name: As ``os.fsdecode`` gives it: an undecodable byte is a lone surrogate.
    """
    return name if name.isascii() else _UNSAFE.sub(_escaped, name)


def to_valid(text: str) -> str:
    r"""Replace the lone surrogates that JSON's ``\ud800`` can bring into text; else change nothing."""
    return _SURROGATE.sub(_escaped, text) if _SURROGATE.search(text) else text


def without_extension(name: str) -> str:
    """``shirts/a.jpg`` -> ``shirts/a``; a name that begins with a dot has no extension."""
    return os.path.splitext(name)[0]


def photo_ids(names: Sequence[str]) -> list[str]:
    """Give every file of a folder its id: the name without extension, or with it where that collides.

    Args:
        names: Paths relative to the folder, all different.

    Returns:
        One id a name, all different. ``a.jpg`` and ``a.png`` keep their extensions, and so does a
        ``b.jpg.png`` beside a ``b.jpg``, whatever the order.
    """
    whole = [to_text(name) for name in names]
    stems = [without_extension(name) for name in whole]
    count, taken = Counter(stems), set(whole)
    return [
        stem if count[stem] == 1 and (stem == name or stem not in taken) else name
        for stem, name in zip(stems, whole, strict=True)
    ]


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    if match[0] == _ESCAPE:
        return _ESCAPE * 2
    return f"{_ESCAPE}{code - 0xDC00:02x}" if 0xDC80 <= code <= 0xDCFF else f"{_ESCAPE}u{code:04x}"
