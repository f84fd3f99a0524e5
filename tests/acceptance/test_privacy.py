"""/privacy: what is kept, and having it sent; and servers that the bot has left."""

from __future__ import annotations

import asyncio
import io
import json
import time
import zipfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import discord
import pytest
import simcord

from bot.privacy.servers import GRACE_DAYS
from sandbox.drawing.render import PrebuiltRenderer
from tests.acceptance import traces
from tests.acceptance.brainstorm_round import begin
from tests.acceptance.cutting_room import open_builder, until_reel
from tests.acceptance.making import delivered, message_of
from tests.acceptance.studio import PATIENCE_SECONDS, Studio, open_studio
from tests.acceptance.test_languages import Languages
from tests.acceptance.test_menus import picture

DAY = 24 * 3600.0


async def exported(studio: Studio, member: simcord.MemberActor) -> tuple[str, zipfile.ZipFile, dict[str, Any]]:
    """Press Export: what is said, the ZIP, and its JSON."""
    page = await member.slash(studio.channel, "privacy")
    assert page.response is not None
    result = await member.click(page.response.message, label="Export")
    assert result.ephemeral
    message = result.followups[0] if result.followups else result.response.message if result.response else None
    assert isinstance(message, discord.Message)
    (attached,) = message.attachments
    archive = zipfile.ZipFile(io.BytesIO(await attached.read()))
    assert archive.testzip() is None
    return studio.readable(message), archive, json.loads(archive.read("rushes.json"))


@pytest.mark.parametrize(
    ("locale", "words"),
    [("en-US", "What this bot keeps of you"), ("ko", "보관하는"), ("ja", "保存"), ("zh-CN", "保存")],
)
async def test_it_says_what_is_kept_and_for_how_long(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, locale: str, words: str
) -> None:
    Languages(studio, monkeypatch).set(studio.ada, locale)
    page = await studio.ada.slash(studio.channel, "privacy")
    assert page.ephemeral
    assert page.response is not None
    text = studio.readable(page.response.message)
    for word in (words, "365", "62", "800", "30", "7", "Apiframe", "AceData Cloud"):
        assert word in text


async def test_an_export_holds_all_that_is_kept_and_nothing_of_others(cutting: Studio) -> None:
    studio, ada, ben = cutting, cutting.ada, cutting.ben
    desk = studio.app.services.desk
    await desk.set_daily(traces.admin(studio, 1), ada.id, 50)
    await desk.grant(traces.admin(studio, 2), ada.id, 3)
    one = await delivered(studio, ada, "one zebra", image=("a.png", picture("red")))
    other = await delivered(studio, ben, "a whale of ben's")
    await ada.click(message_of(studio, other), label="Vote")
    await (await open_builder(studio, ada, title="zebras")).press("Make the reel")
    await until_reel(studio)
    theirs = await begin(studio, ben, "a whale at sea", takes=2)
    await theirs.write(ada, "Add my take", "a whale and a zebra")
    said, archive, kept = await exported(studio, ada)
    assert "Here is what is kept of you" in said
    assert "not in it" not in said
    assert {f"clips/{one.job_id}.mp4", f"pictures/{one.job_id}-first.png", "rushes.json"} == set(archive.namelist())
    clip = message_of(studio, one).attachments[0]
    assert archive.read(f"clips/{one.job_id}.mp4") == await clip.read()
    (job,) = kept["jobs"]
    assert (job["request"]["prompt"], job["status"], job["price"]) == ("one zebra", "delivered", 1)
    assert [vote["job_id"] for vote in kept["votes"]] == [other.job_id]
    assert [take["prompt"] for take in kept["takes_in_brainstorms"]] == ["a whale and a zebra"]
    assert [reel["state"]["title"] for reel in kept["brainstorms_and_reels"]] == ["zebras"]
    assert [entry["kind"] for entry in kept["ledger"]] == ["hold", "settle"]
    assert [row["daily_credits"] for row in kept["allowances"]] == [50]
    assert [row["credits"] for row in kept["grants"]] == [3]
    assert [row["delivered"] for row in kept["usage"]] == [1]
    assert [entry["action"] for entry in kept["log"]] == ["quota_set", "grant"]
    for foreign in ("whale of ben's", str(ben.id), str(studio.mod.id), "webhook"):
        assert foreign not in json.dumps(kept)


async def test_an_own_brainstorm_is_exported_without_the_takes_of_others(studio: Studio) -> None:
    own = await begin(studio, studio.ada, "a zebra at sea", takes=2)
    await own.write(studio.ben, "Add my take", "an owl of ben's")
    await own.press(studio.ada, "Render all")
    await own.until_board("Vote with the buttons")
    _, _, kept = await exported(studio, studio.ada)
    (brainstorm,) = kept["brainstorms_and_reels"]
    assert len(brainstorm["state"]["takes"]) == 2
    for foreign in ("owl", str(studio.ben.id), "ben"):
        assert foreign not in json.dumps(kept)


async def test_what_does_not_fit_is_named(studio: Studio) -> None:
    made = [await delivered(studio, studio.ada, f"zebra {number}") for number in range(3)]
    size = studio.app.services.library._shelf.path(made[0].job_id).stat().st_size
    package = await studio.app.services.privacy.export(studio.ada.id, size + 20_000)
    with package.file:
        names = zipfile.ZipFile(package.file).namelist()
    assert package.size <= size + 20_000
    assert names == [f"clips/{made[2].job_id}.mp4", "rushes.json"]
    assert package.left_out == (made[1].job_id, made[0].job_id)
    studio.app.services.library._shelf.path(made[0].job_id).unlink()
    said, _, kept = await exported(studio, studio.ada)
    assert "1 clip is not in it" in said
    assert made[0].job_id[:8] in said
    assert "Send again" in said
    assert kept["left_out"] == [made[0].job_id]


async def test_whoever_has_nothing_gets_an_empty_export(studio: Studio) -> None:
    _, archive, kept = await exported(studio, studio.ben)
    assert archive.namelist() == ["rushes.json"]
    assert kept["jobs"] == []


# -- servers -----------------------------------------------------------------------------------------------------------


class Calendar:
    """Both clocks, which can be moved on."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


def left_at(studio: Studio) -> dict[object, object]:
    """Since when the bot is not in the servers that it knows."""
    return {row[0]: row[-1] for row in traces.rows(studio)["guilds"]}


async def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < end
        await asyncio.sleep(0.05)


@pytest.fixture
async def calendar() -> Calendar:
    return Calendar()


@pytest.fixture
async def dated(tmp_path: Path, clip: Path, calendar: Calendar) -> AsyncIterator[Studio]:
    """A studio whose clocks can be moved on."""
    async with open_studio(tmp_path, renderer=PrebuiltRenderer(clip), clocks=(calendar, calendar)) as studio:
        yield studio


async def later(studio: Studio, calendar: Calendar, days: int) -> None:
    calendar.ahead += days * DAY
    await studio.restart()
    await asyncio.sleep(0.5)


async def test_a_server_is_erased_a_month_after_the_bot_was_removed(dated: Studio, calendar: Calendar) -> None:
    job = await delivered(dated, dated.ada, "a zebra", image=("a.png", picture("red")))
    await begin(dated, dated.ada, "a zebra at sea", takes=2)
    await dated.app.services.desk.block(traces.admin(dated, 1), dated.ben.id, "no reason", None)
    guild_id, spent = dated.guild.id, [row for row in traces.rows(dated)["spend"] if row[0] == "all"]
    dated.env.backend.remove_guild(guild_id)
    await until(lambda: left_at(dated).get(guild_id))
    await later(dated, calendar, GRACE_DAYS - 1)
    assert len(traces.rows(dated)["jobs"]) == 1, "not before the grace is over"
    await later(dated, calendar, 2)
    await until(lambda: not traces.rows(dated)["jobs"] and not traces.rows(dated)["erasures"])
    assert [name for name, rows in traces.rows(dated).items() if str(guild_id) in str(rows)] == []
    assert not list(dated.database.parent.rglob(f"{job.job_id}*"))
    for path in dated.database.parent.glob("rushes.sqlite3*"):
        assert b"zebra" not in path.read_bytes()
    assert [row for row in traces.rows(dated)["spend"] if row[0] == "all"] == spent


async def test_a_server_that_invites_the_bot_again_finds_everything(dated: Studio, calendar: Calendar) -> None:
    job = await delivered(dated, dated.ada, "a zebra")
    presence = dated.app.services.privacy.presence
    await presence.left(dated.guild.id)
    first = left_at(dated)[dated.guild.id]
    calendar.ahead += DAY
    await presence.left(dated.guild.id)
    assert left_at(dated)[dated.guild.id] == first, "it is the first time that counts"
    await presence.joined(dated.guild.id)
    assert left_at(dated)[dated.guild.id] is None
    await later(dated, calendar, GRACE_DAYS + 1)
    assert [one.job_id for one in await dated.jobs(dated.ada)] == [job.job_id]
    assert (await dated.app.services.desk.rules(dated.guild.id)).version == 0


async def test_what_has_happened_while_nothing_was_connected_is_noted_at_the_start(dated: Studio) -> None:
    await delivered(dated, dated.ada, "a zebra")
    other = dated.env.create_guild("Another Room")
    presence = dated.app.services.privacy.presence
    await presence.compare([other.id])
    assert left_at(dated)[dated.guild.id]
    await dated.restart()
    await until(lambda: left_at(dated)[dated.guild.id] is None)


async def test_a_server_that_is_unavailable_was_not_left(dated: Studio) -> None:
    await delivered(dated, dated.ada, "a zebra")
    dated.env.backend.emit("GUILD_DELETE", {"id": str(dated.guild.id), "unavailable": True})
    await asyncio.sleep(0.5)
    assert not any(left_at(dated).values())


async def test_an_erasure_of_a_server_stops_where_the_bot_is_back(dated: Studio) -> None:
    job = await delivered(dated, dated.ada, "a zebra")
    await dated.app.services.privacy.presence.left(dated.guild.id)
    await dated.app.services.privacy.presence.joined(dated.guild.id)
    await dated.app.privacy.eraser.server(dated.guild.id)
    await until(lambda: not traces.rows(dated)["erasures"])
    assert [one.job_id for one in await dated.jobs(dated.ada)] == [job.job_id]
