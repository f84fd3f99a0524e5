"""What Discord, and the people who run a server, can do to a job: limits, errors, broken lines, closed doors."""

from __future__ import annotations

import signal
from collections.abc import Awaitable, Callable
from dataclasses import replace

from tests.torture.hostile_run import Story, Trouble, check_money, judged
from tests.torture.hostile_stage import Stage
from tests.wire.faults import Fault
from tests.wire.mentions import texts
from tests.wire.things import BOT_PERMISSIONS, Permission

READY = "your clip is ready"
KEPT = "Fetch it with `/jobs`"
CLIP = Fault(method="POST", path="/messages", match=READY)
STATUS = Fault(method="POST", path="/messages", match="nonce")
Change = Callable[[Stage], Awaitable[object]]


def scripted(*faults: Fault) -> Callable[[Stage], object]:
    """Put faults into Discord's script."""
    return lambda stage: stage.wire.faults.add(*faults)


def posting() -> list[Trouble]:
    """REST goes wrong while the clip is posted: exactly one message must come of it."""
    found = {
        "429 for a second": CLIP_LIMITED,
        "429 for everything, for a second": replace(CLIP_LIMITED, everywhere=True),
        "500 before the effect": replace(CLIP, status=500),
        "502 after the effect": replace(CLIP, status=502, effect=True),
        "503, three times": replace(CLIP, status=503, times=3),
        "HTML with status 502": replace(CLIP, status=502, body="<html>bad gateway</html>"),
        "connection reset before the effect": replace(CLIP, reset=True),
        "connection reset after the effect": replace(CLIP, reset=True, effect=True),
        "connection cut in mid-upload": Fault(method="POST", path="/messages", cut_after=4000),
        "too large, says Discord": replace(CLIP, status=413, code=40005),
    }
    cheap = {"502 after the effect", "connection reset after the effect", "connection cut in mid-upload"}
    rows = []
    for name, fault in found.items():
        act = cut_short if fault.cut_after else None
        rows.append(Trouble(f"Discord, clip: {name}", _nothing if act else scripted(fault), words=READY, act=act,
                            cheap=name in cheap, seconds=60.0))  # fmt: skip
    rows.append(Trouble("Discord, status message: 500, three times", scripted(replace(STATUS, status=500, times=3)),
                        words=READY))  # fmt: skip
    return rows


CLIP_LIMITED = replace(CLIP, retry_after=1.0)


def _nothing(_stage: Stage) -> None:
    """No trouble yet: it begins in the middle of the story."""


async def cut_short(stage: Stage, trouble: Trouble) -> Story:
    """The connection breaks when a part of the clip has been uploaded, and again with the status message's edit."""
    prompt = "a scene that is cut off"
    await stage.video(prompt)
    stage.wire.faults.add(Fault(method="POST", path="/messages", cut_after=4000))
    story = await judged(stage, trouble, prompt)
    story.wrong += ["nothing was cut"] if stage.wire.faults.waiting else []
    return story


# -- the gateway -------------------------------------------------------------------------------------------------------


def gateway() -> list[Trouble]:
    """The line to Discord breaks while a clip is rendered; commands must work again afterwards."""

    async def close(stage: Stage, code: int) -> None:
        await stage.wire.gateway.close(code)

    async def drop(stage: Stage) -> None:
        stage.wire.gateway.drop()

    async def deaf(stage: Stage) -> None:
        stage.wire.gateway.refusing = 2
        await stage.wire.gateway.invalidate()

    found: dict[str, Change] = {
        "dropped without a word": drop,
        "closed with 4000": lambda stage: close(stage, 4000),
        "closed with 4009": lambda stage: close(stage, 4009),
        "asked to reconnect": lambda stage: stage.wire.gateway.ask_to_reconnect(),
        "session invalid": lambda stage: stage.wire.gateway.invalidate(),
        "session invalid, and refused twice more": deaf,
    }
    rows = []
    for name, change in found.items():
        row = Trouble(f"Gateway: {name}", words=READY, act=meanwhile(change), cheap="dropped" in name, seconds=60.0,
                      slow="twice" in name)  # fmt: skip
        rows.append(row)
    return rows


def meanwhile(change: Change, prompt_of: str = "a scene while {}") -> Callable[[Stage, Trouble], Awaitable[Story]]:
    """The change comes while the provider is at work."""

    async def act(stage: Stage, trouble: Trouble) -> Story:
        prompt = prompt_of.format(trouble.name.replace(":", " is"))
        await stage.video(prompt)
        await stage.until(lambda: (stage.job(prompt) or ("", ""))[1] == "rendering", "the task is begun")
        await change(stage)
        return await judged(stage, trouble, prompt)

    return act


# -- closed doors ------------------------------------------------------------------------------------------------------


def doors() -> list[Trouble]:
    """The channel is no longer what it was when the clip was asked for."""

    def channel(name: str, **changes: object) -> Change:
        return lambda stage: stage.wire.changes.channel(name, **changes)

    def without(permission: Permission) -> Change:
        return channel("brainstorm", permissions=BOT_PERMISSIONS & ~permission)

    def parked(name: str, change: Change, *, where: str = "brainstorm", words: str = KEPT) -> Trouble:
        return Trouble(name, ends="parked", words=words, act=closed(change, where), alone=True,
                       cheap="deleted" in name)  # fmt: skip

    async def gone(stage: Stage) -> None:
        await stage.wire.changes.user("ada", dm_open=False)
        await stage.wire.changes.channel("brainstorm", deleted=True)

    async def kicked(stage: Stage) -> None:
        await stage.wire.changes.guild("The Cutting Room", present=False)

    lost_history = without(Permission.READ_MESSAGE_HISTORY)
    return [
        parked("Discord: the channel is deleted", channel("brainstorm", deleted=True)),
        parked("Discord: the thread is deleted", channel("night shots", deleted=True), where="night shots"),
        parked("Discord: the thread is locked", channel("night shots", archived=True, locked=True),
               where="night shots"),
        Trouble("Discord: the thread is archived", words=READY, alone=True,
                act=closed(channel("night shots", archived=True), "night shots")),
        parked("Discord: the bot is thrown out, and asked back later", kicked, words=""),
        parked("Discord: View Channel is taken away", without(Permission.VIEW_CHANNEL)),
        parked("Discord: Send Messages is taken away", without(Permission.SEND_MESSAGES)),
        parked("Discord: Attach Files is taken away", without(Permission.ATTACH_FILES)),
        Trouble("Discord: Read Message History is taken away", words=READY, alone=True,
                act=closed(lost_history, "brainstorm")),
        parked("Discord: the channel is deleted and private messages are closed", gone, words=""),
        Trouble("Discord: history unreadable when a killed bot comes back", words=READY, alone=True, cheap=True,
                act=unreadable_after_a_kill, measured=False),
    ]  # fmt: skip


def closed(change: Change, where: str) -> Callable[[Stage, Trouble], Awaitable[Story]]:
    """The door closes while the provider is at work, and is opened again when the job has ended."""

    async def act(stage: Stage, trouble: Trouble) -> Story:
        prompt = f"a scene before this: {trouble.name}".replace("Discord: ", "")
        await stage.video(prompt, channel=where)
        await stage.until(lambda: (stage.job(prompt) or ("", ""))[1] == "rendering", "the task is begun")
        await change(stage)
        status = await stage.over(prompt)
        if status == "parked" and trouble.words:
            await stage.until(lambda: stage.whispers(), "a private message")
        await stage.wire.changes.guild("The Cutting Room", present=True)
        story = await judged(stage, trouble, prompt)
        if status == "parked":
            await kept(stage, story)
        return story

    return act


async def kept(stage: Stage, story: Story) -> None:
    """A parked clip is in /jobs, in another channel, and comes when it is asked for."""
    listing = await stage.command("ada", "jobs", "lounge")
    said = await stage.answer(listing)
    story.seen = story.seen or f"nothing; /jobs says: {said}"
    story.wrong += [] if "kept for you" in said else [f"/jobs says {said!r}"]
    assert listing.original is not None
    pressed = await stage.wire.interactions.press("ada", listing.original, label="Send again")
    await stage.until(lambda: pressed.original is not None and pressed.original.attachments, "the clip in private")


async def unreadable_after_a_kill(stage: Stage, trouble: Trouble) -> Story:
    """The bot is killed when its clip is posted but not yet known to be; then nobody lets it read the history."""
    prompt = "a scene posted before the end"
    stage.wire.faults.add(replace(CLIP, delay=20.0, effect=True))
    await stage.video(prompt)
    await stage.until(lambda: stage.clips(prompt), "the first posting")
    await stage.child.end(signal.SIGKILL)
    stage.calm()
    await stage.wire.changes.channel("brainstorm", permissions=BOT_PERMISSIONS & ~Permission.READ_MESSAGE_HISTORY)
    await stage.start()
    status = await stage.over(prompt)
    plain_messages = [m for m in stage.clips(prompt) if m.content]
    story = Story(texts(plain_messages[0].payload).split("\n")[0])
    story.credits_back = "no: the clip came" if stage.entries(prompt) == ["hold", "settle"] else "?"
    story.wrong += [] if status == "delivered" else [f"ended {status}"]
    story.wrong += [] if len(plain_messages) == 1 else [f"{len(plain_messages)} messages with the clip"]
    await stage.wire.changes.channel("brainstorm", permissions=BOT_PERMISSIONS)
    return story


# -- time --------------------------------------------------------------------------------------------------------------


def late() -> list[Trouble]:
    """Interactions that died: after three seconds without an answer, and after fifteen minutes."""
    return [
        Trouble("Discord: the interaction's token is older than 15 minutes", words=READY, act=meanwhile(_past),
                cheap=True),
        Trouble("Discord: the first answer comes after three seconds", act=too_late),
        Trouble("Discord: the same interaction comes twice", words=READY, act=twice),
    ]  # fmt: skip


async def _past(stage: Stage) -> None:
    stage.wire.world.advance(16 * 60)


async def too_late(stage: Stage, trouble: Trouble) -> Story:
    """The answer is held up until the interaction has died: nothing may be accepted that nobody hears of."""
    prompt = "a scene that nobody hears of"
    stage.wire.faults.add(Fault(path="/callback", delay=0.3))
    asked = await stage.command("ada", "video", prompt=prompt, provider="apiframe")
    stage.wire.world.advance(4)
    await stage.until(lambda: asked.refused, "the refusal of the answer")
    accepted = stage.job(prompt)
    story = Story("“The application did not respond” (Discord's own words)", "nothing held")
    story.wrong += [f"accepted all the same: {accepted}"] if accepted else []
    return story


async def twice(stage: Stage, trouble: Trouble) -> Story:
    """A gateway repeats an INTERACTION_CREATE after a resume."""
    prompt = "a scene asked for once"
    asked = await stage.command("ada", "video", prompt=prompt, provider="apiframe")
    await stage.wire.interactions.repeat(asked)
    await stage.answer(asked)
    story = await judged(stage, trouble, prompt)
    jobs = stage.rows("SELECT job_id FROM jobs WHERE prompt = ?", prompt)
    story.wrong += [] if len(jobs) == 1 else [f"{len(jobs)} jobs"]
    check_money(stage, prompt, "delivered", story)
    return story


def troubles() -> list[Trouble]:
    """All of them."""
    return [*posting(), *gateway(), *doors(), *late()]
