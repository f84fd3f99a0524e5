"""Pictures of a request: judged by their bytes, encoded anew, kept on disk until the job has ended.

Reading the announced size is headers.py, signing links to one is bot.media.links. Fetching from Discord is not done
here: bytes come in, a models.Picture goes out.
"""

from __future__ import annotations

import asyncio
import math
import re
from dataclasses import replace
from pathlib import Path
from typing import Literal, get_args

from bot.errors import ImageRefused
from bot.files import write_whole
from bot.media.pictures.headers import read_header
from bot.media.pictures.pared import Broken
from bot.media.pictures.reencode import LARGEST_AREA, Clean, clean, pare
from bot.models import Picture

Slot = Literal["first", "last"]

MEBIBYTE = 1024 * 1024
BYTE_LIMIT = 20 * MEBIBYTE
"""Hailuo takes pictures of up to 20 MB; read as mebibytes, as upload dialogs show it."""
SHORTEST_SIDE = 301
"""MiniMax wants the short side above 300 pixels."""
LONGEST_SIDE = 8192

ENDINGS = {"image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp"}
CONTENT_TYPES = {ending: content_type for content_type, ending in ENDINGS.items()}
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}-(?:first|last)\.(?:png|jpg|webp)", re.ASCII)


def check_announced(size: int, width: int | None, height: int | None) -> None:
    """Refuse by what Discord says of an attachment, before a byte of it is read; raises ImageRefused.

    `size` in bytes. Width and height are None where Discord saw no picture; then the bytes decide later.
    """
    if size > BYTE_LIMIT:
        raise ImageRefused("image_too_large", megabytes=_megabytes(size), limit_megabytes=BYTE_LIMIT // MEBIBYTE)
    if width is not None and height is not None:
        _check_pixels(width, height)


def is_picture(data: bytes) -> bool:
    """Whether these bytes begin as a picture of a type that is taken, whatever they are called."""
    return read_header(data) is not None


class PictureStore:
    """The pictures of all open jobs, one file each, named by us: `<job_id>-first.png`.

    What is stored was decoded and encoded anew: upright, one frame, sRGB, without EXIF, GPS, comments or anything
    appended. One picture is decoded at a time: 40 megapixels take 0.35 GB (WebP 0.7 GB) and up to 8 s while it lasts.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._decoding = asyncio.Semaphore(1)

    async def take(self, data: bytes, *, job_id: str, slot: Slot) -> Picture:
        """Judge, clean and keep one picture; raises ImageRefused with the code of what is wrong with it."""
        check_announced(len(data), None, None)
        async with self._decoding:
            fresh = await asyncio.to_thread(_judge, data)
        check_announced(len(fresh.data), None, None)
        return await asyncio.to_thread(self._keep, fresh, job_id, slot)

    async def copy(self, picture: Picture, *, job_id: str, slot: Slot) -> Picture:
        """The same picture kept for another job."""
        ending = Path(picture.name).suffix
        twin = replace(picture, name=f"{job_id}-{slot}{ending}")
        await asyncio.to_thread(lambda: write_whole(self.path(twin), self.path(picture).read_bytes(), mode=0o666))
        return twin

    def path(self, picture: Picture) -> Path:
        """Where a picture is kept, whether or not it still is."""
        path = self.find(picture.name)
        if path is None:
            raise ValueError("not the name of a picture of ours")
        return path

    def find(self, name: str) -> Path | None:
        """The path that belongs to a name from outside; None unless it is spelled as ours are."""
        return self._directory / name if NAME.fullmatch(name) else None

    async def read(self, picture: Picture) -> bytes:
        """The picture's bytes; FileNotFoundError if it is gone."""
        return await asyncio.to_thread(self.path(picture).read_bytes)

    async def discard(self, job_id: str) -> None:
        """Delete a job's pictures; none is not an error."""
        await asyncio.to_thread(self._discard, job_id)

    def _keep(self, fresh: Clean, job_id: str, slot: Slot) -> Picture:
        picture = Picture(
            f"{job_id}-{slot}{ENDINGS[fresh.content_type]}", fresh.content_type, fresh.width, fresh.height
        )
        path = self.path(picture)
        self._directory.mkdir(parents=True, exist_ok=True)
        write_whole(path, fresh.data, mode=0o666)
        return picture

    def _discard(self, job_id: str) -> None:
        for slot in get_args(Slot):
            for ending in CONTENT_TYPES:
                path = self.find(f"{job_id}-{slot}{ending}")
                if path is not None:
                    path.unlink(missing_ok=True)


def _judge(data: bytes) -> Clean:
    header = read_header(data)
    if header is None:
        raise ImageRefused("image_type")
    if not header.width or not header.height:
        raise ImageRefused("image_broken")
    # From the header alone: a bomb is refused before anything of it is unpacked.
    _check_pixels(header.width, header.height)
    try:
        return clean(pare(data, header), header, BYTE_LIMIT)
    except Broken as error:
        raise ImageRefused("image_broken") from error


def _check_pixels(width: int, height: int) -> None:
    short, long = sorted((width, height))
    if long > LONGEST_SIDE or width * height > LARGEST_AREA:
        raise ImageRefused("image_too_many_pixels", width=width, height=height)
    if short < SHORTEST_SIDE:
        raise ImageRefused("image_too_small", width=width, height=height, minimum=SHORTEST_SIDE)
    if 2 * long > 5 * short:  # between 2:5 and 5:2; in whole numbers, so that the edges themselves pass
        raise ImageRefused("image_aspect", width=width, height=height)


def _megabytes(size: int) -> float:
    """Rounded up, so that a file over the limit is never shown as being exactly at it."""
    return math.ceil(size / MEBIBYTE * 10) / 10
