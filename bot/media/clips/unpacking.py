"""Decompressing bodies (gzip, deflate) that came compressed unasked, in pieces, so that memory stays bounded.

How many bytes may come out is for the caller to count. What the header says is believed only where the bytes agree:
stores serve plain files under a wrong header, and compressed ones under none.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from bot.errors import ClipBroken
from bot.media.container.sniffing import HEAD, sniff

PIECE = 1024 * 1024
LAYERS = 3
"""A store packs, and what stands in front of it packs once more; nobody packs oftener."""

_GZIP = b"\x1f\x8b\x08"
_GZIP_WINDOW, _ZLIB_WINDOW, _RAW_WINDOW = 31, 15, -15
_NO_PACKING = frozenset({"", "identity", "none", "binary", "utf-8", "aws-chunked"})
"""What is written into Content-Encoding though it is no packing."""


class Unpacking:
    """One body: `feed` it in order, then `close` it; both give what was inside, and raise ClipBroken."""

    def __init__(self, encoding: str = "", layers: int = LAYERS) -> None:
        self._encoding = encoding
        self._layers = layers
        self._head: bytes | None = b""
        self._stream: _Inflate | None = None
        self._inside: Unpacking | None = None

    def feed(self, data: bytes) -> Iterator[bytes]:
        """What comes out of the next bytes, at most PIECE at a time where it is packed."""
        if self._head is not None:
            self._head += data
            if len(self._head) < HEAD:
                return
            data = self._begin(self._head)
        yield from self._pass(data)

    def close(self) -> Iterator[bytes]:
        """What still comes out now that all has been fed."""
        if self._head is not None:
            yield from self._pass(self._begin(self._head))
        if self._stream is not None and not self._stream.ended:
            raise ClipBroken("the body ends inside its packing")
        if self._inside is not None:
            yield from self._inside.close()

    def _begin(self, head: bytes) -> bytes:
        """Decide by the first bytes, and give them back."""
        window = _window(head, self._encoding) if self._layers else None
        self._head = None
        if window is not None:
            self._stream, self._inside = _Inflate(window), Unpacking(layers=self._layers - 1)
        return head

    def _pass(self, data: bytes) -> Iterator[bytes]:
        if self._stream is None or self._inside is None:
            yield data
        else:
            for piece in self._stream.feed(data):
                yield from self._inside.feed(piece)


class _Inflate:
    """A gzip file of one member or several, a zlib stream, or a raw deflate stream."""

    def __init__(self, window: int) -> None:
        self._window = window
        self._stream = zlib.decompressobj(window)

    @property
    def ended(self) -> bool:
        """Whether the end of the stream has been seen."""
        return self._stream.eof

    def feed(self, data: bytes) -> Iterator[bytes]:
        while True:
            if self._stream.eof:
                if self._window != _GZIP_WINDOW or not data.startswith(_GZIP):
                    return  # padding behind the end, which every reader of gzip bears
                self._stream = zlib.decompressobj(self._window)
            try:
                piece = self._stream.decompress(data, PIECE)
            except zlib.error as error:
                raise ClipBroken("the packing of the body is damaged") from error
            yield piece
            data = self._stream.unused_data if self._stream.eof else self._stream.unconsumed_tail
            if not data and len(piece) < PIECE:
                return


def _window(head: bytes, encoding: str) -> int | None:
    """How zlib is to read a body that begins like this under this header; None for one that is plain already.

    ClipBroken where it is packed in a way that nothing here can undo.
    """
    if head.startswith(_GZIP):
        return _GZIP_WINDOW
    names = [name for name in (part.strip().lower() for part in encoding.split(",")) if name not in _NO_PACKING]
    if not names or sniff(head).may_play or names[-1] in {"gzip", "x-gzip"}:
        return None
    if names[-1] == "deflate":
        # The standard says zlib, and some servers send the raw stream: only the first two bytes tell.
        is_zlib = len(head) > 1 and head[0] & 0x0F == 8 and int.from_bytes(head[:2], "big") % 31 == 0
        return _ZLIB_WINDOW if is_zlib else _RAW_WINDOW
    raise ClipBroken(f"the body is packed in a way that nobody asked for: {names[-1][:20]}")
