"""What happened is told apart from what could be said of it: an answer that is lost makes nobody do it again."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bot.models import JobStatus
from sandbox.drawing.render import PrebuiltRenderer
from tests.acceptance.brainstorm_round import Round, begin
from tests.acceptance.cutting_room import open_builder, reels, until_reel
from tests.acceptance.making import delivered, make, message_of, shown
from tests.acceptance.studio import Studio, open_studio
from tests.closed_database import closed_to, opened_to

SORRY = "Something went wrong"
ANSWERS = "/webhooks/*/*/messages/*"
FAILURES = [(404, 0), (404, 10015), (429, 0), (500, 0), (503, 0), (401, 50027)]
"""What becomes of the answer, as (status, code): an edge's, Discord's own word, too many, unwell, too late."""


@pytest.fixture
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """Nothing that cannot be said is worth a traceback."""
    caplog.set_level(logging.INFO)
    yield caplog
    assert [record.getMessage() for record in caplog.records if record.exc_info] == []


def lose_the_answer(studio: Studio, status: int, code: int) -> None:
    for method, path in (("PATCH", ANSWERS), ("POST", "/webhooks/*/*")):
        studio.env.inject_error(method, path, status=status, code=code)


def never_sorry(studio: Studio) -> None:
    """Nobody was told that it went wrong, nor would have been, had that not been lost as well."""
    assert [asked.path for asked in studio.env.http_requests if SORRY in str(asked.json)] == []


def rows(studio: Studio, query: str) -> list[Any]:
    with closing(sqlite3.connect(studio.database)) as connection:
        return connection.execute(query).fetchall()


@pytest.mark.parametrize(("status", "code"), FAILURES)
async def test_a_lost_receipt_makes_nobody_pay_twice(
    studio: Studio, status: int, code: int, quiet: pytest.LogCaptureFixture
) -> None:
    lose_the_answer(studio, status, code)
    said = await studio.video(studio.ada)
    never_sorry(studio)
    assert said.startswith("Accepted") or "could not be answered" in quiet.text
    await studio.until_jobs(studio.ada, JobStatus.DELIVERED)
    assert (studio.charged(), (await studio.allowance(studio.ada)).used) == (1, 1)


async def test_a_status_message_that_cannot_be_noted_is_no_failure_of_the_request(studio: Studio) -> None:
    closed_to(studio.database, "UPDATE OF status_message_id ON jobs")
    said = await studio.video(studio.ada)
    assert said.startswith("Accepted.")
    assert "Its status will appear in this channel" in said
    opened_to(studio.database)
    await studio.until_jobs(studio.ada, JobStatus.DELIVERED)
    await studio.until_status("a fox in the snow", "Delivered")
    assert len([m for m in studio.messages() if m.flags.components_v2]) == 1


async def test_a_database_that_takes_nothing_before_the_request_is_noted_is_one(studio: Studio) -> None:
    closed_to(studio.database, "INSERT ON jobs")
    said = await studio.video(studio.ada)
    opened_to(studio.database)
    assert said.startswith("Something went wrong on my side. Nothing was charged for it")
    assert await studio.jobs(studio.ada) == []


@pytest.mark.parametrize(("status", "code"), FAILURES)
async def test_a_vote_whose_answer_is_lost_stands(
    studio: Studio, status: int, code: int, quiet: pytest.LogCaptureFixture
) -> None:
    job = await delivered(studio, studio.ada)
    lose_the_answer(studio, status, code)
    await studio.ben.click(message_of(studio, job), label="Vote")
    never_sorry(studio)
    assert await studio.app.services.library.votes([job.job_id]) == {job.job_id: 1}


@pytest.mark.parametrize(("status", "code"), FAILURES)
async def test_a_clip_is_deleted_although_nobody_hears_of_it(
    studio: Studio, status: int, code: int, quiet: pytest.LogCaptureFixture
) -> None:
    job = await delivered(studio, studio.ada)
    lose_the_answer(studio, status, code)
    await studio.ada.click(message_of(studio, job), label="Delete")
    never_sorry(studio)
    assert studio.clips() == []


async def test_a_deletion_whose_answer_is_lost_is_tried_again(studio: Studio) -> None:
    job = await delivered(studio, studio.ada)
    studio.env.inject_error("DELETE", f"/channels/*/messages/{job.result_message_id}", status=500)
    said = await studio.press(studio.ada, message_of(studio, job), "Delete")
    assert said == "The clip is deleted from this channel."
    assert studio.clips() == []


async def test_a_clip_that_could_not_be_sent_again_is_not_said_to_be_free_of_charge(studio: Studio) -> None:
    await delivered(studio, studio.ada)
    listing = await studio.ada.slash(studio.channel, "jobs")
    assert listing.response is not None
    studio.env.inject_error("PATCH", ANSWERS, status=503)
    said = await studio.press(studio.ada, listing.response.message, "Send again")
    assert said.startswith("It could not be sent to you just now.")


async def test_an_extension_that_ffmpeg_cannot_begin_blames_nobody_else(tmp_path: Path, clip: Path) -> None:
    broken = tmp_path / "ffmpeg"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    async with open_studio(tmp_path / "data", renderer=PrebuiltRenderer(clip), ffmpeg_path=broken) as studio:
        job = await delivered(studio, studio.ada)
        form = await studio.ben.click(message_of(studio, job), label="Extend")
        sent = await studio.ben.submit_modal(form, {"prompt": "what comes next"})
        assert shown(studio, sent).startswith("The last frame of this clip could not be taken out just now.")
        assert await studio.jobs(studio.ben) == []


@pytest.mark.parametrize(("status", "code"), FAILURES)
async def test_a_brainstorm_is_opened_and_rendered_once_although_nobody_hears_of_it(
    studio: Studio, status: int, code: int, quiet: pytest.LogCaptureFixture
) -> None:
    lose_the_answer(studio, status, code)
    await studio.say(studio.ada, "brainstorm", idea="a fox in the snow", takes=2)
    (thread,) = studio.channel.threads
    round_ = Round(studio, thread)
    await round_.until_opened()
    lose_the_answer(studio, status, code)
    await studio.ada.click(round_.board(), label="Render all")
    await round_.until_board("Vote with the buttons")
    lose_the_answer(studio, status, code)
    await studio.ada.click(round_.board(), label="Decide now")
    await round_.until_board("Decided")
    never_sorry(studio)
    assert studio.charged() == 2


async def test_a_thread_that_cannot_be_noted_is_no_failure_of_the_brainstorm(studio: Studio) -> None:
    closed_to(studio.database, "UPDATE OF message_id ON assemblies WHEN NEW.message_id IS NOT NULL")
    assert "Your brainstorm is open" in await studio.say(studio.ada, "brainstorm", idea="a fox", takes=2)
    opened_to(studio.database)
    round_ = Round(studio, studio.channel.threads[0])
    studio.app.services.assembler.poke(round_.assembly_id)
    await studio.until(lambda: rows(studio, "SELECT 1 FROM assemblies WHERE message_id > 0"), "the board is noted")
    assert (len(studio.channel.threads), len(round_.boards())) == (1, 1)


async def test_a_list_of_takes_is_open_again_where_nothing_could_be_reserved(studio: Studio) -> None:
    round_ = await begin(studio, studio.ada, takes=2)
    await round_.until_opened()
    closed_to(studio.database, "INSERT ON jobs")
    assert SORRY in await round_.press(studio.ada, "Render all")
    opened_to(studio.database)
    assert "2 takes are on their way" in await round_.press(studio.ada, "Render all")
    await round_.until_board("Vote with the buttons")
    assert studio.charged() == 2


@pytest.mark.parametrize(("status", "code"), FAILURES)
async def test_a_reel_is_made_once_although_nobody_hears_of_it(
    cutting: Studio, status: int, code: int, quiet: pytest.LogCaptureFixture
) -> None:
    await make(cutting, cutting.ada, "a calm sea", "a wild sea")
    builder = await open_builder(cutting, cutting.ada)
    lose_the_answer(cutting, status, code)
    pressed = await cutting.ada.click(builder.message, label="Make the reel")
    assert pressed.response is not None
    if (status, code) in {(404, 0), (429, 0)}:
        assert "Your reel is being made" in cutting.readable(pressed.response.message), "it is said a moment later"
    reel = await until_reel(cutting)
    lose_the_answer(cutting, status, code)
    await cutting.ada.click(reel, label="Delete")
    assert reels(cutting) == []
    never_sorry(cutting)
