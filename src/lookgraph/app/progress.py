"""How progress looks: bars with counts and time left on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as RichBars

_LINE_EVERY_S = 5.0


class TerminalProgress:
    """Bars on a terminal; a context manager."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bars = RichBars(
            TextColumn("{task.description:<22}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=console,
        )
        self._task: TaskID | None = None

    def __enter__(self) -> TerminalProgress:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._finish()
        self._bars.stop()

    def stage(self, name: str, total: int | None = None, done: int = 0) -> None:
        self._finish()
        self._task = self._bars.add_task(name, total=total, completed=done)

    def advance(self, n: int = 1) -> None:
        if self._task is not None:
            self._bars.advance(self._task, n)

    def note(self, message: str) -> None:
        self._console.print(message, markup=False, highlight=False)

    def _finish(self) -> None:
        if self._task is None:
            return
        task = next(task for task in self._bars.tasks if task.id == self._task)
        if task.total is None:
            self._bars.update(self._task, total=max(task.completed, 1), completed=max(task.completed, 1))


class LineProgress:
    """A line a stage, and one every few seconds within it; for logs. A context manager."""

    def __init__(self) -> None:
        self._name, self._total, self._done = "", None, 0  # type: tuple[str, int | None, int]
        self._began = self._shown = 0.0
        self._first = 0

    def __enter__(self) -> LineProgress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._finish()

    def stage(self, name: str, total: int | None = None, done: int = 0) -> None:
        self._finish()
        self._name, self._total, self._done, self._first = name, total, done, done
        self._began = self._shown = time.monotonic()
        self._say(f"{name}: {done} of {total}" if total is not None else name)

    def advance(self, n: int = 1) -> None:
        self._done += n
        now = time.monotonic()
        if now - self._shown >= _LINE_EVERY_S:
            self._shown = now
            rate = (self._done - self._first) / (now - self._began)
            left = f", {round((self._total - self._done) / rate)} s left" if self._total and rate else ""
            self._say(f"{self._name}: {self._done} of {self._total}, {rate:.1f}/s{left}")

    def note(self, message: str) -> None:
        self._say(message)

    def _finish(self) -> None:
        if self._name and self._total is not None:
            self._say(f"{self._name}: {self._done} of {self._total}, done in {time.monotonic() - self._began:.1f} s")
        self._name = ""

    @staticmethod
    def _say(message: str) -> None:
        print(message, file=sys.stderr, flush=True)


def make_progress() -> TerminalProgress | LineProgress:
    """What fits the standard error of this process."""
    console = Console(stderr=True)
    return TerminalProgress(console) if console.is_terminal else LineProgress()
