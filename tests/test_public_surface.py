"""What `import lookgraph` promises, and that nobody widens it by accident."""

import subprocess
import sys

import pytest

import lookgraph
from drawn_garments import QUICK


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


@pytest.mark.parametrize("package", ["encoder", "evaluate", "gnn", "lookbook"])
def test_what_a_package_names_is_there_and_is_none_of_its_modules(package):
    """Its names are imported when they are asked for, so a module of that name would be found instead."""
    from importlib import import_module
    from importlib.util import find_spec

    opened = import_module(f"lookgraph.{package}")
    for name in opened.__all__:
        assert getattr(opened, name) is not None
        assert find_spec(f"lookgraph.{package}.{name}") is None
    with pytest.raises(AttributeError, match="there are"):
        opened.nothing  # noqa: B018


@pytest.mark.parametrize("space", ["encoder", "gnn"])
def test_a_server_over_an_int8_lookbook_loads_nothing_that_only_builds_need(space, lookbook, catalogue, tmp_path):
    """PyTorch and what comes with it are 300 MiB; in a process of its own, because others have loaded it here."""
    book = lookbook
    if space == "gnn":
        learned = QUICK | {"gnn.labels": "kind", "recommend.space": "gnn"}
        book = lookgraph.build(catalogue, tmp_path / "learned.lookbook", settings=learned)
    code = f"""
import sys
from pathlib import Path
from lookgraph.app.editions import open_edition
import lookgraph.app.server.factory
edition = open_edition(Path({str(book.root)!r}), fill=False)
assert len(edition.similar(0, 5)) == 5
edition.lookbook.similar({str(_thumbnail(book))!r}, 5)
loaded = {{"torch", "transformers", "sklearn", "skimage", "matplotlib", "openTSNE", "scipy.sparse"}} & set(sys.modules)
print(edition.lookbook.manifest["space"]["space"], sorted(loaded))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == f"{space} []", done.stdout + done.stderr


def _thumbnail(lookbook):
    path = lookbook.root.parent / "a-photo.webp"
    path.write_bytes(lookbook.thumbnail(0))
    return path
