"""Whether a clip says how its colours are to be turned into RGB. Most encoders do not, and then FFmpeg guesses wrongly.

Read from the `colr` box and from H.264's sequence parameters (avc.py); the pictures themselves are never looked at.
"""

from __future__ import annotations

from bot.media.container.avc import read_usability
from bot.media.container.tracks import UNSPECIFIED, Coding

HD_HEIGHT = 720


def is_unsaid_hd(coding: Coding) -> bool:
    """Whether the matrix must be said for it: players take HD for BT.709, FFmpeg takes what is untagged for BT.601."""
    return min(coding.shape) >= HD_HEIGHT and matrix(coding) == UNSPECIFIED


def matrix(coding: Coding) -> int:
    """The matrix coefficients as a number of H.273: 1 is BT.709, 2 is not stated."""
    avc = coding.setting(b"avcC")
    stated = read_usability(avc).matrix if avc is not None else None
    if stated is not None:  # a decoder goes by the stream where both say something
        return stated
    colr = coding.setting(b"colr") or b""
    if colr[:4] in {b"nclx", b"nclc"} and len(colr) >= 10:
        return int.from_bytes(colr[8:10], "big")
    return UNSPECIFIED
