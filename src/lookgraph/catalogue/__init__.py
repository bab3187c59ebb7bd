"""The table of items, their duplicates, and filters over their attributes."""

from lookgraph.catalogue.duplicates import choose_representatives, group_duplicates
from lookgraph.catalogue.filters import filter_items
from lookgraph.catalogue.gallery import copies_in_gallery, nodes_of_newcomers
from lookgraph.catalogue.items import PHOTO_COLUMNS, attribute_names, build_items, representatives
from lookgraph.catalogue.look_alikes import glances
from lookgraph.catalogue.small_pictures import SmallPictures, small_pictures
from lookgraph.catalogue.updating import UpdatedItems, align_attributes, newcomer_rows, update_items

__all__ = [
    "PHOTO_COLUMNS",
    "SmallPictures",
    "UpdatedItems",
    "align_attributes",
    "attribute_names",
    "build_items",
    "choose_representatives",
    "copies_in_gallery",
    "filter_items",
    "glances",
    "group_duplicates",
    "newcomer_rows",
    "nodes_of_newcomers",
    "representatives",
    "small_pictures",
    "update_items",
]
