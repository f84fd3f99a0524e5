"""Who goes away while a clip is made: a gateway that falls silent, the member who asked for it, the bot itself."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable

from aiohttp import web

from tests.torture.hostile_discord import READY, kept
from tests.torture.hostile_middleman import Json
from tests.torture.hostile_run import Story, Trouble, judged
from tests.torture.hostile_stage import Stage
from tests.wire.faults import Fault

SILENCE_SECONDS = 3
"""How long the row's bot bears a silent gateway; discord.py's own patience is 60 s, and 30 s more for a goodbye."""

STOP_SECONDS = 10.0
LONG = 40.0
"""Seconds that the outside takes for an answer: more than a stop may take."""

ROOM = "The Cutting Room"
Leave = Callable[[Stage, str], Awaitable[None]]


def _held(job: Json) -> Json:
    return job | {"status": "PROCESSING"} if "status" in job else job


async def _rendering(stage: Stage, prompt: str, user: str = "ada") -> None:
    """Ask for a clip whose task does not end before `stage.apiframe.alter` is taken away."""
    stage.apiframe.alter = _held
    await stage.video(prompt, user=user)
    await stage.until(lambda: (stage.job(prompt) or ("", ""))[1] == "rendering", "the task is begun")


# -- the gateway -------------------------------------------------------------------------------------------------------


async def silent(stage: Stage, trouble: Trouble) -> Story:
    """Heartbeats go unanswered and nothing is said any more, but the line stays open: the bot itself must hang up."""
    gateway, prompt = stage.wire.gateway, "a scene that Discord is silent about"
    await _rendering(stage, prompt)
    before, beats = len(gateway.record.resumes), gateway.record.heartbeats
    gateway.mute()
    stage.apiframe.alter = None
    story = await judged(stage, trouble, prompt)
    await stage.until(lambda: gateway.connected, "the bot notices and connects anew", 4 * SILENCE_SECONDS)
    story.wrong += [] if beats else ["there was no heartbeat before"]
    story.wrong += [] if len(gateway.record.resumes) == before + 1 else ["it did not take up its session"]
    return story


# -- members -----------------------------------------------------------------------------------------------------------


async def leaves(stage: Stage, user: str) -> None:
    """Somebody leaves the server."""
    await stage.wire.changes.user(user, left=ROOM)


async def deletes(stage: Stage, user: str) -> None:
    """Somebody deletes the account."""
    await stage.wire.changes.user(user, deleted=True)


def without_member(leave: Leave) -> Callable[[Stage, Trouble], Awaitable[Story]]:
    """Whoever asked is gone when the clip is there: Discord takes a mention of nobody, so the channel gets its clip."""

    async def act(stage: Stage, trouble: Trouble) -> Story:
        world, prompt = stage.wire.world, f"a scene with {trouble.name}"
        user = world.add_user(f"guest {len(world.users)}")
        world.add_member(world.guild(ROOM), user)
        await _rendering(stage, prompt, user.name)
        await leave(stage, user.name)
        stage.apiframe.alter = None
        return await judged(stage, trouble, prompt)

    return act


def without_both(leave: Leave, code: int) -> Callable[[Stage, Trouble], Awaitable[Story]]:
    """Neither the channel nor the member is there: the clip is kept, and nobody can be told in private."""

    async def act(stage: Stage, trouble: Trouble) -> Story:
        prompt, ada = "a scene that nobody waits for", stage.wire.world.user("ada")
        await _rendering(stage, prompt)
        await leave(stage, "ada")
        await stage.wire.changes.channel("brainstorm", deleted=True)
        stage.apiframe.alter = None
        story = await judged(stage, trouble, prompt)
        requests = stage.wire.ledger.requests
        await stage.until(lambda: any(r.code == code for r in requests), f"a private message is refused with {code}")
        story.wrong += [f"told in private: {said}" for said in stage.whispers()]
        clip = stage.path("clips") / f"{(stage.job(prompt) or ('', ''))[0]}.mp4"
        story.wrong += [] if clip.is_file() else ["the clip is gone"]
        story.wrong += ["an error in the log"] if " ERROR " in stage.child.said else []
        if ada.deleted:
            story.seen = f"nothing: a private message is refused ({code}); the clip is kept"
        else:
            stage.wire.world.add_member(stage.wire.world.guild(ROOM), ada)
            await kept(stage, story)
        return story

    return act


# -- the bot -----------------------------------------------------------------------------------------------------------


async def stopped(stage: Stage, trouble: Trouble) -> Story:
    """SIGTERM with a job in every status and each answer held up; nonces have run out when the next bot comes."""
    prompts = await _load(stage)
    expected = ["delivering", "delivering", "rendering", "submitting"]
    found = [(stage.job(prompt) or ("", ""))[1] for prompt in prompts]
    begun = time.monotonic()
    code = await stage.child.end(signal.SIGTERM)
    took = time.monotonic() - begun
    stage.calm()
    stage.wire.world.advance(stage.wire.world.limits.nonce_seconds + 1)
    await stage.start()
    story = Story(credits_back="no: the clips came")
    for prompt in prompts:
        late = await judged(stage, trouble, prompt)
        story.wrong += [f"{prompt}: {wrong}" for wrong in late.wrong]
        story.seen = f"{len(prompts)} × “{late.seen}”, after a stop of {took:.1f} s"
    story.wrong += [] if found == expected else [f"the jobs were {found}"]
    story.wrong += [] if code == 0 else [f"exit status {code}"]
    story.wrong += [] if took < STOP_SECONDS else [f"the stop took {took:.1f} s"]
    return story


async def _load(stage: Stage) -> list[str]:
    """A clip posted whose answer is held up, one not posted yet, a task that renders, a POST without its answer."""
    prompts = [f"a scene {what} at the stop" for what in ("posted", "being posted", "rendering", "being submitted")]
    stage.wire.faults.add(Fault(method="POST", path="/messages", match=READY, delay=LONG, effect=True))
    await stage.video(prompts[0])
    await stage.until(lambda: stage.clips(prompts[0]), "the first clip is posted")
    stage.wire.faults.add(Fault(method="POST", path="/messages", match=READY, delay=LONG, status=500))
    await stage.video(prompts[1])
    await stage.until(lambda: not stage.wire.faults.waiting, "the second clip is being posted")
    await _rendering(stage, prompts[2])

    async def take_time(request: web.Request) -> web.StreamResponse:
        answer = await stage.apiframe.pass_on(request)
        await asyncio.sleep(LONG)
        return answer

    stage.apiframe.play("POST /v2/videos/generate", take_time)
    await stage.video(prompts[3])
    await stage.until(lambda: stage.charged(prompts[3]), "the last one has reached the provider")
    return prompts


def troubles() -> list[Trouble]:
    """All of them."""
    patience = {"SILENCE_SECONDS": str(SILENCE_SECONDS)}
    return [
        Trouble("Gateway: silent on an open line", words=READY, act=silent, alone=True, variables=patience, cheap=True),
        Trouble("Discord: the member has left the server", words=READY, act=without_member(leaves), cheap=True),
        Trouble("Discord: the member has deleted the account", words=READY, act=without_member(deletes), cheap=True),
        Trouble("Discord: the channel is deleted, and the member has left", ends="parked", alone=True,
                act=without_both(leaves, 50278)),
        Trouble("Discord: the channel is deleted, and the member's account too", ends="parked", alone=True,
                act=without_both(deletes, 10013), cheap=True),
        Trouble("SIGTERM with a job in every status", words=READY, act=stopped, alone=True, cheap=True, seconds=60.0),
    ]  # fmt: skip
