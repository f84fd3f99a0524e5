"""Storms: bots killed at random instants while jobs keep coming in, and bots asked to stop in the middle of work."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from sandbox.providers.faults import Fault as ProviderFault
from sandbox.providers.faults import Route
from tests.torture.crash import Run, Workshop, conclude
from tests.torture.crash_nursery import Child
from tests.torture.crash_referee import LOST, always
from tests.torture.crash_stage import PROVIDERS, Stage, StuckError, Wish
from tests.wire.faults import Fault

LOAD = 12
"""Jobs under way above which nobody asks for more."""

LONGEST_LIFE = 1.2
"""Seconds that a bot in a storm may live once it is connected."""

STOP_SECONDS = 10.0


@dataclass(slots=True)
class Stops(Run):
    """A run of orderly stops, with how long each took."""

    seconds: list[float] = field(default_factory=list)
    exits: list[int] = field(default_factory=list)


async def more(stage: Stage, number: int, providers: Sequence[str], each: int = 2) -> None:
    """Ask for a few clips more, unless plenty are under way."""
    if stage.in_flight() < LOAD:
        for provider in providers:
            wishes = [Wish(f"scene {number} take {take} at {provider}", picture=take == 1) for take in range(each)]
            await stage.ask(tuple(wishes), provider)


async def storm(shop: Workshop, seed: int, kills: int, provider: str) -> Run:
    """Kill bots at random instants, each with jobs under way, and let the last one finish."""
    rng = random.Random(seed)
    run = Run(f"seed {seed}, {provider}")
    async with shop.stage(nonce_seconds=rng.choice((0.0, 180.0)), render_seconds=rng.uniform(0.1, 0.6)) as stage:
        try:
            number = 0
            while run.kills < kills and number < 3 * kills:
                number += 1
                child = await stage.start()
                if rng.random() < 0.8 or number == 1:
                    await stage.connected(child)
                    await more(stage, number, [provider])
                await asyncio.sleep(rng.uniform(0.0, LONGEST_LIFE))
                working = stage.in_flight()
                await child.end(signal.SIGKILL)
                run.kills += working > 0
                run.in_flight = max(run.in_flight, working)
                run.found += [(kind, f"after {number} lives: {what}") for kind, what in always(stage)]
            await finish(stage)
        except (StuckError, TimeoutError) as error:
            run.found.append((LOST, f"stuck: {error}"))
        conclude(run, stage)
    return run


async def finish(stage: Stage) -> None:
    """Let one more bot bring everything to its end."""
    child = await stage.start()
    await stage.connected(child)
    await stage.rest(child, answers=False)
    await child.end(signal.SIGTERM)


async def stops(shop: Workshop, seed: int, count: int) -> Stops:
    """Ask bots to stop in the middle of work, while somebody outside takes their time."""
    rng = random.Random(seed)
    run = Stops(f"stops, seed {seed}")
    async with shop.stage() as stage:
        try:
            for number in range(count):
                child = await stage.start()
                await stage.connected(child)
                dawdle(stage, number)
                await more(stage, number, PROVIDERS, each=3)
                await stage.until(stage.heard, "answered")
                await asyncio.sleep(rng.uniform(0.2, 1.2))
                await stop(stage, child, run)
            stage.wire.faults.clear()
            stage.box.apiframe.faults.clear()
            await finish(stage)
        except (StuckError, TimeoutError) as error:
            run.found.append((LOST, f"stuck: {error}"))
        conclude(run, stage)
    return run


async def stop(stage: Stage, child: Child, run: Stops) -> None:
    """One orderly stop, measured."""
    run.in_flight = max(run.in_flight, stage.in_flight())
    begun = time.monotonic()
    run.exits.append(await child.end(signal.SIGTERM, 3 * STOP_SECONDS))
    run.seconds.append(time.monotonic() - begun)


def dawdle(stage: Stage, number: int) -> None:
    """Discord takes its time over a clip, or Apiframe over a POST and a download; longer than a stop may take."""
    if number % 2 == 0:
        for effect in (False, True):
            late = Fault(method="POST", path="/messages", match="your clip is ready", delay=40.0, effect=effect)
            stage.wire.faults.add(late)
    else:
        for route in (Route.SUBMIT, Route.FILE):
            stage.box.apiframe.faults.add(ProviderFault(route=route, delay=40.0))
