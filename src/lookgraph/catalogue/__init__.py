"""The table of items, their duplicates, and filters over their attributes."""

from lookgraph.catalogue.copies import are_copies
from lookgraph.catalogue.duplicates import choose_representatives, group_duplicates
from lookgraph.catalogue.filters import filter_items
from lookgraph.catalogue.items import PHOTO_COLUMNS, attribute_names, build_items, representatives
from lookgraph.catalogue.look_alikes import glances, look_alikes
from lookgraph.catalogue.small_pictures import SmallPictures, small_pictures

__all__ = [
    "PHOTO_COLUMNS",
    "SmallPictures",
    "are_copies",
    "attribute_names",
    "build_items",
    "choose_representatives",
    "filter_items",
    "glances",
    "group_duplicates",
    "look_alikes",
    "representatives",
    "small_pictures",
]
