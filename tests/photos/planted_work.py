"""Work that misbehaves on a photo that says so; workers import it by name."""

from __future__ import annotations

import os
import signal
import time


def obey(data: bytes) -> str:
    """Do what the 'photo' says: hang, die, starve, raise; any other content is returned."""
    order = data.decode()
    if order.startswith("hang"):
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])  # like a codec that never lets go
        while True:
            time.sleep(60)
    if order.startswith("die"):
        os._exit(3)
    if order.startswith("starve"):
        return str(len(bytearray(2**32)))
    if order.startswith("raise"):
        raise ZeroDivisionError("planted")
    return order


def own_pid(data: bytes) -> int:
    return os.getpid()
