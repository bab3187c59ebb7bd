"""How much may one person or address ask? A bucket of tokens each, refilled by the minute."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from typing import Final

_MAX_KEYS: Final = 20_000


class RateLimit:
    """Allows ``per_minute`` requests a key, all at once or spread."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def wait_s(self, key: str) -> float:
        """Take a token: 0, or in how many seconds there will be one."""
        now = time.monotonic()
        with self._lock:
            tokens, since = self._buckets.pop(key, (float(self._per_minute), now))
            tokens = min(float(self._per_minute), tokens + (now - since) * self._per_minute / 60)
            short = 1 - tokens
            self._buckets[key] = (tokens if short > 0 else tokens - 1, now)
            while len(self._buckets) > _MAX_KEYS:
                self._buckets.popitem(last=False)
        return max(0.0, short * 60 / self._per_minute)
