"""Negative controls: the same runs with one safeguard off. A harness that finds nothing here finds nothing at all."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Sequence

from tests.stepping import DONE, WAIT
from tests.torture.crash import Place, Run, Story, Workshop, conclude, crash, picked
from tests.torture.crash_nursery import Child
from tests.torture.crash_referee import LOST, PAID, POSTED
from tests.torture.crash_stage import Stage, StuckError, Wish
from tests.wire.interactions import Interaction

AFTER_SUBMITTING: tuple[Place, ...] = (
    (DONE, "Submitter.", "BackoffProvider.submit"),
    (WAIT, "Submitter._taken", "JobStore.transition"),
)
"""A provider has answered, and then while that is written down."""

AFTER_POSTING: tuple[Place, ...] = (
    (DONE, "ClipDelivery.", "ChannelDeliverer._send"),
    (WAIT, "JobTransitions.move", "JobStore.transition"),
)
"""Discord has answered, and then while that is written down, which is done in a task of its own."""


async def without(shop: Workshop, provider: str, places: Sequence[Place], *names: str) -> list[Run]:
    """Crash at moments that the named safeguards are there for."""
    points = await picked(shop, [(provider, Story.PLAIN, place, n) for place in places for n in (1, 2)])
    return await shop.all(lambda point=point: crash(shop, point, without=names) for point in points)  # type: ignore[misc]


async def races(shop: Workshop, count: int, *names: str) -> list[Run]:
    """Cancel jobs at the moment when they are handed over, with a store slow enough for both to come through."""
    return await shop.all(lambda n=n: handed_over(shop, n, (*names, "haste")) for n in range(count))  # type: ignore[misc]


async def finishes(shop: Workshop, count: int) -> list[Run]:
    """Cancel jobs at the moment when their clips are finished, with the same store."""
    return await shop.all(lambda n=n: finished(shop, n, ("haste",)) for n in range(count))  # type: ignore[misc]


async def handed_over(shop: Workshop, number: int, names: tuple[str, ...]) -> Run:
    """One clip in line that is cancelled when its turn comes: its provider makes one at a time."""
    run = Run(f"hand-over {number}")
    async with shop.stage(without=names, at_once=1) as stage:
        async with _watched(run, stage) as child:
            await stage.ask((Wish("somebody else's turn"), Wish("now or never")), "apiframe")
            first = stage.box.apiframe.tasks
            await stage.until(lambda: any(task.finished_at for task in first.values()), "the first rendered")
            await asyncio.sleep(0.06 * number)
            await _press_cancel(stage)
            await asyncio.sleep(1.5)
            await stage.rest(child, answers=False)
        conclude(run, stage)
    return run


async def finished(shop: Workshop, number: int, names: tuple[str, ...]) -> Run:
    """One clip that is finished when somebody says that nobody waits for it."""
    run = Run(f"finish {number}")
    async with shop.stage(without=names) as stage:
        async with _watched(run, stage) as child:
            await stage.ask((Wish("now or never"),), "apiframe")
            tasks = stage.box.apiframe.tasks
            await stage.until(lambda: tasks and rendering(stage), "rendering")
            asked = await _press_cancel(stage)
            await stage.until(lambda: any(task.finished_at for task in tasks.values()), "rendered")
            await asyncio.sleep(0.03 * number)
            if asked is not None and asked.original is not None:
                with contextlib.suppress(ValueError):  # it was too late to be asked back
                    await stage.wire.interactions.press("ada", asked.original, label="Stop waiting")
            await asyncio.sleep(1.5)
            await stage.rest(child, answers=False)
        conclude(run, stage)
    return run


@contextlib.asynccontextmanager
async def _watched(run: Run, stage: Stage) -> AsyncIterator[Child]:
    try:
        child = await stage.start()
        await stage.connected(child)
        yield child
        await child.end(signal.SIGTERM)
    except (StuckError, TimeoutError) as error:
        run.found.append((LOST, f"stuck: {error}"))


async def _press_cancel(stage: Stage) -> Interaction | None:
    """Press it on the last status; None in the last of many races, when the clip may be there and the button gone."""
    await stage.until(lambda: any(m.components for m in stage.wire.posted("brainstorm")), "a status message")
    status = [m for m in stage.wire.posted("brainstorm") if m.components and not m.content][-1]
    with contextlib.suppress(ValueError):
        return await stage.wire.interactions.press("ada", status, label="Cancel")
    return None


def rendering(stage: Stage) -> bool:
    """Whether the one job is."""
    return stage.rows("SELECT status FROM jobs") == [("rendering",)]


CONTROLS = (
    ("idempotency keys ignored by Apiframe", PAID, ("apiframe", AFTER_SUBMITTING, ("keys",))),
    ("AceData taken for a provider with keys", PAID, ("acedata", AFTER_SUBMITTING, ("caution",))),
    ("no nonce and no look into the history", POSTED, ("apiframe", AFTER_POSTING, ("nonce", "history"))),
)
