"""The clip reaches its people whatever the channel is like: too large, gone, or Discord unwell."""

from __future__ import annotations

import asyncio
import re
import sqlite3
import time
from pathlib import Path

import pytest

from bot.jobs.delivery.fetching import LOOKS
from bot.models import JobStatus
from sandbox.drawing.render import PrebuiltRenderer
from sandbox.providers.faults import Ending, Fault, Outcome
from tests.acceptance.studio import Studio, open_studio


def padded(clip: Path, path: Path, mebibytes: int) -> Path:
    """The same clip with a `free` box behind it; without that it is small."""
    padding = mebibytes * 1024 * 1024
    path.write_bytes(clip.read_bytes() + padding.to_bytes(4, "big") + b"free" + bytes(padding - 8))
    return path


async def test_a_clip_too_large_for_the_channel_is_made_smaller_and_says_so(tmp_path: Path, clip: Path) -> None:
    heavy = padded(clip, tmp_path / "heavy.mp4", 21)
    async with open_studio(tmp_path / "data", renderer=PrebuiltRenderer(heavy)) as studio:
        await studio.video(studio.ada, "a long story")
        await studio.until_jobs(studio.ada, JobStatus.DELIVERED)
        (message,) = studio.clips()
        assert message.attachments[0].size <= 20 * 1024 * 1024
        original = (
            rf"\[the original of {heavy.stat().st_size / 1024 / 1024:.1f} MiB\]\(<{studio.box.apiframe.url}\S+>\)"
        )
        assert re.search(rf"made smaller to fit, {original} until <t:\d+:f>", message.content)
        listing = await studio.ada.slash(studio.channel, "jobs")
        again = await studio.ada.click(listing.response, label="Send again")  # type: ignore[arg-type]
        assert again.response is not None
        # SimCord gives everybody 25 MiB: the file that the channel did not take reaches its owner in private.
        assert again.response.attachments[0].size == heavy.stat().st_size


async def test_a_clip_that_cannot_be_made_smaller_comes_as_a_link_and_is_kept(tmp_path: Path, clip: Path) -> None:
    heavy, nothing = padded(clip, tmp_path / "heavy.mp4", 21), tmp_path / "no-ffmpeg-here"
    async with open_studio(tmp_path / "data", renderer=PrebuiltRenderer(heavy), ffmpeg_path=nothing) as studio:
        await studio.video(studio.ada, "a long story")
        await studio.until_jobs(studio.ada, JobStatus.DELIVERED)
        message = studio.messages()[-1]
        assert "more than this channel takes" in message.content
        assert studio.box.apiframe.url in message.content
        assert not message.attachments
        listing = await studio.ada.slash(studio.channel, "jobs")
        again = await studio.ada.click(listing.response, label="Send again")  # type: ignore[arg-type]
        assert again.response is not None
        assert again.response.attachments[0].size > 21 * 1024 * 1024


async def test_what_discord_refuses_though_it_should_have_fitted_is_made_smaller_still(
    tmp_path: Path, clip: Path
) -> None:
    heavy = padded(clip, tmp_path / "heavy.mp4", 12)
    async with open_studio(tmp_path / "data", renderer=PrebuiltRenderer(heavy), render_seconds=1) as studio:
        await studio.video(studio.ada, "who would have thought")
        await studio.until_jobs(studio.ada, JobStatus.RENDERING)
        studio.env.inject_error("POST", "/channels/*/messages", status=413, code=40005)
        await studio.until_jobs(studio.ada, JobStatus.DELIVERED)
        (message,) = studio.clips()
        assert message.attachments[0].size <= 8 * 1024 * 1024
        assert "made smaller to fit" in message.content


async def test_discord_refusing_even_a_small_clip_is_the_last_word(studio: Studio) -> None:
    await studio.video(studio.ada, "who would have thought")
    await studio.until_jobs(studio.ada, JobStatus.RENDERING)
    studio.env.inject_error("POST", "/channels/*/messages", status=413, code=40005)
    await studio.until_jobs(studio.ada, JobStatus.DELIVERED)
    assert "more than this channel takes" in studio.messages()[-1].content


async def test_a_passing_trouble_of_discord_is_waited_out(studio: Studio) -> None:
    await studio.video(studio.ada, "patience")
    await studio.until_jobs(studio.ada, JobStatus.RENDERING)
    studio.env.inject_error("POST", "/channels/*/messages", status=503)
    await studio.until_clips(1)
    assert len(studio.clips()) == 1


async def test_a_channel_that_is_gone_parks_the_clip_and_its_owner_is_told(studio: Studio) -> None:
    await studio.video(studio.ada, "nowhere to go")
    await studio.until_jobs(studio.ada, JobStatus.RENDERING)
    studio.env.inject_error("POST", f"/channels/{studio.channel.id}/messages", status=403, code=50013, times=None)
    await studio.until_jobs(studio.ada, JobStatus.PARKED)
    assert (await studio.allowance(studio.ada)).held == 1, "the clip can still be had"
    private = studio.ada.user.dm_channel
    await studio.until(lambda: private.last_message is not None, "a private message")
    assert private.last_message is not None
    assert "Fetch it with `/jobs`" in private.last_message.content
    listing = await studio.ada.slash(studio.channel, "jobs")
    sent = await studio.ada.click(listing.response, label="Send again")  # type: ignore[arg-type]
    assert sent.response is not None
    assert sent.response.attachments[0].filename.endswith(".mp4")
    allowance = await studio.allowance(studio.ada)
    assert (allowance.used, allowance.held) == (1, 0)


def ten_minutes_of_looks(studio: Studio) -> None:
    """Let the looks at links that go on failing be as many as there are in ten minutes; their waits are not awaited."""
    with sqlite3.connect(studio.database) as connection:
        # The version changes too: a look that is under way must not write down its own count over this one.
        connection.execute(
            "UPDATE jobs SET attempts = ?, due_at = 0, version = version + 1"
            " WHERE status = 'delivering' AND failure IS NOT NULL",
            (LOOKS,),
        )
    connection.close()


@pytest.mark.parametrize(
    ("ending", "words"),
    [
        (Ending.CLIP_HTML, "not a video that plays"),
        (Ending.LINK_GONE, "no longer works"),
        (Ending.LINK_FORBIDDEN, "no longer works"),
    ],
)
async def test_a_clip_that_cannot_be_had_is_asked_for_for_long_and_then_costs_nothing(
    studio: Studio, ending: Ending, words: str
) -> None:
    studio.box.apiframe.faults.add(Fault(outcome=Outcome(ending)))
    await studio.video(studio.ada, "bad luck", provider="apiframe")
    until = time.monotonic() + 20
    while [job.status for job in await studio.jobs(studio.ada)] != [JobStatus.FAILED]:
        assert time.monotonic() < until
        await asyncio.sleep(0.3)
        ten_minutes_of_looks(studio)
    await studio.until_status("bad luck", words)
    assert (await studio.allowance(studio.ada)).left == 10
    assert studio.clips() == []
    assert studio.box.apiframe.url not in studio.messages()[-1].content


async def test_while_a_link_answers_badly_its_job_says_so_and_stays_held(studio: Studio) -> None:
    studio.box.apiframe.faults.add(Fault(outcome=Outcome(Ending.CLIP_HTML)))
    await studio.video(studio.ada, "patience", provider="apiframe")
    await studio.until_status("patience", "The provider does not hand the clip over yet; I keep asking.")
    (job,) = await studio.jobs(studio.ada)
    assert (job.status, (await studio.allowance(studio.ada)).held) == (JobStatus.DELIVERING, 1)
    listing = await studio.say(studio.ada, "jobs")
    assert "not a video" not in listing
    assert "no longer works" not in listing
    (task,) = studio.box.apiframe.tasks.values()
    task.outcome = Outcome()
    await studio.until_jobs(studio.ada, JobStatus.DELIVERED)
    assert len(studio.clips()) == 1


async def test_a_clip_that_never_comes_whole_is_linked_to_and_charged_for(studio: Studio) -> None:
    studio.box.apiframe.faults.add(Fault(outcome=Outcome(Ending.CLIP_SHORT)))
    await studio.video(studio.ada, "half a story", provider="apiframe")
    await studio.until_status("half a story", "I keep asking.")
    ten_minutes_of_looks(studio)
    await studio.until_jobs(studio.ada, JobStatus.DELIVERED)
    message = studio.messages()[-1]
    assert re.search(
        rf"broke off whenever I fetched it. \[It is here\]\(<{studio.box.apiframe.url}\S+>\)", message.content
    )
    assert not message.attachments
    assert (await studio.allowance(studio.ada)).used == 1
    listing = await studio.ada.slash(studio.channel, "jobs")
    again = await studio.ada.click(listing.response, label="Send again")  # type: ignore[arg-type]
    assert again.response is not None
    said = studio.readable(again.response.message)
    assert said.startswith("The file itself is not kept here.")
    assert f"(<{studio.box.apiframe.url}" in said
