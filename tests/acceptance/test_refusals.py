"""What is refused is refused before anything is spent, by a private sentence that says what to change."""

from __future__ import annotations

import io
import zlib
from pathlib import Path
from typing import Any

import discord
import pytest
from PIL import Image

from sandbox.drawing.render import PrebuiltRenderer
from tests.acceptance.studio import Studio, open_studio


def picture(width: int, height: int, kind: str = "PNG") -> bytes:
    stored = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(stored, kind)
    return stored.getvalue()


def bomb() -> bytes:
    """A PNG of 30000 x 30000 pixels in a few hundred bytes; nobody must decode it."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + name + data + zlib.crc32(name + data).to_bytes(4, "big")

    size = (30_000).to_bytes(4, "big")
    header = chunk(b"IHDR", size + size + bytes([8, 2, 0, 0, 0]))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


GOOD = picture(640, 400)

REFUSALS: list[tuple[dict[str, Any], str]] = [
    ({"prompt": "x" * 2001}, "2001 characters; the limit is 2000"),
    ({"prompt": "   "}, "Please write a prompt"),
    ({"resolution": "1080p", "duration": 10}, "1080p clips last 6 seconds at most"),
    ({"end_image": ("x.png", GOOD)}, "needs an `image` to start from"),
    ({"provider": "acedata", "resolution": "768p"}, "AceData Cloud has no `resolution` option"),
    ({"provider": "acedata", "duration": 6}, "AceData Cloud has no `duration` option"),
    ({"provider": "acedata", "image": ("x.png", GOOD), "end_image": ("y.png", GOOD)}, "no `end_image` option"),
    ({"image": ("x.png", b"GIF89a" + bytes(100))}, "not a PNG, JPEG or WebP"),
    ({"image": ("x.png", b"%!PS-Adobe-3.0 EPSF-3.0\n" + bytes(100))}, "not a PNG, JPEG or WebP"),
    ({"image": ("x.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>")}, "not a PNG, JPEG or WebP"),
    ({"image": ("notes.txt", b"hello")}, "not a PNG, JPEG or WebP"),
    ({"image": ("x.png", picture(300, 400))}, "short side needs at least 301 pixels"),
    ({"image": ("x.png", picture(1000, 301))}, "too long and thin"),
    ({"image": ("x.png", bomb())}, "too large to work with"),
    ({"image": ("x.png", GOOD[: len(GOOD) // 2])}, "damaged"),
    ({"image": ("x.jpg", picture(640, 400, "JPEG") + bytes(21 * 1024 * 1024))}, "the limit is"),
]


@pytest.fixture(scope="module")
def everything_refused() -> list[tuple[dict[str, Any], str]]:
    return REFUSALS


async def test_each_refusal_is_private_costs_nothing_and_says_what_to_change(
    studio: Studio, everything_refused: list[tuple[dict[str, Any], str]]
) -> None:
    for options, words in everything_refused:
        answer = await studio.say(studio.ada, "video", **({"prompt": "a fox"} | options))
        assert words in answer, options
    assert studio.messages() == []
    assert studio.submissions() == 0
    assert (await studio.allowance(studio.ada)).left == 10
    assert await studio.jobs(studio.ada) == []


@pytest.mark.parametrize(
    ("taken", "named"),
    [
        ("send_messages", "Send Messages"),
        ("attach_files", "Attach Files"),
        ("embed_links", "Embed Links"),
        ("read_message_history", "Read Message History"),
    ],
)
async def test_a_missing_permission_is_named_before_anything_is_spent(studio: Studio, taken: str, named: str) -> None:
    forbidden = discord.PermissionOverwrite(**{taken: False})
    everybody = studio.guild.default_role
    studio.channel = studio.guild.create_text_channel("closed", overwrites={everybody: forbidden})
    answer = await studio.video(studio.mod if taken == "send_messages" else studio.ada)
    assert f"I need {named} here" in answer
    assert studio.submissions() == 0


async def test_only_what_no_enabled_provider_has_is_refused_with_auto(tmp_path: Path, clip: Path) -> None:
    async with open_studio(tmp_path, renderer=PrebuiltRenderer(clip), apiframe_api_key=None) as studio:
        answer = await studio.video(studio.ada, "a fox", resolution="1080p")
        assert "No provider here has the `resolution` option" in answer
        assert "not switched on" in await studio.video(studio.ada, "a fox", provider="apiframe")
        await studio.video(studio.ada, "a fox")
        await studio.until_clips(1)
