"""What members do about money: cancelling, closing the channel, asking for more than there is room for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from tests.torture.hostile_run import Story, Trouble, check_money, judged
from tests.torture.hostile_stage import Stage
from tests.wire.faults import Fault
from tests.wire.interactions import Interaction
from tests.wire.mentions import texts
from tests.wire.things import Message

READY = "your clip is ready"
KEPT = "Fetch it with `/jobs`"
CLOSED = "I cannot write in this place"
CLIP = Fault(method="POST", path="/messages", match=READY)
STATUS = Fault(method="POST", path="/messages", match="nonce")
Act = Callable[[Stage, Trouble], Awaitable[Story]]


async def _press(stage: Stage, message: Message | None, label: str) -> Interaction:
    assert message is not None
    pressed = await stage.wire.interactions.press("ada", message, label=label)
    await stage.answer(pressed)
    return pressed


async def _begun(stage: Stage, prompt: str, provider: str) -> None:
    await stage.video(prompt, provider)
    await stage.until(lambda: (stage.job(prompt) or ("", ""))[1] == "rendering", "the task is begun")


def cancelled(change: Callable[[Stage], object] = lambda _stage: None) -> Act:
    """ada cancels a clip that its provider has begun, and is told first what that means."""

    async def act(stage: Stage, trouble: Trouble) -> Story:
        prompt = f"a scene for {trouble.name}"
        change(stage)
        await _begun(stage, prompt, trouble.provider)
        status = next(m for m in stage.messages() if m.components and prompt in texts(m.payload))
        asked = await _press(stage, status, "Cancel")
        warned = stage.reply(asked)
        await _press(stage, asked.original, "Stop waiting")
        ended = await stage.over(prompt)
        story = Story(await stage.told(prompt, trouble.words))
        story.seen = story.seen.split("\n<@")[0]
        story.wrong += [] if "costs 1 credit either way" in warned else [f"not warned: {warned!r}"]
        story.wrong += [] if ended == trouble.ends else [f"ended {ended}, not {trouble.ends}"]
        entries = stage.entries(prompt)
        wanted = ["hold", "settle"] if ended == "cancelled" else ["hold", "release"]
        story.wrong += [] if entries == wanted else [f"the ledger says {entries}"]
        story.wrong += ["the clip was posted"] if stage.clips(prompt) else []
        story.credits_back = "no: the clip is kept" if ended == "cancelled" else "yes"
        return story

    return act


async def fetched_in_vain(stage: Stage, trouble: Trouble) -> Story:
    """ada's channel is closed, so her clip is kept; she has it sent three times, for one credit."""
    prompt = "a scene for a closed channel"
    await _begun(stage, prompt, trouble.provider)
    stage.wire.faults.add(replace(CLIP, status=403, code=50013, times=9))
    story = await judged(stage, trouble, prompt)
    stage.wire.faults.clear()
    for _ in range(3):
        listing = await stage.command("ada", "jobs", "lounge")
        await stage.answer(listing)
        sent = await _press(stage, listing.original, "Send again")
        story.wrong += [] if sent.original and sent.original.attachments else ["no clip was sent"]
    entries = stage.entries(prompt)
    story.wrong += [] if entries == ["hold", "settle"] else [f"the ledger says {entries}"]
    story.credits_back = "spent when it was fetched"
    return story


async def refused(stage: Stage, trouble: Trouble) -> Story:
    """ada asks where nothing can be posted."""
    prompt = "a scene for nowhere"
    stage.wire.faults.add(replace(STATUS, status=403, code=50013, times=9))
    answer = await stage.video(prompt, trouble.provider)
    await stage.over(prompt)
    stage.wire.faults.clear()
    story = Story(answer)
    story.credits_back = check_money(stage, prompt, "failed", story)
    story.wrong += [] if trouble.words in answer else [f"{trouble.words!r} was not said"]
    story.wrong += ["something was begun"] if stage.charged(prompt) else []
    return story


async def crowded(stage: Stage, trouble: Trouble) -> Story:
    """ada asks for three clips where two may be on the way."""
    prompts = [f"scene {number} of three" for number in range(3)]
    stage.apiframe.alter = lambda job: job | {"status": "PROCESSING"} if "status" in job else job
    answers = [await stage.video(prompt, trouble.provider) for prompt in prompts]
    stage.apiframe.alter = None
    story = Story(answers[2], "never held")
    story.wrong += [f"said: {said!r}" for said in answers[:2] if not said.startswith("Accepted")]
    story.wrong += [] if trouble.words in answers[2] else [f"{trouble.words!r} was not said"]
    story.wrong += ["a third was queued"] if stage.job(prompts[2]) else []
    for prompt in prompts[:2]:
        story.wrong += (await judged(stage, replace(trouble, words=READY), prompt)).wrong
    return story


def troubles() -> list[Trouble]:
    """All of them."""
    two = {"PENDING_PER_MEMBER": "2"}

    def fails(stage: Stage) -> None:
        stage.apiframe.alter = lambda job: (
            job | {"status": "FAILED", "error": "no luck", "creditCost": 0} if job.get("status") == "COMPLETED" else job
        )

    return [
        Trouble("Cancel after the provider has begun", act=cancelled(), ends="cancelled", words="is kept for seven",
                cheap=True, seconds=60.0),
        Trouble("Cancel after the provider has begun, which then fails", act=cancelled(fails), ends="failed",
                words="Your 1 credit is back", seconds=60.0),
        Trouble("A kept clip is fetched three times", act=fetched_in_vain, ends="parked", words=KEPT, seconds=60.0),
        Trouble("/video where the bot may not write", act=refused, words=CLOSED, cheap=True),
        Trouble("More clips on the way than a member may have", act=crowded, alone=True, variables=two,
                words="clips on the way already"),
    ]  # fmt: skip
