"""Plain folders: every photo is found under any name, and nothing can block or loop the search."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from planted_photos import photo_bytes

from lookgraph.config import PhotoSettings
from lookgraph.errors import PhotoError, SourceError
from lookgraph.photos import FileLocation, Reason, Source, open_source, read_photo

Plant = Callable[..., Path]


def ids(source: Source) -> list[str]:
    return [ref.id for ref in source.refs]


def reasons(source: Source) -> dict[str, str]:
    return {rejection.id: rejection.reason for rejection in source.rejections}


def test_a_folder_is_searched_all_the_way_down(tmp_path: Path, plant: Plant, settings: PhotoSettings) -> None:
    for name in ("b.jpg", "a/z.png", "a/b/c.webp", ".hidden/x.jpg", ".x.jpg", "shop.lookbook/thumbnails/y.webp"):
        plant(name)
    plant("readme.txt", data=b"hello")
    source = open_source(tmp_path, settings)
    assert (source.kind, ids(source)) == ("folder", ["a/b/c", "a/z", "b"])
    assert source.attributes.shape == (3, 0) and not source.rejections
    assert any("1 .txt" in note for note in source.notes) and any("3 hidden" in note for note in source.notes)


def test_ids_that_would_collide_keep_their_extension(tmp_path: Path, plant: Plant, settings: PhotoSettings) -> None:
    for name in ("a.jpg", "a.png", "b.jpg", "b.jpg.png", "c.gif"):
        plant(name)
    assert ids(open_source(tmp_path, settings)) == ["a.jpg", "a.png", "b", "b.jpg.png", "c"]


def test_photos_are_found_by_content_under_any_name(tmp_path: Path, plant: Plant, settings: PhotoSettings) -> None:
    plant("png-inside.jpg", form="PNG")
    plant("photo.txt")
    plant("without", form="AVIF")
    plant("text-inside.jpg", data=b"no photo")  # its name promises one: decoding will say what it is
    assert ids(open_source(tmp_path, settings)) == ["photo", "png-inside", "text-inside", "without"]


def test_odd_names_work(tmp_path: Path, settings: PhotoSettings) -> None:
    names = [b"two words.jpg", b'it\'s "quoted".jpg', "👗.jpg".encode(), b"new\nline.jpg", b"n" * 251 + b".jpg"]
    names += [b"caf\xe9.jpg", b"caf\xe8.jpg", b"%ff.jpg"]
    for name in names:
        with open(os.path.join(os.fsencode(tmp_path), name), "wb") as file:  # noqa: PTH118, PTH123
            file.write(photo_bytes())
    source = open_source(tmp_path, settings)
    assert len(set(ids(source))) == len(names)
    for ref in source.refs:
        ref.id.encode("utf-8")
        str(ref.location).encode("utf-8")
        assert read_photo(ref.location, settings) == photo_bytes()
    assert {"caf\ufffde9", "👗", "new\nline"} <= set(ids(source))


def test_an_empty_folder_is_an_error_that_says_so(tmp_path: Path, settings: PhotoSettings) -> None:
    with pytest.raises(SourceError, match="it is empty"):
        open_source(tmp_path, settings)


def test_a_folder_of_texts_is_an_error_that_counts_them(tmp_path: Path, plant: Plant, settings: PhotoSettings) -> None:
    plant("a.txt", data=b"a")
    plant("b.txt", data=b"b")
    with pytest.raises(SourceError, match=r"2 \.txt"):
        open_source(tmp_path, settings)


def test_a_missing_path_is_an_error_with_the_nearest_name(
    tmp_path: Path, plant: Plant, settings: PhotoSettings
) -> None:
    plant("photos/a.jpg")
    with pytest.raises(SourceError, match="did you mean photos"):
        open_source(tmp_path / "fotos", settings)
    with pytest.raises(SourceError, match="a single photo"):
        open_source(tmp_path / "photos" / "a.jpg", settings)


def test_links_are_followed_once_and_loops_end(tmp_path: Path, plant: Plant, settings: PhotoSettings) -> None:
    plant("in/a.jpg")
    plant("elsewhere/b.jpg")
    root = tmp_path / "in"
    (root / "loop").symlink_to(root)
    (root / "other").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "back").symlink_to(root / "other")
    (root / "self.jpg").symlink_to(root / "self.jpg")
    (root / "broken.jpg").symlink_to(root / "gone.jpg")
    source = open_source(root, settings)
    assert ids(source) == ["a", "other/b"]
    expected = {"loop", "other/back", "self"}
    assert {id for id, reason in reasons(source).items() if reason == Reason.SYMLINK_LOOP} == expected
    assert reasons(source)["broken"] == Reason.MISSING


def test_what_is_no_file_is_listed_and_never_opened(
    tmp_path: Path, plant: Plant, settings: PhotoSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant("a.jpg")
    os.mkfifo(tmp_path / "fifo.jpg")
    monkeypatch.chdir(tmp_path)  # a socket's path is short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket.jpg")
    (tmp_path / "device.jpg").symlink_to("/dev/zero")
    source = open_source(tmp_path, settings)
    assert ids(source) == ["a"]
    assert reasons(source) == dict.fromkeys(("fifo", "socket", "device"), Reason.NOT_A_FILE)
    for name in ("fifo.jpg", "socket.jpg", "device.jpg"):
        with pytest.raises(PhotoError) as caught:
            read_photo(FileLocation(str(tmp_path / name)), settings)
        assert caught.value.reason == Reason.NOT_A_FILE


@pytest.mark.parametrize("code", [5, 13], ids=["EIO", "EACCES"])
def test_a_file_the_system_will_not_give_is_unreadable(
    code: int, plant: Plant, settings: PhotoSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = plant("a.jpg")

    def refuse(*_: object) -> int:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(PhotoError, match=os.strerror(code)) as caught:
        read_photo(FileLocation(str(path)), settings)
    assert caught.value.reason == Reason.UNREADABLE


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything, so permissions cannot be tested")
def test_without_permission_a_file_and_a_folder_are_listed(
    tmp_path: Path, plant: Plant, settings: PhotoSettings
) -> None:
    plant("a.jpg")
    plant("closed/b.jpg")
    plant("c.jpg").chmod(0)
    (tmp_path / "closed").chmod(0)
    try:
        source = open_source(tmp_path, settings)
    finally:
        (tmp_path / "closed").chmod(0o700)
    assert reasons(source) == {"closed": Reason.UNREADABLE}
    with pytest.raises(PhotoError, match="Permission"):
        read_photo(FileLocation(str(tmp_path / "c.jpg")), settings)


def test_size_limits_hold_before_reading(tmp_path: Path, plant: Plant) -> None:
    settings = PhotoSettings(max_bytes=100)
    with (tmp_path / "sparse.jpg").open("wb") as file:
        file.truncate(10**12)
    for name, reason in (("sparse.jpg", Reason.TOO_MANY_BYTES), ("empty.jpg", Reason.EMPTY)):
        (tmp_path / "empty.jpg").touch()
        with pytest.raises(PhotoError) as caught:
            read_photo(FileLocation(str(tmp_path / name)), settings)
        assert caught.value.reason == reason
