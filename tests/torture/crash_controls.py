"""Negative controls: the same runs with one safeguard off. A harness that finds nothing here finds nothing at all."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Sequence

from tests.torture.crash import Point, Run, Story, Workshop, conclude, crash
from tests.torture.crash_referee import LOST, PAID, POSTED
from tests.torture.crash_stage import Stage, StuckError, Wish

AFTER_SUBMITTING = ("submit.post:after", "submit.claim:after", "submit.rendering:before")
AFTER_POSTING = ("deliver.post:after", "deliver.delivered:before")


async def without(shop: Workshop, provider: str, moments: Sequence[str], *names: str) -> list[Run]:
    """Crash at moments that the named safeguards are there for."""
    points = [Point(provider, Story.PLAIN, moment, passing) for moment in moments for passing in (1, 2)]
    return await shop.all(lambda point=point: crash(shop, point, without=names) for point in points)  # type: ignore[misc]


async def races(shop: Workshop, count: int, *names: str) -> list[Run]:
    """Cancel clips at the moment when they are finished, with a store that is slow enough for both to come through."""
    return await shop.all(lambda n=n: race(shop, n, (*names, "haste")) for n in range(count))  # type: ignore[misc]


async def race(shop: Workshop, number: int, names: tuple[str, ...]) -> Run:
    """One clip that is finished and cancelled at once."""
    run = Run(f"race {number}")
    async with shop.stage(without=names) as stage:
        try:
            child = await stage.start()
            await stage.connected(child)
            await stage.ask((Wish("now or never"),), "apiframe")
            tasks = stage.box.apiframe.tasks
            await stage.until(lambda: any(task.finished_at for task in tasks.values()) and rendering(stage), "rendered")
            await asyncio.sleep(0.03 * number)
            status = next(m for m in stage.wire.posted("brainstorm") if m.components)
            # In the last of many races the clip may be there already, and with it the button gone.
            with contextlib.suppress(ValueError):
                await stage.wire.interactions.press("ada", status, label="Cancel")
            await asyncio.sleep(1.5)
            await stage.rest(child, answers=False)
            await child.end(signal.SIGTERM)
        except (StuckError, TimeoutError) as error:
            run.found.append((LOST, f"stuck: {error}"))
        conclude(run, stage)
    return run


def rendering(stage: Stage) -> bool:
    """Whether the one job is."""
    return stage.rows("SELECT status FROM jobs") == [("rendering",)]


CONTROLS = (
    ("idempotency keys ignored by Apiframe", PAID, ("apiframe", AFTER_SUBMITTING, ("keys",))),
    ("AceData taken for a provider with keys", PAID, ("acedata", AFTER_SUBMITTING, ("caution",))),
    ("no nonce and no look into the history", POSTED, ("apiframe", AFTER_POSTING, ("nonce", "history"))),
)
