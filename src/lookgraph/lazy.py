"""Packages whose names are imported when they are first used: a server never loads what only a build needs."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any


def exports(package: str) -> Callable[[str], object]:
    """A package's ``__getattr__``, which runs the imports that stand under its ``if TYPE_CHECKING`` one by one.

    So each name is written once, where type checkers read it. A name must not be one of the package's own modules:
    that is what the package would hold under it as soon as the module is imported.

    Source: PEP 562.
    """
    homes = _imports(package)

    def get(name: str) -> object:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}: there are {', '.join(sorted(homes))}")
        value = getattr(import_module(homes[name]), name)
        setattr(sys.modules[package], name, value)
        return value

    return get


def _imports(package: str) -> dict[str, str]:
    """Name to module, of everything that is imported inside a condition at the top of a package."""
    loader: Any = getattr(find_spec(package), "loader", None)
    blocks = [node for node in ast.parse(loader.get_source(package)).body if isinstance(node, ast.If)]
    found = [node for block in blocks for node in block.body if isinstance(node, ast.ImportFrom)]
    return {alias.name: str(node.module) for node in found for alias in node.names}
