"""Which photos does a folder hold, all the way down?

A file is a candidate if its name promises a photo or its first bytes are those of one; whether it is
a good photo is seen when it is decoded. Links are followed once, and nothing but a regular file or a
folder is ever opened.
"""

# ruff: noqa: PTH116, PTH118, PTH122
# For a million names os.path is several times faster than pathlib.

from __future__ import annotations

import os
import stat
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from lookgraph.errors import PhotoError, SourceError
from lookgraph.photos.model import Rejection
from lookgraph.photos.names import to_text, without_extension
from lookgraph.photos.reading import not_a_file, os_refusal, read_head
from lookgraph.photos.reasons import Reason
from lookgraph.photos.signatures import HEAD_BYTES, PHOTO_SUFFIXES, picture_format

_LOOKBOOK_SUFFIX: Final = ".lookbook"
_METADATA_NAMES: Final = ("metadata.csv", "metadata.jsonl")


@dataclass
class FolderListing:
    """What a folder holds. Names are relative to it, with ``/``, and undecodable bytes as surrogates.

    Attributes:
        photos: Candidates, sorted.
        parquet: Parquet files, sorted.
        metadata: Every ``metadata.csv`` and ``metadata.jsonl``, sorted.
        others: How many files of each suffix are no candidates.
        n_skipped: Hidden entries and lookbooks.
        rejections: What cannot be read, or is no file.
    """

    photos: list[str] = field(default_factory=list)
    parquet: list[str] = field(default_factory=list)
    metadata: list[str] = field(default_factory=list)
    others: Counter[str] = field(default_factory=Counter)
    n_skipped: int = 0
    rejections: list[Rejection] = field(default_factory=list)

    def notes(self) -> list[str]:
        """One sentence for each kind of thing that was passed over."""
        notes = []
        if self.others:
            kinds = ", ".join(
                f"{count} {to_text(suffix) or 'without suffix'}" for suffix, count in _ranked(self.others)
            )
            notes.append(f"{self.others.total()} files are no photos and were passed over: {kinds}")
        if self.n_skipped:
            notes.append(f"{self.n_skipped} hidden entries and lookbooks were not searched")
        return notes


def list_folder(root: str) -> FolderListing:
    """Search a folder and all folders in it.

    Real folders come first, then links to folders, so that a folder is always known by its own name; a
    link to a folder that has been searched is rejected (symlink-loop), which ends every loop.

    Args:
        root: The folder, or a link to it.

    Raises:
        SourceError: the folder itself cannot be read.
    """
    walk = _Walk(root)
    try:
        walk.enter("")
    except OSError as error:
        raise SourceError(f"{to_text(root)} cannot be read ({error.strerror}): allow this user to read it") from None
    walk.run()
    listing = walk.listing
    for names in (listing.photos, listing.parquet, listing.metadata):
        names.sort(key=os.fsencode)
    listing.rejections.sort(key=lambda rejection: rejection.location)
    return listing


class _Walk:
    """The state of one search: what was found, and what has yet to be searched."""

    def __init__(self, root: str) -> None:
        self.listing = FolderListing()
        self._root = root
        self._seen: set[tuple[int, int]] = set()  # (device, inode) of every folder searched
        self._folders: list[str] = []
        self._links: list[str] = []

    def run(self) -> None:
        while self._folders or self._links:
            name = self._folders.pop() if self._folders else self._links.pop(0)
            try:
                self.enter(name)
            except PhotoError as error:
                self._reject(name, error)
            except OSError as error:
                self._reject(name, os_refusal(error), folder=True)

    def enter(self, folder: str) -> None:
        path = os.path.join(self._root, folder) if folder else self._root
        status = os.stat(path)
        identity = (status.st_dev, status.st_ino)
        if identity in self._seen:
            raise PhotoError(Reason.SYMLINK_LOOP, "links to a folder that has been searched under its own name")
        self._seen.add(identity)
        with os.scandir(path) as entries:
            for entry in sorted(entries, key=lambda entry: os.fsencode(entry.name)):
                name = f"{folder}/{entry.name}" if folder else entry.name
                try:
                    self._visit(entry, name)
                except PhotoError as error:
                    self._reject(name, error)
                except OSError as error:
                    self._reject(name, os_refusal(error))

    def _visit(self, entry: os.DirEntry[str], name: str) -> None:
        mode = entry.stat(follow_symlinks=False).st_mode
        linked = stat.S_ISLNK(mode)
        if entry.name.startswith("."):
            self.listing.n_skipped += 1
            return
        if linked:
            mode = entry.stat().st_mode
        if not stat.S_ISDIR(mode):
            self._visit_file(entry, name, mode)
        elif entry.name.endswith(_LOOKBOOK_SUFFIX):
            self.listing.n_skipped += 1
        else:
            (self._links if linked else self._folders).append(name)

    def _visit_file(self, entry: os.DirEntry[str], name: str, mode: int) -> None:
        if not stat.S_ISREG(mode):
            raise not_a_file(mode)
        suffix = os.path.splitext(entry.name)[1].lower()
        if suffix in PHOTO_SUFFIXES:
            self.listing.photos.append(name)
        elif entry.name in _METADATA_NAMES:
            self.listing.metadata.append(name)
        elif suffix == ".parquet":
            self.listing.parquet.append(name)
        elif picture_format(read_head(entry.path, HEAD_BYTES)) is not None:
            self.listing.photos.append(name)
        else:
            self.listing.others[suffix] += 1

    def _reject(self, name: str, error: PhotoError, *, folder: bool = False) -> None:
        message = f"the folder cannot be searched: {error}" if folder else str(error)
        location = to_text(f"{self._root}/{name}")
        id = to_text(name) if folder else without_extension(to_text(name))
        self.listing.rejections.append(Rejection(id, location, Reason(error.reason), message))


def _ranked(counts: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))
