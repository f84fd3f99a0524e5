"""Transport compression of the gateway: what discord.py asks for in its URL, and nothing else.

Source: discord-api-docs, topics/gateway, "Transport Compression".
"""

from __future__ import annotations

import importlib
import zlib
from collections.abc import Callable
from typing import Any

Compressor = Callable[[bytes], bytes]
"""Turns one message into bytes that the other side can read at once."""


def compressor(name: str | None) -> Compressor | None:
    """A fresh stream for one connection, None for none; ValueError for a name that Discord does not know."""
    if name is None:
        return None
    if name == "zlib-stream":
        return _zlib()
    if name == "zstd-stream":
        return _zstd()
    raise ValueError(name)


def _zlib() -> Compressor:
    stream = zlib.compressobj()
    return lambda data: stream.compress(data) + stream.flush(zlib.Z_SYNC_FLUSH)


def _zstd() -> Compressor:
    # discord.py asks for it only where one of these two can be imported: Python 3.14, or the zstandard package.
    try:
        zstandard: Any = importlib.import_module("zstandard")
    except ImportError:
        zstd: Any = importlib.import_module("compression.zstd")
        standard = zstd.ZstdCompressor()
        return lambda data: bytes(standard.compress(data, standard.FLUSH_BLOCK))
    stream = zstandard.ZstdCompressor().compressobj()
    return lambda data: bytes(stream.compress(data) + stream.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK))
