"""/history and /clip, and what is suggested while somebody types: one's own, and what can be seen here."""

from __future__ import annotations

from typing import Any

import pytest
import simcord

from bot.models import JobStatus
from sandbox.providers.faults import Fault, Route
from tests.acceptance.making import make, message_of, shown
from tests.acceptance.studio import Studio


async def history(studio: Studio, member: simcord.MemberActor, **options: Any) -> simcord.InteractionResult:
    result = await member.slash(studio.channel, "history", **options)
    assert result.ephemeral
    return result


async def suggested(studio: Studio, who: simcord.MemberActor, command: str, option: str, typed: str) -> list[str]:
    """What is offered for what was typed so far."""
    return [choice["name"] for choice in await who.autocomplete(studio.channel, command, option, typed)]


async def test_a_history_holds_all_of_ones_own_and_nothing_else(studio: Studio) -> None:
    assert "not asked for a clip here yet" in shown(studio, await history(studio, studio.ada))
    jobs = await make(studio, studio.ada, "a fox", "a whale")
    await make(studio, studio.ben, "of ben")
    result = await history(studio, studio.ada)
    text = shown(studio, result)
    assert text.index("a whale") < text.index("a fox")
    assert "of ben" not in text
    assert "delivered" in text
    assert result.response is not None
    assert f"/{jobs['a fox'].result_message_id}" in str(result.response.components)


async def test_searching_takes_words_as_they_are_written(studio: Studio) -> None:
    await make(studio, studio.ada, "100% of_it", "100 of it", "a Fox")
    assert "100% of_it" in (found := shown(studio, await history(studio, studio.ada, search="%")))
    assert "100 of it" not in found
    assert "100% of_it" in (found := shown(studio, await history(studio, studio.ada, search="_")))
    assert "a Fox" not in found
    assert "a Fox" in shown(studio, await history(studio, studio.ada, search="fox a"))
    assert "Nothing of yours is like that" in shown(studio, await history(studio, studio.ada, search="a whale"))
    assert "Nothing of yours is like that" in shown(studio, await history(studio, studio.ben, search="fox"))


async def test_filters_say_how_it_ended_and_what_it_was_made_from(studio: Studio) -> None:
    await make(studio, studio.ada, "worked")
    studio.box.apiframe.faults.add(Fault(route=Route.SUBMIT, status=400))
    await studio.video(studio.ada, "did not")
    await studio.until_jobs(studio.ada, JobStatus.DELIVERED, JobStatus.FAILED)
    failed = shown(studio, await history(studio, studio.ada, status="failed"))
    assert "did not" in failed
    assert "worked" not in failed
    assert "worked" in shown(studio, await history(studio, studio.ada, status="delivered", pictures="without"))
    assert "Nothing of yours" in shown(studio, await history(studio, studio.ada, pictures="with"))


async def test_pages_of_a_search_are_turned_after_a_restart(studio: Studio) -> None:
    await make(studio, studio.ada, "other", *(f"50% fox_{number}" for number in range(9)))
    await studio.restart()
    first = await history(studio, studio.ada, search="50% fox_", status="delivered", pictures="without")
    assert "( Next )" not in shown(studio, first)
    assert "other" not in shown(studio, first)
    everything = await history(studio, studio.ada)
    assert "page 1 of 2" in shown(studio, everything)
    assert everything.response is not None
    await studio.restart()
    second = await studio.ada.click(everything.response.message, label="Next")
    assert "page 2 of 2" in shown(studio, second)
    assert "other" in shown(studio, second)
    assert "fox" not in shown(studio, second)


@pytest.mark.parametrize(
    "search", ["a: b:c", "狐" * 100, "🦊 " * 50, "\u200b\n x"], ids=["colons", "long", "wide", "odd"]
)
async def test_any_search_can_be_paged(studio: Studio, search: str) -> None:
    await make(studio, studio.ada, *(f"{search[:50]} {number}" for number in range(10)))
    first = await history(studio, studio.ada, search=search)
    assert "page 1 of 2" in shown(studio, first)
    assert first.response is not None
    assert "page 2 of 2" in shown(studio, await studio.ada.click(first.response.message, label="Next"))


async def test_a_clip_is_sent_again_from_the_history(studio: Studio) -> None:
    await make(studio, studio.ada, "a fox")
    result = await history(studio, studio.ada)
    assert result.response is not None
    again = await studio.ada.click(result.response, label="Send again")
    assert again.ephemeral
    assert again.response is not None
    assert again.response.attachments[0].filename.endswith(".mp4")


async def test_a_deleted_clip_is_called_so_and_not_sent(studio: Studio) -> None:
    jobs = await make(studio, studio.ada, "a fox")
    await studio.press(studio.ada, message_of(studio, jobs["a fox"]), "Delete")
    result = await history(studio, studio.ada)
    assert "deleted from its channel" in shown(studio, result)
    assert result.response is not None
    with pytest.raises(simcord.SetupError):
        await studio.ada.click(result.response, label="Send again")


# -- one clip ----------------------------------------------------------------------------------------------------------


async def test_a_clip_is_shown_privately_with_its_buttons(studio: Studio) -> None:
    jobs = await make(studio, studio.ada, "a fox")
    for typed in (jobs["a fox"].job_id, "fox"):
        result = await studio.ben.slash(studio.channel, "clip", clip=typed)
        assert result.ephemeral
        assert "a fox" in shown(studio, result)
        assert "( Again )" in shown(studio, result)
        assert result.response is not None
        assert result.response.attachments[0].filename.endswith(".mp4")
    assert result.response is not None
    voted = await studio.ben.click(result.response.message, label="Vote")
    assert "( ▲ 1 )" in shown(studio, voted)
    answer = await studio.ben.click(result.response.message, label="Again")
    assert "9 of 10 left" in shown(studio, answer)


async def test_what_somebody_may_not_see_is_no_clip_to_them(studio: Studio) -> None:
    secret = studio.guild.create_text_channel("secret")
    await studio.ada.slash(secret, "video", prompt="behind closed doors")
    await studio.until_jobs(studio.ada, JobStatus.DELIVERED)
    (job,) = await studio.jobs(studio.ada)
    for typed in (job.job_id, "behind closed doors", "no-such-id"):
        result = await studio.ben.slash(studio.channel, "clip", clip=typed)
        assert "There is no such clip" in shown(studio, result)
    assert "behind closed doors" in shown(studio, await studio.ada.slash(studio.channel, "clip", clip=job.job_id))


# -- suggestions -------------------------------------------------------------------------------------------------------


async def test_clips_of_this_channel_and_ones_own_are_suggested(studio: Studio) -> None:
    await make(studio, studio.ada, "a fox in the open")
    secret = studio.guild.create_text_channel("secret")
    await studio.ada.slash(secret, "video", prompt="a fox behind closed doors")
    await studio.until_jobs(studio.ada, JobStatus.DELIVERED, JobStatus.DELIVERED)
    assert await suggested(studio, studio.ben, "clip", "clip", "fox") == ["a fox in the open"]
    assert await suggested(studio, studio.ada, "clip", "clip", "FOX") == [
        "a fox behind closed doors",
        "a fox in the open",
    ]
    (job, _) = await studio.jobs(studio.ada)
    assert await suggested(studio, studio.ben, "clip", "clip", job.job_id[:8]) == []
    assert await suggested(studio, studio.ben, "clip", "clip", "whale") == []


async def test_ones_own_prompts_are_suggested_each_once(studio: Studio) -> None:
    long = "a very long prompt " * 10
    await make(studio, studio.ada, "a fox", "a whale", "a fox", long.strip())
    assert await suggested(studio, studio.ada, "video", "prompt", "") == ["a fox", "a whale"]
    assert await suggested(studio, studio.ada, "video", "prompt", "wh") == ["a whale"]
    assert await suggested(studio, studio.ben, "video", "prompt", "") == []
    offered = await suggested(studio, studio.ada, "history", "search", "")
    assert [name[:20] for name in offered] == ["a very long prompt a", "a fox", "a whale"]
    assert await suggested(studio, studio.ada, "history", "search", "%") == []
    choices = await studio.ada.autocomplete(studio.channel, "history", "search", "long")
    assert "a very long prompt" in shown(studio, await history(studio, studio.ada, search=choices[0]["value"]))
