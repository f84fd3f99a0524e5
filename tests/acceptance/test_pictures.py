"""Pictures by their bytes, whatever they are called, and pictures that were posted as spoilers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import discord
import pytest
import simcord

from bot.models import Job, JobStatus
from tests.acceptance.making import delivered, message_of
from tests.acceptance.studio import Studio
from tests.acceptance.test_menus import animate, answered, only_job, picture, use

NAMES = {
    "photo": picture("red"),
    "IMG_0001.HEIC": picture("red", kind="JPEG"),
    "shot.PNG.bin": picture("red"),
    "looks.gif": picture("red", kind="WEBP"),
}


@pytest.mark.parametrize("name", NAMES)
async def test_an_attached_picture_counts_by_its_bytes(studio: Studio, name: str) -> None:
    assert "1 credit held" in await studio.video(studio.ada, "a fox", image=(name, NAMES[name]))
    assert (await only_job(studio, studio.ada)).request.first_frame is not None


@pytest.mark.parametrize("kind", ["as named", None, "application/octet-stream", "image/heic"])
@pytest.mark.parametrize("name", NAMES)
async def test_a_picture_of_a_message_counts_by_its_bytes(studio: Studio, name: str, kind: str | None) -> None:
    sent = await studio.ada.send(studio.channel, attachments=[(name, NAMES[name])])
    if kind != "as named":
        stored = studio.env.backend.messages[studio.channel.id][sent.id]
        stored.attachments[0]["content_type"] = kind
    await animate(studio, studio.ben, sent, "it comes alive")
    assert (await only_job(studio, studio.ben)).request.first_frame is not None


async def test_a_file_that_is_no_picture_is_none_whatever_it_is_called(studio: Studio) -> None:
    for name, words in (("photo", "has no picture"), ("a.heic.bin", "has no picture"), ("a.gif", "not a PNG")):
        sent = await studio.ada.send(studio.channel, attachments=[(name, b"MZ no picture")])
        assert words in await answered(studio, await use(studio, studio.ben, "Animate this image", sent))
    said = await studio.video(studio.ada, "a fox", image=("a.mp4", b"\0\0\0\x18ftypmp42"))
    assert "not a PNG" in said
    assert (await studio.allowance(studio.ada)).held == 0


async def test_real_pictures_come_before_those_that_are_called_otherwise(studio: Studio) -> None:
    files = [("notes.bin", b"x"), ("photo", picture("red", size=(500, 360))), ("b.jpg", picture("blue", kind="JPEG"))]
    sent = await studio.ada.send(studio.channel, attachments=files)
    await animate(studio, studio.ada, sent, "from one to the other")
    request = (await only_job(studio, studio.ada)).request
    assert request.first_frame is not None
    assert request.last_frame is not None
    assert (request.first_frame.width, request.last_frame.width) == (500, 480)


# -- spoilers ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Seen:
    """What is hidden of a message: its files by name, and the pictures it shows."""

    files: list[str]
    shown: list[bool]


def seen(message: discord.Message) -> Seen:
    def galleries(parts: Any) -> list[bool]:
        found: list[bool] = []
        for part in parts:
            found += [item.spoiler for item in getattr(part, "items", [])]
            found += galleries(getattr(part, "children", []))
        return found

    return Seen([file.filename for file in message.attachments], galleries(message.components))


def clip_of(studio: Studio, job: Job) -> str:
    (file,) = message_of(studio, job).attachments
    return file.filename


HIDDEN = ("SPOILER_a.png", picture("red"))


async def test_a_spoiler_stays_one_in_the_status_and_on_the_clip(studio: Studio) -> None:
    job = await delivered(studio, studio.ada, "a fox", image=HIDDEN, end_image=("b.png", picture("blue")))
    status = seen(studio.status_of("a fox"))
    assert status == Seen(["SPOILER_first-frame.png", "last-frame.png"], [True, False])
    assert clip_of(studio, job) == f"SPOILER_rushes-{job.job_id[:8]}.mp4"
    plain = await delivered(studio, studio.ada, "a wolf", image=("a.png", picture("red")))
    assert seen(studio.status_of("a wolf")) == Seen(["first-frame.png"], [False])
    assert clip_of(studio, plain) == f"rushes-{plain.job_id[:8]}.mp4"


async def test_what_is_made_of_a_spoiler_is_one_after_a_restart_too(studio: Studio) -> None:
    job = await delivered(studio, studio.ada, "a fox", image=HIDDEN)
    await studio.restart()
    await studio.press(studio.ada, message_of(studio, job), "Again")
    form = await studio.ada.click(message_of(studio, job), label="Remix")
    await studio.ada.submit_modal(form, {"prompt": "a wolf", "format": ["/"], "provider": ["auto"]})
    form = await studio.ada.click(message_of(studio, job), label="Extend")
    await studio.ada.submit_modal(form, {"prompt": "it runs"})
    await studio.until_jobs(studio.ada, *[JobStatus.DELIVERED] * 4)
    jobs = await studio.jobs(studio.ada)
    assert [clip_of(studio, each).startswith("SPOILER_") for each in jobs] == [True] * 4
    assert seen(studio.status_of("it runs")).shown == [True]
    form = await studio.ada.click(message_of(studio, job), label="Remix")
    await studio.ada.submit_modal(form, {"prompt": "bare", "format": ["/"], "provider": ["auto"], "without": True})
    await studio.until_jobs(studio.ada, *[JobStatus.DELIVERED] * 5)
    assert not clip_of(studio, (await studio.jobs(studio.ada))[0]).startswith("SPOILER_")


async def test_a_spoiler_of_a_message_is_one_on_its_clip(studio: Studio) -> None:
    sent = await studio.ada.send(studio.channel, attachments=[HIDDEN])
    await animate(studio, studio.ben, sent, "it comes alive")
    assert clip_of(studio, await only_job(studio, studio.ben)).startswith("SPOILER_")


async def test_a_spoiler_shown_in_a_status_message_is_one_on_its_clip(studio: Studio) -> None:
    await delivered(studio, studio.ada, "a walk", image=HIDDEN)
    await animate(studio, studio.ben, studio.status_of("a walk"), "another walk")
    assert clip_of(studio, await only_job(studio, studio.ben)).startswith("SPOILER_")


async def test_boards_and_takes_hide_what_holds_a_spoiler(studio: Studio) -> None:
    await studio.video(studio.ada, "a fox", image=HIDDEN, takes=2)
    await studio.until_jobs(studio.ada, *[JobStatus.DELIVERED] * 2)
    await studio.until(lambda: any("take-1" in str(seen(m).files) for m in studio.messages()), "takes side by side")
    (together,) = [seen(m) for m in studio.messages() if "take-1" in str(seen(m).files)]
    assert together == Seen([f"SPOILER_take-{n}.mp4" for n in (1, 2)], [True, True])
    result = await studio.ben.slash(studio.channel, "board")
    assert result.response is not None
    assert seen(result.response.message).shown == [True]


async def test_a_clip_sent_again_is_a_spoiler(studio: Studio) -> None:
    job = await delivered(studio, studio.ada, "a fox", image=HIDDEN)
    result = await studio.ada.slash(studio.channel, "clip", clip=job.job_id)
    assert isinstance(result, simcord.InteractionResult)
    assert result.response is not None
    assert [file.filename[:8] for file in result.response.message.attachments] == ["SPOILER_"]


async def test_a_brainstorm_with_a_spoiler_hides_it_on_its_board(studio: Studio) -> None:
    await studio.ada.slash(studio.channel, "brainstorm", idea="a fox", takes=2, image=HIDDEN)
    await studio.until(lambda: studio.channel.threads and studio.channel.threads[0].history(), "the board is there")
    await studio.until(lambda: any(m.attachments for m in studio.channel.threads[0].history()), "with its picture")
    (board,) = [m for m in studio.channel.threads[0].history() if m.attachments]
    assert seen(board) == Seen(["SPOILER_first-frame.png"], [True])
    await studio.ada.click(board, label="Render all")
    await studio.until_jobs(studio.ada, *[JobStatus.DELIVERED] * 2)
    assert all(job.request.spoiler for job in await studio.jobs(studio.ada))
