"""One trouble from beginning to end: arranged, suffered, judged. Which troubles there are is in the files beside."""

from __future__ import annotations

import asyncio
import re
import sqlite3
import unicodedata
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from tests.torture.hostile_secrets import Findings, search
from tests.torture.hostile_stage import Stage
from tests.torture.table import Fate
from tests.wire.mentions import texts

GROWTH_MIB = 20.0
OWNED = re.compile(
    r"^(?:<@(?=\d+> (?:your clip is ready|your reel is ready|is brainstorming|is putting a reel together))"
    r"|\s*\*\*Brainstorm\*\* by <@)(\d+)>"
)
"""Whom a message may ping: whoever asked for the clip, or began the brainstorm, that it is about."""

ANNOUNCED = "SELECT user_id FROM assemblies WHERE kind = 'reel' AND message_id = ?"

CLOSED = {"delivered": ["hold", "settle"], "parked": ["hold"]}


@dataclass(slots=True)
class Story:
    """What came of a trouble: what the person saw, what became of the credits, and what was wrong with it."""

    seen: str = ""
    credits_back: str = ""
    wrong: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Trouble:
    """One row. `ends` is the status the request must reach and `words` what must be seen then.

    `arrange` makes the trouble; `act` replaces the usual story of one /video. `alone` asks for a bot of its own, which
    `variables` and `prefix` may change; `life` is the provider of the clip afterwards. `cheap` rows make up the quick
    runs, and a few of them run with the tests; `slow` ones begin first. `skipped` says why a row cannot be tried on
    this machine. A `control` takes memory on purpose, and is wrong if that goes unnoticed.
    """

    name: str
    arrange: Callable[[Stage], object] = lambda _stage: None
    ends: str = "delivered"
    words: str = ""
    provider: str = "apiframe"
    act: Callable[[Stage, Trouble], Awaitable[Story]] | None = None
    life: str = ""
    alone: bool = False
    variables: Mapping[str, str] = field(default_factory=dict)
    prefix: Callable[[Path], Sequence[str]] = lambda _data: ()
    slow: bool = False
    cheap: bool = False
    seconds: float = 30.0
    measured: bool = True
    skipped: str = ""
    control: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """A row of the table, and what it broke."""

    trouble: Trouble
    fate: Fate
    wrong: tuple[str, ...]


@dataclass(slots=True)
class Tally:
    """What is counted over the whole run."""

    outcomes: list[Outcome] = field(default_factory=list)
    dials: int = 0
    strange: list[str] = field(default_factory=list)
    messages: int = 0
    pings: list[str] = field(default_factory=list)
    secrets: Findings = field(default_factory=Findings)


async def run(
    troubles: Sequence[Trouble],
    directory: Path,
    clip: Path,
    at_once: int = 5,
    told: Callable[[Outcome], None] = lambda _outcome: None,
) -> Tally:
    """Suffer all of them: those that share a bot in small groups, the others with a bot of their own."""
    chosen = [trouble for trouble in troubles if not trouble.skipped]
    together = [trouble for trouble in chosen if not trouble.alone]
    groups = [[trouble] for trouble in chosen if trouble.alone]
    groups += [together[start : start + 5] for start in range(0, len(together), 5)]
    groups.sort(key=lambda group: -sum(trouble.seconds for trouble in group if trouble.slow))
    tally, places = Tally([_left_out(trouble) for trouble in troubles if trouble.skipped]), asyncio.Semaphore(at_once)

    async def one(number: int, group: Sequence[Trouble]) -> None:
        async with places:
            begun = len(tally.outcomes)
            await _suffer_all(group, directory / f"stage-{number}", clip, tally)
            for outcome in tally.outcomes[begun:]:
                if outcome.trouble in group:
                    told(outcome)

    await asyncio.gather(*(one(number, group) for number, group in enumerate(groups)))
    order = {trouble.name: place for place, trouble in enumerate(troubles)}
    tally.outcomes.sort(key=lambda outcome: order[outcome.trouble.name])
    return tally


async def _suffer_all(group: Sequence[Trouble], directory: Path, clip: Path, tally: Tally) -> None:
    first = group[0]
    stage = Stage(directory, clip, prefix=first.prefix(directory / "data"), variables=first.variables)
    async with stage:
        try:
            await stage.start()
            await stage.alive("apiframe")
        except (TimeoutError, AssertionError, OSError) as error:
            tally.outcomes += [
                _lost(
                    trouble,
                    f"the bot did not start: {error}: {stage.child.said[-900:]}",
                )
                for trouble in group
            ]
            return
        for trouble in group:
            tally.outcomes.append(await suffer(stage, trouble))
        await _count(stage, tally)


async def suffer(stage: Stage, trouble: Trouble) -> Outcome:
    """One row."""
    stage.calm()
    before, child = stage.child.memory(), stage.child
    child.forget_peak()
    try:
        arranged = trouble.arrange(stage)
        if isinstance(arranged, Awaitable):
            await arranged
        story = await (trouble.act or one_video)(stage, trouble)
        stage.calm()
        alive = await stage.alive(trouble.life or trouble.provider)
    except (TimeoutError, AssertionError, OSError, ValueError, aiohttp.ClientError, sqlite3.Error) as error:
        stage.calm()
        return _lost(trouble, f"{type(error).__name__}: {error}", alive=stage.child.running)
    same = trouble.measured and child is stage.child and child.running
    grown = child.memory("VmHWM") - before if same else 0.0
    wrong = list(story.wrong)
    wrong += [] if alive else ["the bot delivered no clip afterwards"]
    noticed = grown > GROWTH_MIB
    wrong += [f"{grown:.1f} MiB more memory"] if noticed and not trouble.control else []
    wrong += [f"what it kept on purpose went unnoticed: {grown:.1f} MiB"] if trouble.control and not noticed else []
    fate = Fate(trouble.name, plain(stage, story.seen), story.credits_back, alive, round(grown, 1))
    return Outcome(trouble, fate, tuple(wrong))


async def one_video(stage: Stage, trouble: Trouble) -> Story:
    """ada types /video; what becomes of it must be what the row says."""
    prompt = f"a scene with {trouble.name.replace('`', '')}"[:150]
    answer = await stage.video(prompt, trouble.provider)
    if not answer.startswith("Accepted"):
        return Story(answer, "nothing held", [f"not accepted: {answer}"])
    return await judged(stage, trouble, prompt)


async def judged(stage: Stage, trouble: Trouble, prompt: str) -> Story:
    """Wait for the end of a request and compare it with the row."""
    status = await stage.over(prompt, trouble.seconds)
    story = Story()
    if status == "delivered":
        await stage.until(lambda: stage.clips(prompt), "the clip is seen")
        message = stage.clips(prompt)[0]
        first, *rest = texts(message.payload).split("\n")
        # Why there is a link in place of the clip is said in the last line.
        story.seen = first if message.attachments or not rest else f"{first} {rest[-1]}"
    elif status == "parked":
        await stage.until(lambda: stage.whispers() or trouble.words == "", "a private message")
        story.seen = stage.whispers()[-1] if stage.whispers() else ""
    else:
        story.seen = (await stage.told(prompt)).split("\n<@")[0]
    story.credits_back = check_money(stage, prompt, status, story)
    if status != trouble.ends:
        story.wrong.append(f"ended {status}, not {trouble.ends}")
    if trouble.words not in story.seen:
        story.wrong.append(f"{trouble.words!r} was not said")
    return story


def check_money(stage: Stage, prompt: str, status: str, story: Story) -> str:
    """What became of the credits; the ledger, the clips and the provider's bill must fit the status."""
    entries = stage.entries(prompt)
    if entries != CLOSED.get(status, ["hold", "release"]):
        story.wrong.append(f"{status}, but the ledger says {entries}")
    if len(stage.clips(prompt)) != (1 if status == "delivered" else 0):
        story.wrong.append(f"{status} with {len(stage.clips(prompt))} clips")
    if stage.charged(prompt) > 1:
        story.wrong.append(f"{stage.charged(prompt)} tasks at the providers")
    if status == "parked" and entries == ["hold"]:
        return "held until it is fetched"
    return "yes" if "release" in entries else "no: the clip came" if "settle" in entries else "STILL HELD"


def plain(stage: Stage, text: str) -> str:
    """A sentence fit for one cell: names instead of numbers, one line."""
    for user in stage.wire.world.users.values():
        text = text.replace(f"<@{user.user_id}>", f"@{user.name}")
    text = re.sub(r"<t:\d+:\w>", "(time)", text)
    text = text.replace(str(stage.data), "(path)")
    text = re.sub(r"\[([^\]\\]+)\]\(<?https?://[^)]+\)", r"\1", text)
    text = re.sub(r"https?://\S+", "(link)", text)
    text = re.sub(r"<#\d+>", "#channel", text)
    text = "".join(letter for letter in text if letter != "\u200b" and not unicodedata.combining(letter))
    return " ".join(text.replace("**", "").replace("|", "/").split())


async def _count(stage: Stage, tally: Tally) -> None:
    dialled = stage.dials.read_text().splitlines()
    tally.dials += len(dialled)
    tally.strange += stage.strange_dials()
    bot = stage.wire.world.bot
    for message in stage.wire.world.messages():
        if message.author is not bot:
            continue
        tally.messages += 1
        heard = message.pings
        owner = {int(found) for found in OWNED.findall(texts(message.payload))}
        # The announcement of a reel names nobody any more once it says that the reel is ready.
        owner |= {user for (user,) in stage.rows(ANNOUNCED, message.message_id)}
        if heard.everyone or heard.roles or heard.users - owner:
            tally.pings.append(texts(message.payload))
    tally.secrets += await search(stage)


def _left_out(trouble: Trouble) -> Outcome:
    return Outcome(trouble, Fate(trouble.name, f"not tried: {trouble.skipped}", "", alive=True, run=False), ())


def _lost(trouble: Trouble, why: str, *, alive: bool = False) -> Outcome:
    return Outcome(trouble, Fate(trouble.name, "(see violations)", "?", alive), (why,))
