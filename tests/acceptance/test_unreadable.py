"""What people are told who press the buttons of something that this release cannot read, and that it goes on later."""

from __future__ import annotations

import simcord

from bot.models import JobStatus
from cogs.core.ids import custom_id
from tests.acceptance.brainstorm_round import begin
from tests.acceptance.cutting_room import open_builder, rewrite, told
from tests.acceptance.making import make, shown
from tests.acceptance.studio import Studio
from tests.acceptance.test_takes import gallery, three

SAID = "I cannot read it. Nothing of it is lost"


async def set_version(studio: Studio, version: int) -> None:
    """Be at a release that knows the states as they are, or at one that does not."""
    await rewrite(studio, "UPDATE assemblies SET state = json_set(state, '$.version', ?)", version)


async def test_the_buttons_of_a_brainstorm_say_so_and_work_again_later(studio: Studio) -> None:
    round_ = await begin(studio, studio.ada, takes=2)
    await round_.until_opened()
    await set_version(studio, 2)
    for label in ("Render all", "Add my take", "Edit 1"):
        assert SAID in await round_.press(studio.ada, label)
    assert (await round_.assembly()).ended_at is None
    await set_version(studio, 1)
    assert "2 takes are on their way" in await round_.press(studio.ada, "Render all")
    await round_.until_board("Vote with the buttons")


async def test_clips_of_one_that_cannot_be_read_come_and_can_be_voted_for(studio: Studio) -> None:
    round_ = await begin(studio, studio.ada, takes=2)
    await round_.until_opened()
    await round_.press(studio.ada, "Render all")
    await set_version(studio, 2)
    await studio.until_jobs(studio.ada, JobStatus.DELIVERED, JobStatus.DELIVERED)
    assert len(round_.clips()) == 2
    await round_.vote(studio.ben, "Push in")
    assert studio.charged() == 2
    await set_version(studio, 1)
    await round_.until_board("1 vote")


async def test_more_of_takes_says_so(studio: Studio) -> None:
    jobs = await three(studio, studio.ada)
    await set_version(studio, 2)
    more = custom_id("more", str(jobs[0].assembly_id))
    pressed: simcord.InteractionResult = await studio.ben.click(gallery(studio)[0], custom_id=more)
    assert SAID in shown(studio, pressed)
    assert len(await studio.jobs(studio.ben)) == 0


async def test_the_builder_of_a_reel_says_so(cutting: Studio) -> None:
    await make(cutting, cutting.ada, "one", "two")
    builder = await open_builder(cutting, cutting.ada)
    await set_version(cutting, 2)
    pressed = await cutting.ada.click(builder.message, label="Make the reel")
    assert SAID in told(pressed)
    await open_builder(cutting, cutting.ada)
