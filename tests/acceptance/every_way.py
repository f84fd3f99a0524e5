"""Every way in which somebody can ask for something, from the command to the last button, and every gate."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import discord
import simcord

from bot.models import Job
from bot.moderation.desk import Desk
from tests.acceptance.brainstorm_round import Round, begin
from tests.acceptance.cutting_room import Builder, open_builder
from tests.acceptance.making import delivered, message_of
from tests.acceptance.studio import Studio
from tests.acceptance.test_menus import picture

WORD = "fox"
"""In every prompt here, so that a list with it closes every way."""


@dataclass
class Scene:
    """What is there to be pressed: clips of ada's, takes side by side, a draft, a picture, and a builder of a reel."""

    studio: Studio
    job: Job
    takes: discord.Message
    round: Round
    picture: discord.Message
    builder: Builder
    remix: simcord.InteractionResult | None = None
    animate: simcord.InteractionResult | None = None

    @property
    def clip(self) -> discord.Message:
        """The message with ada's clip."""
        return message_of(self.studio, self.job)


async def furnish(studio: Studio) -> Scene:
    """Make all of it."""
    ada = studio.ada
    job = await delivered(studio, ada, f"a {WORD} alone")
    await studio.video(ada, f"a {WORD} twice", takes=2)
    await studio.until(lambda: side_by_side(studio), "takes side by side")
    round_ = await begin(studio, ada, f"a {WORD} in a thread", takes=2)
    await round_.until_opened()
    sent = await ada.send(studio.channel, "look", attachments=[("a.png", picture("red"))])
    return Scene(studio, job, side_by_side(studio)[0], round_, sent, await open_builder(studio, ada))


async def with_forms(scene: Scene) -> Scene:
    """With the forms open that are sent later."""
    ada, channel = scene.studio.ada, scene.studio.channel
    remix = await ada.click(scene.clip, label="Remix")
    animate = await ada.context_menu(channel, "Animate this image", scene.picture)
    return replace(scene, remix=remix, animate=animate)


def side_by_side(studio: Studio) -> list[discord.Message]:
    """Messages with takes."""
    return [message for message in studio.messages() if "More takes" in studio.readable(message)]


Way = Callable[[Scene], Awaitable[simcord.InteractionResult]]


def _press(label: str) -> Way:
    return lambda scene: scene.studio.ada.click(scene.clip, label=label)


def _menu(name: str, on: Callable[[Scene], Any]) -> Way:
    return lambda scene: scene.studio.ada.context_menu(scene.studio.channel, name, on(scene))


def _slash(name: str, **options: Any) -> Way:
    return lambda scene: scene.studio.ada.slash(scene.studio.channel, name, **options)


def _board(label: str) -> Way:
    return lambda scene: scene.studio.ada.click(scene.round.board(), label=label)


def _sent(scene: Scene, form: simcord.InteractionResult | None, **more: Any) -> Awaitable[simcord.InteractionResult]:
    assert form is not None
    return scene.studio.ada.submit_modal(form, {"prompt": f"a {WORD}", **more})


async def _edited(scene: Scene) -> simcord.InteractionResult:
    form = await scene.studio.ada.click(scene.round.board(), label="Edit 1")
    return await scene.studio.ada.submit_modal(form, {"prompt": f"another {WORD}"})


WAYS: Mapping[str, Way] = {
    "`/video`": _slash("video", prompt=f"a {WORD}"),
    "`/video` with several takes": _slash("video", prompt=f"a {WORD}", takes=2),
    "Again": _press("Again"),
    "Remix, opened": _press("Remix"),
    "Remix, sent": lambda scene: _sent(scene, scene.remix, format=["/"], provider=["auto"]),
    "Extend": _press("Extend"),
    "More takes": lambda scene: scene.studio.ada.click(scene.takes, label="More takes"),
    "Animate this image, opened": _menu("Animate this image", lambda scene: scene.picture),
    "Animate this image, sent": lambda scene: _sent(scene, scene.animate),
    "Remix this clip": _menu("Remix this clip", lambda scene: scene.clip),
    "Extend this clip": _menu("Extend this clip", lambda scene: scene.clip),
    "`/brainstorm`": _slash("brainstorm", idea=f"a {WORD}"),
    "Add a take, opened": _board("Add my take"),
    "Edit, sent": _edited,
    "Render all": _board("Render all"),
    "`/reel`": _slash("reel", title=f"a {WORD}"),
    "Make the reel": lambda scene: scene.studio.ada.click(scene.builder.message, label="Make the reel"),
}
"""By what they are called in the table of docs/owners.md."""

FREE = frozenset(
    {
        *("Remix, opened", "Animate this image, opened", "Remix this clip"),
        *("Add a take, opened", "Edit, sent", "`/reel`", "Make the reel"),
    }
)
"""These hold no credits, so what is about credits and pace does not close them."""

WORDLESS = frozenset(
    {"Remix, opened", "Animate this image, opened", "Remix this clip", "Add a take, opened", "Make the reel"}
)
"""Nothing has been written yet, or what was written was judged before."""


@dataclass(frozen=True)
class Gate:
    """How a gate is closed, what is said there, and which ways it does not close; settings need another start."""

    close: Callable[[Desk, Scene], Awaitable[object]]
    said: str
    passes: frozenset[str] = frozenset()
    settings: Mapping[str, Any] | None = None
    unreachable: frozenset[str] = frozenset()


def _rule(**changes: Any) -> Callable[[Desk, Scene], Awaitable[object]]:
    return lambda desk, scene: desk.change(moderator(scene), "pace", lambda rules: rules.but(**changes))


async def _nothing(_desk: Desk, _scene: Scene) -> None:
    """Settings do it."""


def moderator(scene: Scene) -> Any:
    """Whoever manages the server."""
    return scene.studio.target(scene.studio.mod, 1)


GATES: Mapping[str, Gate] = {
    "blocked": Gate(
        lambda desk, scene: desk.block(moderator(scene), scene.studio.ada.id, "spam", None), "Blocked from making clips"
    ),
    "role": Gate(_rule(makers=(1,)), "with one of these roles"),
    "channel": Gate(_rule(channels=(1,)), "not made in this channel"),
    "age": Gate(_rule(age_restricted_only=True), "in age-restricted channels only"),
    "word": Gate(_rule(words=(WORD,)), f"does not allow “{WORD}”", WORDLESS),
    "pattern": Gate(_rule(patterns=("f.x",)), "something in that wording", WORDLESS),
    "pause": Gate(lambda desk, scene: desk.pause(moderator(scene)), "paused new clips in this server"),
    "pause everywhere": Gate(
        lambda desk, scene: desk.pause(moderator(scene), everywhere=True), "paused new clips everywhere"
    ),
    "pace": Gate(_rule(per_minute=1), "within a minute", FREE),
    "on the way": Gate(_rule(pending=1), "clips on the way already", FREE),
    "member's credits": Gate(
        lambda desk, scene: desk.set_daily(moderator(scene), scene.studio.ada.id, 0), "credits", FREE
    ),
    "server, day": Gate(_rule(daily_budget=0), "This server's budget for today", FREE),
    "server, month": Gate(_rule(monthly_budget=0), "This server's budget for this month", FREE),
    "all servers, day": Gate(_nothing, "spends in a day", FREE, {"spend_daily_credits": 0}),
    "all servers, month": Gate(_nothing, "spends in a month", FREE, {"spend_monthly_credits": 0}),
    "server not let in": Gate(
        _nothing,
        "not let into this server",
        settings={"guilds_allowed": (1,)},
        unreachable=frozenset({"Remix, sent", "Animate this image, sent"}),
    ),
}
"""By the headings of the table."""
