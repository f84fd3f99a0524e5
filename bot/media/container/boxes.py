"""Walking the boxes of an ISO base media file (ISO/IEC 14496-12), of which MP4 is one.

Only the frame: sizes, names and nesting. What a box says is read in mp4.py. Payloads are read when asked for and never
more than PAYLOAD_LIMIT of one, so the movie data itself is always skipped.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from bot.errors import ClipUnusable

BOX_LIMIT = 20_000
"""Boxes looked at in one file. A fragmented clip of a minute has some hundreds."""

PAYLOAD_LIMIT = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Box:
    """One box: its four-character name, and where its payload begins and ends in the file."""

    name: bytes
    start: int
    end: int


class BoxFile:
    """Boxes of one open file; raises ClipUnusable where they do not fit into each other."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._left = BOX_LIMIT
        size = file.seek(0, io.SEEK_END)
        self.whole = Box(b"file", 0, size)

    def children(self, parent: Box) -> Iterator[Box]:
        """The boxes inside one, in order. Each lies wholly in its parent and takes at least the 8 bytes of its head.

        Up to 7 stray bytes are borne at the end of a box, as QuickTime writes them, but not at the end of the file:
        there they are the beginning of something cut off.
        """
        at = parent.start
        while parent.end - at >= 8:
            box = self._box(at, parent)
            yield box
            at = box.end
        if at != parent.end and parent is self.whole:
            raise ClipUnusable("the file ends inside the head of a box")

    def child(self, parent: Box, name: bytes) -> Box | None:
        """The first box of this name directly inside another."""
        return next((box for box in self.children(parent) if box.name == name), None)

    def need(self, parent: Box, *names: bytes) -> Box:
        """The box found by going down these names, one inside the other; ClipUnusable where one is missing."""
        for name in names:
            box = self.child(parent, name)
            if box is None:
                raise ClipUnusable(f"a track without {_show(name)}")
            parent = box
        return parent

    def number(self, box: Box, skip: int, size: int) -> int:
        """The unsigned number in `size` bytes of a box's payload, after `skip`."""
        return int.from_bytes(self.read(box, size, skip), "big")

    def read(self, box: Box, size: int | None = None, skip: int = 0) -> bytes:
        """Exactly `size` bytes of a box's payload, after `skip`; all that is left when size is None."""
        size = box.end - box.start - skip if size is None else size
        if size < 0 or skip + size > box.end - box.start or size > PAYLOAD_LIMIT:
            raise ClipUnusable(f"the box {_show(box.name)} has the wrong size")
        self._file.seek(box.start + skip)
        data = self._file.read(size)
        if len(data) != size:
            raise ClipUnusable("the file became shorter while it was read")
        return data

    def _box(self, at: int, parent: Box) -> Box:
        self._left -= 1
        if self._left < 0:
            raise ClipUnusable("too many boxes")
        head = self.read(Box(b"head", at, at + 8))
        size, name, start = int.from_bytes(head[:4], "big"), head[4:], at + 8
        if size == 1:
            if parent.end - start < 8:
                raise ClipUnusable("the file ends inside the head of a box")
            size, start = int.from_bytes(self.read(Box(b"head", start, start + 8)), "big"), start + 8
        elif size == 0 and parent is self.whole:  # the last box may leave its size open
            size = parent.end - at
        end = at + size
        if end < start or end > parent.end:
            raise ClipUnusable(f"the box {_show(name)} promises {size} bytes, {parent.end - at} are there")
        return Box(name, start, end)


def _show(name: bytes) -> str:
    return name.decode("ascii", "backslashreplace")
