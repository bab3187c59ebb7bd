"""Which rows of a table become photos, and why do the others not?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lookgraph.photos.model import Rejection
from lookgraph.photos.reasons import Reason


def select_rows(
    ids: Sequence[str | None], locations: Sequence[str], refused: Mapping[int, tuple[Reason, str]]
) -> tuple[list[int], list[Rejection]]:
    """Keep the first usable row of every id and of every location; list all others.

    Args:
        ids: One a row; None where the row has none.
        locations: Where each row's photo is, as text; equal text is the same photo.
        refused: Rows that are known to be unusable, with the reason. They take no id away.

    Returns:
        The kept rows in order, and the rejections in the rows' order.
    """
    rows: list[int] = []
    rejections: list[Rejection] = []
    row_of_id: dict[str, int] = {}
    row_of_location: dict[str, int] = {}
    for row, (id, location) in enumerate(zip(ids, locations, strict=True)):
        if row in refused:
            reason, message = refused[row]
        elif id is None:
            reason, message = Reason.NO_ID, f"row {row + 1} has no id"
        elif id in row_of_id:
            reason, message = Reason.REPEATED_ID, f"row {row + 1} repeats the id of row {row_of_id[id] + 1}"
        elif location in row_of_location:
            first = row_of_location[location] + 1
            reason, message = Reason.REPEATED_ID, f"row {row + 1} names the same photo as row {first}"
        else:
            row_of_id[id] = row_of_location[location] = row
            rows.append(row)
            continue
        rejections.append(Rejection(id or f"row-{row + 1}", location, reason, message))
    return rows, rejections
