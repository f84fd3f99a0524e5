"""What H.264's sequence parameter set says of how its pictures are shown (ITU-T H.264, 7.3.2.1.1 and annex E).

Only the video usability part is of interest: the shape of a pixel and the matrix of the colours. Pictures are never
looked at. What the container says of the same is in shapes.py and colours.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

HIGH_PROFILES = frozenset({44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 144, 244})
EXTENDED_ASPECT = 255

# Table E-1: the shapes of a pixel that have a number of their own.
ASPECTS = dict(
    enumerate(
        (
            *((1, 1), (12, 11), (10, 11), (16, 11), (40, 33), (24, 11), (20, 11), (32, 11)),
            *((80, 33), (18, 11), (15, 11), (64, 33), (160, 99), (4, 3), (3, 2), (2, 1)),
        ),
        start=1,
    )
)


@dataclass(frozen=True, slots=True)
class Usability:
    """Width over height of a pixel and the matrix coefficients as a number of H.273; None for what is not stated."""

    pixel: Fraction | None = None
    matrix: int | None = None


def read_usability(avc: bytes) -> Usability:
    """What the first sequence parameter set of an `avcC` states; nothing where it has none or is damaged."""
    if len(avc) < 8 or not avc[5] & 0x1F:
        return Usability()
    size = int.from_bytes(avc[6:8], "big")
    try:
        return _in_parameters(_Bits(avc[9 : 8 + size]))  # after the one byte that names the kind of unit
    except IndexError:
        return Usability()


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


def _in_parameters(bits: _Bits) -> Usability:
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
    return _in_usability(bits) if bits.take(1) else Usability()


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


def _in_usability(bits: _Bits) -> Usability:
    pixel = _aspect(bits) if bits.take(1) else None
    if bits.take(1):  # overscan
        bits.take(1)
    matrix = None
    if bits.take(1):  # something about the signal
        bits.take(4)
        if bits.take(1):
            bits.take(16)  # primaries, transfer
            matrix = bits.take(8)
    return Usability(pixel, matrix)


def _aspect(bits: _Bits) -> Fraction | None:
    number = bits.take(8)
    across, down = (bits.take(16), bits.take(16)) if number == EXTENDED_ASPECT else ASPECTS.get(number, (0, 0))
    return Fraction(across, down) if across and down else None
