"""Backups of bots at work: the bot dies just after, the copy goes on elsewhere, and a referee counts.

What went on in the original after the copy was made is left out: no copy can know of it.
"""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

from bot import data_dir
from bot.library.copies.manifest import DATABASE
from bot.library.copies.restoring import restore
from bot.library.copies.taking import Installation, take
from tests.torture.crash import Workshop
from tests.torture.crash_referee import LOST, Found, in_the_end
from tests.torture.crash_stage import TROUBLED, Stage, Wish

WISHES = (*TROUBLED, *(Wish(f"take {number}", picture=number % 2 == 0) for number in range(8)))
ENDS = (0, 4, 8, 12)
"""How many jobs have ended when a backup is taken; at first all are on their way."""


UNLUCKY = {
    "a task that goes wrong": {"failed"},
    "a link that has expired": {"failed"},
    "an answer that is lost": {"delivered", "unknown"},
    "a channel that is gone": {"parked"},
}
"""What becomes of those; all others are delivered."""


@dataclass(frozen=True)
class Copied:
    """One run: the jobs by status in the copy, how many of them moved on before the original died, and findings."""

    jobs: Counter[str]
    moved: int
    found: Found


def versions(path: Path) -> dict[str, tuple[str, int, str]]:
    """(prompt, version, status) of each job."""
    with closing(sqlite3.connect(path)) as database:
        rows = database.execute("SELECT job_id, prompt, version, status FROM jobs").fetchall()
    return {job_id: (prompt, version, status) for job_id, prompt, version, status in rows}


def ended(stage: Stage) -> int:
    return int(stage.rows("SELECT count(*) FROM jobs WHERE ended_at IS NOT NULL")[0][0])


async def copied(shop: Workshop, provider: str, ends: int) -> Copied:
    """Back up a bot at work, kill it, and let the copy go on."""
    async with shop.stage(render_seconds=0.4, at_once=2) as stage:
        stage.make_trouble(provider)
        child = await stage.start()
        await stage.connected(child)
        await stage.ask(WISHES, provider)
        await stage.until(stage.heard, "answered")
        await stage.until(lambda: ended(stage) >= ends, f"{ends} at their ends")
        before, backup = stage.data, stage.data.with_name("backup")
        await asyncio.to_thread(take, Installation(before / DATABASE, before), backup, time.time())
        await child.end(signal.SIGKILL)
        return await gone_on(stage, versions(before / DATABASE), backup)


async def gone_on(stage: Stage, original: dict[str, tuple[str, int, str]], backup: Path) -> Copied:
    """Put a copy back, on a machine of its own as it were, and let it come to rest."""
    held = versions(backup / DATABASE)
    moved = {job_id for job_id in original if original[job_id] != held.get(job_id)}
    stage.data = data_dir.prepare(stage.data.with_name("elsewhere"), ())
    restore(backup, stage.data / DATABASE, stage.data)
    child = await stage.start()
    await stage.connected(child)
    await stage.rest(child, answers=False)
    known = moved | {original[job_id][0] for job_id in moved}
    found = [(kind, seen) for kind, seen in in_the_end(stage) if not any(one in seen for one in known)]
    for job_id, (prompt, _, status) in versions(stage.data / DATABASE).items():
        if job_id not in moved and status not in UNLUCKY.get(prompt, {"delivered"}):
            found.append((LOST, f"{prompt!r} is {status} in the end"))
    kept = stage.data / "clips"
    parked = [job_id for job_id, (_, _, status) in held.items() if status == "parked"]
    assert [job_id for job_id in parked if not (kept / f"{job_id}.mp4").is_file()] == []
    assert await child.end(signal.SIGTERM) == 0
    return Copied(Counter(status for _, _, status in held.values()), len(moved), found)


async def test_what_was_on_the_way_goes_on_elsewhere_and_is_paid_and_posted_once(shop: Workshop) -> None:
    providers = cycle(["apiframe", "acedata"])
    runs = await asyncio.gather(
        *(copied(shop, provider, ends) for provider, ends in zip(providers, ENDS, strict=False))
    )
    assert [run.found for run in runs if run.found] == []
    together = sum((run.jobs for run in runs), Counter[str]())
    assert {"queued", "rendering", "delivered", "parked", "failed"} <= together.keys(), together
    assert sum(run.moved for run in runs) < sum(together.values()) / 2, "most are compared"
