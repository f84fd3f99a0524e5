"""What stands under every clip: remix, extend, vote and delete, for whoever presses, before and after a restart."""

from __future__ import annotations

import asyncio
import sqlite3
from io import BytesIO
from pathlib import Path
from typing import Any

import discord
import simcord
from PIL import Image, ImageChops, ImageStat

from bot.media.ffmpeg import Ffmpeg, find_ffmpeg
from bot.media.stills import take_last_frame
from bot.models import Job, JobStatus, Relation
from cogs.views.ids import custom_id
from sandbox.render import FfmpegRenderer
from tests.acceptance.studio import Studio, open_studio
from tests.acceptance.test_restart import forget_the_delivery

ROW = ["Again", "Remix", "Extend", "Vote", "Delete"]


def buttons(message: discord.Message) -> list[str]:
    """The labels under a message."""
    return [
        child.label or ""
        for row in message.components
        if isinstance(row, discord.ActionRow)
        for child in row.children
        if isinstance(child, discord.Button)
    ]


def picture(colour: str) -> bytes:
    file = BytesIO()
    Image.new("RGB", (480, 360), colour).save(file, "PNG")
    return file.getvalue()


async def delivered(studio: Studio, who: simcord.MemberActor, prompt: str = "a fox", **options: Any) -> Job:
    """A clip that has been brought and noted."""
    before = len(await studio.jobs(who))
    await studio.video(who, prompt, **options)
    await studio.until_jobs(who, *[JobStatus.DELIVERED] * (before + 1))
    return (await studio.jobs(who))[0]


def clip_of(studio: Studio, job: Job) -> discord.Message:
    return next(message for message in studio.messages() if message.id == job.result_message_id)


async def send_form(
    studio: Studio, who: simcord.MemberActor, message: discord.Message, label: str, **values: Any
) -> str:
    """Open a form by a button, send it, and give the private answer."""
    form = await who.click(message, label=label)
    assert form.modal is not None, "the press opens a form"
    sent = await who.submit_modal(form, values)
    assert sent.response is not None
    assert sent.ephemeral
    return studio.readable(sent.response.message)


def preselected(modal: dict[str, Any]) -> dict[str, Any]:
    """What a form is filled in with, by custom id."""
    found: dict[str, Any] = {}
    for item in (part["component"] for part in modal["components"]):
        chosen = [option["value"] for option in item.get("options") or [] if option.get("default")]
        found[item["custom_id"]] = item.get("value") if "value" in item else chosen
    return found


async def test_every_clip_has_the_row(studio: Studio) -> None:
    job = await delivered(studio, studio.ada)
    assert buttons(clip_of(studio, job)) == ROW


# -- remix -------------------------------------------------------------------------------------------------------------


async def test_a_remix_is_filled_in_and_paid_by_whoever_sends_it(studio: Studio) -> None:
    parent = await delivered(studio, studio.ada, "a fox", duration=10, provider="apiframe")
    form = await studio.ben.click(clip_of(studio, parent), label="Remix")
    assert form.modal is not None
    filled = preselected(form.modal)
    assert (filled["prompt"], filled["format"], filled["provider"]) == ("a fox", ["/10"], ["apiframe"])
    sent = await studio.ben.submit_modal(form, {"prompt": "a wolf", "format": ["768p/6"], "provider": ["auto"]})
    assert sent.response is not None
    assert "1 credit held, 9 of 10 left" in studio.readable(sent.response.message)
    await studio.until_jobs(studio.ben, JobStatus.DELIVERED)
    (child,) = await studio.jobs(studio.ben)
    assert (child.parent_id, child.relation) == (parent.job_id, Relation.REMIX)
    assert (child.request.prompt, child.request.duration_seconds) == ("a wolf", 6)
    place = f"{studio.guild.id}/{studio.channel.id}/{parent.result_message_id}"
    lineage = f"remix of [this clip](<https://discord.com/channels/{place}>)"
    assert lineage in clip_of(studio, child).content
    await studio.until(lambda: "remix of" in studio.readable(studio.status_of("a wolf")), "the status says so too")
    assert (await studio.allowance(studio.ada)).used == 2, "the clip's first requester pays nothing"


async def test_a_remix_keeps_changes_or_leaves_out_the_pictures(studio: Studio) -> None:
    parent = await delivered(studio, studio.ada, "a walk", image=("a.png", picture("red")))
    clip, rest = clip_of(studio, parent), {"format": ["/"], "provider": ["auto"]}
    await send_form(studio, studio.ben, clip, "Remix", prompt="kept", **rest)
    files = [("b.png", picture("green")), ("c.png", picture("blue"))]
    await send_form(studio, studio.ben, clip, "Remix", prompt="changed", files=files, **rest)
    await send_form(studio, studio.ben, clip, "Remix", prompt="without", without=True, **rest)
    await studio.until_jobs(studio.ben, *[JobStatus.DELIVERED] * 3)
    pictures = {
        job.request.prompt: (job.request.first_frame is not None, job.request.last_frame is not None)
        for job in await studio.jobs(studio.ben)
    }
    assert pictures == {"kept": (True, False), "changed": (True, True), "without": (False, False)}


async def test_a_remix_is_refused_as_a_command_would_be(studio: Studio) -> None:
    parent = await delivered(studio, studio.ada)
    clip, rest = clip_of(studio, parent), {"format": ["/"], "provider": ["auto"]}
    text = [("notes.txt", b"not a picture")]
    assert "not a PNG" in await send_form(studio, studio.ben, clip, "Remix", prompt="x", files=text, **rest)
    await studio.app.services.jobs.set_daily(studio.target(studio.mod, 1), studio.ben.id, 0)
    assert "Nothing is left" in await send_form(studio, studio.ben, clip, "Remix", prompt="x", **rest)
    assert await studio.jobs(studio.ben) == []
    assert (await studio.allowance(studio.ben)).held == 0


async def test_a_remix_of_a_clip_that_was_deleted_meanwhile_says_so(studio: Studio) -> None:
    parent = await delivered(studio, studio.ada)
    form = await studio.ben.click(clip_of(studio, parent), label="Remix")
    await studio.app.services.library.forget(parent)
    await studio.ben.submit_modal(form, {"prompt": "orphan", "format": ["/"], "provider": ["auto"]})
    await studio.until_jobs(studio.ben, JobStatus.DELIVERED)
    assert "remix of a clip that is gone" in clip_of(studio, (await studio.jobs(studio.ben))[0]).content


# -- extend ------------------------------------------------------------------------------------------------------------


async def frame(video: bytes, folder: Path, *, last: bool) -> Image.Image:
    """The first or the last frame of a clip, decoded."""
    folder.mkdir()
    (folder / "clip.mp4").write_bytes(video)
    if last:
        await take_last_frame(Ffmpeg(find_ffmpeg(None)), folder / "clip.mp4", folder / "frame.png")
    else:
        arguments = ("-v", "error", "-i", str(folder / "clip.mp4"), "-frames:v", "1", str(folder / "frame.png"))
        process = await asyncio.create_subprocess_exec(str(find_ffmpeg(None)), *arguments)
        assert await process.wait() == 0
    return Image.open(folder / "frame.png").convert("RGB")


async def test_an_extended_clip_begins_with_the_exact_last_frame(tmp_path: Path) -> None:
    renderer = FfmpegRenderer(tmp_path / "made", frame_rate=4, short_side=360)
    (tmp_path / "made").mkdir()
    async with open_studio(tmp_path / "data", renderer=renderer) as studio:
        parent = await delivered(studio, studio.ada, "a fox in the snow")
        answer = await send_form(studio, studio.ben, clip_of(studio, parent), "Extend", prompt="it runs away")
        assert "9 of 10 left" in answer
        await studio.until_jobs(studio.ben, JobStatus.DELIVERED)
        (child,) = await studio.jobs(studio.ben)
        assert (child.parent_id, child.relation) == (parent.job_id, Relation.EXTENDS)
        assert child.request.last_frame is None
        assert "extends [this clip]" in clip_of(studio, child).content
        videos = [await clip_of(studio, job).attachments[0].read() for job in (parent, child)]
    before = await frame(videos[0], tmp_path / "parent", last=True)
    after = await frame(videos[1], tmp_path / "child", last=False)
    assert before.size == after.size
    difference = ImageStat.Stat(ImageChops.difference(before, after)).mean
    assert max(difference) <= 2.0, difference


async def test_extending_is_refused_before_anything_is_done_where_credits_are_short(studio: Studio) -> None:
    parent = await delivered(studio, studio.ada)
    await studio.app.services.jobs.set_daily(studio.target(studio.mod, 1), studio.ben.id, 0)
    assert "Nothing is left" in await studio.press(studio.ben, clip_of(studio, parent), "Extend")
    assert not list((studio.database.parent / "stills").iterdir()), "no frame was taken"


async def test_extending_needs_the_clip_still_to_be_there(studio: Studio) -> None:
    parent = await delivered(studio, studio.ada)
    form = await studio.ben.click(clip_of(studio, parent), label="Extend")
    # Not by its button: SimCord, unlike Discord, takes no form whose message is gone.
    await studio.app.services.library.forget(parent)
    assert "no longer kept" in await studio.press(studio.mod, clip_of(studio, parent), "Extend")
    sent = await studio.ben.submit_modal(form, {"prompt": "too late"})
    assert sent.response is not None
    assert "no longer kept" in studio.readable(sent.response.message)
    assert await studio.jobs(studio.ben) == []
    assert (await studio.allowance(studio.ben)).held == 0


# -- vote --------------------------------------------------------------------------------------------------------------


async def vote(studio: Studio, who: simcord.MemberActor, job: Job) -> str:
    """Press the vote button of a clip, whatever it says; what it says then."""
    await who.click(clip_of(studio, job), custom_id=custom_id("vote", job.job_id))
    return buttons(clip_of(studio, job))[3]


async def test_votes_are_counted_on_the_button_and_can_be_taken_back(studio: Studio) -> None:
    job = await delivered(studio, studio.ada)
    content = clip_of(studio, job).content
    assert [await vote(studio, who, job) for who in (studio.ben, studio.ada, studio.ben, studio.ada)] == [
        *("▲ 1", "▲ 2", "▲ 1"),
        "Vote",
    ]
    after = clip_of(studio, job)
    assert after.content == content
    assert buttons(after) == ROW
    assert len(after.attachments) == 1


async def test_votes_outlive_a_restart(studio: Studio) -> None:
    job = await delivered(studio, studio.ada)
    await vote(studio, studio.ben, job)
    await studio.restart()
    assert await vote(studio, studio.mod, job) == "▲ 2"
    assert await vote(studio, studio.ben, job) == "▲ 1"


async def test_votes_of_two_at_once_both_show(studio: Studio) -> None:
    job = await delivered(studio, studio.ada)
    shown, pressed = clip_of(studio, job), custom_id("vote", job.job_id)
    bot, library = studio.env.bot, studio.app.services.library
    assert bot is not None
    for voter in range(1, 9):
        await library.vote(job, 1000 + voter)
    # All are pressed on what stood there before the first of them.
    await asyncio.gather(*(who.click(shown, custom_id=pressed) for who in (studio.ada,)))
    assert buttons(clip_of(studio, job))[3] == "▲ 9"


async def test_a_deleted_clip_takes_no_votes(studio: Studio) -> None:
    job = await delivered(studio, studio.ada)
    await studio.app.services.library.forget(job)
    result = await studio.ben.click(clip_of(studio, job), custom_id=custom_id("vote", job.job_id))
    assert [followup.content for followup in result.followups] == ["This clip is no longer kept here."]


# -- delete ------------------------------------------------------------------------------------------------------------


async def test_delete_after_a_restart_removes_the_clip_and_all_that_is_kept_of_it(studio: Studio) -> None:
    job = await delivered(studio, studio.ada)
    kept = studio.database.parent / "clips" / f"{job.job_id}.mp4"
    assert kept.is_file()
    await studio.restart()
    assert "Only the person who asked" in await studio.press(studio.ben, clip_of(studio, job), "Delete")
    assert kept.is_file()
    assert "deleted" in await studio.press(studio.ada, clip_of(studio, job), "Delete")
    assert not kept.exists()
    assert studio.clips() == []


async def test_deleting_what_somebody_else_has_just_deleted_is_harmless(studio: Studio) -> None:
    job = await delivered(studio, studio.ada)
    studio.env.inject_error("DELETE", f"/channels/*/messages/{job.result_message_id}", status=404, code=10008)
    assert "deleted" in await studio.press(studio.ada, clip_of(studio, job), "Delete")


async def test_in_an_archived_thread_deleting_says_what_to_do(studio: Studio) -> None:
    job = await delivered(studio, studio.ada)
    studio.env.inject_error("DELETE", "/channels/*/messages/*", status=400, code=50083)
    assert "thread is archived" in await studio.press(studio.ada, clip_of(studio, job), "Delete")
    assert "deleted" in await studio.press(studio.ada, clip_of(studio, job), "Delete")


async def test_in_an_archived_thread_a_vote_counts_and_its_giver_is_told(studio: Studio) -> None:
    job = await delivered(studio, studio.ada)
    studio.env.inject_error("PATCH", "/webhooks/*/*/messages/*", status=400, code=50083)
    result = await studio.ben.click(clip_of(studio, job), custom_id=custom_id("vote", job.job_id))
    assert [followup.content for followup in result.followups] == ["Your vote counts. The clip has 1 now."]
    assert await vote(studio, studio.ada, job) == "▲ 2"


async def test_another_take_says_what_it_is_another_take_of(studio: Studio) -> None:
    parent = await delivered(studio, studio.ada)
    await studio.press(studio.ben, clip_of(studio, parent), "Again")
    await studio.until_jobs(studio.ben, JobStatus.DELIVERED)
    assert "another take of [this clip]" in clip_of(studio, (await studio.jobs(studio.ben))[0]).content


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
    assert buttons(clip_of(studio, job)) == ROW
    assert await vote(studio, studio.ben, job) == "▲ 1"
    shown = clip_of(studio, job)
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
