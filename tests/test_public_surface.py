"""What `import lookgraph` promises, and that nobody widens it by accident."""

import subprocess
import sys

import pytest

import lookgraph


def test_the_public_names():
    assert lookgraph.__all__ == [
        "Lookbook",
        "LookgraphError",
        "Recommendation",
        "Recommendations",
        "Settings",
        "Update",
        "add",
        "build",
        "load_settings",
        "open",
        "rebuild",
        "remove",
    ]
    assert lookgraph.__all__ == sorted(lookgraph.__all__)
    assert all(hasattr(lookgraph, name) for name in lookgraph.__all__)


def test_every_error_has_an_exit_code_of_its_own():
    def tree(kind):
        yield kind
        for child in kind.__subclasses__():
            yield from tree(child)

    codes = [kind.exit_code for kind in tree(lookgraph.LookgraphError)]
    assert len(codes) == len(set(codes))
    assert 2 not in codes  # wrong usage


def test_pickle_is_nowhere_in_the_package():
    from pathlib import Path

    for path in Path(lookgraph.__file__).parent.rglob("*.py"):
        text = path.read_text("utf-8")
        for word in ("import pickle", "torch.load", "allow_pickle=True", "import joblib", "read_pickle"):
            assert word not in text, f"{path}: {word}"


def test_decoding_workers_do_not_load_torch():
    code = "import lookgraph.photos.workers, sys; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_wrong_name_lists_the_right_ones():
    with pytest.raises(AttributeError, match="there are Lookbook"):
        getattr(lookgraph, "opne")  # noqa: B009
