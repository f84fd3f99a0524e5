"""Several takes of one request: paid for together, brought as they finish, and then shown side by side."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import discord
import simcord

from bot.models import Job, JobStatus
from cogs.core.ids import custom_id
from cogs.core.posting import custom_ids
from sandbox.drawing.render import PrebuiltRenderer
from sandbox.providers.faults import Ending, Fault, Outcome
from tests.acceptance.studio import Studio, open_studio


def gallery(studio: Studio) -> list[discord.Message]:
    """The messages that show takes side by side."""
    return [m for m in studio.messages() if any(c.startswith("rushes:more:") for c in custom_ids(m.components))]


def media(message: discord.Message) -> list[str]:
    """The names of the files that a message shows."""

    def walk(components: Any) -> list[str]:
        found = []
        for component in components:
            for item in getattr(component, "items", []):
                found.append(item.media.url.rpartition("/")[2])
            found += walk(getattr(component, "children", []))
        return found

    return walk(message.components)


async def three(studio: Studio, who: simcord.MemberActor, prompt: str = "a fox", **options: Any) -> list[Job]:
    """Three takes, side by side; the jobs in their order."""
    await studio.video(who, prompt, takes=3, **options)
    await studio.until_jobs(who, *[JobStatus.DELIVERED] * 3)
    await studio.until(lambda: gallery(studio), "the takes side by side")
    await studio.until(lambda: open_assemblies(studio) == 0, "it is noted")
    return sorted(await studio.jobs(who), key=lambda job: job.take)


async def test_takes_are_paid_together_and_shown_side_by_side(studio: Studio) -> None:
    answer = await studio.video(studio.ada, "a fox", takes=3)
    assert "3 credits held, 7 of 10 left" in answer
    await studio.until_jobs(studio.ada, *[JobStatus.DELIVERED] * 3)
    await studio.until(lambda: gallery(studio), "the takes side by side")
    jobs = sorted(await studio.jobs(studio.ada), key=lambda job: job.take)
    (shown,) = gallery(studio)
    assert media(shown) == ["take-1.mp4", "take-2.mp4", "take-3.mp4"]
    text = studio.readable(shown)
    assert "3 takes, side by side" in text
    assert "went back" not in text
    assert {custom_id("vote", job.job_id) for job in jobs} <= custom_ids(shown.components)
    assert len({job.assembly_id for job in jobs}) == 1
    contents = sorted(m.content for m in studio.clips() if m.content)
    for number in (1, 2, 3):
        assert sum(f"take {number} of 3" in content for content in contents) == 1
        assert sum(f"take {number} of 3" in status for status in studio.statuses()) == 1
    assert (await studio.allowance(studio.ada)).used == 3
    assert studio.charged() == 3


async def test_votes_are_the_same_on_the_clip_and_beside_the_others(studio: Studio) -> None:
    jobs = await three(studio, studio.ada)
    clip = next(m for m in studio.messages() if m.id == jobs[1].result_message_id)
    pressed = custom_id("vote", jobs[1].job_id)
    await studio.ben.click(gallery(studio)[0], custom_id=pressed)
    await studio.mod.click(clip, custom_id=pressed)

    def counts() -> set[str]:
        both = (gallery(studio)[0], next(m for m in studio.messages() if m.id == clip.id))
        return {labels(message)[pressed] for message in both}

    # Where nobody pressed, the count comes in the turn of the channel.
    await studio.until(lambda: counts() == {"▲ 2"}, "both votes on both messages")
    assert labels(gallery(studio)[0])[custom_id("vote", jobs[0].job_id)] == "Vote"
    assert media(gallery(studio)[0]) == ["take-1.mp4", "take-2.mp4", "take-3.mp4"], "the videos stay"
    await studio.restart()
    await studio.ben.click(gallery(studio)[0], custom_id=pressed)
    assert labels(gallery(studio)[0])[pressed] == "▲ 1"


def labels(message: discord.Message) -> dict[str, str]:
    """What stands on each button, by its id."""

    def walk(components: Any) -> dict[str, str]:
        found = {}
        for component in components:
            if isinstance(component, discord.Button):
                found[component.custom_id or ""] = component.label or ""
            found |= walk(getattr(component, "children", []))
            if (accessory := getattr(component, "accessory", None)) is not None:
                found |= walk([accessory])
        return found

    return walk(message.components)


async def test_where_credits_do_not_reach_for_all_of_them_none_is_made(studio: Studio) -> None:
    await studio.app.services.desk.set_daily(studio.target(studio.mod, 1), studio.ben.id, 2)
    answer = await studio.video(studio.ben, "too many", takes=3)
    assert "3 credits" in answer
    assert await studio.jobs(studio.ben) == []
    assert (await studio.allowance(studio.ben)).held == 0
    assert studio.submissions() == 0
    assert "2 credits held, 0 of 2 left" in await studio.video(studio.ben, "just enough", takes=2)


async def test_takes_that_are_refused_late_leave_nothing_open(studio: Studio) -> None:
    # The picture is judged after the check of the credits, and by its bytes.
    answer = await studio.video(studio.ada, "broken", takes=2, image=("a.png", b"\x89PNG\r\n\x1a\n but no picture"))
    assert "picture" in answer
    assert await studio.jobs(studio.ada) == []
    assert open_assemblies(studio) == 0
    assert (await studio.allowance(studio.ada)).held == 0


def open_assemblies(studio: Studio) -> int:
    with sqlite3.connect(studio.database) as connection:
        (count,) = connection.execute("SELECT count(*) FROM assemblies WHERE ended_at IS NULL").fetchone()
    connection.close()
    return int(count)


async def test_one_take_failing_does_not_stop_the_others(studio: Studio) -> None:
    studio.box.apiframe.faults.add(Fault(outcome=Outcome(Ending.FAILED)))
    await studio.video(studio.ada, "mostly lucky", takes=3, provider="apiframe")
    await studio.until(lambda: gallery(studio), "the takes side by side")
    statuses = sorted(str(job.status) for job in await studio.jobs(studio.ada))
    assert statuses == ["delivered", "delivered", "failed"]
    text = studio.readable(gallery(studio)[0])
    assert "2 takes, side by side" in text
    assert "1 of 3 takes did not come; 1 credit went back." in text
    assert len(media(gallery(studio)[0])) == 2
    assert (await studio.allowance(studio.ada)).left == 8


async def test_where_only_one_take_came_there_is_nothing_to_compare(studio: Studio) -> None:
    studio.box.apiframe.faults.add(Fault(outcome=Outcome(Ending.FAILED), times=2))
    await studio.video(studio.ada, "hardly lucky", takes=3, provider="apiframe")
    await studio.until_clips(1)
    await studio.until(lambda: open_assemblies(studio) == 0, "the takes are done with")
    assert gallery(studio) == []


async def test_a_deleted_take_leaves_the_others_side_by_side(studio: Studio) -> None:
    jobs = await three(studio, studio.ada)
    clips = {message.id: message for message in studio.messages()}
    first, second = (clips[job.result_message_id or 0] for job in jobs[:2])
    await studio.press(studio.ada, first, "Delete")
    await studio.until(lambda: len(media(gallery(studio)[0])) == 2, "the deleted take is gone from it")
    assert media(gallery(studio)[0]) == ["take-2.mp4", "take-3.mp4"]
    assert custom_id("vote", jobs[0].job_id) not in custom_ids(gallery(studio)[0].components)
    assert "Only the person who asked" in await studio.press(studio.ben, second, "Delete")
    await studio.press(studio.mod, second, "Delete")
    await studio.until(lambda: not gallery(studio), "one alone is not shown beside itself")


async def test_takes_go_on_after_a_restart_and_are_shown_once(tmp_path: Path, clip: Path) -> None:
    async with open_studio(tmp_path, renderer=PrebuiltRenderer(clip), render_seconds=2) as studio:
        await studio.video(studio.ada, "patience", takes=2)
        await studio.until_jobs(studio.ada, JobStatus.RENDERING, JobStatus.RENDERING)
        await studio.restart()
        await studio.until(lambda: gallery(studio), "the takes side by side")
        await studio.restart()
        await studio.until(lambda: open_assemblies(studio) == 0, "the takes are done with")
        assert len(gallery(studio)) == 1


async def test_a_message_that_was_posted_but_not_noted_is_found_and_not_posted_again(studio: Studio) -> None:
    jobs = await three(studio, studio.ada)
    await studio.stop()
    with sqlite3.connect(studio.database) as connection:
        connection.execute("UPDATE assemblies SET message_id = NULL, ended_at = NULL")
        # ... and one of the clips was deleted in that very moment.
        connection.execute("UPDATE jobs SET deleted_at = 1 WHERE job_id = ?", (jobs[0].job_id,))
    connection.close()
    await studio.start()
    await studio.env.restart_bot(studio.app.new_bot(shard_count=1))
    await studio.until(lambda: open_assemblies(studio) == 0, "the takes are done with")
    assert [media(message) for message in gallery(studio)] == [["take-2.mp4", "take-3.mp4"]]


async def test_takes_too_large_together_are_made_smaller(tmp_path: Path, clip: Path) -> None:
    heavy = tmp_path / "heavy.mp4"
    padding = 13 * 1024 * 1024
    heavy.write_bytes(clip.read_bytes() + padding.to_bytes(4, "big") + b"free" + bytes(padding - 8))
    async with open_studio(tmp_path / "data", renderer=PrebuiltRenderer(heavy)) as studio:
        await studio.video(studio.ada, "heavy", takes=2)
        await studio.until(lambda: gallery(studio), "the takes side by side")
        assert media(gallery(studio)[0]) == ["take-1.mp4", "take-2.mp4"]
        assert sum(file.size for file in gallery(studio)[0].attachments) <= 24 * 1024 * 1024
        await studio.until(lambda: open_assemblies(studio) == 0, "the takes are done with")
        assert not list((tmp_path / "data" / "reels").iterdir())


async def test_where_discord_takes_no_videos_together_their_posters_are_shown(studio: Studio) -> None:
    await three(studio, studio.ada)
    await studio.stop()
    with sqlite3.connect(studio.database) as connection:
        connection.execute("UPDATE assemblies SET message_id = NULL, ended_at = NULL")
    connection.close()
    await studio.mod.delete(gallery(studio)[0])
    studio.env.inject_error("POST", "/channels/*/messages", status=413, code=40005)
    await studio.start()
    await studio.env.restart_bot(studio.app.new_bot(shard_count=1))
    await studio.until(lambda: gallery(studio), "the takes side by side")
    assert media(gallery(studio)[0]) == ["take-1.jpg", "take-2.jpg", "take-3.jpg"]


async def test_more_takes_are_paid_by_whoever_asks(studio: Studio) -> None:
    jobs = await three(studio, studio.ada)
    await studio.restart()
    answer = await studio.press(studio.ben, gallery(studio)[0], "More takes")
    assert "3 credits held, 7 of 10 left" in answer
    await studio.until_jobs(studio.ben, *[JobStatus.DELIVERED] * 3)
    await studio.until(lambda: len(gallery(studio)) == 2, "theirs side by side")
    assert {job.parent_id for job in await studio.jobs(studio.ben)} == {jobs[0].job_id}
