"""How a long run tells what it does; the app decides how that looks."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Hears of every stage and every step. A stage's ``total`` is None where it is not known."""

    def stage(self, name: str, total: int | None = None, done: int = 0) -> None: ...

    def advance(self, n: int = 1) -> None: ...

    def note(self, message: str) -> None: ...


class Silent:
    """A listener that says nothing."""

    def stage(self, name: str, total: int | None = None, done: int = 0) -> None:
        pass

    def advance(self, n: int = 1) -> None:
        pass

    def note(self, message: str) -> None:
        pass
