"""What the first bytes of a body look like: a video, a page in place of one, or neither. Pure.

Only for telling what to try next: whether a file plays is for mp4.py and FFmpeg to say, never for its first bytes.
"""

from __future__ import annotations

import re
from enum import StrEnum

HEAD = 512
"""Bytes that are enough to tell."""

_EBML = b"\x1a\x45\xdf\xa3"
_BOXES = frozenset(
    b"ftyp styp moov mdat moof free skip wide uuid sidx ssix emsg prft pdin meta mfra pnot junk udta".split()
)
"""What a file of ISO boxes, or of QuickTime's older ones, may begin with."""

_OTHERS = (b"FLV\x01", b"OggS", b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", b"\x00\x00\x01\xba", b"\x00\x00\x01\xb3")
_TEXT_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_NO_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_TS_PACKET = 188


class Kind(StrEnum):
    """What it looks like."""

    NOTHING = "nothing"
    PAGE = "a page"
    ISO = "MP4"
    MATROSKA = "Matroska"
    OTHER_VIDEO = "another kind of video"
    UNKNOWN = "unknown"

    @property
    def may_play(self) -> bool:
        """Whether somebody who opens it may see a video."""
        return self in {Kind.ISO, Kind.MATROSKA, Kind.OTHER_VIDEO}


def sniff(head: bytes) -> Kind:
    """What a body is that begins like this; `head` is its first HEAD bytes, or all of a shorter one."""
    head = head[:HEAD]
    if not head:
        return Kind.NOTHING
    if head[4:8] in _BOXES:
        return Kind.ISO
    if head.startswith(_EBML):
        return Kind.MATROSKA
    transport = head[:1] == b"G" and head[_TS_PACKET : _TS_PACKET + 1] == b"G" and _NO_TEXT.search(head)
    if head.startswith(_OTHERS) or (head[:4] == b"RIFF" and head[8:12] == b"AVI ") or transport:
        return Kind.OTHER_VIDEO
    # HTML, JSON, XML or plain words: whatever the encoding, text has no such bytes but behind a mark that says so.
    if head.startswith(_TEXT_MARKS) or not _NO_TEXT.search(head):
        return Kind.PAGE
    return Kind.UNKNOWN
