"""What people make of a clip with the buttons under it: remix, extend, another take, whoever presses."""

from __future__ import annotations

import asyncio
from io import BytesIO
from pathlib import Path
from typing import Any

import discord
import simcord
from PIL import Image, ImageChops, ImageStat

from bot.media.clips.stills import take_last_frame
from bot.media.ffmpeg import Ffmpeg, find_ffmpeg
from bot.models import JobStatus, Relation
from sandbox.drawing.render import FfmpegRenderer
from tests.acceptance.making import buttons, delivered, message_of
from tests.acceptance.studio import Studio, open_studio

ROW = ["Again", "Remix", "Extend", "Vote", "Delete"]


def picture(colour: str) -> bytes:
    file = BytesIO()
    Image.new("RGB", (480, 360), colour).save(file, "PNG")
    return file.getvalue()


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
    assert buttons(message_of(studio, job)) == ROW


# -- remix -------------------------------------------------------------------------------------------------------------


async def test_a_remix_is_filled_in_and_paid_by_whoever_sends_it(studio: Studio) -> None:
    parent = await delivered(studio, studio.ada, "a fox", duration=10, provider="apiframe")
    form = await studio.ben.click(message_of(studio, parent), label="Remix")
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
    assert lineage in message_of(studio, child).content
    await studio.until(lambda: "remix of" in studio.readable(studio.status_of("a wolf")), "the status says so too")
    assert (await studio.allowance(studio.ada)).used == 2, "the clip's first requester pays nothing"


async def test_a_remix_keeps_changes_or_leaves_out_the_pictures(studio: Studio) -> None:
    parent = await delivered(studio, studio.ada, "a walk", image=("a.png", picture("red")))
    clip, rest = message_of(studio, parent), {"format": ["/"], "provider": ["auto"]}
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
    clip, rest = message_of(studio, parent), {"format": ["/"], "provider": ["auto"]}
    text = [("notes.txt", b"not a picture")]
    assert "not a PNG" in await send_form(studio, studio.ben, clip, "Remix", prompt="x", files=text, **rest)
    await studio.app.services.desk.set_daily(studio.target(studio.mod, 1), studio.ben.id, 0)
    assert "Nothing is left" in await send_form(studio, studio.ben, clip, "Remix", prompt="x", **rest)
    assert await studio.jobs(studio.ben) == []
    assert (await studio.allowance(studio.ben)).held == 0


async def test_a_remix_of_a_clip_that_was_deleted_meanwhile_says_so(studio: Studio) -> None:
    parent = await delivered(studio, studio.ada)
    form = await studio.ben.click(message_of(studio, parent), label="Remix")
    await studio.app.services.library.forget(parent)
    await studio.ben.submit_modal(form, {"prompt": "orphan", "format": ["/"], "provider": ["auto"]})
    await studio.until_jobs(studio.ben, JobStatus.DELIVERED)
    assert "remix of a clip that is gone" in message_of(studio, (await studio.jobs(studio.ben))[0]).content


async def test_a_form_that_was_open_over_a_restart_gives_back_what_was_written(studio: Studio) -> None:
    parent = await delivered(studio, studio.ada)
    form = await studio.ben.click(message_of(studio, parent), label="Remix")
    await studio.restart()
    sent = await studio.ben.submit_modal(form, {"prompt": "a wolf `@everyone`", "format": ["/"], "provider": ["auto"]})
    assert sent.response is not None
    assert sent.ephemeral
    assert "Open it again and paste what you wrote" in studio.readable(sent.response.message)
    (file,) = sent.response.message.attachments
    assert (await file.read()).decode() == "a wolf `@everyone`"
    assert await studio.jobs(studio.ben) == []


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
        answer = await send_form(studio, studio.ben, message_of(studio, parent), "Extend", prompt="it runs away")
        assert "9 of 10 left" in answer
        await studio.until_jobs(studio.ben, JobStatus.DELIVERED)
        (child,) = await studio.jobs(studio.ben)
        assert (child.parent_id, child.relation) == (parent.job_id, Relation.EXTENDS)
        assert child.request.last_frame is None
        assert "extends [this clip]" in message_of(studio, child).content
        videos = [await message_of(studio, job).attachments[0].read() for job in (parent, child)]
    before = await frame(videos[0], tmp_path / "parent", last=True)
    after = await frame(videos[1], tmp_path / "child", last=False)
    assert before.size == after.size
    difference = ImageStat.Stat(ImageChops.difference(before, after)).mean
    assert max(difference) <= 2.0, difference


async def test_extending_is_refused_before_anything_is_done_where_credits_are_short(studio: Studio) -> None:
    parent = await delivered(studio, studio.ada)
    await studio.app.services.desk.set_daily(studio.target(studio.mod, 1), studio.ben.id, 0)
    assert "Nothing is left" in await studio.press(studio.ben, message_of(studio, parent), "Extend")
    assert not list((studio.database.parent / "stills").iterdir()), "no frame was taken"


async def test_extending_needs_the_clip_still_to_be_there(studio: Studio) -> None:
    parent = await delivered(studio, studio.ada)
    form = await studio.ben.click(message_of(studio, parent), label="Extend")
    # Not by its button: SimCord, unlike Discord, takes no form whose message is gone.
    await studio.app.services.library.forget(parent)
    assert "no longer kept" in await studio.press(studio.mod, message_of(studio, parent), "Extend")
    sent = await studio.ben.submit_modal(form, {"prompt": "too late"})
    assert sent.response is not None
    assert "no longer kept" in studio.readable(sent.response.message)
    assert await studio.jobs(studio.ben) == []
    assert (await studio.allowance(studio.ben)).held == 0


# -- again -------------------------------------------------------------------------------------------------------------


async def test_another_take_says_what_it_is_another_take_of(studio: Studio) -> None:
    parent = await delivered(studio, studio.ada)
    await studio.press(studio.ben, message_of(studio, parent), "Again")
    await studio.until_jobs(studio.ben, JobStatus.DELIVERED)
    assert "another take of [this clip]" in message_of(studio, (await studio.jobs(studio.ben))[0]).content
