"""The table of items, their duplicates, and filters over their attributes."""

from lookgraph.catalogue.duplicates import choose_representatives, group_duplicates
from lookgraph.catalogue.filters import filter_items
from lookgraph.catalogue.items import PHOTO_COLUMNS, attribute_names, build_items, representatives

__all__ = [
    "PHOTO_COLUMNS",
    "attribute_names",
    "build_items",
    "choose_representatives",
    "filter_items",
    "group_duplicates",
    "representatives",
]
