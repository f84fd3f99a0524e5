"""Decoding a picture and encoding it anew, so that nothing but its pixels gets through. The only user of Pillow.

Blocking; images.py calls it in a thread, one picture at a time, after the header was judged.
"""

from __future__ import annotations

import contextlib
import io
import struct
import zlib
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageCms, ImageOps

from bot.media.headers import Header

LARGEST_AREA = 40_000_000
"""Pixels; below the area at which Pillow itself begins to warn of a bomb."""

QUALITIES = (95, 85)
"""The second is for a picture that the first would make larger than the limit."""

CONTENT_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}

# What Pillow's readers let through on damaged files, found in its sources and by feeding it such files.
_DAMAGE = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    AttributeError,
    RuntimeError,
    EOFError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)


class Broken(Exception):
    """The picture cannot be decoded to its end, or is not what its header says."""


@dataclass(frozen=True, slots=True)
class Clean:
    """A picture made by us: upright, one frame, sRGB, no metadata."""

    data: bytes
    content_type: str
    width: int
    height: int


def clean(data: bytes, header: Header, byte_limit: int) -> Clean:
    """Decode the first frame and encode it in the same type; raises Broken.

    The answer may be larger than `byte_limit` where no quality brings it below.
    """
    try:
        image = _decode(data, header)
        fresh = _encode(image, header, byte_limit)
    except _DAMAGE as error:
        raise Broken(f"{type(error).__name__} in a {header.kind}") from error
    return Clean(fresh, CONTENT_TYPES[header.kind], image.width, image.height)


def _decode(data: bytes, header: Header) -> Image.Image:
    # `formats` keeps Pillow from trying its other readers: one of them starts Ghostscript.
    with Image.open(io.BytesIO(data), formats=(header.kind,)) as opened:
        if opened.size != (header.width, header.height):
            raise Broken("the reader finds another size than the header")
        opened.load()
        image = _to_srgb(_flatten(opened))  # each step copies only if it must: a copy is up to 160 MB
    # EXIF that cannot be read turns nothing; the pixels are sound.
    with contextlib.suppress(*_DAMAGE):
        ImageOps.exif_transpose(image, in_place=True)
    image.info.clear()  # Pillow's writers would take profile, comment and density from here
    return image


def _flatten(image: Image.Image) -> Image.Image:
    """Bring the rarer ways to store pixels to L, RGB, RGBA or CMYK with 8 bits, keeping metadata for the next step."""
    if image.mode.startswith(("I", "F")):  # 16 bits of grey; Pillow's own conversion cuts off instead of scaling
        grey = image.convert("I").point(lambda value: value / 256)
        grey.info = dict(image.info)
        return grey.convert("L")
    if image.mode in {"LA", "PA", "La", "RGBa"} or "transparency" in image.info:
        return image.convert("RGBA")
    return image if image.mode in {"L", "RGB", "RGBA", "CMYK"} else image.convert("RGB")


def _to_srgb(image: Image.Image) -> Image.Image:
    target = "RGBA" if image.mode == "RGBA" else "RGB"
    profile = image.info.get("icc_profile")
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            fresh = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode=target)
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            fresh = None  # a profile that does not fit its picture is as good as none
        if fresh is not None:
            fresh.info = dict(image.info)
            return fresh
    return image if image.mode == target else image.convert(target)


def _encode(image: Image.Image, header: Header, byte_limit: int) -> bytes:
    if header.kind == "PNG":
        return _save(image, "PNG")
    if header.lossless:
        return _save(image, "WEBP", lossless=True, quality=50, method=2)
    for quality in QUALITIES:
        # `method` is WebP's alone: 2 takes a fifth of the default's time for nearly the same size.
        fresh = _save(image, header.kind, quality=quality, method=2)
        if len(fresh) <= byte_limit:
            break
    return fresh


def _save(image: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()
