"""A brainstorm survives restarts, crashes and closed threads at each of its stages, and nothing is there twice."""

from __future__ import annotations

from pathlib import Path

import discord
import pytest
import simcord

from bot.assemblies.brainstorm_course import DRAFT_SECONDS
from bot.models import JobStatus
from cogs.core.posting import custom_ids
from sandbox.drawing.render import PrebuiltRenderer
from tests.acceptance.brainstorm_round import Round, begin, voting
from tests.acceptance.studio import Studio, open_studio


async def come_back(studio: Studio) -> None:
    """Start again after a stop."""
    await studio.start()
    await studio.env.restart_bot(studio.app.new_bot(shard_count=1))


async def press_what_is_gone(studio: Studio, who: simcord.MemberActor, message: discord.Message, verb: str) -> str:
    """Press a button that somebody's screen still shows; the private answer."""
    gone = studio.env.backend.get_message(message.channel.id, message.id)
    now, gone.components = gone.components, [dict(c.to_dict()) for c in message.components]
    result = await who.click(message, custom_id=next(i for i in custom_ids(message.components) if f":{verb}:" in i))
    gone.components = now
    assert result.response is not None
    return studio.readable(result.response.message)


# -- restarts ----------------------------------------------------------------------------------------------------------


async def test_every_button_works_after_a_restart(tmp_path: Path, clip: Path) -> None:
    async with open_studio(tmp_path, renderer=PrebuiltRenderer(clip), render_seconds=3) as studio:
        round_ = await begin(studio, studio.ada, takes=2)
        await studio.restart()
        await round_.write(studio.ada, "Edit 1", "an owl instead")
        await round_.write(studio.ben, "Add my take", "of ben's own")
        await round_.until_board("3. @ben of ben's own")
        await studio.restart()
        assert "3 takes are on their way" in await round_.press(studio.ada, "Render all")
        await round_.until_board("0 of 3 takes have ended")
        await studio.restart()
        await round_.until_board("Vote with the buttons")
        assert len(round_.clips()) == 3
        await round_.vote(studio.mod, "an owl")
        await studio.restart()
        assert "Voting is over" in await round_.press(studio.ada, "Decide now")
        assert "take 1 by @ada wins with 1 vote" in await round_.until_result()
        await round_.until_ended()
        await studio.restart()
        assert "All prompts" in await studio.press(studio.ben, round_.results()[0], "Show prompts")
        assert len(round_.results()) == 1
        assert studio.charged() == 3


async def test_voting_that_ends_while_the_bot_is_away_is_summed_up_when_it_is_back(studio: Studio) -> None:
    round_ = await voting(studio)
    await round_.vote(studio.ben, "Push in")
    await studio.stop()
    round_.rewrite(ends_at=1.0)
    await come_back(studio)
    assert "take 1 by @ada wins with 1 vote" in await round_.until_result()


async def test_a_draft_that_nobody_touches_is_closed(studio: Studio) -> None:
    round_ = await begin(studio, studio.ada, takes=2)
    state, starter = (await round_.assembly()).state, studio.messages()[0]
    await studio.stop()
    round_.rewrite(touched_at=state["touched_at"] - DRAFT_SECONDS)
    await come_back(studio)
    board = await round_.until_board("Closed before anything was rendered")
    assert "(" not in board
    await round_.until_ended()
    assert "is over" in await press_what_is_gone(studio, studio.ben, starter, "add")
    assert round_.results() == []
    assert (await studio.allowance(studio.ada)).left == 10


# -- crashes -----------------------------------------------------------------------------------------------------------


async def test_a_crash_after_the_thread_was_opened_opens_no_second_one(studio: Studio) -> None:
    round_ = await begin(studio, studio.ada, takes=2)
    await studio.stop()
    round_.forget("message_id = NULL, state = json_set(state, '$.thread_id', NULL), due_at = 0")
    studio.env.inject_error("POST", "/channels/*/messages/*/threads", status=400, code=160004)
    starters = len(studio.messages())
    await come_back(studio)
    await studio.until(lambda: round_.text(round_.board()), "the board")
    assert "2 takes are on their way" in await round_.press(studio.ada, "Render all")
    await round_.until_board("Vote with the buttons")
    assert len(studio.channel.threads) == 1
    assert len(studio.messages()) == starters
    assert len(round_.boards()) == 1


async def test_a_board_is_pressed_before_it_is_noted(studio: Studio) -> None:
    round_ = await begin(studio, studio.ada, takes=2)
    await round_.until_opened()
    round_.forget("message_id = NULL, state = json_set(state, '$.thread_id', NULL), due_at = NULL")
    assert "2 takes are on their way" in await round_.press(studio.ada, "Render all")
    await round_.until_board("Vote with the buttons")
    assert len(studio.channel.threads) == 1
    assert len(round_.boards()) == 1


async def test_a_crash_between_the_list_and_the_jobs_opens_the_list_again(studio: Studio) -> None:
    round_ = await begin(studio, studio.ada, takes=2)
    await studio.stop()
    round_.rewrite(stage="reserving", touched_at=1.0)
    await come_back(studio)
    await round_.until_stage("drafting")
    assert "2 takes are on their way" in await round_.press(studio.ada, "Render all")
    await round_.until_board("Vote with the buttons")
    assert studio.charged() == 2


async def test_a_crash_after_the_jobs_were_queued_is_no_second_chance_to_queue_them(studio: Studio) -> None:
    round_ = await voting(studio)
    await studio.stop()
    round_.rewrite(stage="reserving", touched_at=1.0)
    await come_back(studio)
    await round_.until_stage("voting")
    assert "Voting is over" in await round_.press(studio.ada, "Decide now")
    await round_.until_result()
    assert studio.charged() == 2


async def test_a_result_that_was_posted_but_not_noted_is_not_posted_again(studio: Studio) -> None:
    round_ = await voting(studio)
    await round_.vote(studio.ben, "Push in")
    await round_.press(studio.ada, "Decide now")
    await round_.until_result()
    ended = await round_.until_ended()
    await studio.stop()
    round_.rewrite(stage="voting")
    round_.forget("ended_at = NULL")
    await come_back(studio)
    assert (await round_.until_ended()).version > ended.version
    assert len(round_.results()) == 1


# -- threads that close ------------------------------------------------------------------------------------------------


async def test_a_thread_that_is_deleted_ends_it_and_the_clips_are_kept(tmp_path: Path, clip: Path) -> None:
    async with open_studio(tmp_path, renderer=PrebuiltRenderer(clip), render_seconds=2) as studio:
        round_ = await begin(studio, studio.ada, takes=2)
        await round_.press(studio.ada, "Render all")
        await round_.until_stage("rendering")
        await studio.until_jobs(studio.ada, JobStatus.RENDERING, JobStatus.RENDERING)
        thread = studio.env.bot.get_channel(round_.thread.id)
        assert isinstance(thread, discord.Thread)
        await thread.delete()
        await studio.until_jobs(studio.ada, JobStatus.PARKED, JobStatus.PARKED)
        await round_.until_ended()
        assert (await studio.allowance(studio.ada)).held == 2, "until they are fetched"


async def test_a_thread_that_is_deleted_before_anything_is_begun_costs_nothing(studio: Studio) -> None:
    round_ = await begin(studio, studio.ada, takes=2)
    await round_.until_opened()
    studio.env.inject_error("POST", f"/channels/{round_.thread.id}/messages", status=404, code=10003, times=None)
    await round_.press(studio.ada, "Render all")
    await studio.until_jobs(studio.ada, JobStatus.FAILED, JobStatus.FAILED)
    assert ((await studio.allowance(studio.ada)).left, studio.submissions()) == (10, 0)


async def test_a_board_that_cannot_be_edited_stops_nothing(studio: Studio) -> None:
    round_ = await begin(studio, studio.ada, takes=2)
    board = round_.board()
    studio.env.inject_error("PATCH", f"/channels/*/messages/{board.id}", status=400, code=50083, times=None)
    await round_.press(studio.ada, "Render all")
    edit = ("PATCH", str(board.id))
    await studio.until(
        lambda: any((r.method, r.path.split("/")[-1]) == edit for r in studio.env.http_requests), "an edit is tried"
    )
    await round_.until_stage("voting")
    await studio.stop()
    round_.rewrite(ends_at=1.0)
    await come_back(studio)
    assert "nobody voted" in await round_.until_result()


async def test_a_board_that_a_moderator_deletes_takes_its_draft_along(studio: Studio) -> None:
    round_ = await begin(studio, studio.ada, takes=2)
    await studio.mod.delete(round_.board())
    form = await studio.ben.click(studio.messages()[0], label="Add my take")
    await studio.ben.submit_modal(form, {"prompt": "too late"})
    await round_.until_ended()
    assert (await studio.allowance(studio.ada)).left == 10


async def test_where_pinning_is_not_allowed_there_is_a_result_all_the_same(studio: Studio) -> None:
    round_ = await voting(studio)
    studio.env.inject_error("PUT", "/channels/*/messages/pins/*", status=403, code=50013)
    await round_.vote(studio.ben, "Push in")
    await round_.press(studio.ada, "Decide now")
    assert "wins with 1 vote" in await round_.until_result()
    await round_.until_ended()
    assert round_.thread.pinned_messages() == []


@pytest.mark.parametrize("permission", ["create_public_threads", "send_messages_in_threads"])
async def test_where_no_thread_may_be_opened_it_is_said_before_anything_happens(
    studio: Studio, permission: str
) -> None:
    forbidden = discord.PermissionOverwrite(**{permission: False})
    studio.channel = studio.guild.create_text_channel("closed", overwrites={studio.guild.default_role: forbidden})
    answer = await studio.say(studio.ada, "brainstorm", idea="a fox")
    assert "I cannot open a thread here" in answer
    assert studio.messages() == []


async def test_channels_without_threads_are_told_apart(studio: Studio) -> None:
    studio.channel = studio.guild.create_voice_channel("talk")
    assert "this kind of channel" in await studio.say(studio.ada, "brainstorm", idea="a fox")


async def test_a_thread_that_discord_refuses_to_open_ends_it_with_a_word(studio: Studio) -> None:
    studio.env.inject_error("POST", "/channels/*/messages/*/threads", status=403, code=50013)
    assert "I cannot open a thread here" in await studio.say(studio.ada, "brainstorm", idea="a fox")
    assert studio.channel.threads == []
    await Round(studio, studio.channel).until_ended()


async def test_a_thread_that_cannot_be_opened_just_now_is_opened_soon(studio: Studio) -> None:
    studio.env.inject_error("POST", "/channels/*/messages/*/threads", status=400, code=0)
    assert "will appear here in a moment" in await studio.say(studio.ada, "brainstorm", idea="a fox")
    await studio.until(lambda: studio.channel.threads, "the thread")
    (thread,) = studio.channel.threads
    assert "1. @ada [Push in] a fox" in await Round(studio, thread).until_board("Render all")
