"""Whatever else people change stands although its answer is lost, and nobody is told that it went wrong."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import simcord

from bot.models import JobStatus
from sandbox.drawing.render import PrebuiltRenderer
from tests.acceptance.brainstorm_round import Round, begin
from tests.acceptance.cutting_room import open_builder, open_rows, reels
from tests.acceptance.making import make
from tests.acceptance.studio import Studio, open_studio
from tests.acceptance.test_said import lose_the_answer, never_sorry

FAILURES = [(404, 10015), (503, 0), (401, 50027)]


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Nothing that cannot be said is worth a traceback."""
    caplog.set_level(logging.INFO)
    yield
    assert [record.getMessage() for record in caplog.records if record.exc_info] == []


@pytest.fixture(params=FAILURES, ids=str)
def failure(request: pytest.FixtureRequest) -> tuple[int, int]:
    """What becomes of the answer, as (status, code)."""
    found: tuple[int, int] = request.param
    return found


async def write(round_: Round, who: simcord.MemberActor, label: str, failure: tuple[int, int], **values: Any) -> None:
    """Send a form of the board whose answer is lost."""
    form = await who.click(round_.board(), label=label)
    lose_the_answer(round_.studio, *failure)
    await who.submit_modal(form, {"prompt": round_.written(form)} | values)
    never_sorry(round_.studio)


async def test_a_job_in_line_is_cancelled(tmp_path: Path, clip: Path, failure: tuple[int, int]) -> None:
    renderer = PrebuiltRenderer(clip)
    async with open_studio(tmp_path, renderer=renderer, render_seconds=2, apiframe_concurrency=1) as studio:
        for prompt in ("the first", "the second"):
            await studio.video(studio.ada, prompt, provider="apiframe")
        lose_the_answer(studio, *failure)
        await studio.ada.click(studio.status_of("the second"), label="Cancel")
        never_sorry(studio)
        await studio.until_jobs(studio.ada, JobStatus.DELIVERED, JobStatus.CANCELLED)
        assert (await studio.allowance(studio.ada)).used == 1


async def test_one_that_runs_is_waited_for_no_more(tmp_path: Path, clip: Path, failure: tuple[int, int]) -> None:
    async with open_studio(tmp_path, renderer=PrebuiltRenderer(clip), render_seconds=2) as studio:
        await studio.video(studio.ada, "the first")
        await studio.until_jobs(studio.ada, JobStatus.RENDERING)
        asked_back = await studio.ada.click(studio.status_of("the first"), label="Cancel")
        lose_the_answer(studio, *failure)
        await studio.ada.click(asked_back.response, label="Stop waiting")  # type: ignore[arg-type]
        never_sorry(studio)
        await studio.until_jobs(studio.ada, JobStatus.CANCELLED)
        assert studio.clips() == []


async def test_an_allowance_is_set_once_however_often_it_is_typed(studio: Studio, failure: tuple[int, int]) -> None:
    for _ in range(2):
        lose_the_answer(studio, *failure)
        options = {"credits": 6, "member": studio.ada}
        await studio.mod.slash(studio.channel, "admin quota set", **options)
        never_sorry(studio)
        assert (await studio.allowance(studio.ada)).limit == 6


async def test_takes_are_changed_and_the_draft_is_closed(studio: Studio, failure: tuple[int, int]) -> None:
    round_ = await begin(studio, studio.ada, takes=2)
    await round_.until_opened()
    await write(round_, studio.ben, "Add my take", failure, prompt="of ben's own")
    assert "of ben's own" in await round_.until_board("of ben's own")
    await write(round_, studio.ada, "Edit 1", failure, prompt="an owl instead")
    assert "of ben's own" in await round_.until_board("an owl instead")
    await write(round_, studio.ben, "Edit 3", failure, remove=True)
    await studio.until(lambda: "of ben's own" not in round_.text(round_.board()), "it is gone")
    assert "an owl instead" in round_.text(round_.board())
    second = await studio.ada.slash(studio.channel, "brainstorm", idea="another")
    lose_the_answer(studio, *failure)
    await studio.ada.click(second.response, label="Close the draft")  # type: ignore[arg-type]
    never_sorry(studio)
    await round_.until_board("Closed")
    assert studio.submissions() == 0


async def test_a_reel_is_given_up(cutting: Studio, failure: tuple[int, int]) -> None:
    await make(cutting, cutting.ada, "a calm sea", "a wild sea")
    builder = await open_builder(cutting, cutting.ada)
    lose_the_answer(cutting, *failure)
    await cutting.ada.click(builder.message, label="Cancel")
    never_sorry(cutting)
    await cutting.until(lambda: open_rows(cutting) == 0, "the row is closed")
    assert reels(cutting) == []
