"""A fair turn for everybody, and a way out of the line."""

from __future__ import annotations

from pathlib import Path

from bot.models import JobStatus
from sandbox.drawing.render import PrebuiltRenderer
from tests.acceptance.studio import Studio, open_studio


def order_of_start(studio: Studio) -> list[str]:
    asked = studio.box.apiframe.requests
    return [str(r.json["prompt"]) for r in asked if r.path == "/v2/videos/generate" and r.json]


async def test_ten_jobs_of_one_person_do_not_hold_back_another_persons_first(tmp_path: Path, clip: Path) -> None:
    async with open_studio(
        tmp_path, renderer=PrebuiltRenderer(clip), render_seconds=1, apiframe_concurrency=1, acedata_api_token=None
    ) as studio:
        for number in range(5):
            await studio.video(studio.ada, f"ada {number}")
        before = len(order_of_start(studio))
        await studio.video(studio.ben, "ben 0")
        assert before < 4, "a line must have formed for this test to mean anything"
        await studio.until_clips(6)
        started = order_of_start(studio)
        assert started.index("ben 0") <= before + 1
        assert [prompt for prompt in started if prompt.startswith("ada")] == [f"ada {n}" for n in range(5)]


async def test_the_status_shows_the_place_in_the_line(tmp_path: Path, clip: Path) -> None:
    async with open_studio(
        tmp_path, renderer=PrebuiltRenderer(clip), render_seconds=8, apiframe_concurrency=1, acedata_api_token=None
    ) as studio:
        for name in ("first", "second", "third"):
            await studio.video(studio.ada, f"the {name}")
        await studio.until_status("the third", "Number 2 in line")
        await studio.until_status("the second", "Next in line")


async def test_cancel_in_line_gives_the_credit_back_and_nothing_is_sent(tmp_path: Path, clip: Path) -> None:
    async with open_studio(
        tmp_path, renderer=PrebuiltRenderer(clip), render_seconds=2, apiframe_concurrency=1, acedata_api_token=None
    ) as studio:
        await studio.video(studio.ada, "the first")
        await studio.video(studio.ada, "the second")
        answer = await studio.press(studio.ada, studio.status_of("the second"), "Cancel")
        assert "Your 1 credit is back" in answer
        await studio.until_status("the second", "Cancelled.")
        await studio.until_clips(1)
        await studio.until_jobs(studio.ada, JobStatus.DELIVERED, JobStatus.CANCELLED)
        assert order_of_start(studio) == ["the first"]
        assert (await studio.allowance(studio.ada)).used == 1


async def test_only_the_requester_or_a_moderator_may_cancel(tmp_path: Path, clip: Path) -> None:
    async with open_studio(
        tmp_path, renderer=PrebuiltRenderer(clip), render_seconds=6, apiframe_concurrency=1, acedata_api_token=None
    ) as studio:
        await studio.video(studio.ben, "in front of her")
        await studio.video(studio.ada, "hers")
        refused = await studio.press(studio.ben, studio.status_of("hers"), "Cancel")
        assert "Only the person who asked for it, or a moderator" in refused
        assert "Cancelled. Their 1 credit is back." in await studio.press(
            studio.mod, studio.status_of("hers"), "Cancel"
        )
        await studio.until_jobs(studio.ada, JobStatus.CANCELLED)
        assert (await studio.allowance(studio.ada)).left == 10
