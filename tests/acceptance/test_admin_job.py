"""/admin job: one job with every step, found by id, by link or by its words, in its own server alone."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from sqlalchemy import update

from bot.client.bot import RushesBot
from bot.models import JobStatus
from bot.storage.database import Database
from bot.storage.jobs import JobStore
from bot.storage.tables import jobs
from sandbox.providers.catalogue import APIFRAME_ERRORS
from sandbox.providers.faults import Ending, Fault, Outcome
from tests.acceptance.making import buttons, delivered, make, shown
from tests.acceptance.studio import Studio
from tests.acceptance.test_history import suggested
from tests.reserving import reserve

UNKNOWN = "There is no such clip in this server."


def link(studio: Studio, message_id: int | None) -> str:
    return f"https://discord.com/channels/{studio.guild.id}/{studio.channel.id}/{message_id}"


async def test_every_step_of_a_job_is_shown_however_it_is_named(studio: Studio) -> None:
    job = (await make(studio, studio.ada, "a *fox*"))["a *fox*"]
    said = await studio.say(studio.mod, "admin job", id=job.job_id)
    for named in (
        f" {job.job_id} ",
        "a *fox*",
        link(studio, job.result_message_id),
        link(studio, job.status_message_id),
    ):
        assert await studio.say(studio.mod, "admin job", id=named) == said
    assert f"Job `{job.job_id}`" in said
    assert "a *fox*" in said
    assert "Asked for by @ada in" in said
    assert job.task_id is not None
    assert job.task_id in said
    assert "Price: 1 credit" in said
    assert re.findall(r"- (held|charged|gave back) 1 credit", said) == ["held", "charged"]
    steps = re.findall(r"UTC (.+?) · Apiframe( \(\+\d+\.\d s\))?", said)
    assert [step for step, _ in steps] == [
        "waiting in line",
        "being handed over",
        "rendering",
        "on its way",
        "delivered",
    ]
    assert [bool(after) for _, after in steps] == [False, True, True, True, True]
    assert said.endswith("( Status message ) ( Clip )")


async def test_a_failure_is_told_in_words_and_credits_that_went_back_are_shown(studio: Studio) -> None:
    studio.box.apiframe.faults.add(APIFRAME_ERRORS["job_failed_moderation"])
    await studio.video(studio.ada, "something rude", provider="apiframe")
    await studio.until_jobs(studio.ada, JobStatus.FAILED)
    said = await studio.say(studio.mod, "admin job", id="rude")
    assert said.count("The provider's content filter stopped this one.") == 1
    assert "no clip · Apiframe · `moderation`" in said
    assert "gave back 1 credit" in said
    assert "policy violation" not in said, "a provider's own words are never shown"


async def test_a_moderator_can_cancel_from_it(studio: Studio) -> None:
    studio.box.apiframe.faults.add(Fault(outcome=Outcome(Ending.NEVER)))
    await studio.video(studio.ada, "for ever", provider="apiframe")
    await studio.until_jobs(studio.ada, JobStatus.RENDERING)
    result = await studio.mod.slash(studio.channel, "admin job", id="ever")
    assert "( Cancel ) ( Status message )" in shown(studio, result)
    assert result.response is not None
    warned = await studio.mod.click(result.response.message, label="Cancel")
    assert warned.response is not None
    (job,) = await studio.jobs(studio.ada)
    assert job.awaited, "it has started, so it takes a word more"
    await studio.mod.click(warned.response.message, label=buttons(warned.response.message)[0])
    (job,) = await studio.jobs(studio.ada)
    assert not job.awaited
    said = await studio.say(studio.mod, "admin job", id="ever")
    assert "( Cancel )" not in said
    assert "UTC cancelled (+" in said


async def test_a_job_from_before_there_were_trails_shows_what_its_row_knows(studio: Studio) -> None:
    job = await delivered(studio, studio.ada)
    database = Database(f"sqlite:///{studio.database}")
    await database.write(lambda c: c.execute(update(jobs).where(jobs.c.job_id == job.job_id).values(trail="")))
    await database.close()
    said = await studio.say(studio.mod, "admin job", id=job.job_id)
    found = re.findall(r"UTC (.+?)(?: \(\+\d+\.\d s\))?\n", said.partition("charged")[2].partition("\n")[2])
    assert found[:2] == ["asked for", "first in line"]
    assert {"handed over", "taken by the provider", "rendered", "ended"} <= set(found)


@pytest.mark.parametrize(
    "named", ["f" * 20, "nothing like it", "", link, "https://discord.com/channels/1/2/99999999999999999999"]
)
async def test_what_is_not_there_or_of_another_server_is_unknown(studio: Studio, named: object) -> None:
    mine = await delivered(studio, studio.ada, "a fox")
    target = replace(mine.target, interaction_id=5, guild_id=5, channel_id=6)
    other = replace(mine, job_id="f" * 20, target=target, result_message_id=55, webhook_hash=None)
    database = Database(f"sqlite:///{studio.database}")
    await reserve(JobStore(database), other, day="2026-01-01", base=99, resets_at=mine.created_at)
    await database.close()
    typed = link(studio, 55) if callable(named) else str(named)
    if typed:
        assert await studio.say(studio.mod, "admin job", id=typed) == UNKNOWN
    assert await suggested(studio, studio.mod, "admin job", "id", "fox") == ["a fox"]


async def test_what_others_asked_for_is_offered_to_those_who_manage_the_server_alone(studio: Studio) -> None:
    await make(studio, studio.ada, "a fox", "an owl")
    bot = studio.env.bot
    assert isinstance(bot, RushesBot)
    admin = next(found for found in await bot.tree.fetch_commands() if found.name == "admin")
    studio.guild.set_command_permissions(admin, {studio.ben: True})
    assert await suggested(studio, studio.mod, "admin job", "id", "") == ["an owl", "a fox"]
    (job, _) = await studio.jobs(studio.ada)
    assert await suggested(studio, studio.mod, "admin job", "id", job.job_id[:9]) == ["an owl"]
    assert await suggested(studio, studio.mod, "admin job", "id", "x" * 101) == []
    assert await suggested(studio, studio.ben, "admin job", "id", "") == []
