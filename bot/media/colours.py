"""Whether a clip says how its colours are to be turned into RGB. Most encoders do not, and then FFmpeg guesses wrongly.

Read from the `colr` box and from the video usability part of H.264's sequence parameters (ITU-T H.264, 7.3.2.1.1 and
annex E); the pictures themselves are never looked at.
"""

from __future__ import annotations

from bot.media.tracks import UNSPECIFIED, Coding

HD_HEIGHT = 720
HIGH_PROFILES = frozenset({44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 144, 244})
EXTENDED_ASPECT = 255


def is_unsaid_hd(coding: Coding) -> bool:
    """Whether the matrix must be said for it: players take HD for BT.709, FFmpeg takes what is untagged for BT.601."""
    return min(coding.shape) >= HD_HEIGHT and matrix(coding) == UNSPECIFIED


def matrix(coding: Coding) -> int:
    """The matrix coefficients as a number of H.273: 1 is BT.709, 2 is not stated."""
    avc = coding.setting(b"avcC")
    stated = _in_avc(avc) if avc is not None else None
    if stated is not None:  # a decoder goes by the stream where both say something
        return stated
    colr = coding.setting(b"colr") or b""
    if colr[:4] in {b"nclx", b"nclc"} and len(colr) >= 10:
        return int.from_bytes(colr[8:10], "big")
    return UNSPECIFIED


def _in_avc(avc: bytes) -> int | None:
    """The matrix in the first sequence parameter set of an `avcC`; None where it has none."""
    if len(avc) < 8 or not avc[5] & 0x1F:
        return None
    size = int.from_bytes(avc[6:8], "big")
    try:
        return _in_parameters(_Bits(avc[9 : 8 + size]))  # after the one byte that names the kind of unit
    except IndexError:
        return None


class _Bits:
    """A reader of numbers that are not made of whole bytes; IndexError at the end."""

    def __init__(self, data: bytes) -> None:
        # Encoders put a 3 after two zeros, so that no start code appears by chance (7.4.1).
        self._data = data.replace(b"\0\0\3", b"\0\0")
        self._at = 0

    def take(self, bits: int) -> int:
        """The next `bits` bits as an unsigned number."""
        value = 0
        for _ in range(bits):
            value = value << 1 | self._data[self._at >> 3] >> (7 - (self._at & 7)) & 1
            self._at += 1
        return value

    def golomb(self) -> int:
        """The next Exp-Golomb number, unsigned (9.1)."""
        zeros = 0
        while not self.take(1):
            zeros += 1
        return (1 << zeros) - 1 + self.take(zeros)


def _in_parameters(bits: _Bits) -> int | None:
    profile = bits.take(8)
    bits.take(16)  # constraints, level
    bits.golomb()  # which set this is
    if profile in HIGH_PROFILES:
        _skip_high(bits)
    bits.golomb()  # frame number
    order = bits.golomb()
    if order == 0:
        bits.golomb()
    elif order == 1:
        bits.take(1)
        for _ in range(2):
            bits.golomb()
        for _ in range(bits.golomb()):
            bits.golomb()
    bits.golomb()  # reference frames
    bits.take(1)
    bits.golomb()  # width
    bits.golomb()  # height
    if not bits.take(1):  # fields may be coded apart
        bits.take(1)
    bits.take(1)
    if bits.take(1):  # cropped
        for _ in range(4):
            bits.golomb()
    return _in_usability(bits) if bits.take(1) else None


def _skip_high(bits: _Bits) -> None:
    chroma = bits.golomb()
    if chroma == 3:
        bits.take(1)
    bits.golomb()  # depth
    bits.golomb()
    bits.take(1)
    if bits.take(1):  # scaling matrices
        for index in range(8 if chroma != 3 else 12):
            if bits.take(1):
                _skip_scaling(bits, 16 if index < 6 else 64)


def _skip_scaling(bits: _Bits, size: int) -> None:
    last = following = 8
    for _ in range(size):
        if following:
            number = bits.golomb()
            following = (last + (number + 1) // 2 * (1 if number % 2 else -1)) % 256
        last = following or last


def _in_usability(bits: _Bits) -> int | None:
    if bits.take(1) and bits.take(8) == EXTENDED_ASPECT:
        bits.take(32)
    if bits.take(1):  # overscan
        bits.take(1)
    if not bits.take(1):  # nothing about the signal
        return None
    bits.take(4)
    if not bits.take(1):
        return None
    bits.take(16)  # primaries, transfer
    return bits.take(8)
