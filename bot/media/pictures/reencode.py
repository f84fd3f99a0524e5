"""Decoding a picture and encoding it anew, so that nothing but its pixels gets through. The only user of Pillow.

Blocking; images.py calls it in a thread, one picture at a time, after the header was judged.
"""

from __future__ import annotations

import contextlib
import io
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from PIL import Image, ImageChops, ImageCms, ImageOps

from bot.media.pictures import jpeg, png, webp
from bot.media.pictures.headers import Header, Kind
from bot.media.pictures.pared import Broken, Pared

LARGEST_AREA = 40_000_000
"""Pixels; below the area at which Pillow itself begins to warn of a bomb."""

LARGE_AREA = 8_000_000
_USUAL, _QUICK = 6, 2
"""Of zlib: the quick one takes a quarter of the time for a third more bytes, which counts for large pictures."""

QUALITIES = (95, 85, 70, 50)
"""Each but the first is for a picture that those before it would make larger than the limit."""

MOST_MISSING = 1 / 16
"""Of the height: with more of it made up, a picture is not what somebody wanted to show."""

CONTENT_TYPES: dict[Kind, str] = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}

_BLOCK = 16 + 1
"""Colours are smoothed into the row above."""
# For each restart that may be the next one, since what follows another is passed over.
_NOISE = b"".join(bytes(range(1, 200)) + bytes((0xFF, restart)) for restart in range(0xD0, 0xD8)) * 2

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


@dataclass(frozen=True, slots=True)
class Clean:
    """A picture made by us: upright, one frame, sRGB, no metadata."""

    data: bytes
    content_type: str
    width: int
    height: int


def pare(data: bytes, header: Header) -> Pared:
    """The same picture without all that Pillow need not see; raises Broken."""
    if header.kind == "PNG":
        return png.pare(data)
    return jpeg.pare(data) if header.kind == "JPEG" else webp.pare(data, MOST_MISSING)


def clean(pared: Pared, header: Header, byte_limit: int) -> Clean:
    """Decode the first frame and encode it in the same type, or in a smaller one if it must be; raises Broken.

    The answer may be larger than `byte_limit` where no quality brings it below.
    """
    try:
        image = _decode(pared, header)
        kind, fresh = _encode(image, header, byte_limit)
    except _DAMAGE as error:
        raise Broken(f"{type(error).__name__} in a {header.kind}") from error
    return Clean(fresh, CONTENT_TYPES[kind], image.width, image.height)


def _decode(pared: Pared, header: Header) -> Image.Image:
    if not pared.whole and header.kind == "JPEG" and _missing(pared.data) > MOST_MISSING:
        raise Broken("more than the end is missing")
    try:
        image = _load(pared, header)
    except _DAMAGE:
        mended = png.mend(pared.data, MOST_MISSING) if header.kind == "PNG" else None
        if mended is None:
            raise
        image = _load(replace(pared, data=mended), header)
    # EXIF that cannot be read turns nothing; the pixels are sound.
    with contextlib.suppress(*_DAMAGE):
        ImageOps.exif_transpose(image, in_place=True)
    image.info.clear()  # Pillow's writers would take profile, comment and density from here
    return image


def _load(pared: Pared, header: Header) -> Image.Image:
    # `formats` keeps Pillow from trying its other readers: one of them starts Ghostscript.
    with Image.open(io.BytesIO(pared.data), formats=(header.kind,)) as opened:
        if opened.size != (header.width, header.height):
            raise Broken("the reader finds another size than the header")
        opened.load()
        opened.info |= {"icc_profile": pared.profile, "exif": pared.exif or b""}
        return _to_srgb(_flatten(opened))  # each step copies only if it must: a copy is up to 160 MB


def _missing(data: bytes) -> float:
    """The share of a JPEG's height that its pixels do not reach; one row of blocks is as good as nothing.

    A decoder makes up what is missing, and says so to nobody. With other bytes put in its place, what it makes up
    changes, and nothing else.
    """
    shown = []
    for more in (b"", _NOISE):
        end = len(data) - len(jpeg.END)
        with Image.open(io.BytesIO(data[:end] + more + jpeg.END), formats=("JPEG",)) as opened:
            opened.draft("L", None)
            shown.append(opened.convert("L"))
    differing = ImageChops.difference(*shown).getbbox()
    if differing is None or shown[0].height - differing[1] <= _BLOCK:
        return 0.0
    return 1 - differing[1] / shown[0].height


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


def _encode(image: Image.Image, header: Header, byte_limit: int) -> tuple[Kind, bytes]:
    for kind, options in _ways(image, header):
        fresh = _save(image if kind != "JPEG" else image.convert("RGB"), kind, **options)
        if len(fresh) <= byte_limit:
            break
    return kind, fresh


def _ways(image: Image.Image, header: Header) -> Iterator[tuple[Kind, dict[str, Any]]]:
    """How to encode, the best first. Ours can be the larger copy: grey becomes RGB, and our packing is a plain one."""
    if header.kind == "PNG":
        yield "PNG", {"compress_level": _USUAL if image.width * image.height <= LARGE_AREA else _QUICK}
    # `method` is WebP's alone: 2 takes a fifth of the default's time for nearly the same size.
    elif header.lossless:
        yield "WEBP", {"lossless": True, "quality": 50, "method": 2}
    clear = image.mode == "RGBA" and image.getchannel("A").getextrema() != (255, 255)
    kind: Kind = "WEBP" if clear or header.kind == "WEBP" else "JPEG"
    fine = {"subsampling": 0} if header.kind == "PNG" else {}
    for quality in QUALITIES:
        yield kind, {"quality": quality, "method": 2, **fine}


def _save(image: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()
