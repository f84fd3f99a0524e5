"""A member runs /video: what the channel shows, from the command to the clip."""

from __future__ import annotations

import subprocess
from pathlib import Path

import discord
import imageio_ffmpeg

from bot.media.container.mp4 import inspect
from bot.models import JobStatus
from sandbox.drawing.render import PrebuiltRenderer
from sandbox.drawing.stills import still
from tests.acceptance.studio import Studio, open_studio


def plays(path: Path) -> bool:
    """Whether FFmpeg decodes every frame without a complaint."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(path), "-f", "null", "-"]
    done = subprocess.run(command, capture_output=True, check=False)
    return done.returncode == 0 and not done.stderr


async def saved(message: discord.Message, folder: Path) -> Path:
    path = folder / message.attachments[0].filename
    path.write_bytes(await message.attachments[0].read())
    return path


async def test_a_member_runs_video_and_the_channel_shows_a_clip_that_plays(tmp_path: Path) -> None:
    async with open_studio(tmp_path / "data") as studio:
        answer = await studio.video(studio.ada, "a lighthouse at dusk", resolution="768p", duration=6)
        assert "1 credit held, 9 of 10 left" in answer
        (message,) = await studio.until_clips(1)
        path = await saved(message, tmp_path)

    facts = inspect(path)
    assert plays(path)
    assert (facts.codec, facts.width, facts.height, round(facts.duration_seconds)) == ("avc1", 1366, 768, 6)


async def test_the_status_message_is_there_before_the_clip_and_tells_what_it_costs(studio: Studio) -> None:
    await studio.video(studio.ada, "a fox")
    (status,) = studio.statuses()
    assert "Next in line" in status
    assert "by the provider's published average" in status
    assert "Apiframe · 1 credit" in status
    assert "( Cancel )" in status
    await studio.until_status("a fox", "Delivered")
    assert "( Cancel )" not in studio.statuses()[0]


async def test_the_clip_replies_to_its_status_and_pings_the_requester_alone(studio: Studio) -> None:
    await studio.video(studio.ada, "@everyone look at <@1> **now**")
    (clip,) = await studio.until_clips(1)
    assert clip.reference is not None
    assert clip.reference.message_id == studio.status_of("look at").id
    assert [user.id for user in clip.mentions] == [studio.ada.id]
    assert not clip.mention_everyone
    assert "**now**" not in clip.content


async def test_first_and_last_frame_reach_the_provider_and_are_shown(studio: Studio) -> None:
    await studio.video(
        studio.ada,
        "day becomes night",
        image=("../../x.png", still("forest at dawn")),
        end_image=("y.png", still("forest at night")),
    )
    status = studio.status_of("day becomes night")
    assert [attachment.filename for attachment in status.attachments] == ["first-frame.png", "last-frame.png"]
    await studio.until_clips(1)
    sent = next(r.json for r in studio.box.apiframe.requests if r.path == "/v2/videos/generate")
    assert sent is not None
    assert set(sent["hailuoParams"]) == {"image", "end_image"}
    assert all("/pictures/" in url for url in sent["hailuoParams"].values())
    await studio.until_status("day becomes night", "Delivered")
    assert len(studio.status_of("day becomes night").attachments) == 2


async def test_without_a_public_url_apiframe_gets_the_picture_by_upload(tmp_path: Path, clip: Path) -> None:
    async with open_studio(tmp_path, renderer=PrebuiltRenderer(clip), public_url=None) as studio:
        await studio.video(studio.ada, "a walk", image=("x.png", still("city at night")))
        await studio.until_clips(1)
        assert any(request.path == "/v2/uploads" for request in studio.box.apiframe.requests)


async def test_without_a_public_url_acedata_gets_the_address_of_the_copy_in_the_channel(
    tmp_path: Path, clip: Path
) -> None:
    async with open_studio(tmp_path, renderer=PrebuiltRenderer(clip), public_url=None) as studio:
        await studio.video(studio.ada, "a walk", image=("x.png", still("city at night")), provider="acedata")
        # The stand-in cannot reach the simulated Discord's file server, so this job fails; what counts is the address.
        await studio.until_jobs(studio.ada, JobStatus.FAILED)
        sent = next(r.json for r in studio.box.acedata.requests if r.path == "/hailuo/videos")
        assert sent is not None
        assert sent["first_image_url"] == studio.status_of("a walk").attachments[0].url
        assert sent["model"] == "minimax-i2v"


async def test_acedata_makes_a_clip_too(studio: Studio) -> None:
    await studio.video(studio.ada, "a kite", provider="acedata")
    (clip,) = await studio.until_clips(1)
    assert "AceData Cloud" in clip.content
    assert len(studio.box.acedata.charges) == 1


async def test_options_reach_the_provider_as_it_spells_them(studio: Studio) -> None:
    await studio.video(studio.ada, "sharp", resolution="1080p", optimize_prompt=False)
    await studio.video(studio.ada, "long", duration=10)
    await studio.until_clips(2)
    await studio.until_jobs(studio.ada, JobStatus.DELIVERED, JobStatus.DELIVERED)
    sent = {
        r.json["prompt"]: r.json.get("hailuoParams")
        for r in studio.box.apiframe.requests
        if r.path == "/v2/videos/generate" and r.json
    }
    assert sent == {"sharp": {"resolution": "1080p", "prompt_optimizer": False}, "long": {"duration": 10}}
    assert (await studio.allowance(studio.ada)).used == 4


async def test_again_makes_another_take_of_the_same_request(studio: Studio) -> None:
    await studio.video(studio.ada, "a fox", image=("x.png", still("snow")))
    (clip,) = await studio.until_clips(1)
    answer = await studio.press(studio.ben, clip, "Again")
    assert "9 of 10 left" in answer
    await studio.until_clips(2)
    await studio.until_jobs(studio.ben, JobStatus.DELIVERED)
    assert (await studio.allowance(studio.ben)).used == 1
    assert [job.request.prompt for job in await studio.jobs(studio.ben)] == ["a fox"]


async def test_jobs_lists_what_a_member_made_and_sends_a_clip_again(studio: Studio) -> None:
    assert "not asked for a clip" in await studio.say(studio.ada, "jobs")
    await studio.video(studio.ada, "a fox")
    await studio.until_clips(1)
    await studio.until_jobs(studio.ada, JobStatus.DELIVERED)
    listing = await studio.ada.slash(studio.channel, "jobs")
    assert listing.response is not None
    assert "a fox" in studio.readable(listing.response.message)
    assert "delivered" in studio.readable(listing.response.message)
    again = await studio.ada.click(listing.response, label="Send again")
    assert again.ephemeral
    assert again.response is not None
    assert again.response.attachments[0].filename.endswith(".mp4")
    assert "not asked for a clip" in await studio.say(studio.ben, "jobs")


async def test_delete_takes_the_clip_away_for_its_requester_or_a_moderator(studio: Studio) -> None:
    await studio.video(studio.ada, "one")
    await studio.video(studio.ada, "two")
    first, second = await studio.until_clips(2)
    assert "Only the person who asked" in await studio.press(studio.ben, first, "Delete")
    assert len(studio.clips()) == 2
    await studio.press(studio.ada, first, "Delete")
    await studio.press(studio.mod, second, "Delete")
    assert studio.clips() == []
