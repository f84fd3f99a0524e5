"""The clip reaches its people whatever the channel is like: too large, gone, or Discord unwell."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.models import JobStatus
from sandbox.faults import Ending, Fault, Outcome
from sandbox.render import PrebuiltRenderer
from tests.acceptance.studio import Studio, open_studio


@pytest.fixture
def heavy_clip(tmp_path: Path, clip: Path) -> Path:
    """The same clip with a `free` box behind it: 21 MiB, one more than a channel takes by default."""
    path = tmp_path / "heavy.mp4"
    padding = 21 * 1024 * 1024
    path.write_bytes(clip.read_bytes() + padding.to_bytes(4, "big") + b"free" + bytes(padding - 8))
    return path


async def test_a_clip_too_large_for_the_channel_is_made_to_fit_and_kept_whole(tmp_path: Path, heavy_clip: Path) -> None:
    async with open_studio(tmp_path / "data", renderer=PrebuiltRenderer(heavy_clip)) as studio:
        await studio.video(studio.ada, "a long story")
        (message,) = await studio.until_clips(1)
        assert message.attachments[0].size < 20 * 1024 * 1024
        await studio.until_jobs(studio.ada, JobStatus.DELIVERED)
        listing = await studio.ada.slash(studio.channel, "jobs")
        again = await studio.ada.click(listing.response, label="Send again")  # type: ignore[arg-type]
        assert again.response is not None
        # SimCord gives everybody 25 MiB: the file that the channel did not take reaches its owner in private.
        assert again.response.attachments[0].size > 21 * 1024 * 1024


async def test_discord_refusing_the_size_is_the_last_word(studio: Studio) -> None:
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
    assert (await studio.allowance(studio.ada)).left == 10
    private = studio.ada.user.dm_channel
    await studio.until(lambda: private.last_message is not None, "a private message")
    assert private.last_message is not None
    assert "Fetch it with `/jobs`" in private.last_message.content
    listing = await studio.ada.slash(studio.channel, "jobs")
    sent = await studio.ada.click(listing.response, label="Send again")  # type: ignore[arg-type]
    assert sent.response is not None
    assert sent.response.attachments[0].filename.endswith(".mp4")


@pytest.mark.parametrize(
    ("ending", "words"),
    [
        (Ending.CLIP_HTML, "not a video that plays"),
        (Ending.CLIP_SHORT, "not a video that plays"),
        (Ending.WITHOUT_URL, "no longer works"),
        (Ending.LINK_GONE, "no longer works"),
    ],
)
async def test_a_clip_that_cannot_be_had_costs_nothing(studio: Studio, ending: Ending, words: str) -> None:
    studio.box.apiframe.faults.add(Fault(outcome=Outcome(ending)))
    await studio.video(studio.ada, "bad luck", provider="apiframe")
    await studio.until_jobs(studio.ada, JobStatus.FAILED)
    await studio.until_status("bad luck", words)
    assert (await studio.allowance(studio.ada)).left == 10
    assert studio.clips() == []
