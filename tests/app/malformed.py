"""Uploads that are no usable photos, endlessly: cut off, flipped, lying about their size, or something else."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator

import numpy as np

from drawn_garments import draw_garment


def malformed(seed: int) -> Iterator[bytes]:
    """Different bytes without end; equal seeds give equal ones. Some may still be decodable."""
    rng = np.random.default_rng(seed)
    whole = {kind: _saved(kind) for kind in ("PNG", "JPEG", "WEBP", "GIF", "AVIF")}
    makers = (_cut, _flipped, _noise, _spliced)
    while True:
        kind = list(whole)[rng.integers(len(whole))]
        choice = int(rng.integers(len(makers) + 2))
        if choice < len(makers):
            yield makers[choice](whole[kind], rng)
        elif choice == len(makers):
            yield _bomb(int(rng.integers(20_000, 200_000)), int(rng.integers(20_000, 200_000)))
        else:
            others = (
                b"<svg xmlns='http://www.w3.org/2000/svg'/>",
                b"%PDF-1.7\n",
                b"\0" * 4096,
                b"GIF89a",
                b"BM",
                b"II*\0",
            )
            yield others[rng.integers(len(others))] + rng.bytes(int(rng.integers(0, 200)))


def _saved(kind: str) -> bytes:
    file = io.BytesIO()
    draw_garment("dress", "red", 1).resize((200, 250)).save(file, kind)
    return file.getvalue()


def _cut(data: bytes, rng: np.random.Generator) -> bytes:
    return data[: int(rng.integers(1, len(data)))]


def _flipped(data: bytes, rng: np.random.Generator) -> bytes:
    changed = bytearray(data)
    for at in rng.integers(0, len(changed), 12):
        changed[at] = int(rng.integers(256))
    return bytes(changed)


def _noise(data: bytes, rng: np.random.Generator) -> bytes:
    return data[:16] + rng.bytes(int(rng.integers(1, 5000)))


def _spliced(data: bytes, rng: np.random.Generator) -> bytes:
    at = int(rng.integers(8, len(data)))
    return data[:at] + data[int(rng.integers(8, len(data))) :]


def _bomb(width: int, height: int) -> bytes:
    """A small PNG that says it is huge."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 100_000))
        + chunk(b"IEND", b"")
    )
