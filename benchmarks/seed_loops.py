"""The loops of the two documents this project began with, written as plainly as there: every job waits for itself.

Apiframe's page asks for each job every 2 s. AceData's guide knows no status query: it holds the request until the
clip is done. Its documented query is polled every 2 s as well, to have something to compare with.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp

from benchmarks.figures import Side, spread
from benchmarks.renders import Plan
from sandbox.servers import Sandbox

POLL_SECONDS = 2.0
TWO_SECONDS = "each job every 2 s"
HELD = "held request"

_Loop = Callable[[aiohttp.ClientSession, Sandbox, str], Awaitable[tuple[str, float, int]]]
"""(session, stand-ins, prompt) to (task id, when its end was known, status queries)."""


async def run_loops(plan: Plan, box: Sandbox) -> list[Side]:
    """Run all three at once."""
    # The library allows 100 connections unless told otherwise; a loop with a connection of its own has no such limit.
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0), timeout=aiohttp.ClientTimeout(total=None)
    ) as session:
        return list(
            await asyncio.gather(
                _run(TWO_SECONDS, "apiframe", _apiframe, plan, box, session),
                _run(HELD, "acedata", _acedata_held, plan, box, session),
                _run(TWO_SECONDS, "acedata", _acedata_polled, plan, box, session),
            )
        )


async def _run(name: str, provider: str, loop: _Loop, plan: Plan, box: Sandbox, session: aiohttp.ClientSession) -> Side:
    ended = await asyncio.gather(*(loop(session, box, prompt) for prompt in plan.prompts))
    completed_at = box.apiframe.completed_at if provider == "apiframe" else box.acedata.completed_at
    queries = sum(queries for _, _, queries in ended) / len(ended)
    return Side(name, provider, 1.0, queries, spread([known - completed_at[task] for task, known, _ in ended]))


async def _apiframe(session: aiohttp.ClientSession, box: Sandbox, prompt: str) -> tuple[str, float, int]:
    headers = {"X-API-Key": box.apiframe.key}
    body = {"model": "hailuo-02", "prompt": prompt}
    task_id = (await _send(session, "POST", f"{box.apiframe.url}/v2/videos/generate", headers, body))["jobId"]
    queries = 0
    while True:
        job = await _send(session, "GET", f"{box.apiframe.url}/v2/jobs/{task_id}", headers)
        queries += 1
        if job["status"] in ("COMPLETED", "FAILED"):
            return task_id, time.time(), queries
        await asyncio.sleep(POLL_SECONDS)


async def _acedata_held(session: aiohttp.ClientSession, box: Sandbox, prompt: str) -> tuple[str, float, int]:
    body = {"action": "generate", "model": "minimax-t2v", "prompt": prompt}
    reply = await _send(session, "POST", f"{box.acedata.url}/hailuo/videos", _bearer(box), body)
    return reply["task_id"], time.time(), 0


async def _acedata_polled(session: aiohttp.ClientSession, box: Sandbox, prompt: str) -> tuple[str, float, int]:
    body = {"action": "generate", "model": "minimax-t2v", "prompt": prompt, "async": True}
    task_id = (await _send(session, "POST", f"{box.acedata.url}/hailuo/videos", _bearer(box), body))["task_id"]
    queries = 0
    while True:
        query = {"action": "retrieve", "id": task_id}
        task = await _send(session, "POST", f"{box.acedata.url}/hailuo/tasks", _bearer(box), query)
        queries += 1
        if task["response"].get("data"):
            return task_id, time.time(), queries
        await asyncio.sleep(POLL_SECONDS)


def _bearer(box: Sandbox) -> dict[str, str]:
    return {"Authorization": f"Bearer {box.acedata.token}"}


async def _send(
    session: aiohttp.ClientSession, method: str, url: str, headers: dict[str, str], body: dict[str, Any] | None = None
) -> Any:
    async with session.request(method, url, headers=headers, json=body, raise_for_status=True) as response:
        return await response.json()
