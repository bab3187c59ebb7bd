"""The README stays true: its snippets run, its commands exist, every command is in it."""

import re
from pathlib import Path

from typer.main import get_command

from drawn_garments import QUICK, draw_catalogue
from lookgraph.app.cli import app

README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")


def test_the_python_snippets_run(tmp_path, monkeypatch, capsys):
    draw_catalogue(tmp_path / "photos")
    monkeypatch.chdir(tmp_path)
    for name, value in QUICK.items():
        monkeypatch.setenv("LOOKGRAPH_" + name.upper().replace(".", "__"), str(value))
    names: dict[str, object] = {}
    for snippet in re.findall(r"```python\n(.*?)```", README, re.DOTALL):
        exec(snippet, names)
    assert names["graph"].n_items == len(names["embeddings"]) == len(names["lookbook"].embeddings)
    printed = capsys.readouterr().out.strip().splitlines()
    shown = re.search(r"```\n(\d\.\d\d .*?)```", README, re.DOTALL)[1].strip().splitlines()
    form = re.compile(r"\d\.\d\d dress-[a-z]+-\d .+")
    assert len(printed) == len(shown) == 3
    assert all(form.fullmatch(line) for line in printed + shown)


def test_every_command_is_in_the_readme():
    for name in get_command(app).commands:
        assert f"lookgraph {name}" in README


def test_every_picture_is_there():
    for path in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", README):
        assert (Path(__file__).parents[1] / path).is_file()
