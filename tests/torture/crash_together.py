"""The crash matrix of what is put together from several clips: takes side by side, a brainstorm, a reel.

As in crash, a bot is killed at every moment that a story passes, and at the same moment while the next one recovers.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Container, Sequence
from dataclasses import dataclass

from tests.torture.crash import TOGETHER, Run, Workshop, conclude, three_lives
from tests.torture.crash_people import STORIES, Brainstorm, Reel, Story, Takes
from tests.torture.crash_referee import LOST, in_the_end
from tests.torture.crash_stage import StuckError
from tests.torture.crash_together_referee import together

Passed = dict[str, list[int]]
"""In which stretches each moment is passed, in order; in one stretch nothing is awaited."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Where a run's bot dies: at the `passing`-th `moment` of a story, whose clips one provider renders."""

    story: type[Story]
    provider: str
    moment: str
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
        passed: Passed = {}
        for line in path.read_text().splitlines():
            moment, stretch = line.split()
            passed.setdefault(moment, []).append(int(stretch))
        return passed


async def crash(shop: Workshop, point: Moment, *, nonce_seconds: float = 180.0, without: tuple[str, ...] = ()) -> Run:
    """Kill at the point, and at the same point once more while the next bot recovers; then let one finish."""
    run = Run(f"{point.story.name}, {point.provider}: {point.moment} #{point.passing}")
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


async def every_moment(shop: Workshop) -> list[Moment]:
    """Every moment that the stories pass, by turns with clips of either provider.

    Those of a single job are tried in the story that passes them first: crash tries them by themselves. With trouble,
    what is passed without it is tried only where messages are posted.
    """
    tellings = [(story, provider) for story in STORIES for provider in story.providers]
    passed = dict(zip(tellings, await asyncio.gather(*(trace(shop, *telling) for telling in tellings)), strict=True))
    found: list[Moment] = []
    seen: set[str] = set()
    for story in STORIES:
        mine = [(provider, passed[story, provider]) for provider in story.providers]
        chosen: dict[tuple[str, int], None] = {}
        for _, stretches in mine:
            again = "post." if story.troubles else TOGETHER
            old = {moment for moment in seen if not moment.startswith(again)}
            chosen |= dict.fromkeys(choose(stretches, old))
            seen |= stretches.keys()
        for number, (moment, passing) in enumerate(chosen):
            able = [provider for provider, stretches in mine if len(stretches.get(moment, ())) >= passing]
            found.append(Moment(story, able[number % len(able)], moment, passing))
    return found


def choose(passed: Passed, old: Container[str]) -> list[tuple[str, int]]:
    """Which passings of which moments are tried, so that each that is not `old` is in a stretch that is.

    Those of putting together are tried twice, where they are passed twice: first, and in the middle.
    """
    tried: set[int] = set()
    found = []
    for moment, stretches in passed.items():
        middle = (len(stretches) + 1) // 2
        for passing in () if moment in old else sorted({1, middle} if moment.startswith(TOGETHER) else {middle}):
            if stretches[passing - 1] not in tried:
                tried.add(stretches[passing - 1])
                found.append((moment, passing))
    return found


async def several(shop: Workshop, points: Sequence[Moment]) -> list[Run]:
    """A run for each of these. Every other one without nonces."""
    return await shop.all(
        lambda point=point, n=n: crash(shop, point, nonce_seconds=0.0 if n % 2 else 180.0)  # type: ignore[misc]
        for n, point in enumerate(points)
    )


QUICK = (
    Moment(Brainstorm, "acedata", "accept.reserve:after"),
    Moment(Takes, "acedata", "post.send:after"),
    Moment(Brainstorm, "apiframe", "storm.placed:before"),
    Moment(Reel, "apiframe", "reel.post:after"),
    Moment(Reel, "apiframe", "join.join:after"),
    Moment(Brainstorm, "apiframe", "storm.post_result:after"),
)
"""Where there is most to lose: between what is done outside and what is written down of it."""

CONTROLLED = (
    Moment(Takes, "apiframe", "takes.post:after"),
    Moment(Brainstorm, "apiframe", "storm.starter:after"),
    Moment(Brainstorm, "apiframe", "storm.post_result:after"),
    Moment(Reel, "apiframe", "reel.post:after"),
)
"""Just after a message: looking for it first is what keeps it from being posted again."""
