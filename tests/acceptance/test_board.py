"""/board: the clips of a place as one picture, in pages that anybody may turn, and nothing of any other place."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import discord
import pytest
import simcord
from PIL import Image

from bot.models import JobStatus
from sandbox.drawing.render import PrebuiltRenderer
from tests.acceptance.making import make, message_of, shown, thread_of
from tests.acceptance.studio import Studio, open_studio


async def board(studio: Studio, member: simcord.MemberActor, **options: Any) -> simcord.InteractionResult:
    """Type /board in the channel, or in another place."""
    return await member.slash(options.pop("at", studio.channel), "board", **options)


async def picture(result: simcord.InteractionResult) -> Image.Image:
    assert result.response is not None
    (attachment,) = result.response.attachments
    assert attachment.filename == "contact-sheet.png"
    return Image.open(io.BytesIO(await attachment.read()))


def alt_text(result: simcord.InteractionResult) -> str:
    assert result.response is not None
    (gallery,) = [
        part
        for part in result.response.message.components[0].children  # type: ignore[union-attr]
        if isinstance(part, discord.MediaGalleryComponent)
    ]
    return str(gallery.items[0].description)


@pytest.fixture
async def rich(tmp_path: Path, clip: Path) -> AsyncIterator[Studio]:
    """A studio whose members have credits for many clips."""
    async with open_studio(tmp_path, renderer=PrebuiltRenderer(clip), quota_daily_credits=30) as studio:
        yield studio


async def test_a_board_shows_the_clips_of_the_channel_with_their_votes(studio: Studio) -> None:
    jobs = await make(studio, studio.ada, "a fox", "a whale")
    library = studio.app.services.library
    await library.vote(jobs["a fox"], studio.ada.id)
    await library.vote(jobs["a fox"], studio.ben.id)
    result = await board(studio, studio.ben)
    text = shown(studio, result)
    assert not result.ephemeral
    assert text.index("1 a fox") < text.index("2 a whale")
    assert "2 votes" in text
    assert "@ada" in text
    assert result.response is not None
    assert studio.env.backend.get_message(studio.channel.id, result.response.id).ping_user_ids == []
    assert f"/{jobs['a fox'].result_message_id}" in str(result.response.components)
    assert (await picture(result)).size[0] == 1280
    assert "1: a fox; 2: a whale" in alt_text(result)
    newest = shown(studio, await board(studio, studio.ben, by="newest"))
    assert newest.index("1 a whale") < newest.index("2 a fox")


async def test_pages_are_turned_by_anybody_and_after_a_restart(rich: Studio) -> None:
    await make(rich, rich.ada, *(f"clip {number:02}" for number in range(1, 12)))
    first = await board(rich, rich.ada, by="newest")
    assert "page 1 of 2" in shown(rich, first)
    assert "1 clip 11" in shown(rich, first)
    assert "clip 02" not in shown(rich, first)
    await rich.restart()
    assert first.response is not None
    second = await rich.ben.click(first.response.message, label="Next")
    text = shown(rich, second)
    assert second.response is not None
    assert second.response.id == first.response.id
    assert "page 2 of 2" in text
    assert "10 clip 02" in text
    assert "clip 03" not in text
    back = await rich.ada.click(second.response.message, label="Previous")
    assert "1 clip 11" in shown(rich, back)
    assert (await picture(back)).size[0] == 1280


async def test_ones_own_board_is_private_and_holds_nobody_elses_clips(studio: Studio) -> None:
    await make(studio, studio.ada, "of ada")
    await make(studio, studio.ben, "of ben")
    result = await board(studio, studio.ada, where="mine")
    assert result.ephemeral
    assert "of ada" in shown(studio, result)
    assert "of ben" not in shown(studio, result)


async def test_nothing_of_another_channel_shows(studio: Studio) -> None:
    await make(studio, studio.ada, "in the open")
    secret = studio.guild.create_text_channel("secret")
    assert "no clip here yet" in shown(studio, await board(studio, studio.ada, at=secret))
    await studio.ada.slash(secret, "video", prompt="behind closed doors")
    await studio.until_jobs(studio.ada, JobStatus.DELIVERED, JobStatus.DELIVERED)
    assert "behind closed doors" not in shown(studio, await board(studio, studio.ben))
    there = shown(studio, await board(studio, studio.ada, at=secret))
    assert "behind closed doors" in there
    assert "in the open" not in there


async def test_in_a_thread_it_is_the_threads_clips_or_its_channels(studio: Studio) -> None:
    await make(studio, studio.ada, "outside")
    thread = await thread_of(studio, "closer look")
    await studio.ada.slash(thread, "video", prompt="inside")
    await studio.until_jobs(studio.ada, JobStatus.DELIVERED, JobStatus.DELIVERED)
    inside = shown(studio, await board(studio, studio.ben, at=thread))
    assert "inside" in inside
    assert "outside" not in inside
    parent = shown(studio, await board(studio, studio.ben, at=thread, where="channel"))
    assert "outside" in parent
    assert "inside" not in parent
    assert "not a thread" in shown(studio, await board(studio, studio.ben, where="thread"))


async def test_a_deleted_clip_is_left_out_however_it_was_deleted(studio: Studio) -> None:
    jobs = await make(studio, studio.ada, "stays", "deleted by its button", "deleted by a moderator")
    by_hand = jobs["deleted by a moderator"]
    await studio.press(studio.ada, message_of(studio, jobs["deleted by its button"]), "Delete")
    await studio.mod.delete(message_of(studio, by_hand))
    text = shown(studio, await board(studio, studio.ben))
    assert "1 stays" in text
    assert "deleted by" not in text
    assert (await studio.app.services.jobs.job(by_hand.job_id, guild_id=studio.guild.id)).deleted_at is not None


async def test_with_the_last_clip_gone_a_board_says_so(studio: Studio) -> None:
    await make(studio, studio.ada, "alone")
    await studio.mod.delete(studio.clips()[0])
    assert "no clip here yet" in shown(studio, await board(studio, studio.ben))
