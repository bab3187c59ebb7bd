"""Parquet: the image column is recognised by its type, and rows without photo are listed."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from planted_photos import photo_bytes

from lookgraph.config import PhotoSettings
from lookgraph.errors import PhotoError, SourceError
from lookgraph.photos import Reason, RowLocation, open_source, read_photo

STRUCT = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
RED, BLUE = photo_bytes("red"), photo_bytes("blue")


def images(*values: bytes | None, names: str = "abcdefgh") -> pa.Array:
    return pa.array(
        [{"bytes": value, "path": f"{name}.jpg"} for value, name in zip(values, names, strict=False)], STRUCT
    )


def write(path: Path, row_group_size: int = 2, **columns: object) -> Path:
    path.parent.mkdir(exist_ok=True)
    pq.write_table(pa.table(columns), path, row_group_size=row_group_size)
    return path


def test_a_struct_column_is_recognised(tmp_path: Path, settings: PhotoSettings) -> None:
    path = write(
        tmp_path / "a.parquet", id=[7, 8, 9], image=images(RED, BLUE, RED), year=pa.array([1, 2, 3], pa.int16())
    )
    source = open_source(path, settings)
    assert (source.kind, [ref.id for ref in source.refs]) == ("parquet", ["7", "8", "9"])
    assert source.refs[2].location == RowLocation(str(path), 1, 0, "image")
    assert [read_photo(ref.location, settings) for ref in source.refs] == [RED, BLUE, RED]
    assert source.attributes.to_pydict() == {"year": [1, 2, 3]}


def test_without_ids_the_paths_or_else_the_rows_name_the_photos(tmp_path: Path, settings: PhotoSettings) -> None:
    path = write(tmp_path / "a.parquet", image=images(RED, BLUE))
    assert [ref.id for ref in open_source(path, settings).refs] == ["a", "b"]
    path = write(tmp_path / "b.parquet", image=images(RED, BLUE, names="aa"))
    assert [ref.id for ref in open_source(path, settings).refs] == ["row-0", "row-1"]


def test_rows_without_bytes_and_repeated_ids_are_listed(tmp_path: Path, settings: PhotoSettings) -> None:
    photos = pa.array([{"bytes": RED}, {"bytes": None}, None, {"bytes": BLUE}, {"bytes": b""}], STRUCT)
    path = write(tmp_path / "a.parquet", id=["a", "b", "c", "a", "e"], image=photos, tags=[[1], [], [], [], []])
    source = open_source(path, settings)
    assert [ref.id for ref in source.refs] == ["a", "e"]
    found = [(rejection.id, rejection.reason) for rejection in source.rejections]
    assert found == [("b", Reason.NO_BYTES), ("c", Reason.NO_BYTES), ("a", Reason.REPEATED_ID)]
    assert any("'tags'" in note for note in source.notes) and source.attributes.shape == (2, 0)
    for row, reason in ((1, Reason.NO_BYTES), (9, Reason.UNREADABLE)):
        with pytest.raises(PhotoError) as caught:
            read_photo(RowLocation(str(path), 0, row, "image"), settings)
        assert caught.value.reason == reason


def test_a_folder_of_files_is_one_source(tmp_path: Path, settings: PhotoSettings) -> None:
    write(tmp_path / "data" / "1.parquet", id=["c"], image=images(RED))
    write(tmp_path / "data" / "0.parquet", id=["a", "b"], image=images(RED, BLUE))
    source = open_source(tmp_path, settings)
    assert [ref.id for ref in source.refs] == ["a", "b", "c"] and len(source.paths) == 2
    write(tmp_path / "data" / "2.parquet", id=[1], image=images(RED))
    with pytest.raises(SourceError, match=r"2\.parquet has 'id' as int64"):
        open_source(tmp_path, settings)


def test_plain_binary_works_and_several_need_a_choice(tmp_path: Path, settings: PhotoSettings) -> None:
    path = write(tmp_path / "a.parquet", id=["a"], front=[RED], back=[BLUE])
    with pytest.raises(SourceError, match=r"front, back.*--image-column"):
        open_source(path, settings)
    source = open_source(path, settings, image_column="back")
    assert read_photo(source.refs[0].location, settings) == BLUE
    with pytest.raises(SourceError, match="column 'id' is string"):
        open_source(path, settings, image_column="id")
    with pytest.raises(SourceError, match="no column 'sku'"):
        open_source(path, settings, image_column="back", id_column="sku")


def test_no_image_column_is_an_error_that_lists_the_columns(tmp_path: Path, settings: PhotoSettings) -> None:
    path = write(tmp_path / "a.parquet", id=["a"], price=[1.5])
    with pytest.raises(SourceError, match=r"id \(string\), price \(double\)"):
        open_source(path, settings)


def test_what_is_no_parquet_is_an_error(tmp_path: Path, settings: PhotoSettings) -> None:
    for content in (b"", b"PAR1", b"PAR1" + bytes(50) + b"PAR1", b"a,b\n1,2\n"):
        (tmp_path / "a.parquet").write_bytes(content)
        with pytest.raises(SourceError, match=r"a\.parquet is no Parquet file"):
            open_source(tmp_path / "a.parquet", settings)


def test_the_real_parquet_files_are_read_whole(real_data: Path, settings: PhotoSettings) -> None:
    source = open_source(real_data / "fashion-products", settings)
    assert (source.kind, len(source.refs), source.rejections) == ("parquet", 40036, [])
    assert source.attributes.num_rows == 40036
    assert len(source.attributes.column("article_type").unique()) == 141
    assert source.attributes.column("base_colour").null_count == 15
