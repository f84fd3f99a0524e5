"""The course of an erasure: what is on the way, what cannot be reached, and a process that ends in the middle."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import simcord

from bot.models import JobStatus
from sandbox.drawing.render import PrebuiltRenderer
from tests.acceptance.making import delivered, message_of
from tests.acceptance.studio import Studio, open_studio
from tests.acceptance.traces import erase, left_of, rows, until_erased


@pytest.fixture
async def slow(tmp_path: Path, clip: Path) -> AsyncIterator[Studio]:
    """A studio whose clips take a while."""
    async with open_studio(tmp_path, renderer=PrebuiltRenderer(clip), render_seconds=3.0) as studio:
        yield studio


def change(studio: Studio, statement: str) -> None:
    with sqlite3.connect(studio.database, timeout=20) as connection:
        connection.execute(statement)
    connection.close()


async def test_what_has_started_is_erased_once_it_has_ended(slow: Studio) -> None:
    await slow.video(slow.ada, "a zebra")
    await slow.until_jobs(slow.ada, JobStatus.RENDERING)
    page = await slow.ada.slash(slow.channel, "privacy")
    assert page.response is not None
    await erase(slow, slow.ada)
    assert len(rows(slow)["jobs"]) == 1
    again = await slow.ada.click(page.response.message, label="Erase")
    assert "already" in "".join(followup.content for followup in again.followups)
    await until_erased(slow)
    assert left_of(slow, ["zebra", str(slow.ada.id)], "") == []
    assert slow.clips() == []
    assert [entry[1] for entry in rows(slow)["ledger"]] == ["hold", "settle"], "its provider has charged for it"


async def test_a_clip_that_is_kept_costs_nothing_once_it_is_erased(studio: Studio) -> None:
    await studio.video(studio.ada, "a zebra")
    await studio.until_jobs(studio.ada, JobStatus.RENDERING)
    studio.env.inject_error("POST", f"/channels/{studio.channel.id}/messages", status=403, code=50013, times=None)
    await studio.until_jobs(studio.ada, JobStatus.PARKED)
    private = studio.ada.user.dm_channel
    await studio.until(lambda: private.last_message is not None, "a private message")
    await erase(studio, studio.ada)
    await until_erased(studio)
    assert private.last_message is None, "what was said in private is taken back too"
    assert left_of(studio, ["zebra", str(studio.ada.id)], "") == []
    assert [entry[1] for entry in rows(studio)["ledger"]] == ["hold", "release"]
    allowance = await studio.allowance(studio.ada)
    assert (allowance.used, allowance.held) == (0, 0)


async def test_nothing_is_held_for_what_was_on_the_way(slow: Studio) -> None:
    for prompt in ("zebra one", "zebra two"):
        await slow.video(slow.ada, prompt)
    await erase(slow, slow.ada)
    await until_erased(slow)
    assert left_of(slow, ["zebra", str(slow.ada.id)], "") == []
    (spent,) = [row for row in rows(slow)["spend"] if row[0] == "all"]
    assert spent[2] == 0, "nothing is held any more"


async def test_what_is_asked_for_afterwards_stays(studio: Studio) -> None:
    await delivered(studio, studio.ada, "a zebra")
    await erase(studio, studio.ada)
    await studio.video(studio.ada, "a whale")
    await until_erased(studio)
    await studio.until_jobs(studio.ada, JobStatus.DELIVERED)
    assert [job.request.prompt for job in await studio.jobs(studio.ada)] == ["a whale"]
    assert left_of(studio, ["zebra"], "") == []
    assert len(studio.clips()) == 1
    assert (await studio.allowance(studio.ada)).used == 2


async def test_nobody_has_the_credits_of_the_day_twice(studio: Studio) -> None:
    for number in range(3):
        await delivered(studio, studio.ada, f"a zebra {number}")
        await erase(studio, studio.ada)
        await until_erased(studio)
        assert (await studio.allowance(studio.ada)).used == number + 1
    assert (await studio.allowance(studio.ben)).used == 0


async def test_a_place_that_is_closed_is_passed_over(studio: Studio) -> None:
    job = await delivered(studio, studio.ada, "a zebra")
    studio.env.inject_error("DELETE", f"/channels/*/messages/{job.result_message_id}", status=403, code=50001)
    studio.env.inject_error("GET", "/channels/*/messages", status=403, code=50001)
    await erase(studio, studio.ada)
    await until_erased(studio)
    assert rows(studio)["jobs"] == []
    assert [message.id for message in studio.messages()] == [job.result_message_id]


async def test_messages_of_other_members_and_of_people_stay(studio: Studio) -> None:
    job = await delivered(studio, studio.ada, "a zebra")
    theirs = await delivered(studio, studio.ben, "a whale")
    written = await studio.ben.send(studio.channel, f"<@{studio.ada.id}> look at this")
    await studio.ben.click(message_of(studio, job), label="Again")
    await studio.until_jobs(studio.ben, JobStatus.DELIVERED, JobStatus.DELIVERED)
    before = {message.id for message in studio.messages()}
    await erase(studio, studio.ada)
    await until_erased(studio)
    gone = before - {message.id for message in studio.messages()}
    assert gone == {job.status_message_id, job.result_message_id}
    assert written.id not in gone
    assert message_of(studio, theirs)


@pytest.mark.parametrize("table", ["jobs", "usage", "votes"])
async def test_an_erasure_goes_on_after_it_broke_off(studio: Studio, table: str) -> None:
    job = await delivered(studio, studio.ada, "a zebra")
    other = await delivered(studio, studio.ben, "a whale")
    await studio.ada.click(message_of(studio, other), label="Vote")
    event = "UPDATE" if table == "votes" else "DELETE"
    change(studio, f"CREATE TRIGGER broken BEFORE {event} ON {table} BEGIN SELECT RAISE(ABORT, 'broken'); END")
    await erase(studio, studio.ada)
    await studio.until(lambda: job.result_message_id not in {m.id for m in studio.messages()}, "it has begun")
    await studio.stop()
    assert rows(studio)["erasures"]
    change(studio, "DROP TRIGGER broken")
    await studio.start()
    await studio.env.restart_bot(studio.app.new_bot(shard_count=1))
    await until_erased(studio)
    assert left_of(studio, ["zebra", str(studio.ada.id)], "") == []
    assert (await studio.app.services.library.votes([other.job_id]))[other.job_id] == 1


async def test_only_a_second_press_erases(studio: Studio) -> None:
    await delivered(studio, studio.ada, "a zebra")
    page = await studio.ada.slash(studio.channel, "privacy")
    assert page.response is not None
    asked = await studio.ada.click(page.response.message, label="Erase")
    assert asked.response is not None
    said = studio.readable(asked.response.message)
    assert "1 request" in said
    assert "cannot be undone" in said
    assert rows(studio)["erasures"] == []
    assert isinstance(asked, simcord.InteractionResult)
