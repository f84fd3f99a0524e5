"""What one member can have going at once, so that nobody fills the line, the memory or the machine alone."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import cast

import pytest

from bot.assemblies import brainstorm as brainstorming
from bot.assemblies import rows
from bot.assemblies.brainstorm import Brainstorm
from bot.assemblies.choice import Choice
from bot.assemblies.state import read, write
from bot.changes import AssemblyChanges
from bot.client.bot import RushesBot
from bot.errors import Refused
from bot.jobs.intake import READ_AT_ONCE, Draft, Order
from bot.models import AssemblyKind, JobStatus
from cogs.brainstorm import actions
from cogs.gallery._cog import Gallery
from sandbox.drawing.render import PrebuiltRenderer
from sandbox.providers.faults import Ending, Fault, Outcome
from tests.acceptance.brainstorm_round import begin
from tests.acceptance.making import make, shown
from tests.acceptance.studio import Studio, open_studio
from tests.acceptance.test_refusals import GOOD

TOO_MANY = "clips on the way already"


async def test_one_more_than_a_member_may_have_on_the_way_is_refused_until_one_has_ended(
    tmp_path: Path, clip: Path
) -> None:
    async with open_studio(
        tmp_path, renderer=PrebuiltRenderer(clip), render_seconds=2, quota_daily_credits=50, pending_per_member=2
    ) as studio:
        for number in range(2):
            assert "Accepted" in await studio.video(studio.ada, f"clip {number}")
        refused = await studio.video(studio.ada, "one more")
        assert f"You have 2 {TOO_MANY}" in refused
        assert "Accepted" in await studio.video(studio.ben, "ben's own")
        assert f"You have 2 {TOO_MANY}" in await studio.video(studio.ben, "several", takes=2)
        await studio.until_clips(3)
        await studio.until_jobs(studio.ada, JobStatus.DELIVERED, JobStatus.DELIVERED)
        assert "Accepted" in await studio.video(studio.ada, "now there is room")


async def test_many_commands_at_once_get_no_more_than_that(tmp_path: Path, clip: Path) -> None:
    async with open_studio(
        tmp_path, renderer=PrebuiltRenderer(clip), render_seconds=5, quota_daily_credits=50, pending_per_member=3
    ) as studio:

        async def command(number: int) -> str:
            try:
                await studio.app.services.jobs.submit([Order(studio.target(studio.ada, number), Draft(prompt="a fox"))])
            except Refused as refused:
                return refused.code
            return "accepted"

        answers = await asyncio.gather(*(command(number) for number in range(1, 31)))
        assert sorted(answers) == ["accepted"] * 3 + ["too_many_pending"] * 27


async def test_requests_whose_pictures_are_being_read_count_and_few_read_at_once(studio: Studio) -> None:
    service, target = studio.app.services.jobs, studio.target(studio.ada, 1)
    reading, most, go = 0, 0, asyncio.Event()

    async def read() -> str:
        nonlocal reading, most
        try:
            async with service.reading(target):
                reading, most = reading + 1, max(most, reading + 1)
                await go.wait()
                reading -= 1
        except Refused as refused:
            return refused.code
        return "read"

    tasks = [asyncio.create_task(read()) for _ in range(30)]
    await studio.until(lambda: sum(task.done() for task in tasks) >= 20, "those that are too many are refused")
    await studio.until(lambda: reading == READ_AT_ONCE, "as many read as may")
    go.set()
    answers = await asyncio.gather(*tasks)
    assert sorted(answers) == ["read"] * 10 + ["too_many_pending"] * 20
    assert most == READ_AT_ONCE
    assert "Accepted" in await studio.video(studio.ada, "with a picture", image=("a.png", GOOD))


# -- drafts ------------------------------------------------------------------------------------------------------------


async def test_a_member_has_one_draft_open_and_can_close_it(studio: Studio) -> None:
    round_ = await begin(studio, studio.ada, takes=2)
    second = await studio.ada.slash(studio.channel, "brainstorm", idea="something else")
    assert "You have a brainstorm open already, in " in shown(studio, second)
    await begin(studio, studio.ben, "ben's own")
    closed = await studio.ada.click(second.response, label="Close the draft")  # type: ignore[arg-type]
    assert "Nothing was rendered and nothing was charged" in shown(studio, closed)
    await round_.until_board("Closed before anything was rendered")
    await begin(studio, studio.ada, "something else")


async def test_a_draft_can_be_closed_only_while_it_is_one(studio: Studio) -> None:
    round_ = await begin(studio, studio.ada, takes=2)
    second = await studio.ada.slash(studio.channel, "brainstorm", idea="something else")
    await round_.press(studio.ada, "Render all")
    late = await studio.ada.click(second.response, label="Close the draft")  # type: ignore[arg-type]
    assert "being rendered already" in shown(studio, late)
    await begin(studio, studio.ada, "something else")


async def test_a_take_that_was_removed_while_all_were_being_reserved_is_not_rendered(studio: Studio) -> None:
    round_ = await begin(studio, studio.ada, takes=3)
    await round_.until_opened()
    assembler, now = studio.app.services.assembler, studio.app.services.assembler.now()

    async def edit(change: brainstorming.Edit) -> None:
        edited = rows.brainstorm_edited(change)
        await assembler.change(round_.assembly_id, edited, guild_id=studio.guild.id)

    class Pressed:
        """An interaction whose reservation takes so long that the draft is opened again and changed meanwhile."""

        client = studio.env.bot
        guild_id, channel_id, id = studio.guild.id, round_.thread.id, 1
        user = studio.ada.user
        channel, guild = None, None
        locale = "en"

    await edit(brainstorming.reserving(now, round_.thread.id))
    slow = await round_.assembly()
    await edit(brainstorming.reopened(now))
    await edit(brainstorming.removed(2, now))
    with pytest.raises(Refused, match="brainstorm_changed"):
        await actions._reserve(Pressed(), slow)  # type: ignore[arg-type]
    assert await round_.jobs() == []
    assert (await studio.allowance(studio.ada)).left == 10
    assert [take.number for take in read(await round_.assembly(), Brainstorm).takes] == [1, 3]
    assert "2 takes are on their way" in await round_.press(studio.ada, "Render all")


# -- reels and boards --------------------------------------------------------------------------------------------------


async def test_of_two_reels_begun_at_the_same_time_one_is_made(studio: Studio) -> None:
    jobs = await make(studio, studio.ada, "a fox", "a whale")
    assembler, ids = studio.app.services.assembler, tuple(job.job_id for job in jobs.values())
    choice = Choice(by_votes=ids, by_age=ids, chosen=ids)
    begun = [
        (await assembler.begin(AssemblyKind.REEL, studio.target(studio.ada, number), write(choice), due_in=None))[0]
        for number in (1, 2)
    ]

    async def press_make(assembly_id: str) -> str:
        made: AssemblyChanges = {"state": write(choice.make(assembler.now()))}
        try:
            await assembler.change(
                assembly_id, lambda _fresh: made, guild_id=studio.guild.id, check=rows.check_no_other_reel
            )
        except Refused as refused:
            return refused.code
        return "made"

    answers = await asyncio.gather(*(press_make(one.assembly_id) for one in begun))
    assert sorted(answers) == ["made", "reel_underway"]
    await studio.until(lambda: any("your reel" in m.content for m in studio.clips()), "one reel")
    assert len(studio.clips()) == 3


async def test_a_member_has_one_board_drawn_at_a_time(studio: Studio) -> None:
    await make(studio, studio.ada, "a fox")
    bot = studio.env.bot
    assert isinstance(bot, RushesBot)
    # Not isinstance: an extension's module is loaded anew.
    gallery = cast(Gallery, bot.get_cog("Gallery"))
    with gallery.one_each(studio.ada.id):
        assert "being drawn already" in shown(studio, await studio.ada.slash(studio.channel, "board"))
        assert "a fox" in shown(studio, await studio.ben.slash(studio.channel, "board"))
    assert "a fox" in shown(studio, await studio.ada.slash(studio.channel, "board"))


async def test_a_task_that_never_ends_takes_up_its_place_until_it_is_given_up(tmp_path: Path, clip: Path) -> None:
    async with open_studio(
        tmp_path, renderer=PrebuiltRenderer(clip), pending_per_member=1, job_timeout_seconds=1.0
    ) as studio:
        studio.box.apiframe.faults.add(Fault(outcome=Outcome(Ending.NEVER)))
        await studio.video(studio.ada, "for ever", provider="apiframe")
        assert TOO_MANY in await studio.video(studio.ada, "and another")
        await studio.until_jobs(studio.ada, JobStatus.UNKNOWN)
        assert "Accepted" in await studio.video(studio.ada, "and another")
