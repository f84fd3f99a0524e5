"""The clips themselves: every kind has exactly the size and length it was ordered with, unless a limit was set."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from aiohttp import ClientSession
from PIL import Image

from bot.media.container.mp4 import inspect
from sandbox.drawing.render import FfmpegRenderer, Shot
from sandbox.providers.faults import Outcome
from sandbox.providers.tasks import Task, TaskBook, Wish


def picture(colour: str) -> bytes:
    Image.new("RGB", (1200, 800), colour).save(out := BytesIO(), "PNG")
    return out.getvalue()


FIRST, LAST = picture("teal"), picture("orange")
KINDS = [
    (Shot("hills"), (1366, 768), 144),
    (Shot("hills", seconds=10), (1366, 768), 120),
    (Shot("hills", short_side=1080), (1920, 1080), 72),
    (Shot("hills", first=FIRST), (1152, 768), 72),
    (Shot("hills", first=FIRST, last=LAST), (1152, 768), 72),
    (Shot("hills", seconds=10, first=FIRST, last=LAST), (1152, 768), 80),
    (Shot("hills", short_side=1080, first=FIRST, last=LAST), (1620, 1080), 48),
]


@pytest.mark.parametrize(("shot", "size", "frames"), KINDS)
async def test_size_and_length_are_exact(tmp_path: Path, shot: Shot, size: tuple[int, int], frames: int) -> None:
    clip = await FfmpegRenderer(tmp_path).render(shot)
    facts = inspect(clip)
    assert ((facts.width, facts.height), facts.frames, facts.codec) == (size, frames, "avc1")
    assert facts.duration_seconds == shot.seconds
    data = clip.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


@pytest.mark.parametrize("shot", [Shot("sea", short_side=1080), Shot("sea", first=FIRST, last=LAST)])
async def test_a_renderer_may_be_limited(tmp_path: Path, shot: Shot) -> None:
    facts = inspect(await FfmpegRenderer(tmp_path, frame_rate=8, short_side=384).render(shot))
    assert (facts.height, facts.frames, facts.duration_seconds) == (384, 48, 6)


async def test_two_takes_of_one_prompt_never_look_alike_but_for_their_pictures(tmp_path: Path) -> None:
    renderer = FfmpegRenderer(tmp_path, frame_rate=2, short_side=64)
    orders = [Shot("hills"), Shot("hills", take=1), Shot("hills", first=FIRST), Shot("hills", first=FIRST, take=1)]
    clips = [(await renderer.render(shot)).read_bytes() for shot in orders]
    assert clips[0] != clips[1]
    assert clips[2] == clips[3]


class Noted:
    """A renderer that remembers what was ordered."""

    def __init__(self, clip: Path) -> None:
        self.clip = clip
        self.orders: list[Shot] = []

    async def render(self, shot: Shot) -> Path:
        self.orders.append(shot)
        return self.clip

    def close(self) -> None:
        """Nothing was made."""


async def test_takes_of_one_prompt_are_told_apart_by_their_number(tmp_path: Path) -> None:
    renderer = Noted(tmp_path / "clip.mp4")

    async def announce(_task: Task) -> None:
        """Nobody wants to know."""

    async with ClientSession() as session:
        book = TaskBook(renderer, 0.0)
        book.session = session
        for prompt in ("a fox", "a fox", "an owl", "a fox"):
            await book.begin(Wish(prompt, {}, ""), 1, Outcome(), announce).ended.wait()
        await book.close()
    told = [(shot.prompt, shot.take) for shot in renderer.orders]
    assert told == [("a fox", 0), ("a fox", 1), ("an owl", 0), ("a fox", 2)]
