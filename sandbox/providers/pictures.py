"""Fetching the pictures a request names, as a provider does: over HTTP, with limits. No rendering, no tasks.

Private addresses are allowed on purpose: a stand-in runs beside whatever serves its pictures.
"""

from __future__ import annotations

import asyncio
from io import BytesIO

import aiohttp
from PIL import Image
from yarl import URL

MAX_BYTES = 25 * 1024 * 1024
MAX_PIXELS = 40_000_000
TIMEOUT = aiohttp.ClientTimeout(total=20)
FORMATS = {"JPEG": ("image/jpeg", "jpg"), "PNG": ("image/png", "png"), "WEBP": ("image/webp", "webp")}
# MiniMax, video generation: short side above 300 px, shape between 2:5 and 5:2.
SHORT_SIDE_ABOVE = 300
WIDEST = 2.5


class PictureRefused(Exception):
    """The picture cannot be had or is not one; the text says why."""


def is_web_url(value: object) -> bool:
    """Whether this is a URL a provider would fetch."""
    if not isinstance(value, str) or not value.startswith(("http://", "https://")):
        return False
    try:
        return bool(URL(value).host)
    except ValueError:
        return False


def sniff(data: bytes) -> str:
    """Pillow's name of the format of an image; raises PictureRefused."""
    try:
        with Image.open(BytesIO(data), formats=list(FORMATS)) as image:
            if image.width * image.height > MAX_PIXELS:
                raise PictureRefused("invalid params, image has too many pixels")
            image.load()
            return str(image.format)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise PictureRefused("invalid params, image format is not supported") from error


def check_shape(data: bytes) -> None:
    """Refuse what the model behind both providers refuses."""
    sniff(data)
    with Image.open(BytesIO(data)) as image:
        short, long = sorted(image.size)
    if short <= SHORT_SIDE_ABOVE or long / short > WIDEST:
        raise PictureRefused("invalid params, image size is not supported")


async def fetch_picture(session: aiohttp.ClientSession, url: str) -> bytes:
    """The bytes behind a URL, checked to be an image; raises PictureRefused."""
    try:
        async with session.get(url, timeout=TIMEOUT) as response:
            if response.status != 200:
                raise PictureRefused(f"fetch failed with status {response.status}")
            data = b""
            async for chunk in response.content.iter_chunked(1 << 16):
                data += chunk
                if len(data) > MAX_BYTES:
                    raise PictureRefused("image is larger than 25 MB")
    except (aiohttp.ClientError, TimeoutError) as error:
        raise PictureRefused("fetch failed") from error
    await asyncio.to_thread(check_shape, data)
    return data
