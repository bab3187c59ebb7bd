"""Settings: where a value comes from, and what is refused."""

from pathlib import Path

import pytest

from lookgraph.app.documented import settings_page
from lookgraph.config import describe_settings, load_settings, parse_assignments
from lookgraph.errors import ConfigError


def test_options_beat_environment_beats_file_beats_default(tmp_path):
    file = tmp_path / "settings.toml"
    file.write_text("[graph]\nk = 3\n[gnn]\nheads = 3\nseed = 3\n")
    environment = {"LOOKGRAPH_GNN__HEADS": "5", "LOOKGRAPH_GNN__SEED": "5", "HOME": "/nowhere"}
    settings = load_settings({"gnn.seed": "7"}, file=file, environment=environment)
    assert (settings.graph.k, settings.gnn.heads, settings.gnn.seed, settings.gnn.rounds) == (3, 5, 7, 4)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("graph.kk", 1, "unknown setting graph.kk: did you mean graph.k"),
        ("grph.k", 1, "unknown setting grph"),
        ("k", 1, "has no section"),
        ("graph.k", 0, "graph.k=0: input should be greater than or equal to 1"),
        ("graph.k", "many", "graph.k='many'"),
        ("recommend.diversity", 2, "recommend.diversity=2"),
    ],
)
def test_a_wrong_setting_is_refused_by_name(name, value, message):
    with pytest.raises(ConfigError, match=message):
        load_settings({name: value}, environment={})


def test_an_unknown_variable_of_ours_is_refused():
    with pytest.raises(ConfigError, match=r"unknown setting graph\.neighbours"):
        load_settings(environment={"LOOKGRAPH_GRAPH__NEIGHBOURS": "3"})


def test_an_assignment_needs_an_equals_sign():
    assert parse_assignments(["graph.k=20", "a.b = c=d"]) == {"graph.k": "20", "a.b": "c=d"}
    with pytest.raises(ConfigError, match="no '='"):
        parse_assignments(["graph.k"])


def test_a_missing_or_broken_file_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        load_settings(file=tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("graph = [")
    with pytest.raises(ConfigError, match="is not TOML"):
        load_settings(file=tmp_path / "bad.toml")


def test_a_setting_says_its_default_as_toml_does_and_which_values_it_takes(tmp_path):
    described = {setting.name: setting for setting in describe_settings()}
    assert described["gnn.kind"][1:3] == ('"gat"', "gat, gatv2, sage, none")
    assert described["graph.symmetric"][1:3] == ("false", "true, false")
    assert described["graph.recall"].values == "above 0 below 1"
    assert described["photos.workers"].values == "from 1 to 64"
    assert described["serve.state"][1:3] == ('""', "")
    file = tmp_path / "all.toml"
    file.write_text("\n".join(f"{name} = {setting.default}" for name, setting in described.items()))
    assert load_settings(file=file) == load_settings()


def test_every_setting_is_documented():
    assert all(setting.meaning.endswith(".") for setting in describe_settings())
    page = Path(__file__).parents[1] / "docs" / "settings.md"
    assert page.read_text("utf-8") == settings_page(), "run `make docs`"
