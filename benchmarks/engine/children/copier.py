"""`python -m benchmarks.engine.children.copier`: fetches a clip and posts it to a channel, and nothing else.

The floor of a delivery. Each line that comes in is JSON with `clip`, `messages` (addresses) and `token`; the line that
goes out is the moment it began, in seconds since the epoch.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

import aiohttp

from benchmarks.engine.children.parent import end_with_parent

READY = "ready to copy"


async def run() -> None:
    """Copy until there are no more lines."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    print(READY, flush=True)
    async with aiohttp.ClientSession() as session:
        while line := await reader.readline():
            wish = json.loads(line)
            began = time.time()
            await _copy(session, wish["clip"], wish["messages"], wish["token"])
            print(began, flush=True)


async def _copy(session: aiohttp.ClientSession, clip: str, messages: str, token: str) -> None:
    async with session.get(clip) as reply:
        data = await reply.read()
    form = aiohttp.FormData()
    payload = {"content": "copied", "attachments": [{"id": 0, "filename": "clip.mp4"}]}
    form.add_field("payload_json", json.dumps(payload), content_type="application/json")
    form.add_field("files[0]", data, filename="clip.mp4", content_type="video/mp4")
    async with session.post(messages, data=form, headers={"Authorization": f"Bot {token}"}) as reply:
        reply.raise_for_status()
        await reply.read()


if __name__ == "__main__":
    end_with_parent()
    asyncio.run(run())
