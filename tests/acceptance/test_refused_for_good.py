"""What Discord refuses for good ends, with a word where somebody waits; what an edge says ends nothing."""

from __future__ import annotations

import asyncio

import pytest

from bot.models import FailureCode, JobStatus
from tests.acceptance.brainstorm_round import begin, voting
from tests.acceptance.cutting_room import open_builder, reels
from tests.acceptance.making import make
from tests.acceptance.studio import HURRIED, Studio


def asked(studio: Studio, method: str, ending: str) -> int:
    return sum(r.method == method and r.path.endswith(ending) for r in studio.env.http_requests)


async def test_a_server_that_is_full_of_threads_says_so(studio: Studio) -> None:
    studio.env.inject_error("POST", "/channels/*/messages/*/threads", status=400, code=160006, times=None)
    assert "as many active threads as Discord allows" in await studio.say(studio.ada, "brainstorm", idea="a fox")
    assert asked(studio, "POST", "/threads") == 1


async def test_a_board_that_is_edited_no_more_is_left_alone(studio: Studio) -> None:
    round_ = await voting(studio)
    board = round_.board()
    before = asked(studio, "PATCH", f"/{board.id}")
    studio.env.inject_error("PATCH", f"/channels/*/messages/{board.id}", status=400, code=30046, times=None)
    for member in (studio.ben, studio.mod, studio.ada):
        await round_.vote(member, "Push in")
        await asyncio.sleep(HURRIED.overview + 0.5)
    assert asked(studio, "PATCH", f"/{board.id}") == before + 1
    await round_.press(studio.ada, "Decide now")
    assert "wins with 3 votes" in await round_.until_result()


async def test_a_status_that_is_refused_for_its_words_is_not_promised(studio: Studio) -> None:
    studio.env.inject_error("POST", "/channels/*/messages", status=400, code=200000, times=2)
    said = await studio.video(studio.ada)
    assert "Discord refuses its status message" in said
    assert "will appear" not in said
    await studio.until_jobs(studio.ada, JobStatus.DELIVERED)


async def test_an_edge_closes_no_brainstorm(studio: Studio) -> None:
    round_ = await begin(studio, studio.ada, takes=2)
    board = round_.board()
    studio.env.inject_error("PATCH", f"/channels/*/messages/{board.id}", status=404, code=0)
    await round_.write(studio.ada, "Edit 1", "an owl instead")
    await round_.until_board("an owl instead")
    assert (await round_.assembly()).ended_at is None


@pytest.mark.parametrize("code", [50035, 200000])
async def test_a_reel_that_is_refused_says_so(cutting: Studio, code: int) -> None:
    await make(cutting, cutting.ada, "one", "two")
    builder = await open_builder(cutting, cutting.ada)
    await builder.press("Make the reel")
    await cutting.until(lambda: any("( Stop )" in text for text in cutting.statuses()), "it begins")
    await cutting.stop()
    assert reels(cutting) == []
    before = asked(cutting, "POST", "/messages")
    cutting.env.inject_error("POST", "/channels/*/messages", status=400, code=code, times=None)
    await cutting.start()
    await cutting.env.restart_bot(cutting.app.new_bot(shard_count=1))
    await cutting.until(lambda: any("Discord refuses" in text for text in cutting.statuses()), "a word")
    assert asked(cutting, "POST", "/messages") == before + 1


async def test_a_clip_whose_message_is_refused_is_kept_under_its_own_name(studio: Studio) -> None:
    await studio.video(studio.ada)
    studio.env.inject_error("POST", "/channels/*/messages", status=400, code=50035, times=None)
    await studio.until_jobs(studio.ada, JobStatus.PARKED)
    (job,) = await studio.jobs(studio.ada)
    assert job.failure is FailureCode.MESSAGE_REFUSED
    assert (
        asked(studio, "POST", f"/{studio.channel.id}/messages") == 3
    )  # the status; then the clip, and once more without the prompt


async def test_the_file_of_a_clip_survives_a_look(studio: Studio) -> None:
    await studio.video(studio.ada)
    (message,) = await studio.until_clips(1)
    (job,) = await studio.jobs(studio.ada)
    path = studio.database.parent / "clips" / f"{job.job_id}.mp4"
    studio.env.inject_error("GET", f"/channels/*/messages/{message.id}", status=404, code=0)
    await studio.ada.slash(studio.channel, "board")
    assert (await studio.jobs(studio.ada))[0].deleted_at is None
    await studio.mod.delete(message)
    await studio.ada.slash(studio.channel, "board")
    assert (await studio.jobs(studio.ada))[0].deleted_at is not None
    assert path.is_file()
