"""Files that survive a kill at any moment: synced, renamed into place, locked against a second writer."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from safetensors import SafetensorError

from lookgraph.errors import DiskFullError, LookbookBusyError, LookbookError

ASIDE = ".aside-"
_LOCK = "build.lock"
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FULL_WORDS = ("No space left", "disk is full", "File too large", "disk I/O error", "Disk quota exceeded")


@contextmanager
def writer_lock(root: Path) -> Iterator[None]:
    """Hold a lookbook against a second build; the kernel lets go when the process ends, however it ends.

    Raises:
        LookbookBusyError: another process holds it.
        LookbookError: the folder cannot be written.
    """
    try:
        root.mkdir(parents=True, exist_ok=True)
        handle = os.open(root / _LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        if error.errno in _FULL:
            raise
        raise LookbookError(f"{root} cannot be written ({error.strerror}): choose another folder") from None
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(handle, 32).decode(errors="replace").strip() or "unknown"
            raise LookbookBusyError(
                f"{root} is being written by process {holder}: wait for it, or choose another folder"
            ) from None
        os.truncate(handle, 0)
        os.pwrite(handle, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(handle)


@contextmanager
def folder_made_whole(folder: Path) -> Iterator[Path]:
    """Give a folder to fill; it appears under its name synced and complete, or not at all."""
    aside = folder.with_name(ASIDE + folder.name)
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    try:
        yield aside
        sync_tree(aside)
        aside.rename(folder)
        sync(folder.parent)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise


def write_atomically(path: Path, text: str) -> None:
    """Replace a small file by one rename."""
    aside = path.with_name(ASIDE + path.name)
    aside.write_text(text, "utf-8")
    sync(aside)
    aside.replace(path)
    sync(path.parent)


def sync(path: Path) -> None:
    """Have the disk hold a file's, or a folder's, content."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_tree(folder: Path) -> None:
    for root, _, names in os.walk(folder):
        for name in names:
            sync(Path(root, name))
        sync(Path(root))


def link_tree(source: Path, target: Path) -> None:
    """Show the files of a folder in another one too, without copying where the file system can."""
    shutil.copytree(source, target, copy_function=link_or_copy, dirs_exist_ok=True)


def remove_leftovers(folder: Path) -> None:
    """Delete what a killed writer left aside."""
    for leftover in folder.glob(f"{ASIDE}*"):
        if leftover.is_dir():
            shutil.rmtree(leftover, ignore_errors=True)
        else:
            leftover.unlink(missing_ok=True)


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def disk_full_explained(root: Path) -> Iterator[None]:
    """Turn every library's way of saying that the disk is full into one error.

    Raises:
        DiskFullError: the body ran out of disk.
    """
    try:
        yield
    except (OSError, sqlite3.Error, RuntimeError, SafetensorError) as error:
        if not _says_disk_full(error):
            raise
        existing = next(place for place in (root.absolute(), *root.absolute().parents) if place.exists())
        free_mib = shutil.disk_usage(existing).free // 2**20
        raise DiskFullError(
            f"writing {root} failed ({error}; {free_mib} MiB free): make room and run the same command again;"
            " what was finished is reused, and the published generation is untouched"
        ) from error


def _says_disk_full(error: BaseException) -> bool:
    if getattr(error, "errno", None) in _FULL or any(words in str(error) for words in _FULL_WORDS):
        return True
    return re.search(r"\d+ requested and \d+ written", str(error)) is not None  # NumPy's way


def link_or_copy(source: str, target: str) -> None:
    """Show a file under another name too; a copy where the file system has no links."""
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno not in (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP):
            raise
        shutil.copy2(source, target)
