"""Cancel after the provider has begun: the waiting ends, the credits follow what the provider charges."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import simcord

from bot.models import JobStatus
from sandbox.drawing.render import PrebuiltRenderer
from sandbox.providers.faults import Ending, Fault, Outcome, Route
from tests.acceptance.making import buttons, shown
from tests.acceptance.studio import Studio, open_studio

SPENT = "which costs 1 credit either way"


@pytest.fixture
async def slow(tmp_path: Path, clip: Path) -> AsyncIterator[Studio]:
    async with open_studio(tmp_path, renderer=PrebuiltRenderer(clip), render_seconds=1.5) as studio:
        yield studio


async def rendering(studio: Studio, prompt: str) -> None:
    """Ask for a clip, and wait until its provider has begun."""
    await studio.video(studio.ada, prompt, provider="apiframe")
    await studio.until_jobs(studio.ada, JobStatus.RENDERING)


async def asked_to_cancel(studio: Studio, who: simcord.MemberActor, prompt: str) -> simcord.InteractionResult:
    """Press Cancel, which asks back."""
    result = await who.click(studio.status_of(prompt), label="Cancel")
    assert result.ephemeral
    assert SPENT in shown(studio, result)
    return result


async def stop_waiting(studio: Studio, who: simcord.MemberActor, prompt: str) -> str:
    """Cancel, and press the button of the answer."""
    result = await asked_to_cancel(studio, who, prompt)
    return shown(studio, await who.click(result.response, label="Stop waiting"))  # type: ignore[arg-type]


async def test_cancel_says_that_the_credit_is_spent_before_anything_happens(slow: Studio) -> None:
    await rendering(slow, "let me think")
    await asked_to_cancel(slow, slow.ada, "let me think")
    await slow.until_clips(1)
    await slow.until_jobs(slow.ada, JobStatus.DELIVERED)


async def test_a_clip_that_comes_after_cancel_is_charged_and_kept_in_the_history(slow: Studio) -> None:
    await rendering(slow, "changed my mind")
    answer = await stop_waiting(slow, slow.ada, "changed my mind")
    assert "costs you 1 credit unless the provider fails" in answer
    assert (await slow.allowance(slow.ada)).held == 1, "given back only if the provider ends it without a charge"

    await slow.until_jobs(slow.ada, JobStatus.CANCELLED)
    assert slow.clips() == [], "nobody waits for it in the channel"
    assert (await slow.allowance(slow.ada)).used == 1
    assert slow.charged() == 1
    await slow.until_status("changed my mind", "is kept for seven days")

    listing = await slow.ada.slash(slow.channel, "history", status="cancelled")
    assert "the clip is kept for you" in shown(slow, listing)
    sent = await slow.ada.click(listing.response, label="Send again")  # type: ignore[arg-type]
    assert sent.response is not None
    assert sent.response.attachments[0].filename.endswith(".mp4")
    assert (await slow.allowance(slow.ada)).used == 1, "it is paid for once"


async def test_while_its_task_goes_on_everybody_sees_that_it_was_cancelled(slow: Studio) -> None:
    slow.box.apiframe.faults.add(Fault(outcome=Outcome(Ending.NEVER)))
    await rendering(slow, "some other day")
    await stop_waiting(slow, slow.ada, "some other day")
    assert "cancelled, but it had started" in await slow.say(slow.ada, "history")
    await slow.until_status("some other day", "It had started, which costs 1 credit")
    assert "Cancel" not in buttons(slow.status_of("some other day"))


async def test_a_cancelled_clip_that_the_provider_does_not_make_gives_the_credit_back(slow: Studio) -> None:
    slow.box.apiframe.faults.add(Fault(outcome=Outcome(Ending.FAILED)))
    await rendering(slow, "no luck either")
    await stop_waiting(slow, slow.ada, "no luck either")
    await slow.until_jobs(slow.ada, JobStatus.FAILED)
    assert (await slow.allowance(slow.ada)).left == 10
    await slow.until_status("no luck either", "Your 1 credit is back.")


async def test_cancelled_once_it_cannot_be_cancelled_again(slow: Studio) -> None:
    await rendering(slow, "once is enough")
    first = await asked_to_cancel(slow, slow.ada, "once is enough")
    assert "Cancelled." in shown(slow, await slow.ada.click(first.response, label="Stop waiting"))  # type: ignore[arg-type]
    again = await slow.ada.click(first.response, label="Stop waiting")  # type: ignore[arg-type]
    assert "nobody waits for this one any more" in shown(slow, again)


async def test_a_moderator_is_told_whose_credits_are_spent(slow: Studio) -> None:
    await rendering(slow, "hers")
    assert "costs them 1 credit" in await stop_waiting(slow, slow.mod, "hers")
    await slow.until_jobs(slow.ada, JobStatus.CANCELLED)
    assert ((await slow.allowance(slow.ada)).used, (await slow.allowance(slow.mod)).left) == (1, 10)


async def test_its_place_at_the_provider_is_taken_until_the_task_has_ended(tmp_path: Path, clip: Path) -> None:
    async with open_studio(
        tmp_path, renderer=PrebuiltRenderer(clip), render_seconds=1.5, apiframe_concurrency=1, acedata_api_token=None
    ) as studio:
        await rendering(studio, "out of the way")
        await stop_waiting(studio, studio.ada, "out of the way")
        await studio.video(studio.ada, "my turn")
        await asyncio.sleep(0.5)
        assert studio.submissions() == 1
        await studio.until_jobs(studio.ada, JobStatus.CANCELLED, JobStatus.DELIVERED)
        assert studio.submissions() == 2


async def test_cancelled_during_a_post_whose_answer_comes_later_it_keeps_its_task(tmp_path: Path, clip: Path) -> None:
    async with open_studio(
        tmp_path, renderer=PrebuiltRenderer(clip), render_seconds=1, apiframe_api_key=None, public_url=None
    ) as studio:
        studio.box.acedata.faults.add(Fault(route=Route.SUBMIT, delay=1.0, effect=True))
        await studio.video(studio.ada, "in mid-air")
        await studio.until_jobs(studio.ada, JobStatus.SUBMITTING)
        await stop_waiting(studio, studio.ada, "in mid-air")
        await studio.until_jobs(studio.ada, JobStatus.CANCELLED)
        assert ((await studio.allowance(studio.ada)).used, studio.charged()) == (1, 1)


async def test_cancelled_during_a_post_that_is_refused_it_costs_nothing(tmp_path: Path, clip: Path) -> None:
    async with open_studio(tmp_path, renderer=PrebuiltRenderer(clip), acedata_api_token=None) as studio:
        studio.box.apiframe.faults.add(Fault(route=Route.SUBMIT, delay=1.0, status=503, times=1))
        await studio.video(studio.ada, "not begun")
        await studio.until_jobs(studio.ada, JobStatus.SUBMITTING)
        await stop_waiting(studio, studio.ada, "not begun")
        await studio.until_jobs(studio.ada, JobStatus.CANCELLED)
        assert ((await studio.allowance(studio.ada)).left, studio.charged()) == (10, 0)
        await studio.until_status("not begun", "Your 1 credit is back.")


async def test_takes_of_which_one_was_cancelled_are_shown_without_waiting_for_it(slow: Studio) -> None:
    slow.box.apiframe.faults.add(Fault(outcome=Outcome(Ending.NEVER), times=1))
    await slow.video(slow.ada, "three of a kind", provider="apiframe", takes=3)
    await slow.until_clips(2)
    (never,) = [job for job in await slow.jobs(slow.ada) if job.status is JobStatus.RENDERING]
    waiting = next(message for message in slow.messages() if message.id == never.status_message_id)
    asked = await slow.ada.click(waiting, label="Cancel")
    await slow.ada.click(asked.response, label="Stop waiting")  # type: ignore[arg-type]
    await slow.until(lambda: any("side by side" in text for text in slow.statuses()), "the two are shown")
    (text,) = [text for text in slow.statuses() if "side by side" in text]
    assert "1 of 3 takes did not come." in text
    assert "went back" not in text
