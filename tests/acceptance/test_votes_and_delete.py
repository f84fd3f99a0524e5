"""Votes under clips, and deleting them: whoever presses, before and after a restart, in threads that are archived."""

from __future__ import annotations

import sqlite3

import simcord

from bot.models import Job, JobStatus
from cogs.core.ids import custom_id
from tests.acceptance.making import buttons, delivered, message_of
from tests.acceptance.studio import Studio
from tests.acceptance.test_restart import forget_the_delivery

ROW = ["Again", "Remix", "Extend", "Vote", "Delete"]


# -- vote --------------------------------------------------------------------------------------------------------------


async def vote(studio: Studio, who: simcord.MemberActor, job: Job) -> str:
    """Press the vote button of a clip, whatever it says; what it says then."""
    await who.click(message_of(studio, job), custom_id=custom_id("vote", job.job_id))
    return buttons(message_of(studio, job))[3]


async def test_votes_are_counted_on_the_button_and_can_be_taken_back(studio: Studio) -> None:
    job = await delivered(studio, studio.ada)
    content = message_of(studio, job).content
    assert [await vote(studio, who, job) for who in (studio.ben, studio.ada, studio.ben, studio.ada)] == [
        *("▲ 1", "▲ 2", "▲ 1"),
        "Vote",
    ]
    after = message_of(studio, job)
    assert after.content == content
    assert buttons(after) == ROW
    assert len(after.attachments) == 1


async def test_votes_outlive_a_restart(studio: Studio) -> None:
    job = await delivered(studio, studio.ada)
    await vote(studio, studio.ben, job)
    await studio.restart()
    assert await vote(studio, studio.mod, job) == "▲ 2"
    assert await vote(studio, studio.ben, job) == "▲ 1"


async def test_a_vote_shows_all_that_were_given_meanwhile(studio: Studio) -> None:
    job = await delivered(studio, studio.ada)
    for voter in range(1, 9):
        await studio.app.services.library.vote(job, 1000 + voter)
    assert await vote(studio, studio.ada, job) == "▲ 9"


async def test_a_deleted_clip_takes_no_votes(studio: Studio) -> None:
    job = await delivered(studio, studio.ada)
    await studio.app.services.library.forget(job)
    result = await studio.ben.click(message_of(studio, job), custom_id=custom_id("vote", job.job_id))
    assert [followup.content for followup in result.followups] == ["This clip is no longer kept here."]


# -- delete ------------------------------------------------------------------------------------------------------------


async def test_delete_after_a_restart_removes_the_clip_and_all_that_is_kept_of_it(studio: Studio) -> None:
    job = await delivered(studio, studio.ada)
    kept = studio.database.parent / "clips" / f"{job.job_id}.mp4"
    assert kept.is_file()
    await studio.restart()
    assert "Only the person who asked" in await studio.press(studio.ben, message_of(studio, job), "Delete")
    assert kept.is_file()
    assert "deleted" in await studio.press(studio.ada, message_of(studio, job), "Delete")
    assert not kept.exists()
    assert studio.clips() == []


async def test_deleting_what_somebody_else_has_just_deleted_is_harmless(studio: Studio) -> None:
    job = await delivered(studio, studio.ada)
    studio.env.inject_error("DELETE", f"/channels/*/messages/{job.result_message_id}", status=404, code=10008)
    assert "deleted" in await studio.press(studio.ada, message_of(studio, job), "Delete")


async def test_in_an_archived_thread_deleting_says_what_to_do(studio: Studio) -> None:
    job = await delivered(studio, studio.ada)
    studio.env.inject_error("DELETE", "/channels/*/messages/*", status=400, code=50083)
    assert "thread is archived" in await studio.press(studio.ada, message_of(studio, job), "Delete")
    assert "deleted" in await studio.press(studio.ada, message_of(studio, job), "Delete")


async def test_in_an_archived_thread_a_vote_counts_and_its_giver_is_told(studio: Studio) -> None:
    job = await delivered(studio, studio.ada)
    studio.env.inject_error("PATCH", "/webhooks/*/*/messages/*", status=400, code=50083)
    result = await studio.ben.click(message_of(studio, job), custom_id=custom_id("vote", job.job_id))
    assert [followup.content for followup in result.followups] == ["Your vote counts. The clip has 1 now."]
    assert await vote(studio, studio.ada, job) == "▲ 2"


async def test_a_clip_inside_its_status_message_has_the_row_and_stays_there(studio: Studio) -> None:
    job = await delivered(studio, studio.ada)
    await studio.stop()
    await forget_the_delivery(studio, job.job_id, 0)
    row_says(studio, job, "shown_status", forget=True)
    # Where nobody can look whether the clip was posted, it is put into the status message.
    studio.env.inject_error("GET", f"/channels/*/messages/{job.status_message_id}", status=403, code=50013, times=1)
    await studio.start()
    await studio.env.restart_bot(studio.app.new_bot(shard_count=1))
    await studio.until_jobs(studio.ada, JobStatus.DELIVERED)
    (job,) = await studio.jobs(studio.ada)
    assert job.result_message_id == job.status_message_id
    await studio.until(lambda: row_says(studio, job, "shown_status") == "delivered", "the status is brought up to date")
    assert buttons(message_of(studio, job)) == ROW
    assert await vote(studio, studio.ben, job) == "▲ 1"
    shown = message_of(studio, job)
    assert [c.items[0].media.url.endswith(".mp4") for c in shown.components if hasattr(c, "items")] == [True]
    await studio.press(studio.ada, shown, "Delete")
    assert all(message.id != job.result_message_id for message in studio.messages())


def row_says(studio: Studio, job: Job, column: str, *, forget: bool = False) -> object:
    """A column of a job's row; with `forget`, it is emptied."""
    with sqlite3.connect(studio.database) as connection:
        if forget:
            connection.execute(f"UPDATE jobs SET {column} = NULL WHERE job_id = ?", (job.job_id,))
        (found,) = connection.execute(f"SELECT {column} FROM jobs WHERE job_id = ?", (job.job_id,)).fetchone()
    connection.close()
    return found
