"""How does a server change to a new generation while it answers? By one assignment, when the new one is ready."""

from __future__ import annotations

import logging
import threading
import time
from pathlib import Path
from typing import Final

from lookgraph.app.editions.edition import Edition, Pictures, open_edition
from lookgraph.errors import LookgraphError
from lookgraph.lookbook import current_name

_LOOK_S: Final = 1.0
_RETRY_S: Final = 60.0
_LOG = logging.getLogger("lookgraph.serve")


class Editions:
    """The edition that is served, and the pictures of the one before it, which open pages may still ask for.

    A request reads :attr:`current` once and keeps to it: whatever is published meanwhile, its answer is of one
    generation. The old edition is let go when its last request is done, all but its pictures.
    """

    def __init__(self, root: Path, *, fill: bool = True, look_s: float = _LOOK_S) -> None:
        """Open the published generation.

        Raises:
            LookbookError: there is none, or it is damaged.
        """
        self.root = root
        self._fill, self._look_s = fill, look_s
        self._served = open_edition(root, fill=fill)
        self.previous: Pictures | None = None
        self.n_switches = 0
        self.last_failure = ""
        self._tried, self._retry_at = "", 0.0
        self._stopped = threading.Event()
        self._switching = threading.Lock()
        self._thread: threading.Thread | None = None

    @property
    def current(self) -> Edition:
        return self._served

    def watch(self) -> None:
        """Look for a new generation now and then, in a thread of its own."""
        self._thread = threading.Thread(target=self._watch, name="generations", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()
        self._served.neighbours.stop()

    def look(self, *, patient: bool = False) -> bool:
        """Serve the published generation if it is another one; did that change anything?

        Args:
            patient: A generation that could not be opened is tried again only after a minute.
        """
        with self._switching:
            try:
                name = current_name(self.root)
                if name == self._served.id:
                    self.last_failure = ""
                    return False
                if patient and name == self._tried and time.monotonic() < self._retry_at:
                    return False
                self._tried, self._retry_at = name, time.monotonic() + _RETRY_S
                opened = open_edition(self.root, name, fill=self._fill, before=self._served)
            except (LookgraphError, OSError) as error:
                # Perhaps it was replaced and deleted while it was being opened: the next look sees the next one.
                before, self.last_failure = self.last_failure, f"{type(error).__name__}: {error}"
                if self.last_failure == before:
                    return False
                _LOG.warning("the published generation cannot be opened, the one before is served on: %s", error)
                return False
            old, self._served = self._served, opened
            self.previous = old.pictures
            old.neighbours.stop()
            self.n_switches += 1
            self.last_failure = ""
            _LOG.info("generation %s is served", name)
            return True

    def _watch(self) -> None:
        while not self._stopped.wait(self._look_s):
            try:
                self.look(patient=True)
            except Exception as error:  # a watcher that died would leave the server on an old generation for good
                self.last_failure = f"{type(error).__name__}: {error}"
                _LOG.exception("looking for a new generation failed")
