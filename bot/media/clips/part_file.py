"""PartFile: downloaded bytes become a file that appears whole or not at all. No network here."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import BinaryIO

from bot.errors import ClipUnusable
from bot.files import publish
from bot.media.clips.unpacking import Unpacking
from bot.media.container.sniffing import HEAD, Kind, sniff
from bot.models import LinkReason

log = logging.getLogger(__name__)

MEBIBYTE = 1024 * 1024
LONGEST_PAGE = MEBIBYTE
"""Bytes after which a body that looks like text is no error page, but something that never ends perhaps."""


class PartFile:
    """`waiting` gathers bytes, so that a thread is asked once per mebibyte and not per packet.

    All methods block on the disk. `byte_cap` bounds what is written, which may be more than what was sent.
    """

    def __init__(self, to: Path, byte_cap: int) -> None:
        self._to = to
        self._byte_cap = byte_cap
        self._part = to.with_name(to.name + ".part")
        self._file: BinaryIO | None = None
        self._unpacking = Unpacking()
        self._head = b""
        self._called_video = False
        self._written = 0
        self.waiting = bytearray()

    @property
    def kind(self) -> Kind:
        """What the bytes that have come so far look like."""
        return sniff(self._head or bytes(self.waiting[:HEAD]))

    @property
    def broken_off(self) -> LinkReason | None:
        """Why people may have the link where no more bytes come, or no more can be kept.

        Where none has come at all, what the server calls it must do.
        """
        unseen = self.kind is Kind.NOTHING and self._called_video
        return LinkReason.BROKEN if self.kind.may_play or unseen else None

    def open(self, content_type: str, encoding: str) -> None:
        """Begin with an empty file, for a body sent under this Content-Type and Content-Encoding."""
        self._to.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._part.open("wb")
        self._unpacking, self._head, self._written = Unpacking(encoding), b"", 0
        self._called_video = content_type.startswith("video/")
        self.waiting.clear()

    def write(self) -> None:
        """Put the waiting bytes into the file. Raises ClipBroken, or ClipUnusable past the cap."""
        data = bytes(self.waiting)
        self.waiting.clear()
        for piece in self._unpacking.feed(data):
            self._put(piece)

    def publish(self) -> int:
        """Write the rest, make it survive a power cut, and give the file its name; its size. Raises as write()."""
        self.write()
        for piece in self._unpacking.close():
            self._put(piece)
        assert self._file is not None
        self._file.close()
        publish(self._part, self._to)
        return self._written

    def discard(self) -> None:
        """Close the file and remove what was not published; does nothing more after publish()."""
        if self._file is None:
            return
        try:
            self._file.close()
        except OSError:
            # A full disk refuses the buffered rest once more; the file is going away anyway.
            log.debug("closing %s failed", self._part.name)
        self._part.unlink(missing_ok=True)

    def _put(self, piece: bytes) -> None:
        assert self._file is not None
        self._head += piece[: HEAD - len(self._head)]
        if self._written + len(piece) > self._byte_cap:
            reason = LinkReason.OVERSIZE if self.kind.may_play else None
            raise ClipUnusable(f"more than the {self._byte_cap} bytes allowed", reason=reason)
        self._file.write(piece)
        self._written += len(piece)
        if self._written > LONGEST_PAGE and self.kind is Kind.PAGE:
            raise ClipUnusable("more text than any page has")
