"""Undoing a packing in pieces: whatever the pieces are, the same comes out, and never much at once."""

from __future__ import annotations

import gzip
import zlib

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.errors import ClipBroken
from bot.media.clips.unpacking import LAYERS, PIECE, Unpacking
from bot.media.container.sniffing import Kind, sniff


def unpacked(body: bytes, encoding: str, step: int) -> list[bytes]:
    unpacking = Unpacking(encoding)
    found = [piece for at in range(0, len(body), step) for piece in unpacking.feed(body[at : at + step])]
    return found + list(unpacking.close())


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress, lambda data: gzip.compress(gzip.compress(data))])
def test_a_bomb_comes_out_in_small_pieces(pack: type[bytes]) -> None:
    body = pack(bytes(40 * PIECE))
    pieces = unpacked(body, "deflate" if pack is zlib.compress else "gzip", len(body))
    assert sum(map(len, pieces)) == 40 * PIECE
    assert max(map(len, pieces)) <= PIECE


def test_no_more_layers_are_undone_than_anybody_packs() -> None:
    body = b"\0clip" * 200
    for _ in range(LAYERS + 1):
        body = gzip.compress(body)
    assert b"".join(unpacked(body, "gzip", 100)) == gzip.compress(b"\0clip" * 200)


@given(st.binary(max_size=3000), st.integers(1, 700), st.sampled_from(["", "gzip", "deflate", "br"]), st.booleans())
def test_any_body_is_given_whole_or_refused(data: bytes, step: int, encoding: str, packed: bool) -> None:
    assume(not data.startswith(b"\x1f\x8b"))  # what is inside is not to look packed as well
    body = (zlib.compress(data) if encoding == "deflate" else gzip.compress(data)) if packed else data
    try:
        found = b"".join(unpacked(body, encoding, step))
    except ClipBroken:
        assert not packed
        return
    assert found == data or not packed


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"", Kind.NOTHING),
        (b"<!DOCTYPE html><html>", Kind.PAGE),
        (b'  {"error": "expired"}', Kind.PAGE),
        (b"\xef\xbb\xbf<?xml", Kind.PAGE),
        (b"\xff\xfe<\0h\0t\0", Kind.PAGE),
        ("服务商".encode(), Kind.PAGE),
        (b"Go away\r\n", Kind.PAGE),
        (b"\0\0\0\x18ftypisom", Kind.ISO),
        (b"\0\0\x10\0moov\0\0", Kind.ISO),
        (b"\0\0\0\x01mdat\0\0", Kind.ISO),
        (b"\0\0\0\x08free\0\0", Kind.ISO),
        (b"\0\0\0\x08wide\0\0", Kind.ISO),
        (b"\x1a\x45\xdf\xa3\x9fB\x86", Kind.MATROSKA),
        (b"RIFF\x24\0\0\0AVI LIST", Kind.OTHER_VIDEO),
        (b"FLV\x01\x05", Kind.OTHER_VIDEO),
        (b"G\x40\0\x10" + bytes(184) + b"G\0", Kind.OTHER_VIDEO),
        (b"G" + b"a" * 187 + b"G" * 100, Kind.PAGE),
        (b"\x89PNG\r\n\x1a\n\0\0", Kind.UNKNOWN),
        (b"PK\x03\x04\x14\0", Kind.UNKNOWN),
        (b"%PDF-1.7\n%\0\x01", Kind.UNKNOWN),
    ],
)
def test_what_a_body_looks_like(head: bytes, kind: Kind) -> None:
    assert sniff(head) is kind
    assert kind.may_play is (kind in {Kind.ISO, Kind.MATROSKA, Kind.OTHER_VIDEO})
