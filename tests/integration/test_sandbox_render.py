"""The clips themselves: every kind has exactly the size and length it was ordered with, unless a limit was set."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from bot.media.mp4 import inspect
from sandbox.render import FfmpegRenderer, Order


def picture(colour: str) -> bytes:
    Image.new("RGB", (1200, 800), colour).save(out := BytesIO(), "PNG")
    return out.getvalue()


FIRST, LAST = picture("teal"), picture("orange")
KINDS = [
    (Order("hills"), (1366, 768), 144),
    (Order("hills", seconds=10), (1366, 768), 120),
    (Order("hills", short_side=1080), (1920, 1080), 72),
    (Order("hills", first=FIRST), (1152, 768), 72),
    (Order("hills", first=FIRST, last=LAST), (1152, 768), 72),
    (Order("hills", seconds=10, first=FIRST, last=LAST), (1152, 768), 80),
    (Order("hills", short_side=1080, first=FIRST, last=LAST), (1620, 1080), 48),
]


@pytest.mark.parametrize(("order", "size", "frames"), KINDS)
async def test_size_and_length_are_exact(tmp_path: Path, order: Order, size: tuple[int, int], frames: int) -> None:
    clip = await FfmpegRenderer(tmp_path).render(order)
    facts = inspect(clip)
    assert ((facts.width, facts.height), facts.frames, facts.codec) == (size, frames, "avc1")
    assert facts.duration_seconds == order.seconds
    data = clip.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


@pytest.mark.parametrize("order", [Order("sea", short_side=1080), Order("sea", first=FIRST, last=LAST)])
async def test_a_renderer_may_be_limited(tmp_path: Path, order: Order) -> None:
    facts = inspect(await FfmpegRenderer(tmp_path, frame_rate=8, short_side=384).render(order))
    assert (facts.height, facts.frames, facts.duration_seconds) == (384, 48, 6)
