"""Delete takes what somebody brought in: from the disk, from the status message, and from a brainstorm's board."""

from __future__ import annotations

from pathlib import Path

import discord
import pytest
import simcord

from bot.models import Job, JobStatus
from tests.acceptance.brainstorm_round import Round, voting
from tests.acceptance.making import delivered, message_of
from tests.acceptance.studio import Studio
from tests.acceptance.test_menus import picture

PICTURES = {"image": ("a.png", picture("red")), "end_image": ("b.png", picture("blue"))}


def on_disk(studio: Studio, job_id: str) -> list[str]:
    """Every file whose name begins with this id."""
    return sorted(path.name for path in studio.database.parent.rglob(f"{job_id}*"))


def holds(message: discord.Message) -> str:
    """All that a message says, shows or has attached, as one text."""
    return str([part.to_dict() for part in message.components]) + str([a.filename for a in message.attachments])


def status(studio: Studio, job: Job) -> discord.Message:
    return next(message for message in studio.messages() if message.id == job.status_message_id)


async def until_bare(studio: Studio, job: Job) -> None:
    await studio.until(lambda: "Deleted." in holds(status(studio, job)), "the status message says so")
    message = status(studio, job)
    assert message.attachments == []
    assert "frame" not in holds(message)
    assert job.request.prompt not in holds(message)


@pytest.mark.parametrize("restart", [False, True])
async def test_delete_takes_pictures_and_prompt_from_disk_and_status(studio: Studio, restart: bool) -> None:
    job = await delivered(studio, studio.ada, "a very private fox", **PICTURES)
    await studio.app.services.library.last_frame(job)
    await studio.app.services.library.poster(job)
    assert len(on_disk(studio, job.job_id)) == 5, "clip, two pictures, poster, last frame"
    if restart:
        await studio.restart()
    assert "deleted" in await studio.press(studio.ada, message_of(studio, job), "Delete")
    assert on_disk(studio, job.job_id) == []
    await until_bare(studio, job)


async def test_what_others_made_of_it_keeps_its_own_pictures(studio: Studio) -> None:
    job = await delivered(studio, studio.ada, "a fox", **PICTURES)
    await studio.press(studio.ben, message_of(studio, job), "Again")
    await studio.until_jobs(studio.ben, JobStatus.DELIVERED)
    (child,) = await studio.jobs(studio.ben)
    await studio.press(studio.ada, message_of(studio, job), "Delete")
    await until_bare(studio, job)
    assert [name.partition("-")[2] for name in on_disk(studio, child.job_id)] == ["first.png", "last.png", ""]
    assert len(status(studio, child).attachments) == 2


async def test_a_moderator_who_deletes_does_the_same(studio: Studio) -> None:
    job = await delivered(studio, studio.ada, "a fox", **PICTURES)
    await studio.press(studio.mod, message_of(studio, job), "Delete")
    await until_bare(studio, job)
    assert on_disk(studio, job.job_id) == []


async def test_the_status_is_emptied_after_a_restart_if_it_could_not_be_before(studio: Studio) -> None:
    job = await delivered(studio, studio.ada, "a fox", **PICTURES)
    studio.env.inject_error("PATCH", f"/channels/*/messages/{job.status_message_id}", status=400, code=0, times=1)
    await studio.press(studio.ada, message_of(studio, job), "Delete")
    assert "a fox" in holds(status(studio, job))
    await studio.restart()
    await until_bare(studio, job)


# -- brainstorms -------------------------------------------------------------------------------------------------------


async def delete(studio: Studio, round_: Round, who: simcord.MemberActor) -> None:
    """Delete the first clip that is there."""
    job = next(job for job in await round_.jobs() if job.deleted_at is None)
    clip = next(message for message in round_.clips() if message.id == job.result_message_id)
    assert "deleted" in await studio.press(who, clip, "Delete")


def kept(studio: Studio) -> list[Path]:
    return list((studio.database.parent / "images").iterdir())


@pytest.mark.parametrize("ended", [False, True])
async def test_the_last_clip_of_a_brainstorm_takes_its_picture_along(studio: Studio, ended: bool) -> None:
    round_ = await voting(studio, image=PICTURES["image"])
    if ended:
        await round_.press(studio.ada, "Decide now")
        await round_.until_result()
        await round_.until_ended()
    assert len(kept(studio)) == 3, "one of each take and the one that they were made from"
    await delete(studio, round_, studio.ada)
    assert len(kept(studio)) == 2
    assert "first-frame" in holds(round_.board()), "the other take is there"
    await delete(studio, round_, studio.ada)
    assert kept(studio) == []
    await studio.until(lambda: "first-frame" not in holds(round_.board()), "the board without its picture")
    assert round_.board().attachments == []
    if ended:
        await round_.until_ended()
    assert len(round_.results()) == ended
