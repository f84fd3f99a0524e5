"""People who put clips together: they look at what Discord shows, and press or type again when nothing came of it.

A press that fell into the time when no bot was there is lost, as Discord tells whoever pressed. Nobody tries for ever.
"""

from __future__ import annotations

import asyncio
import json
import signal
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace

from tests.torture.crash_nursery import Child
from tests.torture.crash_stage import PROVIDERS, REST_SECONDS, Stage, StuckError, Wish
from tests.wire.faults import Fault
from tests.wire.interactions import Interaction
from tests.wire.mentions import walk
from tests.wire.things import Flag, Message

TRIES = 5
PATIENCE_SECONDS = 2.5
"""How long somebody looks at what they pressed before they press it again, from when the bot is there."""

TAKES = 3
OPEN_ASSEMBLIES = "SELECT count(*) FROM assemblies WHERE ended_at IS NULL"


def seen(stage: Stage) -> Iterator[Message]:
    """What everybody sees of the bot, in every channel and thread."""
    for message in stage.wire.world.messages():
        gone = message.deleted_at is not None or Flag.EPHEMERAL in message.flags
        if message.author is stage.wire.world.bot and not gone:
            yield message


def text_of(message: Message) -> str:
    """All that a message says."""
    return json.dumps([message.payload.get("content"), message.components], ensure_ascii=False)


def marks(message: Message) -> list[str]:
    """The custom ids of a message."""
    return [str(c["custom_id"]) for c in walk(message.components) if c.get("custom_id")]


def marked(stage: Stage, prefix: str) -> list[tuple[Message, str]]:
    """Messages with a button or select whose custom id begins so, and that id."""
    return [(message, mark) for message in seen(stage) for mark in marks(message) if mark.startswith(prefix)]


class Story(ABC):
    """What people want, and what they did for it: `deeds` by what it was, in order."""

    name: str
    providers: tuple[str, ...] = PROVIDERS
    beforehand: tuple[Wish, ...] = ()
    troubles: tuple[Fault, ...] = ()

    def __init__(self, stage: Stage, provider: str) -> None:
        self.stage = stage
        self.provider = provider
        self.deeds: defaultdict[str, list[Interaction]] = defaultdict(list)
        self._here_since = 0.0

    async def prepare(self) -> None:
        """Make the clips that are there before, with a bot that nobody kills; then begin with the troubles."""
        if self.beforehand:
            child = await self.stage.start()
            await self.stage.connected(child)
            await self.stage.ask(self.beforehand, self.provider)
            await self.stage.rest(child)
            await child.end(signal.SIGTERM)
        self.stage.wire.faults.add(*self.troubles)

    @abstractmethod
    async def act(self) -> None:
        """What somebody does next, by what is to be seen."""

    @abstractmethod
    def over(self) -> bool:
        """Whether everybody sees what they wanted."""

    async def play(self, child: Child, _life: int = 1) -> None:
        """Act until all is at rest, or the bot is dead."""
        now = self.stage.wire.world.now
        self._here_since = now()
        while child.alive and not (self.over() and self._at_rest()):
            if now() - self._here_since > REST_SECONDS:
                raise StuckError(f"{self.name} is not {'at rest' if self.over() else 'over'}: {self._told()}")
            if self.stage.wire.gateway.connected and self.stage.wire.interactions.commands:
                await self.act()
            await asyncio.sleep(0.05)

    def _told(self) -> str:
        """What was done, and whether it was answered."""
        return ", ".join(f"{what}: {[deed.answer for deed in deeds]}" for what, deeds in self.deeds.items())

    def _at_rest(self) -> bool:
        return self.stage.at_rest() and self.stage.rows(OPEN_ASSEMBLIES) == [(0,)]

    async def attempt(self, what: str, deed: Callable[[], Awaitable[Interaction]], tries: int = TRIES) -> None:
        """Do it, unless the last time was just now, or enough times were."""
        done = self.deeds[what]
        last = max(done[-1].created_at, self._here_since) if done else 0.0
        if len(done) < tries and self.stage.wire.world.now() - last > PATIENCE_SECONDS:
            done.append(await deed())

    def waiting(self, what: str) -> bool:
        """Whether the last time of this may still be answered."""
        done = self.deeds.get(what)
        if not done or done[-1].answer is not None:
            return False
        return self.stage.wire.world.now() - max(done[-1].created_at, self._here_since) < PATIENCE_SECONDS


class Takes(Story):
    """Ada wants three takes of one request, side by side."""

    name = "takes"
    prompt = "a heron at the weir"

    async def act(self) -> None:
        """Type the command, again if nothing was heard of it."""
        if not any(self.prompt in text_of(message) for message in seen(self.stage)):
            options = {"prompt": self.prompt, "takes": TAKES, "provider": self.provider}
            people = self.stage.wire.interactions
            await self.attempt("video", lambda: people.command("ada", "brainstorm", "video", options))

    def over(self) -> bool:
        """They are under way: whether there will be enough of them to be shown is not ada's doing."""
        return self.stage.statuses().total() > 0


class Brainstorm(Story):
    """Ada has an idea, ben likes one of its takes, and ada ends the vote."""

    name = "a brainstorm"
    idea = "a kite above the harbour"

    async def act(self) -> None:
        """Begin, render, vote, decide; whatever there is a button for."""
        stage, people = self.stage, self.stage.wire.interactions
        if not any(self.idea in text_of(message) for message in seen(stage)):
            options = {"idea": self.idea, "takes": 2, "provider": self.provider}
            await self.attempt("brainstorm", lambda: people.command("ada", "brainstorm", "brainstorm", options))
        for board, mark in marked(stage, "storm:render:"):
            await self.attempt(mark, lambda board=board, mark=mark: people.press("ada", board, custom_id=mark))  # type: ignore[misc]
        for board, mark in marked(stage, "storm:decide:"):
            clip, vote = min(marked(stage, "rushes:vote:"), key=lambda found: found[0].message_id)
            await self.attempt("vote", lambda clip=clip, vote=vote: people.press("ben", clip, custom_id=vote), 1)  # type: ignore[misc]
            if not self.waiting("vote"):
                await self.attempt(mark, lambda board=board, mark=mark: people.press("ada", board, custom_id=mark))  # type: ignore[misc]

    def over(self) -> bool:
        """There is a result, and nothing left to press."""
        left = marked(self.stage, "storm:render:") + marked(self.stage, "storm:decide:")
        return bool(marked(self.stage, "storm:prompts:")) and not left


class Reel(Story):
    """Ada joins the two clips that are in the channel."""

    name = "a reel"
    providers = ("apiframe",)
    beforehand = (Wish("a tram in the rain"), Wish("a cat on a wall"))

    async def act(self) -> None:
        """Open the builder, choose the order, and have it made; open it again if it never came."""
        people = self.stage.wire.interactions
        if self._begun():
            return
        builder = self._builder()
        if builder is None:
            options = {"title": "Two of them", "captions": True}
            await self.attempt("reel", lambda: people.command("ada", "brainstorm", "reel", options))
            return
        verbs = {mark.split(":")[1]: mark for mark in marks(builder)}
        sort, make = verbs["reel-sort"], verbs["reel-make"]
        await self.attempt(sort, lambda: people.select("ada", builder, ["oldest"], custom_id=sort), 1)
        if not self.waiting(sort):
            await self.attempt(make, lambda: people.press("ada", builder, custom_id=make))

    def over(self) -> bool:
        """It is there, and said to be."""
        return bool(marked(self.stage, "rushes:reel-delete:")) and not marked(self.stage, "rushes:reel-stop:")

    def _begun(self) -> bool:
        texts = [text_of(message) for message in seen(self.stage)]
        return any("putting a reel together" in text or "reel is ready" in text for text in texts)

    def _builder(self) -> Message | None:
        """The latest builder that can be used."""
        shown = [asked.original for asked in reversed(self.deeds["reel"]) if asked.original is not None]
        return next((m for m in shown if any(mark.startswith("rushes:reel-make:") for mark in marks(m))), None)


def ill_received(text: str) -> tuple[Fault, ...]:
    """A message with this text is too large at first; the next one is posted, but the word of it is lost."""
    post = Fault(method="POST", path="/messages", match=text)
    return replace(post, status=413, code=40005), replace(post, reset=True, effect=True)


class TroubledTakes(Takes):
    """Discord takes no videos together, so posters are sent."""

    name = "takes in trouble"
    providers = ("apiframe",)
    troubles = ill_received("side by side")


class TroubledBrainstorm(Brainstorm):
    """Discord takes no contact sheet."""

    name = "a brainstorm in trouble"
    providers = ("apiframe",)
    troubles = ill_received("storm:prompts:")


class TroubledReel(Reel):
    """Discord takes the reel at the second time."""

    name = "a reel in trouble"
    troubles = ill_received("your reel is ready")


STORIES: tuple[type[Story], ...] = (Takes, Brainstorm, Reel, TroubledTakes, TroubledBrainstorm, TroubledReel)
