"""What people did in a channel is in the rows; when it is over, nothing in memory holds on to it."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from contextlib import closing

from tests.acceptance.cutting_room import open_builder, until_reel
from tests.acceptance.making import make
from tests.acceptance.studio import Studio
from tests.remembered import remembered


def ids_of(studio: Studio) -> set[str]:
    with closing(sqlite3.connect(studio.database)) as database:
        jobs = {str(job_id) for (job_id,) in database.execute("SELECT job_id FROM jobs")}
        return jobs | {str(one) for (one,) in database.execute("SELECT assembly_id FROM assemblies")}


async def test_nothing_remembers_clips_takes_votes_and_reels_that_are_over(cutting: Studio) -> None:
    await make(cutting, cutting.ada, "one", "two")
    await cutting.video(cutting.ada, "several", takes=2)
    await cutting.until(lambda: any(len(clip.attachments) == 2 for clip in cutting.clips()), "both side by side")
    await cutting.ben.click(cutting.clips()[0], label="Vote")
    await (await open_builder(cutting, cutting.ada)).press("Make the reel")
    await until_reel(cutting)
    ids = ids_of(cutting)
    assert len(ids) == 6
    until = time.monotonic() + 10
    while found := remembered([cutting.app, cutting.env.bot], ids):
        assert time.monotonic() < until, found
        cutting.app.engine.wake()
        cutting.app.engine.wake()
        await asyncio.sleep(0.1)
