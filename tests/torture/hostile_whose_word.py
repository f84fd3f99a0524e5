"""Whose word it is: an edge before Discord that answers in its own name, and what Discord itself refuses for good."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from dataclasses import replace

from tests.torture.hostile_discord import CLIP, READY, meanwhile, scripted
from tests.torture.hostile_run import Story, Trouble, judged
from tests.torture.hostile_stage import Stage
from tests.wire import edges
from tests.wire.faults import Fault
from tests.wire.mentions import texts

REFUSED = "Discord refused the message"
EDIT = Fault(method="PATCH", path="/channels/", times=None)
LOOK = Fault(method="GET", path="/channels/", times=None)
Act = Callable[[Stage, Trouble], Awaitable[Story]]


def clips() -> list[Trouble]:
    """The clip is posted while an edge answers, or is refused by Discord itself."""
    rows = [
        Trouble(f"Edge, clip: {name}, twice", scripted(replace(edges.ANSWERS[name], method="POST", path="/messages",
                match=READY, times=2)), words=READY, cheap=name == "404, a page", seconds=60.0)
        for name in ("403, a page", "404, a page", "403, error code: 1010", "403, a list of errors", "200, a page")
    ]  # fmt: skip
    return [
        *rows,
        Trouble("Edge, clip: 429 without Via for 4 s", words=READY, act=turned_away, alone=True, cheap=True),
        Trouble("Edge, status message: 404 to every edit",
                scripted(replace(EDIT, status=404, body="<html>", headers=edges.PAGE)), words=READY),
        Trouble("Discord, clip: AutoMod refuses its text (200000)", words=READY, act=without_words, cheap=True),
        Trouble("Discord, clip: refused for good (50035)", scripted(replace(CLIP, status=400, code=50035, times=None)),
                ends="parked", words=REFUSED, cheap=True),
        Trouble("Discord, clip: a code that nobody knows, every time",
                scripted(replace(CLIP, status=400, code=99999, times=None)), ends="parked", words=REFUSED,
                seconds=90.0),
        Trouble("Discord, status message: no more edits (30046)", words=READY, act=edited_enough, cheap=True,
                alone=True),
    ]  # fmt: skip


async def turned_away(stage: Stage, trouble: Trouble) -> Story:
    """An edge turns the whole address away: until the time is over, no message asks whether it is."""
    prompt, seconds = "a scene that is turned away", 4.0
    stage.wire.faults.add(replace(edges.turned_away(seconds), method="POST", path="/messages", match=READY))
    await stage.video(prompt)
    story = await judged(stage, trouble, prompt)
    requests = stage.wire.ledger.requests
    begun = next(request.at for request in requests if request.status == 429)
    early = [r for r in requests if begun < r.at < begun + seconds - 0.1 and "/channels/" in r.path]
    story.wrong += [f"asked meanwhile: {[(r.method, r.path) for r in early]}"] if early else []
    return story


async def without_words(stage: Stage, trouble: Trouble) -> Story:
    """A server's rules refuse whatever quotes the prompt: there is no status message, and the clip comes without it."""
    prompt = "a scene with a word that is not allowed"
    refused = Fault(method="POST", path="/channels/", match="not allowed", status=400, code=200000, times=None)
    stage.wire.faults.add(refused)
    await stage.video(prompt)
    status = await stage.over(prompt)
    (result,) = stage.rows("SELECT result_message_id FROM jobs WHERE prompt = ?", prompt)[0]
    (message,) = [message for message in stage.messages() if message.message_id == result]
    story = Story(texts(message.payload).split("\n")[0], "no: the clip came")
    story.wrong += [] if status == "delivered" else [f"ended {status}"]
    story.wrong += ["the prompt is quoted"] if prompt in texts(message.payload) else []
    story.wrong += ["the prompt describes it"] if any(a.description for a in message.attachments) else []
    story.wrong += [] if len(message.attachments) == 1 else ["the clip is not there"]
    story.wrong += [] if stage.entries(prompt) == ["hold", "settle"] else [f"the ledger says {stage.entries(prompt)}"]
    return story


async def edited_enough(stage: Stage, trouble: Trouble) -> Story:
    """Discord takes no more edits of a message: it is tried when there is news, and said once in the log."""
    prompt = "a scene whose status is edited no more"
    stage.wire.faults.add(replace(EDIT, status=429, code=30046, headers={"Via": "1.1 google"}))
    await stage.video(prompt)
    story = await judged(stage, trouble, prompt)
    job_id, message_id = stage.rows("SELECT job_id, status_message_id FROM jobs WHERE prompt = ?", prompt)[0]
    told = f"job {job_id}: its status message cannot be shown"
    await stage.until(lambda: told in stage.child.said, "the edit is refused")
    await asyncio.sleep(20)  # what is only postponed is tried again after 15 s
    edits = [r for r in stage.wire.ledger.requests if r.method == "PATCH" and r.path.endswith(f"/{message_id}")]
    said = stage.child.said.count(told)
    # One while it was rendered, if there was time for it, and one for its end.
    story.wrong += [] if len(edits) in {1, 2} else [f"{len(edits)} edits"]
    story.wrong += [] if said == 1 else [f"said {said} times"]
    return story


# -- looking -----------------------------------------------------------------------------------------------------------


def looks() -> list[Trouble]:
    """Somebody looks at the board: whatever comes back, no file is deleted for it."""
    return [
        Trouble("Edge, /board: 404 to every look", words=READY, act=looked_at(edges_404, shown=True), cheap=True),
        Trouble("Discord, /board: the channel cannot be seen (50001)", words=READY, act=looked_at(unseen, shown=True)),
        Trouble("Discord, /board: the message is unknown, and so is all else", words=READY,
                act=looked_at(lagging, shown=True)),
        Trouble("Discord, /board: the clip was deleted by hand", words=READY, act=looked_at(by_hand, shown=False),
                cheap=True),
    ]  # fmt: skip


async def edges_404(stage: Stage, _prompt: str) -> None:
    """An edge answers every look with a page of its own."""
    stage.wire.faults.add(replace(LOOK, status=404, body="<html>404</html>", headers=edges.PAGE))


async def unseen(stage: Stage, _prompt: str) -> None:
    """The history is closed."""
    stage.wire.faults.add(replace(LOOK, status=403, code=50001))


async def lagging(stage: Stage, _prompt: str) -> None:
    """Discord knows neither the message nor, when it is asked for that, the channel."""
    stage.wire.faults.add(replace(LOOK, status=404, code=10008))
    stage.wire.faults.add(Fault(method="GET", path="/channels/", times=None, status=503, body="<html>"))


async def by_hand(stage: Stage, prompt: str) -> None:
    """A moderator deletes the message."""
    (message,) = stage.clips(prompt)
    message.deleted_at = stage.wire.world.now()


def looked_at(change: Callable[[Stage, str], Awaitable[None]], *, shown: bool) -> Act:
    """A clip comes, something happens, somebody looks at the board; then all is well, and somebody looks again."""

    async def act(stage: Stage, trouble: Trouble) -> Story:
        prompt = f"a scene that is looked at, {change.__name__.replace('_', ' ')}"
        await stage.video(prompt)
        story = await judged(stage, trouble, prompt)
        job_id = (stage.job(prompt) or ("", ""))[0]
        await change(stage, prompt)
        await stage.answer(await stage.command("ada", "board", where="mine", by="newest"))
        stage.calm()
        story.wrong += [] if (stage.path("clips") / f"{job_id}.mp4").is_file() else ["the file is deleted"]
        (deleted,) = stage.rows("SELECT deleted_at FROM jobs WHERE job_id = ?", job_id)[0]
        story.wrong += [] if (deleted is None) is shown else [f"counts as deleted: {deleted}"]
        return story

    return act


# -- the gateway, and the start ----------------------------------------------------------------------------------------


def events() -> list[Trouble]:
    """Discord says what discord.py cannot read."""

    async def nonsense(stage: Stage) -> None:
        await stage.wire.gateway.dispatch("CHANNEL_UPDATE", {"id": "what somebody wrote"}, None)

    async def unreadable(stage: Stage) -> None:
        gateway = stage.wire.gateway
        gateway.bend = lambda event, data: {"id": data["id"], "channels": 1} if event == "GUILD_CREATE" else data
        await gateway.invalidate()

    return [
        Trouble("Gateway: an event that cannot be read", words=READY, act=meanwhile(nonsense), cheap=True),
        Trouble("Gateway: a server that cannot be read", words=READY, act=meanwhile(unreadable), cheap=True,
                alone=True, seconds=60.0),
    ]  # fmt: skip


def starts() -> list[Trouble]:
    """The bot is killed while a clip is rendered, and comes back on a bad day: it waits, and brings the clip."""
    found = {
        "429 without Via at the login": edges.turned_away(6, path="/users/@me"),
        "a page with 403 at the login": replace(edges.ANSWERS["403, a page"], path="/users/@me"),
        "a page with 503 for the gateway's address": replace(edges.ANSWERS["503 before the time"], path="/gateway/bot"),
        "a page with 404 for the commands": replace(edges.ANSWERS["404, a page"], method="PUT", path="/commands"),
        "the commands are refused (50035)": Fault(method="PUT", path="/commands", times=None, status=400, code=50035),
    }
    return [
        Trouble(f"Start: {name}", words=READY, act=begun_with(fault), alone=True, seconds=60.0, measured=False)
        for name, fault in found.items()
    ]


def begun_with(fault: Fault) -> Act:
    """The next start meets this."""

    async def act(stage: Stage, trouble: Trouble) -> Story:
        prompt = f"a scene before a {trouble.name}".replace(":", "")
        await stage.video(prompt)
        await stage.child.end(signal.SIGKILL)
        stage.wire.faults.add(fault)
        await stage.start()
        return await judged(stage, trouble, prompt)

    return act


def troubles() -> list[Trouble]:
    """All of them."""
    return [*clips(), *looks(), *events(), *starts()]
