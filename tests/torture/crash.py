"""The crash matrix: a real bot, killed at every moment of a job's life, and at the same moment while it recovers.

What is killed is a process; Discord and the providers live on, and keep what the referee reads.
"""

from __future__ import annotations

import asyncio
import signal
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from tests.stepping import DONE, Moment
from tests.torture.crash_nursery import Child, Nursery
from tests.torture.crash_referee import LOST, Found, in_the_end
from tests.torture.crash_stage import PLAIN, PROVIDERS, TROUBLED, Stage, StuckError, Wish, make_clip
from tests.torture.moments import Passed, pick, read

AT_ONCE = 6
"""Runs side by side; they mostly wait."""

SAMPLED = 9
"""A quick run takes one moment of so many."""

SLOW_RENDER = 2.5
"""Seconds: long enough for a callback to find the next bot listening."""


class Story(StrEnum):
    """What befalls a run's jobs beside the kill: nothing, all sorts of trouble, or webhooks that wake them."""

    PLAIN = "plain"
    TROUBLED = "troubled"
    HOOKED = "hooked"


@dataclass(frozen=True, slots=True)
class Point:
    """Where a run's bot dies: at the `passing`-th `moment` of one provider's jobs."""

    provider: str
    story: Story
    moment: Moment
    passing: int = 1


def wishes(story: Story) -> tuple[Wish, ...]:
    """What is asked for in a story."""
    return TROUBLED if story is Story.TROUBLED else PLAIN


def named(moment: Moment) -> str:
    """A moment in a line of the log."""
    return f"{moment.place} {moment.side}"


@dataclass(slots=True)
class Run:
    """What became of one run: how often the bot was killed, with how many jobs under way, and what was not kept."""

    name: str
    kills: int = 0
    in_flight: int = 0
    found: Found = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    complaints: list[str] = field(default_factory=list)


R = TypeVar("R", bound=Run)


class Workshop:
    """What all runs share: a nursery, a clip, a directory, and a limit to how many go on at once."""

    def __init__(self, nursery: Nursery, directory: Path) -> None:
        self._nursery = nursery
        self._directory = directory
        self._clip = make_clip(directory)
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._number = 0

    def stage(
        self,
        *,
        nonce_seconds: float = 180.0,
        render_seconds: float = 0.25,
        hooks: bool = False,
        without: tuple[str, ...] = (),
        at_once: int = 10,
    ) -> Stage:
        """A world of its own, whose first provider works on so many at once."""
        self._number += 1
        return Stage(
            self._nursery,
            self._clip,
            self._directory / f"run-{self._number}",
            nonce_seconds=nonce_seconds,
            render_seconds=render_seconds,
            hooks=hooks,
            without=without,
            at_once=at_once,
        )

    async def all(self, runs: Iterable[Callable[[], Awaitable[R]]]) -> list[R]:
        """Do runs, a few at a time."""

        async def one(run: Callable[[], Awaitable[R]]) -> R:
            async with self._slots:
                return await run()

        return list(await asyncio.gather(*(one(run) for run in runs)))


@asynccontextmanager
async def workshop() -> AsyncIterator[Workshop]:
    """One for the length of a block."""
    with tempfile.TemporaryDirectory(prefix="torture-", ignore_cleanup_errors=True) as name:
        async with Nursery() as nursery:
            yield Workshop(nursery, Path(name))


async def trace(shop: Workshop, provider: str, story: Story) -> Passed:
    """Which moments are passed when nobody dies."""
    async with shop.stage(hooks=story is Story.HOOKED) as stage:
        path = stage.log.with_name("trace")
        if story is Story.TROUBLED:
            stage.make_trouble(provider)
        child = await stage.start(trace=path)
        await stage.connected(child)
        await stage.ask(wishes(story), provider)
        await stage.rest(child)
        if found := in_the_end(stage):
            raise AssertionError(f"broken without a crash: {found}")
        await child.end(signal.SIGTERM)
        return read(path)


async def crash(
    shop: Workshop,
    point: Point,
    *,
    nonce_seconds: float = 180.0,
    render_seconds: float = 0.25,
    without: tuple[str, ...] = (),
) -> Run:
    """Kill at the point, and at the same point once more while the next bot recovers; then let one finish."""
    run = Run(f"{point.provider}, {point.story}: {named(point.moment)}, time {point.passing}")
    hooks = point.story is Story.HOOKED
    async with shop.stage(
        nonce_seconds=nonce_seconds, render_seconds=render_seconds, hooks=hooks, without=without
    ) as stage:
        if point.story is Story.TROUBLED:
            stage.make_trouble(point.provider)

        async def play(child: Child, _life: int) -> None:
            # A bot that died on its way to Discord has heard nothing: its successor is asked.
            first = not stage.asked
            if first and stage.wire.interactions.commands:
                await stage.ask(wishes(point.story), point.provider)
            await stage.rest(child, answers=first)

        await three_lives(run, stage, point.moment, point.passing, play)
        conclude(run, stage)
    return run


async def three_lives(
    run: Run, stage: Stage, moment: Moment, passing: int, play: Callable[[Child, int], Awaitable[None]]
) -> None:
    """Kill twice at a moment, the second time in recovery. `play` is what goes on in each life until all is at rest."""
    try:
        for life in (1, 2, 3):
            child = await stage.start(moment if life < 3 else None, passing if life == 1 else 1)
            await stage.connected(child)
            await play(child, life)
            if child.alive:
                break
            if child.status != -signal.SIGKILL:
                run.found.append((LOST, f"the bot ended by itself, with status {child.status}"))
            run.kills += 1
            run.in_flight = max(run.in_flight, stage.in_flight())
        await child.end(signal.SIGTERM)
    except (StuckError, TimeoutError) as error:
        run.found.append((LOST, f"stuck: {error}"))


async def late(shop: Workshop) -> Run:
    """Kill while AceData's answers are on their way: nobody knows the tasks until they call the next bot."""
    run = Run("called back late")
    async with shop.stage(render_seconds=SLOW_RENDER, hooks=True) as stage:
        try:
            posted = pick(await trace(shop, "acedata", Story.PLAIN), DONE, "Submitter.", "BackoffProvider.submit")
            child = await stage.start(posted, 2)
            await stage.connected(child)
            await stage.ask(tuple(wish for wish in PLAIN if not wish.picture), "acedata")
            await stage.until(lambda: not child.alive, "killed")
            run.kills, run.in_flight = 1, stage.in_flight()
            child = await stage.start()
            await stage.connected(child)
            await stage.until(lambda: stage.statuses() == {"delivered": 2} and stage.at_rest(), "delivered")
            await child.end(signal.SIGTERM)
        except (StuckError, TimeoutError) as error:
            run.found.append((LOST, f"stuck: {error}"))
        conclude(run, stage)
    return run


def conclude(run: Run, stage: Stage) -> None:
    """Let the referee look, and keep what the bot complained of."""
    run.found += in_the_end(stage)
    run.statuses = stage.statuses()
    lines = stage.log.read_text().splitlines() if stage.log.exists() else []
    run.complaints = [line for line in lines if " ERROR " in line or line.startswith("Traceback")]


async def points(shop: Workshop) -> list[Point]:
    """Every moment that jobs pass, of both providers: by turns at its first passing and at one in the middle."""
    found: list[Point] = []
    for turn, provider in enumerate(PROVIDERS):
        seen: set[Moment] = set()
        for story in Story:
            passed = await trace(shop, provider, story)
            new = sorted(passed.keys() - seen)
            seen |= passed.keys()
            for n, moment in enumerate(new):
                found.append(Point(provider, story, moment, 1 if (n + turn) % 2 else (passed[moment] + 1) // 2))
    return found


Place = tuple[str, ...]
"""A side, and words that the name of a place holds."""


async def picked(shop: Workshop, places: Sequence[tuple[str, Story, Place, int]]) -> list[Point]:
    """Points at places that are told by words in their names, each with the passing to die at."""
    lives = sorted({(provider, story) for provider, story, _, _ in places})
    traces = await asyncio.gather(*(trace(shop, provider, story) for provider, story in lives))
    passed = dict(zip(lives, traces, strict=True))
    return [
        Point(provider, story, pick(passed[provider, story], *place), passing)
        for provider, story, place, passing in places
    ]


async def matrix(shop: Workshop, quick: bool) -> list[tuple[Point, Run]]:
    """Every point, or in a quick run a sample of them, a provider each by turns. Every other one without nonces."""
    chosen = await points(shop)
    if quick:
        chosen = sample(chosen)
    runs = await shop.all(
        lambda point=point, n=n: crash(shop, point, nonce_seconds=0.0 if n % 2 else 180.0)  # type: ignore[misc]
        for n, point in enumerate(chosen)
    )
    return list(zip(chosen, runs, strict=True))


def sample(every: list[Point]) -> list[Point]:
    """One moment of several, of one provider or the other by turns."""
    return every[::SAMPLED]
