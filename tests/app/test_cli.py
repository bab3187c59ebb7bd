"""The command line as its users see it: output, JSON, exit codes, and bad input."""

import json
import os
import signal
import subprocess
import sys

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

import lookgraph
from drawn_garments import QUICK, draw_catalogue, draw_garment, quick_options, run_cli
from lookgraph.app.cli import app, main
from lookgraph.errors import ConfigError, GraphError, LookgraphError, ServeError, SourceError, StateError


def invoke(*arguments):
    """Run a command in this process; errors of ours come out as they are."""
    result = CliRunner().invoke(app, [str(a) for a in arguments])
    if isinstance(result.exception, LookgraphError):
        raise result.exception
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def test_help_names_every_command():
    text = invoke("--help").output
    for command in ("build", "similar", "embed", "report", "info", "rollback", "doctor", "settings"):
        assert command in text


def test_similar_as_table_and_as_json(lookbook):
    table = invoke("similar", lookbook.root, "hat-red-0", "--k", 3).output
    assert table.count("\n") == 5
    answers = json.loads(invoke("similar", lookbook.root, "hat-red-0", "--k", 3, "--json").output)["answers"]
    assert [set(a) for a in answers] == [{"id", "score", "reasons", "attributes"}] * 3
    assert all(a["id"] in table for a in answers)


def test_similar_with_filter_and_diversity(lookbook):
    where = "kind in ('bag', 'hat') and price >= 13"
    page = json.loads(
        invoke("similar", lookbook.root, "hat-red-0", "--where", where, "--diversity", 0.5, "--json").output
    )
    assert len(page["answers"]) == 10 or all(a["attributes"]["price"] >= 13 for a in page["answers"])


def test_info_report_and_rollback(lookbook):
    facts = json.loads(invoke("info", lookbook.root, "--json").output)
    assert facts["counts"]["items"] == 62
    assert "62 (" in invoke("info", lookbook.root).output
    metrics = json.loads(invoke("report", lookbook.root, "--json").output)
    assert metrics["clustering"]
    assert str(lookbook.report) in invoke("report", lookbook.root).output
    with pytest.raises(LookgraphError, match="nothing to roll back to"):
        invoke("rollback", lookbook.root)


def test_a_section_measured_again_is_the_same(lookbook):
    published = json.loads(invoke("report", lookbook.root, "--json").output)
    again = json.loads(invoke("report", lookbook.root, "--only", "graph", "--json").stdout)
    assert again["graph"] == published["graph"]


def test_doctor_says_where_there_is_no_lookbook_yet(tmp_path):
    done = CliRunner().invoke(app, ["doctor", str(tmp_path / "tpyo.lookbook"), "--json"])
    assert done.exit_code == 0
    found = {finding["name"]: finding for finding in json.loads(done.stdout)}
    assert "there is none at" in found["lookbook"]["message"]


def test_doctor_examines_machine_and_lookbook(lookbook):
    findings = json.loads(invoke("doctor", lookbook.root, "--json").output)
    names = [finding["name"] for finding in findings]
    assert names == ["python", "torch", "faiss", "weights", "runtime", "disk", "memory", "lookbook"]
    assert all(f["ok"] for f in findings)


def test_embed_writes_a_row_a_photo(catalogue, tmp_path):
    invoke("embed", catalogue, "--out", tmp_path / "e.parquet")
    table = pq.read_table(tmp_path / "e.parquet")
    assert table.column_names == ["id", "embedding"]
    assert table.num_rows == 60
    assert len(table["embedding"][0]) == 128


@pytest.mark.parametrize("out", ["", "."])
def test_embed_refuses_a_folder_before_it_embeds(catalogue, out):
    with pytest.raises(SourceError, match="name a new Parquet file"):
        invoke("embed", catalogue, "--out", out)


def test_brackets_in_a_name_are_no_markup(lookbook, tmp_path):
    path = tmp_path / "d[" / "x] :dog:.png"
    path.parent.mkdir()
    draw_garment("hat", "blue", 3).save(path)
    assert "d[/x] :dog:.png" in invoke("similar", lookbook.root, path).output


def test_settings_lists_all():
    listed = json.loads(invoke("settings", "--json").output)
    assert "graph.k" in {row["name"] for row in listed}


def test_exit_codes_are_stable(tmp_path, catalogue, monkeypatch):
    assert run_cli("info", tmp_path / "none").returncode == 9
    monkeypatch.setattr(signal, "signal", lambda *_: None)  # the command line's own are for a process of its own
    cases = {
        (9, "info", tmp_path / "none"),
        (3, "build", catalogue, tmp_path / "b", "--set", "graph.kk=3"),
        (4, "build", tmp_path / "nowhere", tmp_path / "b"),
        (2, "similar"),
        (0, "settings"),
    }
    for code, *arguments in cases:
        monkeypatch.setattr(sys, "argv", ["lookgraph", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == code


def test_an_empty_folder(tmp_path):
    (tmp_path / "photos").mkdir()
    with pytest.raises(SourceError, match="photos"):
        lookgraph.build(tmp_path / "photos", tmp_path / "b", settings=QUICK)


def test_nothing_usable_counts_the_reasons(tmp_path):
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "a.jpg").write_bytes(b"")
    (tmp_path / "p" / "b.jpg").write_bytes(b"\xff\xd8\xff\xe0 cut off")
    with pytest.raises(SourceError, match="1 empty"):
        lookgraph.build(tmp_path / "p", tmp_path / "b", settings=QUICK)


@pytest.mark.parametrize("n", [1, 4])
def test_fewer_photos_than_neighbours(tmp_path, n):
    for i, colour in enumerate(("red", "blue", "green", "black")[:n]):
        (tmp_path / "p").mkdir(exist_ok=True)
        draw_garment("shirt", colour, i).save(tmp_path / "p" / f"{i}.png")
    with pytest.raises(GraphError, match=r"graph\.k=4 needs at least 5 different photos"):
        lookgraph.build(tmp_path / "p", tmp_path / "b", settings=QUICK)


def test_all_photos_alike(tmp_path):
    (tmp_path / "p").mkdir()
    for i in range(9):
        draw_garment("shirt", "red", 0).save(tmp_path / "p" / f"{i}.png")
    with pytest.raises(GraphError, match="the 9 usable ones show 1"):
        lookgraph.build(tmp_path / "p", tmp_path / "b", settings=QUICK)


def test_bad_photos_are_listed_and_the_build_goes_on(tmp_path):
    folder = draw_catalogue(tmp_path / "p", variants=1)
    (folder / "metadata.csv").unlink()
    whole = (folder / "hat-red-0.png").read_bytes()
    (folder / "hat-blue-0.png").write_bytes(whole[: len(whole) // 2])
    (folder / "hat-green-0.png").write_bytes(b"")
    (folder / "bag-red-0.png").write_text("a text")
    facts = json.loads(invoke("build", folder, tmp_path / "b", "--json", *quick_options()).stdout)
    assert facts["counts"]["items"] == 27
    assert sum(facts["rejected"].values()) == 3
    rejected = lookgraph.open(tmp_path / "b").generation.rejected
    assert set(rejected["id"].to_pylist()) == {"hat-blue-0", "hat-green-0", "bag-red-0"}


def test_a_role_is_changed_and_the_last_owner_stays(lookbook, tmp_path):
    where = ("--state", f"sqlite:///{tmp_path / 'state.sqlite'}")
    for name, role in (("Anna", "owner"), ("Ben", "member")):
        invoke("add-person", lookbook.root, name, "--role", role, "--password", "a long password", *where)
    with pytest.raises(StateError, match="last owner"):
        invoke("set-role", lookbook.root, "Anna", "member", *where)
    assert "Ben is owner now, was member" in invoke("set-role", lookbook.root, "Ben", "owner", *where).output
    assert "Anna is member now" in invoke("set-role", lookbook.root, "Anna", "member", *where).output
    with pytest.raises(StateError, match="there is 'Anna', 'Ben'"):
        invoke("set-role", lookbook.root, "Carl", "member", *where)


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        (["--set", "graph.k=3"], ConfigError, "section serve"),
        (["--key", "FILE"], ServeError, "--certificate"),
        (["--certificate", "FILE"], ServeError, "cannot be used as a certificate"),
    ],
)
def test_a_server_says_what_it_does_not_take(lookbook, tmp_path, options, error, said):
    file = tmp_path / "no-certificate.pem"
    file.write_text("nothing")
    with pytest.raises(error, match=said):
        invoke("serve", lookbook.root, *(file if each == "FILE" else each for each in options))


@pytest.mark.parametrize("said", [None, "ACTIVE"])
def test_waiting_threads_sleep_unless_the_environment_says_otherwise(said):
    environment = {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"}
    if said:
        environment["OMP_WAIT_POLICY"] = said
    program = (
        "import os; from lookgraph.app import cli; cli.app = lambda: print(os.environ['OMP_WAIT_POLICY']); cli.main()"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == (said or "PASSIVE")
