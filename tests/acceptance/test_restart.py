"""A restart loses nothing: jobs in every state go on, buttons still work, nothing is paid or posted twice."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import discord
import pytest

from bot.jobs.intake import Draft, Order
from bot.models import JobStatus
from sandbox.drawing.render import PrebuiltRenderer
from sandbox.providers.faults import Fault, Route
from tests.acceptance.making import shown
from tests.acceptance.studio import Studio, open_studio


async def test_jobs_in_every_state_go_on_after_a_restart(tmp_path: Path, clip: Path) -> None:
    async with open_studio(
        tmp_path, renderer=PrebuiltRenderer(clip), render_seconds=4, apiframe_concurrency=2, acedata_api_token=None
    ) as studio:
        studio.box.apiframe.faults.add(Fault(route=Route.SUBMIT, match="handed over", delay=30, effect=True))
        await studio.video(studio.ada, "being handed over")
        await studio.video(studio.ada, "rendering")
        await studio.video(studio.ada, "in line")
        await studio.until_jobs(studio.ada, JobStatus.SUBMITTING, JobStatus.RENDERING, JobStatus.QUEUED)

        await studio.restart()

        await studio.until_jobs(studio.ada, *[JobStatus.DELIVERED] * 3)
        assert len(studio.clips()) == 3
        assert studio.charged() == 3, "the POST that was cut off is repeated with its key, and charged once"
        assert (await studio.allowance(studio.ada)).used == 3


async def test_a_clip_in_delivery_is_posted_once(studio: Studio) -> None:
    studio.box.apiframe.faults.add(Fault(route=Route.FILE, delay=30))
    await studio.video(studio.ada, "on its way", provider="apiframe")
    await studio.until_jobs(studio.ada, JobStatus.DELIVERING)
    asked = studio.box.apiframe.requests
    await studio.until(lambda: any(r.path.startswith("/files/") for r in asked), "the download begins")
    await studio.restart()
    await studio.until_jobs(studio.ada, JobStatus.DELIVERED)
    assert len(studio.clips()) == 1


async def test_what_a_process_that_died_was_writing_is_gone_after_the_next_start(studio: Studio) -> None:
    await studio.stop()
    halves = [studio.database.parent / name / "x-poster.jpg.part" for name in ("images", "clips", "stills", "reels")]
    for half in halves:
        half.write_bytes(b"half a picture")
    await studio.start()
    assert [half for half in halves if half.exists()] == []


@pytest.mark.parametrize("strikes", [0, 3], ids=["after one crash", "after three"])
async def test_a_clip_that_was_posted_but_not_noted_is_found_and_not_posted_again(studio: Studio, strikes: int) -> None:
    await studio.video(studio.ada, "posted already")
    await studio.until_jobs(studio.ada, JobStatus.DELIVERED)
    (job,) = await studio.jobs(studio.ada)
    await studio.stop()
    await forget_the_delivery(studio, job.job_id, strikes)
    await studio.start()
    await studio.env.restart_bot(studio.app.new_bot(shard_count=1))
    await studio.until_jobs(studio.ada, JobStatus.DELIVERED)
    assert len(studio.clips()) == 1
    (again,) = await studio.jobs(studio.ada)
    assert again.result_message_id == studio.clips()[0].id


async def forget_the_delivery(studio: Studio, job_id: str, strikes: int) -> None:
    """Put the row back to what it was between the message and its note: the process died in that instant."""
    with sqlite3.connect(studio.database) as connection:
        connection.execute(
            "UPDATE jobs SET status = 'delivering', result_message_id = NULL, ended_at = NULL, strikes = ?"
            " WHERE job_id = ?",
            (strikes, job_id),
        )
        connection.execute("DELETE FROM ledger WHERE job_id = ? AND kind = 'settle'", (job_id,))
    connection.close()


async def test_at_a_provider_without_keys_an_unknown_outcome_is_never_sent_again(tmp_path: Path, clip: Path) -> None:
    async with open_studio(tmp_path, renderer=PrebuiltRenderer(clip), apiframe_api_key=None, public_url=None) as studio:
        studio.box.acedata.faults.add(Fault(route=Route.SUBMIT, delay=30, effect=True))
        await studio.video(studio.ada, "who knows")
        await studio.until(lambda: studio.submissions() == 1, "the submission arrives")
        await studio.restart()
        await studio.until_status("who knows", "Nothing was paid twice")
        await studio.until_jobs(studio.ada, JobStatus.UNKNOWN)
        assert studio.submissions() == 1
        assert (await studio.allowance(studio.ada)).left == 10


async def test_the_cancel_button_works_after_a_restart(tmp_path: Path, clip: Path) -> None:
    async with open_studio(tmp_path, renderer=PrebuiltRenderer(clip), render_seconds=10) as studio:
        await studio.video(studio.ada, "never mind")
        await studio.until_jobs(studio.ada, JobStatus.RENDERING)
        await studio.restart()
        asked = await studio.ada.click(studio.status_of("never mind"), label="Cancel")
        await studio.restart()
        answer = await studio.ada.click(asked.response, label="Stop waiting")  # type: ignore[arg-type]
        assert "Cancelled." in shown(studio, answer)
        await studio.until_status("never mind", "It had started")


async def test_a_clip_that_ends_while_nobody_is_connected_arrives_later(studio: Studio) -> None:
    await studio.video(studio.ada, "patience")
    await studio.until_jobs(studio.ada, JobStatus.RENDERING)
    await studio.stop()
    await asyncio.sleep(0.5)
    await studio.start()
    await studio.until_jobs(studio.ada, JobStatus.DELIVERING)
    assert studio.clips() == []
    await studio.env.restart_bot(studio.app.new_bot(shard_count=1))
    await studio.until_clips(1)


async def test_a_second_click_and_a_repeated_event_make_one_job(studio: Studio) -> None:
    target = studio.target(studio.ada, 4711)
    first = await studio.app.services.jobs.submit([Order(target, Draft(prompt="once"))])
    second = await studio.app.services.jobs.submit([Order(target, Draft(prompt="once"))])
    assert first.job.job_id == second.job.job_id
    assert not second.new
    await studio.until_clips(1)
    assert studio.charged() == 1
    assert isinstance(studio.clips()[0], discord.Message)
