"""/admin usage: the figures agree with what was made, and nobody but those who manage the server sees them."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import simcord
from PIL import Image

from bot.client.bot import RushesBot
from bot.models import Job, JobStatus, LedgerKind
from bot.storage.database import Database
from bot.storage.jobs import JobStore
from sandbox.providers.catalogue import APIFRAME_ERRORS
from tests.acceptance.making import make, shown
from tests.acceptance.studio import Studio
from tests.acceptance.test_languages import Languages
from tests.acceptance.test_languages import languages as languages
from tests.reserving import reserve
from tests.unit.cogs.test_looking_back import walk

NOTHING = "Nothing was asked for in this server within the last 30 days."


async def files(result: simcord.InteractionResult) -> dict[str, bytes]:
    """What an answer has attached."""
    assert result.response is not None
    return {one.filename: await one.read() for one in result.response.message.attachments}


async def lines(result: simcord.InteractionResult) -> list[dict[str, str]]:
    """The rows of the file."""
    return list(csv.DictReader(io.StringIO((await files(result))["usage.csv"].decode("utf-8-sig"), newline="")))


async def made(studio: Studio) -> None:
    """Ada has two clips for three credits; Ben has one, and one that failed; a third member of another server one."""
    await make(studio, studio.ada, "a fox")
    await studio.video(studio.ada, "an owl", duration=10)
    await studio.until_jobs(studio.ada, *[JobStatus.DELIVERED] * 2)
    await studio.video(studio.ben, "a whale", provider="acedata")
    await studio.until_jobs(studio.ben, JobStatus.DELIVERED)
    studio.box.apiframe.faults.add(APIFRAME_ERRORS["job_failed_moderation"])
    await studio.video(studio.ben, "something rude", provider="apiframe")
    await studio.until_jobs(studio.ben, JobStatus.DELIVERED, JobStatus.FAILED)
    database = Database(f"sqlite:///{studio.database}")
    (job, *_) = await studio.jobs(studio.ada)
    await elsewhere(JobStore(database), job)
    await database.close()


async def elsewhere(store: JobStore, job: Job) -> None:
    """A clip of the same member in another server."""
    target = replace(job.target, interaction_id=5, guild_id=5, channel_id=6)
    day = datetime.fromtimestamp(job.created_at, UTC).date().isoformat()
    other = replace(job, job_id="5" * 20, version=1, status=JobStatus.DELIVERING, target=target, webhook_hash=None)
    await reserve(store, other, day=day, base=99, resets_at=job.created_at + 9)
    await store.transition(other, at=job.created_at, entry=LedgerKind.SETTLE, status=JobStatus.DELIVERED)


async def test_the_figures_are_those_of_what_was_made_here(studio: Studio) -> None:
    await made(studio)
    result = await studio.mod.slash(studio.channel, "admin usage")
    assert result.ephemeral
    text = shown(studio, result)
    assert "4 clips asked for · 3 delivered · 1 ended without a clip · 4 credits" in text
    table = [line.split() for line in text.partition("```\n")[2].partition("\n```")[0].splitlines()]
    assert table == [
        ["member", "clips", "credits", "Apiframe", "success"],
        ["1", "ada", "2", "3", "13", "100", "%"],
        ["2", "ben", "1", "1", "0", "50", "%"],
        ["in", "all", "3", "4", "13", "75", "%"],
    ]
    assert "AceData Cloud has not told what 1 clip cost." in text
    assert re.search(r"Of the latest 3 clips, half took \d+ s or less to render\.", text)
    rows = await lines(result)
    assert [sum(int(row[name]) for row in rows) for name in ("asked", "delivered", "failed", "credits")] == [4, 3, 1, 4]
    assert {(row["member_id"], row["member"]) for row in rows} == {
        (str(studio.ada.id), "ada"),
        (str(studio.ben.id), "ben"),
    }
    assert {(row["channel_id"], row["channel"]) for row in rows} == {(str(studio.channel.id), "#brainstorm")}
    assert sorted(row["cost"] for row in rows) == ["", "0", "5", "8"]
    await by_channel_and_model(studio)


async def by_channel_and_model(studio: Studio) -> None:
    """The same told apart otherwise."""
    text = shown(studio, await studio.mod.slash(studio.channel, "admin usage", by="channel", days=365))
    assert "1  #brainstorm" in text
    result = await studio.mod.slash(studio.channel, "admin usage", by="model")
    text = shown(studio, result)
    assert "Apiframe 10 s" in text
    with Image.open(io.BytesIO((await files(result))["credits-by-day.png"])) as picture:
        assert picture.width == 1280
    said = [item["description"] for item in gallery_of(result)]
    assert len(said) == 1
    assert "Apiframe 10 s 2 (50 %)" in said[0]


def gallery_of(result: simcord.InteractionResult) -> list[dict[str, str]]:
    assert result.response is not None
    parts = walk([component.to_dict() for component in result.response.message.components])  # type: ignore[misc]
    return [item for part in parts for item in part.get("items", [])]


async def test_that_there_is_nothing_is_said(studio: Studio) -> None:
    assert await studio.say(studio.mod, "admin usage") == NOTHING


@pytest.mark.parametrize(("command", "options"), [("usage", {}), ("job", {"id": "5" * 20})])
async def test_plain_members_are_refused_even_where_the_server_lets_them_type_it(
    studio: Studio, command: str, options: dict[str, str]
) -> None:
    bot = studio.env.bot
    assert isinstance(bot, RushesBot)
    admin = next(found for found in await bot.tree.fetch_commands() if found.name == "admin")
    studio.guild.set_command_permissions(admin, {studio.ada: True})
    assert "Manage Server" in await studio.say(studio.ada, f"admin {command}", **options)


async def test_a_korean_moderator_reads_it_in_korean(studio: Studio, languages: Languages) -> None:
    languages.set(studio.mod, "ko")
    assert await studio.say(studio.mod, "admin usage", days=7) == "지난 7일 동안 이 서버에서 요청한 영상이 없어요."
    await make(studio, studio.ada, "눈 속의 여우")
    result = await studio.mod.slash(studio.channel, "admin usage", by="model")
    text = shown(studio, result)
    assert "요청 1건 · 올라온 영상 1개 · 영상 없이 끝남 0건 · 크레딧 1개" in text
    assert "모델           영상  크레딧  Apiframe  성공률" in text
    assert "1  Apiframe 기본" in text
    assert gallery_of(result)[0]["description"].startswith("막대그래프, 모두 크레딧 1개. 모델별: Apiframe 기본 1")
