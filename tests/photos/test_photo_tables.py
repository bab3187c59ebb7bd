"""Image folders and tables: rows meet photos, and whatever does not fit is named with its line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lookgraph.config import PhotoSettings
from lookgraph.errors import ConfigError, SourceError
from lookgraph.photos import Reason, Source, attribute_type, open_source

Plant = Callable[..., Path]
ROWS = "file_name,id,colour,price,new\na.jpg,A,red,1.5,true\nsub/b.jpg,B,red,2,false\n"


@pytest.fixture
def folder(tmp_path: Path, plant: Plant) -> Path:
    """Two photos, a.jpg and sub/b.jpg, without metadata yet."""
    plant("shop/a.jpg")
    plant("shop/sub/b.jpg", "blue")
    return tmp_path / "shop"


def listed(source: Source) -> list[tuple[str, str]]:
    return [(rejection.id, str(rejection.reason)) for rejection in source.rejections]


def test_rows_describe_the_photos_they_name(folder: Path, settings: PhotoSettings) -> None:
    (folder / "metadata.csv").write_text(ROWS)
    source = open_source(folder, settings)
    assert source.kind == "image-folder" and [ref.id for ref in source.refs] == ["A", "B"]
    assert source.attributes.to_pylist() == [
        {"colour": "red", "price": 1.5, "new": True},
        {"colour": "red", "price": 2.0, "new": False},
    ]
    assert [attribute_type(field) for field in source.attributes.schema] == ["category", "number", "boolean"]
    assert source.paths == [str(folder / "metadata.csv")]


def test_without_an_id_column_the_id_is_the_file_name(folder: Path, settings: PhotoSettings) -> None:
    (folder / "metadata.csv").write_text("file_name,colour\nsub/b.jpg,blue\na.jpg,red\n")
    assert [ref.id for ref in open_source(folder, settings).refs] == ["sub/b", "a"]
    assert [ref.id for ref in open_source(folder, settings, id_column="colour").refs] == ["blue", "red"]


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_other_separators_are_recognised_and_noted(separator: str, folder: Path, settings: PhotoSettings) -> None:
    (folder / "metadata.csv").write_text(ROWS.replace(",", separator))
    source = open_source(folder, settings)
    assert len(source.refs) == 2 and any("separator" in note for note in source.notes)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_names_and_values_in_quotes_are_read(separator: str, folder: Path, settings: PhotoSettings) -> None:
    rows = [["file_name", "id", "what is it"], ["a.jpg", "A", 'a "red" one, new; a\tb|c'], ["sub/b.jpg", "B", ""]]
    lines = [separator.join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    (folder / "metadata.csv").write_text("\n".join(lines))
    source = open_source(folder, settings)
    assert [ref.id for ref in source.refs] == ["A", "B"]
    assert source.attributes.to_pylist() == [{"what is it": 'a "red" one, new; a\tb|c'}, {"what is it": None}]


@pytest.mark.parametrize("header", ['"file_name"x,id,colour', 'file_name,id,"colour"s'])
def test_a_header_that_no_separator_makes_sense_of_is_told_with_its_line(
    header: str, folder: Path, settings: PhotoSettings
) -> None:
    (folder / "metadata.csv").write_text(f"{header}\na.jpg,A,red\n")
    with pytest.raises(SourceError, match="line 1 is not CSV"):
        open_source(folder, settings)


def test_blanks_around_a_value_are_no_part_of_it(folder: Path, settings: PhotoSettings) -> None:
    (folder / "metadata.csv").write_text('file_name, id, colour\na.jpg , A , red\nsub/b.jpg, "B", red \n')
    for text_columns in ((), ("colour",)):  # as a build, and as what joins it later
        source = open_source(folder, settings, text_columns=text_columns)
        assert [ref.id for ref in source.refs] == ["A", "B"]
        assert source.attributes.to_pylist() == [{"colour": "red"}, {"colour": "red"}]


def test_a_byte_order_mark_is_no_part_of_the_header(folder: Path, settings: PhotoSettings) -> None:
    (folder / "metadata.csv").write_text(ROWS, encoding="utf-8-sig")
    assert len(open_source(folder, settings).refs) == 2


def test_latin_1_is_an_error_with_its_remedy_and_then_works(folder: Path, settings: PhotoSettings) -> None:
    (folder / "metadata.csv").write_text(ROWS.replace("red", "café"), encoding="latin-1")
    with pytest.raises(SourceError, match=r"line 2, byte 41 \(0xe9\).*photos\.metadata_encoding=latin-1"):
        open_source(folder, settings)
    source = open_source(folder, PhotoSettings(metadata_encoding="latin-1"))
    assert source.attributes.column("colour").to_pylist() == ["café", "café"]
    with pytest.raises(ConfigError, match="latin-9000"):
        open_source(folder, PhotoSettings(metadata_encoding="latin-9000"))


def test_rows_and_photos_without_partner_are_listed(folder: Path, settings: PhotoSettings) -> None:
    rows = "file_name,id\na.jpg,A\ngone.jpg,G\nsub/b.jpg,A\n./a.jpg,A2\n,E\nhttps://shop.com/x.jpg,W\n"
    (folder / "metadata.csv").write_text(rows)
    (folder / "c.jpg").write_bytes((folder / "a.jpg").read_bytes())
    source = open_source(folder, settings)
    assert [ref.id for ref in source.refs] == ["A"]
    assert listed(source) == [
        ("G", Reason.MISSING),
        ("A", Reason.REPEATED_ID),
        ("A2", Reason.REPEATED_ID),
        ("E", Reason.MISSING),
        ("W", Reason.MISSING),
        ("c", Reason.NO_ROW),
    ]


def test_a_row_without_id_is_listed(folder: Path, settings: PhotoSettings) -> None:
    (folder / "metadata.csv").write_text("file_name,id\na.jpg,A\nsub/b.jpg,\n")
    assert listed(open_source(folder, settings)) == [("row-2", Reason.NO_ID)]


def test_paths_out_of_the_folder_are_not_read_unless_allowed(
    folder: Path, plant: Plant, settings: PhotoSettings
) -> None:
    secret = plant("secret.jpg")
    rows = f"file_name\na.jpg\n../secret.jpg\n{secret}\nsub/../../secret.jpg\n{folder}/sub/b.jpg\n"
    (folder / "metadata.csv").write_text(rows)
    source = open_source(folder, settings)
    assert [str(ref.location) for ref in source.refs] == [str(folder / "a.jpg"), str(folder / "sub/b.jpg")]
    assert [rejection.reason for rejection in source.rejections] == [Reason.OUTSIDE] * 3
    allowed = open_source(folder, PhotoSettings(outside_paths=True))
    assert str(secret) in [str(ref.location) for ref in allowed.refs]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("filename,id\na.jpg,A\n", "no column 'file_name'.*did you mean filename"),
        ("file_name,id\na.jpg,A\nsub/b.jpg\n", "line 3 has 1 values, but the header has 2"),
        ('file_name,id\n"a.jpg,A\n', "line . is not CSV"),
        ("file_name,id,id\na.jpg,A,B\n", "two columns named 'id'"),
        ("file_name,id\n", "no rows"),
        ("", "no header"),
        ("file_name,id\ngone.jpg,A\n", "2 no-row, 1 missing"),
    ],
)
def test_bad_metadata_are_errors_that_say_where(rows: str, message: str, folder: Path, settings: PhotoSettings) -> None:
    (folder / "metadata.csv").write_text(rows)
    with pytest.raises(SourceError, match=message):
        open_source(folder, settings)


def test_a_nameless_column_is_left_out_with_a_note(folder: Path, settings: PhotoSettings) -> None:
    (folder / "metadata.csv").write_text(",file_name,colour\n0,a.jpg,red\n1,sub/b.jpg,red\n")
    source = open_source(folder, settings)
    assert source.attributes.column_names == ["colour"]
    assert any("column 1 has no name" in note for note in source.notes)


def test_jsonl_keeps_types_and_names_bad_lines(folder: Path, settings: PhotoSettings) -> None:
    table = folder / "metadata.jsonl"
    table.write_text('{"file_name": "a.jpg", "n": 1, "tags": ["x"]}\n\n{"file_name": "sub/b.jpg", "t": "\\ud800"}\n')
    source = open_source(folder, settings)
    assert source.attributes.to_pylist() == [{"n": 1, "t": None}, {"n": None, "t": "\ufffdud800"}]
    assert any("'tags'" in note for note in source.notes)
    for line in ("{oops", "[1]", '{"a": NaN}'):
        table.write_text(f'{{"file_name": "a.jpg"}}\n{line}\n')
        with pytest.raises(SourceError, match="line 2"):
            open_source(folder, settings)


def test_two_metadata_files_need_a_choice(folder: Path, settings: PhotoSettings) -> None:
    (folder / "metadata.csv").write_text(ROWS)
    (folder / "metadata.jsonl").write_text('{"file_name": "a.jpg"}\n')
    with pytest.raises(SourceError, match="--metadata"):
        open_source(folder, settings)
    assert len(open_source(folder, settings, metadata=folder / "metadata.jsonl").refs) == 1


def test_a_table_of_paths_is_a_source(folder: Path, settings: PhotoSettings) -> None:
    table = folder / "catalogue.csv"
    table.write_text("Path,price\na.jpg,3\nsub/b.jpg,4\n")
    source = open_source(table, settings)
    assert (source.kind, [ref.id for ref in source.refs]) == ("table", ["a", "sub/b"])
    assert source.attributes.to_pylist() == [{"price": 3}, {"price": 4}]
    table.write_text("image,photo\na.jpg,sub/b.jpg\n")
    with pytest.raises(SourceError, match=r"image, photo.*--image-column"):
        open_source(table, settings)
    assert [ref.id for ref in open_source(table, settings, image_column="photo").refs] == ["sub/b"]
    with pytest.raises(SourceError, match="--metadata goes with a folder"):
        open_source(table, settings, metadata=table)


def test_the_real_image_folder_is_read_whole(real_data: Path, settings: PhotoSettings) -> None:
    source = open_source(real_data / "clothing", settings)
    assert (source.kind, len(source.refs), source.rejections) == ("image-folder", 5096, [])
    kinds = {field.name: str(attribute_type(field)) for field in source.attributes.schema}
    assert kinds == {"category": "category", "kids": "boolean", "contributor": "category"}
