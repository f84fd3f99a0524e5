"""What somebody tries first: the demo, and the page to play with, each as a process of its own."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
from PIL import Image

from bot.media.container.mp4 import inspect

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 180.0


@asynccontextmanager
async def running(module: str, *arguments: str, folder: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """A module of the sandbox as a process that is at home in a folder; killed when the block ends."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", f"sandbox.{module}", *arguments),
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT), "HOME": str(folder)},
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_the_demo_leaves_clips_a_contact_sheet_and_a_reel(tmp_path: Path) -> None:
    async with running("demo", folder=tmp_path) as process:
        said = (await process.communicate())[0].decode()
        assert process.returncode == 0
    output = tmp_path / "demo-output"
    reels = list(output.glob("rushes-reel-*.mp4"))
    clips = [path for path in output.glob("rushes-*.mp4") if path not in reels]
    assert (len(clips), len(reels)) == (5, 1)
    assert [inspect(clip).duration_seconds for clip in clips] == [6.0] * 5
    assert inspect(reels[0]).duration_seconds > 12
    assert Image.open(output / "contact-sheet.png").format == "PNG"
    assert all(f"demo-output/{path.name}" in said for path in [*reels, output / "contact-sheet.png"])


async def test_the_page_to_play_with_leads_from_room_to_room_and_ends_with_ctrl_c(tmp_path: Path) -> None:
    async with running("demo.play", folder=tmp_path) as process, aiohttp.ClientSession() as session:
        assert process.stdout is not None
        said = ""
        while "Ctrl+C" not in said:
            said += (await process.stdout.readline()).decode()
        front = re.findall(r"http://127\.0\.0\.1:\d+/", said)[0]
        async with session.get(front) as reply:
            page = await reply.text()
        (room,) = re.findall(r'href="(/room/\d+)"># brainstorm<', page)
        for _ in range(2):  # each time the page that was open before makes way
            async with session.get(front.rstrip("/") + room) as reply:
                assert reply.status == 200
                assert "channel-composer-input" in await reply.text()
        async with session.get(f"{front}room/1") as reply:
            assert reply.status == 404
        process.send_signal(signal.SIGINT)
        assert await process.wait() == 0
