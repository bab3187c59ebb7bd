"""What was just read from the state, so that one page does not read it ten times."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Final, Generic, TypeVar

_FOR_S: Final = 5.0
_MOST: Final = 5_000
_Key = TypeVar("_Key", bound=Hashable)
_Value = TypeVar("_Value")


class Remembered(Generic[_Key, _Value]):
    """The last values by key, each for five seconds: another process may have changed the state. Shared by threads."""

    def __init__(self) -> None:
        self._known: OrderedDict[_Key, tuple[_Value, float]] = OrderedDict()
        self._n_changes = 0
        self._lock = threading.Lock()

    def get(self, key: _Key, read: Callable[[], _Value | None]) -> _Value | None:
        """What is remembered, or else what ``read`` finds; None is not remembered."""
        now = time.monotonic()
        with self._lock:
            known, n_changes = self._known.get(key), self._n_changes
        if known is not None and now - known[1] < _FOR_S:
            return known[0]
        value = read()
        with self._lock:
            if value is not None and n_changes == self._n_changes:  # else it may be from before the change
                self._known[key] = (value, now)
                self._known.move_to_end(key)
                while len(self._known) > _MOST:
                    self._known.popitem(last=False)
        return value

    def forget(self, is_meant: Callable[[_Key], bool] = lambda key: True) -> None:
        """After a change to the state: everything, or what is meant."""
        with self._lock:
            self._n_changes += 1
            for key in [key for key in self._known if is_meant(key)]:
                del self._known[key]
