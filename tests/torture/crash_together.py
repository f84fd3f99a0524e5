"""The crash matrix of what is put together from several clips: takes side by side, a brainstorm, a reel.

As in crash, a bot is killed at every moment that a story passes, and at the same moment while the next one recovers.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Container, Sequence
from dataclasses import dataclass

from tests.stepping import DONE, WAIT, Moment
from tests.torture.crash import Run, Workshop, conclude, named, three_lives
from tests.torture.crash_people import STORIES, Brainstorm, Reel, Story, Takes
from tests.torture.crash_referee import LOST, in_the_end
from tests.torture.crash_stage import StuckError
from tests.torture.crash_together_referee import together
from tests.torture.moments import Passed, pick, read


@dataclass(frozen=True, slots=True)
class Death:
    """Where a run's bot dies: at the `passing`-th `moment` of a story, whose clips one provider renders."""

    story: type[Story]
    provider: str
    moment: Moment
    passing: int = 1


async def trace(shop: Workshop, story: type[Story], provider: str) -> Passed:
    """What is passed when nobody dies."""
    async with shop.stage() as stage:
        told, path = story(stage, provider), stage.log.with_name("trace")
        await told.prepare()
        child = await stage.start(trace=path)
        await stage.connected(child)
        await told.play(child)
        if found := [*in_the_end(stage), *together(stage, told)]:
            raise AssertionError(f"broken without a crash: {found}")
        await child.end(signal.SIGTERM)
        return read(path)


async def crash(shop: Workshop, point: Death, *, nonce_seconds: float = 180.0, without: tuple[str, ...] = ()) -> Run:
    """Kill at the point, and at the same point once more while the next bot recovers; then let one finish."""
    run = Run(f"{point.story.name}, {point.provider}: {named(point.moment)}, time {point.passing}")
    async with shop.stage(nonce_seconds=nonce_seconds, without=without) as stage:
        story = point.story(stage, point.provider)
        try:
            await story.prepare()
        except (StuckError, TimeoutError) as error:
            run.found.append((LOST, f"stuck beforehand: {error}"))
        else:
            await three_lives(run, stage, point.moment, point.passing, story.play)
        conclude(run, stage)
        run.found += together(stage, story)
    return run


async def every_moment(shop: Workshop, known: Container[Moment] = ()) -> list[Death]:
    """Every moment that the stories pass and that is not `known`, by turns with clips of either provider.

    Each is tried in the story that passes it first: by turns at its first passing and at one in the middle.
    """
    tellings = [(story, provider) for story in STORIES for provider in story.providers]
    passed = dict(zip(tellings, await asyncio.gather(*(trace(shop, *telling) for telling in tellings)), strict=True))
    found: list[Death] = []
    seen: set[Moment] = set()
    for story in STORIES:
        mine = {provider: passed[story, provider] for provider in story.providers}
        new = sorted(moment for moment in set().union(*mine.values()) - seen if moment not in known)
        seen |= set(new)
        for number, moment in enumerate(new):
            able = [provider for provider in story.providers if moment in mine[provider]]
            provider = able[number % len(able)]
            count = mine[provider][moment]
            found.append(Death(story, provider, moment, 1 if number % 2 else (count + 1) // 2))
    return found


async def picked(shop: Workshop, places: Sequence[tuple[type[Story], str, tuple[str, ...]]]) -> list[Death]:
    """Deaths at places that are told by words in their names."""
    return [
        Death(story, provider, pick(await trace(shop, story, provider), *place)) for story, provider, place in places
    ]


async def several(shop: Workshop, points: Sequence[Death]) -> list[Run]:
    """A run for each of these. Every other one without nonces."""
    return await shop.all(
        lambda point=point, n=n: crash(shop, point, nonce_seconds=0.0 if n % 2 else 180.0)  # type: ignore[misc]
        for n, point in enumerate(points)
    )


QUICK = (
    (Brainstorm, "acedata", (DONE, "Reservations.reserve_all", "Database.write")),
    (Takes, "acedata", (DONE, "post_once#2", "guard.request")),
    (Brainstorm, "apiframe", (WAIT, "AssemblyStore.change")),
    (Reel, "apiframe", (DONE, "ReelBuilder", "post_once#2", "guard.request")),
    (Reel, "apiframe", (DONE, "ReelMaker.make", "join")),
    (Brainstorm, "apiframe", (DONE, "_post_result", "post_once#2", "guard.request")),
)
"""Where there is most to lose: between what is done outside and what is written down of it."""

CONTROLLED = (
    (Takes, "apiframe", (DONE, "TakesBuilder", "_send#2", "post_once#2", "guard.request")),
    (Brainstorm, "apiframe", (DONE, "_open_thread", "post_once#2", "guard.request")),
    (Brainstorm, "apiframe", (DONE, "_post_result", "post_once#2", "guard.request")),
    (Reel, "apiframe", (DONE, "ReelBuilder", "post_once#2", "guard.request")),
)
"""Just after a message: looking for it first is what keeps it from being posted again."""
