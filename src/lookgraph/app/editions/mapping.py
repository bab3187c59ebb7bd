"""The map of a whole generation, as the studio draws it: the report's map, with photos by their addresses."""

from __future__ import annotations

import numpy as np
import orjson
import pyarrow as pa

from lookgraph.app.editions.edition import Edition
from lookgraph.app.editions.tiles import HASH_LENGTH
from lookgraph.catalogue import attribute_names
from lookgraph.evaluate import Chart, chart_document, retrieval_labels
from lookgraph.photos import THUMBNAIL_SIDES


def map_json(edition: Edition) -> bytes:
    """See :func:`lookgraph.evaluate.chart_document`; every node is on it. No file is read for it."""
    book, generation = edition.lookbook, edition.lookbook.generation
    rows = book.items.take(pa.array(edition.row_of_node))
    photos = {
        "kind": "addresses",
        "pattern": f"/photos/{{hash}}/{min(THUMBNAIL_SIDES)}.webp",
        "hashes": [name[:HASH_LENGTH] for name in rows["_content_hash"].to_pylist()],
    }
    document = chart_document(
        Chart(
            places=generation.places,
            hierarchy=generation.hierarchy,
            named=generation.cluster_names,
            edge_index=generation.graph.edge_index,
            similarity=generation.graph.similarity,
            attention=generation.attention,
        ),
        np.arange(edition.n_nodes),
        rows["id"].to_pylist(),
        retrieval_labels(rows.select(attribute_names(rows)), book.settings),
        photos,
        book.manifest["space"]["space"],
    )
    return orjson.dumps(document | {"itemAddress": "/item/{id}"})
