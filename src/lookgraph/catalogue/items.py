"""The table of items: one row an item, its attributes first, what Lookgraph knows about its photo after.

Columns that Lookgraph adds begin with an underscore, so that they cannot be mistaken for attributes:
``_content_hash``, ``_width``, ``_height``, ``_perceptual_hash``, ``_colour`` and ``_node``. Items that
show one photo share a node; the graph, the network and the index are made of nodes, so that no
recommendation can show one photo twice.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from lookgraph.catalogue.duplicates import choose_representatives, group_duplicates
from lookgraph.catalogue.small_pictures import SmallPictures
from lookgraph.config import CatalogueSettings
from lookgraph.errors import SourceError

OWN_PREFIX = "_"
PHOTO_COLUMNS = ("content_hash", "width", "height", "perceptual_hash", "colour")


def build_items(
    ids: Sequence[str],
    attributes: pa.Table,
    photos: pa.Table,
    pictures: SmallPictures,
    settings: CatalogueSettings,
) -> pa.Table:
    """Join attributes and photo facts, and give every item its node.

    Args:
        ids: n different ids.
        attributes: n rows.
        photos: n rows of ``content_hash``, ``width``, ``height``, ``perceptual_hash``, ``colour``.
        pictures: Of the n photos; they tell which are copies of one.

    Returns:
        n rows: ``id``, the attributes, the columns that begin with an underscore.

    Raises:
        SourceError: an attribute's name is one of Lookgraph's own.
    """
    check_names(attributes)
    node = group_duplicates(photos["content_hash"].to_pylist(), pictures, settings)
    columns: dict[str, object] = {"id": pa.array(ids, pa.string())}
    columns |= {name: attributes[name] for name in attributes.column_names}
    columns |= {OWN_PREFIX + name: photos[name] for name in PHOTO_COLUMNS}
    return pa.table(columns | {"_node": pa.array(node)})


def check_names(attributes: pa.Table) -> None:
    """Refuse attributes that would be taken for Lookgraph's own columns.

    Raises:
        SourceError: a name is ``id``, or begins with an underscore.
    """
    taken = [name for name in attributes.column_names if name == "id" or name.startswith(OWN_PREFIX)]
    if taken:
        raise SourceError(f"attribute columns {taken} have names that Lookgraph uses itself: rename them")


def representatives(items: pa.Table) -> np.ndarray:
    """(n_nodes,) int64: the row that stands for each node, its largest photo."""
    n_pixels = items["_width"].to_numpy().astype(np.int64) * items["_height"].to_numpy()
    return choose_representatives(items["_node"].to_numpy(), n_pixels)


def attribute_names(items: pa.Table) -> list[str]:
    """The columns that came with the photos, in their order."""
    return [name for name in items.column_names if name != "id" and not name.startswith(OWN_PREFIX)]
