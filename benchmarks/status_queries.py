"""What asking Apiframe costs beside bare aiohttp and json: a page of 100 tasks, and one task, as ratios of one run.

`python -m benchmarks.status_queries` prints them. Both sides ask the same server, a process of its own that only hands
out bytes made beforehand, in turns, so that whatever else the machine does falls on both. Seconds of the processor are
those of the asking process alone.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import sys
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any

import aiohttp

from bot.providers import registry
from bot.providers.apiframe.job_list import PAGE
from bot.providers.base import VideoProvider
from bot.providers.http import open_session
from bot.settings import load_settings
from bot.web.metrics import Metrics

KEY = "afk_" + "0" * 32
TASKS = [str(uuid.uuid5(uuid.NAMESPACE_URL, f"task {number}")) for number in range(PAGE)]
TURNS, EACH, VERSIONS = 60, 10, 101
HEADERS = {"X-API-Key": KEY, "Accept": "application/json"}

Ask = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Cost:
    """One way of asking, in seconds for each time: by the wall clock and of the processor."""

    wall: float
    processor: float


def job(number: int, version: int = 0) -> Mapping[str, Any]:
    """A job as the list shows it: every twentieth is done, and a fifth of the others has moved on with each version."""
    done = number % 20 == 0
    moved = (number + 3 * ((version + number) // 5)) % 100
    return {
        "id": TASKS[number],
        "status": "COMPLETED" if done else "QUEUED" if number % 10 == 1 else "PROCESSING",
        "model": "hailuo-02",
        "progress": 100 if done else moved,
        "result": {"videoUrl": f"https://cdn2.apiframe.ai/videos/{TASKS[number]}.mp4"} if done else None,
        "error": None,
        "creditCost": 5,
        "webhookStatus": None,
        "createdAt": f"2026-01-01T00:00:{number % 60:02}.000Z",
        "completedAt": None,
        "expired": False,
    }


async def measure() -> dict[str, tuple[Cost, Cost]]:
    """(bare, ours) for a page of 100 tasks and for one task."""
    async with far_side() as url, aiohttp.ClientSession() as bare, open_session() as session:
        provider, one = _provider(url, session), TASKS[5]
        return {
            "page": await _in_turns(lambda: _bare(bare, f"{url}/v2/jobs?limit={PAGE}"), lambda: _ours(provider, TASKS)),
            "poll": await _in_turns(lambda: _bare(bare, f"{url}/v2/jobs/{one}"), lambda: _ours(provider, [one])),
        }


def _provider(url: str, session: aiohttp.ClientSession) -> VideoProvider:
    """Apiframe as the application has it: counted, and left alone when it asks for it."""
    settings = load_settings(_env_file=None, discord_token="none", apiframe_api_key=KEY, apiframe_api_url=url)  # noqa: S106
    return registry.open_router(settings, session, Metrics().provider_called, time.time)["apiframe"]


async def _bare(session: aiohttp.ClientSession, url: str) -> object:
    async with session.get(url, headers=HEADERS) as response:
        return json.loads(await response.read())


async def _ours(provider: VideoProvider, task_ids: list[str]) -> object:
    tasks = await provider.fetch(task_ids)
    assert len(tasks) >= len(task_ids)
    return tasks


async def _in_turns(bare: Ask, ours: Ask) -> tuple[Cost, Cost]:
    """The medians of many short turns; the first turns, in which connections are opened, do not count."""
    turns: tuple[list[Cost], list[Cost]] = ([], [])
    for _ in range(TURNS):
        for ask, costs in zip((bare, ours), turns, strict=True):
            wall, processor = time.perf_counter(), time.process_time()
            for _ in range(EACH):
                await ask()
            costs.append(Cost((time.perf_counter() - wall) / EACH, (time.process_time() - processor) / EACH))
    return _typical(turns[0]), _typical(turns[1])


def _typical(costs: list[Cost]) -> Cost:
    steady = costs[len(costs) // 6 :]
    return Cost(median(cost.wall for cost in steady), median(cost.processor for cost in steady))


@asynccontextmanager
async def far_side() -> AsyncIterator[str]:
    """The server's address, while it runs."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.status_queries", "--serve", stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(await process.stdout.readline())}"
    finally:
        process.terminate()
        await process.wait()


def _page(version: int) -> bytes:
    jobs = [job(number, version) for number in range(PAGE)]
    return json.dumps({"jobs": jobs, "nextCursor": "x", "hasMore": True}).encode()


class _Prepared(asyncio.Protocol):
    """HTTP/1.1 of the simplest kind: requests without a body, answered with bytes made beforehand."""

    pages = itertools.cycle([_page(version) for version in range(VERSIONS)])
    ones = {task_id: json.dumps(dict(job(number))).encode() for number, task_id in enumerate(TASKS)}  # noqa: RUF012
    transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See Protocol."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """One request is one packet, as both sides send none with a body."""
        path = data.split(b" ", 2)[1].decode()
        body = next(self.pages) if "?" in path else self.ones[path.rpartition("/")[2]]
        head = "HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\nContent-Type: application/json\r\n"
        trace = "x-request-id: 6f9619ff-8b86-d011-b42d-00c04fc964ff\r\n"
        self.transport.write(f"{head}{trace}Content-Length: {len(body)}\r\n\r\n".encode() + body)


async def _serve() -> None:
    server = await asyncio.get_running_loop().create_server(_Prepared, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def report(found: Mapping[str, tuple[Cost, Cost]]) -> str:
    """The ratios, and what they are made of, in microseconds."""
    lines = []
    for name, (bare, ours) in found.items():
        wall, processor = ours.wall / bare.wall, ours.processor / bare.processor
        lines.append(
            f"{name}: {wall:.2f} x by the clock ({bare.wall * 1e6:.0f} -> {ours.wall * 1e6:.0f} us),"
            f" {processor:.2f} x of the processor ({bare.processor * 1e6:.0f} -> {ours.processor * 1e6:.0f} us)"
        )
    return "\n".join(lines)


def main() -> None:
    """Measure and print, or be the far side."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--serve", action="store_true", help="be the server; prints its port")
    if parser.parse_args().serve:
        asyncio.run(_serve())
    else:
        print(report(asyncio.run(measure())))


if __name__ == "__main__":
    main()
