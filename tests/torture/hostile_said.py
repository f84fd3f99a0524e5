"""What is said and not heard, typed again, or meant for what is not there any more: nobody pays or waits twice."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from sandbox.providers.faults import Fault as ProviderFault
from tests.closed_database import closed_to, opened_to
from tests.torture.hostile_run import Story, Trouble, judged
from tests.torture.hostile_stage import Stage
from tests.wire.faults import Fault
from tests.wire.interactions import COMMAND, Interaction

READY = "your clip is ready"
SORRY = "Something went wrong"
Act = Callable[[Stage, Trouble], Awaitable[Story]]


def quietly(act: Act) -> Act:
    """The same, and no traceback in the log."""

    async def watched(stage: Stage, trouble: Trouble) -> Story:
        before = stage.child.said.count("Traceback")
        story = await act(stage, trouble)
        story.wrong += ["a traceback in the log"] if stage.child.said.count("Traceback") > before else []
        return story

    return watched


# -- the receipt -------------------------------------------------------------------------------------------------------

RECEIPT = Fault(method="PATCH", path="/messages/@original")


def receipts() -> list[Trouble]:
    """The private answer is lost after the request was noted: the channel speaks, and nobody is told to try again."""
    found = {
        "connection reset before the effect": replace(RECEIPT, reset=True),
        "connection reset after the effect": replace(RECEIPT, reset=True, effect=True),
        "connection reset, always": replace(RECEIPT, reset=True, times=None),
        "404 of an edge": replace(RECEIPT, status=404, body="<html>not here</html>"),
        "404, no such message": replace(RECEIPT, status=404, code=10008),
        "429 of an edge, for a second": replace(RECEIPT, status=429, body="slow down", headers={"Retry-After": "1"}),
        "429 of Discord's own, for a quarter of an hour": replace(RECEIPT, retry_after=900.0),
        "502 after the effect": replace(RECEIPT, status=502, effect=True),
        "503, always": replace(RECEIPT, status=503, times=None),
    }
    cheap = {"connection reset before the effect", "404 of an edge", "429 of Discord's own, for a quarter of an hour"}
    return [
        Trouble(f"Discord, receipt: {name}", act=quietly(_receipt(fault)), words=READY, cheap=name in cheap, seconds=60)
        for name, fault in found.items()
    ]


def _receipt(fault: Fault) -> Act:
    async def act(stage: Stage, trouble: Trouble) -> Story:
        prompt = f"a scene without this: {trouble.name}".replace("Discord, ", "")
        stage.wire.faults.add(fault)
        asked = await stage.command("ada", "video", prompt=prompt, provider="apiframe")
        await stage.until(lambda: stage.job(prompt), "the request is noted")
        story = await judged(stage, trouble, prompt)
        said = stage.reply(asked)
        story.seen = f"in private {said or 'nothing'}; in the channel: {story.seen}"
        story.wrong += [f"told {said!r}"] if SORRY in said else []
        jobs = stage.rows("SELECT 1 FROM jobs WHERE prompt = ?", prompt)
        story.wrong += [] if len(jobs) == 1 else [f"{len(jobs)} jobs"]
        return story

    return act


async def unnoted(stage: Stage, trouble: Trouble) -> Story:
    """The database takes the request, and not the id of the status message that was posted for it."""
    prompt = "a scene whose message cannot be noted"
    database = stage.path("rushes.sqlite3")
    closed_to(database, "UPDATE OF status_message_id ON jobs")
    try:
        said = await stage.video(prompt)
        await stage.until(lambda: stage.status(prompt), "the status message")
    finally:
        opened_to(database)
    story = await judged(stage, trouble, prompt)
    story.wrong += [] if said.startswith("Accepted") else [f"answered {said!r}"]
    shown = [m for m in stage.messages() if m.components and not m.content and prompt in str(m.components)]
    story.wrong += [] if len(shown) == 1 else [f"{len(shown)} status messages"]
    return story


async def granted(stage: Stage, trouble: Trouble) -> Story:
    """max gives ada credits, hears nothing of it, and types it again; then once more on purpose."""
    before = await _limit(stage)
    stage.wire.faults.add(replace(RECEIPT, status=404, code=10015))
    lost = await stage.command("max", "admin quota grant", member="ada", credits=7)
    await stage.until(lambda: not stage.wire.faults.waiting, "the answer is lost")
    said = await stage.answer(await stage.command("max", "admin quota grant", member="ada", credits=7))
    once = await _limit(stage)
    await stage.answer(await stage.command("max", "admin quota grant", member="ada", credits=7, again=True))
    twice = await _limit(stage)
    story = Story(said, "nothing held")
    story.wrong += [] if (once - before, twice - before) == (7, 14) else [f"{once - before}, then {twice - before}"]
    story.wrong += [] if said.startswith("Nothing was added") else ["not told that nothing was added"]
    story.wrong += [f"told {stage.reply(lost)!r}"] if SORRY in stage.reply(lost) else []
    return story


async def _limit(stage: Stage) -> int:
    said = await stage.answer(await stage.command("ada", "quota"))
    return int(said.partition(" of ")[2].partition(" ")[0])


# -- before there is a task --------------------------------------------------------------------------------------------


def refused(fault: ProviderFault) -> Act:
    """The status says that the provider has taken nothing, since when, and promises no time."""

    async def act(stage: Stage, trouble: Trouble) -> Story:
        prompt = f"a scene that waits: {trouble.name}"
        stage.box.apiframe.faults.add(fault)
        await stage.video(prompt)
        shown = (await stage.told(prompt, "has not taken this yet")).strip().split("\n")[0]
        story = await judged(stage, trouble, prompt)
        story.wrong += [f"{shown!r} promises a time"] if "usually ready" in shown or "Rendering" in shown else []
        story.wrong += [] if "Trying since <t:" in shown else [f"{shown!r} does not say since when"]
        story.seen = f"{shown}, then: {story.seen}"
        return story

    return act


# -- what is not there any more ----------------------------------------------------------------------------------------


async def left(stage: Stage, trouble: Trouble) -> Story:
    """max asks for, and gives credits to, somebody who has left."""
    world = stage.wire.world
    guild, gone = world.guild("The Cutting Room"), world.add_user("gone")
    story = Story(credits_back="nothing held")
    for command in ("admin quota show", "admin quota set", "admin quota grant"):
        options = {} if command.endswith("show") else {"credits": 3}
        story.seen = await stage.answer(await stage.command("max", command, member=gone, **options))
        story.wrong += [] if trouble.words in story.seen else [f"{command}: {story.seen!r}"]
    story.wrong += ["they are a member"] if gone.user_id in guild.members else []
    return story


async def halved(stage: Stage, trouble: Trouble) -> Story:
    """What Discord says of the chosen member is not whole."""
    data = {"id": "1", "name": "admin", "type": 1, "resolved": {"users": {"7": {}}}, "options": [
        {"name": "quota", "type": 2, "options": [{"name": "show", "type": 1, "options": [
            {"name": "member", "type": 6, "value": "7"}]}]}]}  # fmt: skip
    interactions = stage.wire.interactions
    asked = await interactions._begin(COMMAND, "max", stage.wire.world.channel("brainstorm"), data)
    return await _told(stage, trouble, asked)


async def unregistered(stage: Stage, trouble: Trouble) -> Story:
    """ada's Discord still lists a command of an older version."""
    stage.wire.interactions.commands.append({"id": "1", "name": "upscale", "options": []})
    try:
        return await _told(stage, trouble, await stage.command("ada", "upscale"))
    finally:
        stage.wire.interactions.commands.pop()


async def old_button(stage: Stage, trouble: Trouble) -> Story:
    """ben presses a button of another version."""
    prompt = "a scene with an old button"
    await stage.video(prompt)
    await judged(stage, replace(trouble, words=READY), prompt)
    clip = stage.clips(prompt)[0]
    return await _told(stage, trouble, await stage.wire.interactions.press("ben", clip, custom_id="rushes:upscale:1"))


async def form_twice(stage: Stage, trouble: Trouble) -> Story:
    """ben's Discord shows him the form again, although it was acted on; he sends it once more."""
    opened = await _form(stage)
    written = {"prompt": "a take that was sent twice"}
    first = await stage.answer(await stage.wire.interactions.submit("ben", opened, written))
    story = await _told(stage, trouble, await stage.wire.interactions.submit("ben", opened, written))
    story.wrong += [] if "on the list" in first else [f"first told {first!r}"]
    return _taken_once(stage, story, "a take that was sent twice")


async def form_late(stage: Stage, trouble: Trouble) -> Story:
    """The answer to ben's form comes too late; he sends it once more, and that counts."""
    opened = await _form(stage)
    written = {"prompt": "a take that came late"}
    stage.wire.faults.add(Fault(path="/callback", delay=0.3))
    late = await stage.wire.interactions.submit("ben", opened, written)
    stage.wire.world.advance(4)
    await stage.until(lambda: late.refused, "the refusal of the answer")
    story = await _told(stage, trouble, await stage.wire.interactions.submit("ben", opened, written))
    return _taken_once(stage, story, "a take that came late")


async def _form(stage: Stage) -> Interaction:
    """ben opens the form for a take of his own in a new brainstorm of ada's."""
    begun = await stage.command("ada", "brainstorm", idea="a scene with a form", takes=2)
    await stage.answer(begun)
    board = [m for m in stage.messages() if "Add my take" in str(m.components)][-1]
    opened = await stage.wire.interactions.press("ben", board, label="Add my take")
    await stage.until(lambda: opened.modal, "the form")
    return opened


def _taken_once(stage: Stage, story: Story, prompt: str) -> Story:
    states = "".join(str(state) for (state,) in stage.rows("SELECT state FROM assemblies"))
    story.wrong += [] if states.count(prompt) == 1 else [f"{states.count(prompt)} takes"]
    return story


async def _told(stage: Stage, trouble: Trouble, asked: Interaction) -> Story:
    stage.asked.append(asked)
    story = Story(await stage.answer(asked), "nothing held")
    story.wrong += [] if trouble.words in story.seen else [f"{trouble.words!r} was not said"]
    return story


def troubles() -> list[Trouble]:
    """All of them."""
    # As long as two edits of a message are apart, at least.
    busy = ProviderFault(status=429, body={}, headers={"Retry-After": "8"})
    broken = ProviderFault(reset=True, times=3)
    gone = [
        ("A member who has left, as an option", left, "not in this server any more"),
        ("A member whom Discord describes in part, as an option", halved, "not there any more"),
        ("A command that the bot no longer has", unregistered, "Reload Discord"),
        ("A button of another version", old_button, "from another version of me"),
        ("A form that was acted on, sent again", form_twice, "has reached me before"),
        ("A form whose answer came too late, sent again", form_late, "on the list"),
    ]
    return [
        *receipts(),
        Trouble("SQLite: locked when the status message is noted", act=unnoted, words=READY, cheap=True),
        Trouble("A grant of credits typed again after a lost answer", act=quietly(granted), cheap=True),
        Trouble("Apiframe submit: 429 for 8 s; what the status says", act=refused(busy), words=READY, cheap=True),
        Trouble("Apiframe submit: reset, 3 times; what the status says", act=refused(broken), words=READY, cheap=True),
        *(Trouble(name, act=quietly(act), words=words, cheap=True) for name, act, words in gone),
    ]
