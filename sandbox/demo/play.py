"""`make play`: one channel with two members as a web page; type /video, press buttons, watch the clips arrive."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import signal
import sys
import tempfile
import time
from pathlib import Path

import simcord

from sandbox.demo.rooms import Rooms
from sandbox.demo.stage import Stage, keep_time, open_stage
from sandbox.demo.transcript import Transcript
from sandbox.drawing.stills import still

LOOK_SECONDS = 0.25
CLOCK_SECONDS = 2.0
# The page makes a VP9 of every clip and gives up after 30 seconds. What that costs is the number of pixels, moving or
# not: a clip of the ordered size takes it up to half a minute, one like this a few seconds.
FRAME_RATE = 8
SHORT_SIDE = 384


async def play(port: int | None, render_seconds: float) -> int:
    """Serve the page until it is closed or a signal comes."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    with tempfile.TemporaryDirectory() as directory:
        data = Path(directory)
        small = open_stage(data, render_seconds=render_seconds, frame_rate=FRAME_RATE, short_side=SHORT_SIDE)
        async with small as stage, Rooms(stage, port, width=1100, height=900) as rooms:
            print(_introduction(rooms.url, _samples(data)), flush=True)
            follow = asyncio.create_task(_follow(stage, rooms))
            await stop.wait()
            follow.cancel()
            await asyncio.gather(follow, return_exceptions=True)
    return 0


async def _follow(stage: Stage, rooms: Rooms) -> None:
    """Bring the page up to date whenever its room has changed; deliveries happen outside the page's own actions."""
    shown = ""
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        # Between two rooms there is no page, and SimCord's clock does not wait long for a busy bot: try again then.
        with contextlib.suppress(simcord.SetupError, TimeoutError):
            async with rooms.turn:
                transcript = Transcript(stage.env, rooms.here, write=lambda _line: None)
                now = "\n".join(transcript.readable(message) for message in rooms.here.history())
                if now != shown or time.time() - stage.env.now().timestamp() > CLOCK_SECONDS:
                    await keep_time(stage.env)
                if now != shown and rooms.preview is not None:
                    await rooms.preview.refresh()
                    shown = now


def _samples(directory: Path) -> tuple[Path, Path]:
    found = directory / "morning.png", directory / "night.png"
    for path, prompt in zip(found, ("misty forest at dawn", "forest at night under a full moon"), strict=True):
        path.write_bytes(still(prompt))
    return found


def _introduction(url: str, samples: tuple[Path, Path]) -> str:
    first, last = samples
    return f"""
Open this page:

  {url}

and there #brainstorm. Type /video and a prompt, press Enter, and watch. Switch between ada and ben at the top.
/help is a short tour. mia manages the server: as her, type /admin panel.
A thread of /brainstorm is a room of its own: go back to the page above to enter it.
Two pictures to attach:  {first}
                         {last}
Ctrl+C ends it."""


def main() -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.demo.play", description=__doc__)
    parser.add_argument("--port", type=int, default=None, help="of the page; a free one unless given")
    parser.add_argument("--render-seconds", type=float, default=8.0, help="how long a clip takes")
    options = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)
    return asyncio.run(play(options.port, options.render_seconds))


if __name__ == "__main__":
    sys.exit(main())
