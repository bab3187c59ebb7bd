"""Answers as objects: plain to read in code, a strip of photos in a notebook."""

from __future__ import annotations

import base64
import html
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, overload


@dataclass(frozen=True)
class Recommendation:
    """One answer.

    Attributes:
        id: The item's id.
        score: Cosine with the query in the searched space, -1 to 1.
        reasons: Why it is here, in words; may be empty.
        attributes: The item's own columns.
        row: Its row in the catalogue.
        node: Its node; items of one photo share it.
    """

    id: str
    score: float
    reasons: tuple[str, ...]
    attributes: dict[str, Any] = field(repr=False)
    row: int = field(repr=False)
    node: int = field(repr=False)

    def to_dict(self) -> dict[str, Any]:
        """What ``--json`` prints."""
        return {
            "id": self.id,
            "score": round(self.score, 6),
            "reasons": list(self.reasons),
            "attributes": self.attributes,
        }


class Recommendations(Sequence[Recommendation]):
    """A page of answers to one query, best first."""

    def __init__(self, query: str, answers: Sequence[Recommendation], picture: Callable[[int], bytes]) -> None:
        self.query = query
        self._answers = tuple(answers)
        self._picture = picture

    @overload
    def __getitem__(self, index: int) -> Recommendation: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Recommendation]: ...
    def __getitem__(self, index: int | slice) -> Recommendation | Sequence[Recommendation]:
        return self._answers[index]

    def __len__(self) -> int:
        return len(self._answers)

    def __iter__(self) -> Iterator[Recommendation]:
        return iter(self._answers)

    def __repr__(self) -> str:
        lines = [f"{answer.score:.3f}  {answer.id}  ({'; '.join(answer.reasons)})" for answer in self._answers]
        return "\n".join([f"{len(self)} items like {self.query}", *lines])

    def _repr_html_(self) -> str:
        tiles = [
            '<figure style="margin:0;width:120px;font:12px sans-serif">'
            f'<img style="width:120px;height:160px;object-fit:contain" alt="{html.escape(answer.id, quote=True)}"'
            f' src="data:image/webp;base64,{base64.b64encode(self._picture(answer.row)).decode()}">'
            f"<figcaption>{answer.score:.3f} {html.escape(answer.id)}<br>"
            f'<span style="opacity:.7">{html.escape("; ".join(answer.reasons))}</span></figcaption></figure>'
            for answer in self._answers
        ]
        return f'<div style="display:flex;gap:8px;flex-wrap:wrap">{"".join(tiles)}</div>'
