"""Stage one, photos: find them, decode them safely, and list every one that cannot be used with its reason.

:func:`open_source` recognises a folder, an image folder with metadata, a CSV, JSONL or Parquet table and
gives a :class:`Source`: photo references, typed attributes, rejections. :class:`PhotoWorkers` turns
references into a :class:`Photo` each (upright sRGB pixels, thumbnails, hashes) in processes that may hang
or crash without harm; :func:`decode_file` does so for one file in this process.
"""

from __future__ import annotations

from lookgraph.photos.attributes import AttributeType, attribute_type
from lookgraph.photos.cropping import Box, make_cropped_photo
from lookgraph.photos.decode import decode, square
from lookgraph.photos.model import FileLocation, MemoryLocation, PhotoRef, Rejection, RowLocation, Source
from lookgraph.photos.origin import ORIGIN_FILE, labelled, read_origin
from lookgraph.photos.photo import Photo, decode_file, make_photo
from lookgraph.photos.reading import read_photo
from lookgraph.photos.reasons import Reason
from lookgraph.photos.sources import open_source
from lookgraph.photos.thumbnails import THUMBNAIL_SIDES, thumbnails
from lookgraph.photos.workers import PhotoWorkers

__all__ = [
    "ORIGIN_FILE",
    "THUMBNAIL_SIDES",
    "AttributeType",
    "Box",
    "FileLocation",
    "MemoryLocation",
    "Photo",
    "PhotoRef",
    "PhotoWorkers",
    "Reason",
    "Rejection",
    "RowLocation",
    "Source",
    "attribute_type",
    "decode",
    "decode_file",
    "labelled",
    "make_cropped_photo",
    "make_photo",
    "open_source",
    "read_origin",
    "read_photo",
    "square",
    "thumbnails",
]
