"""Credits: used up, given back, set by admins; and nobody gets more than their own."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

from bot.client.bot import RushesBot
from bot.errors import Refused
from bot.jobs.intake import Draft, Order
from bot.models import JobStatus
from sandbox.drawing.render import PrebuiltRenderer
from sandbox.providers.catalogue import APIFRAME_ERRORS
from sandbox.providers.faults import Ending, Fault, Outcome
from tests.acceptance.studio import Studio, open_studio


async def test_a_used_up_quota_is_refused_with_what_is_left_and_when_it_resets(studio: Studio) -> None:
    for number in range(5):
        await studio.video(studio.ada, f"clip {number}", duration=10)
    answer = await studio.video(studio.ada, "one more")
    assert "Nothing is left of your 10 credits for today" in answer
    assert "New ones come" in answer
    assert "0 of 10 credits left" in await studio.say(studio.ada, "quota")
    assert "10 of 10 credits left" in await studio.say(studio.ben, "quota")
    await studio.until_clips(5)


async def test_a_hundred_commands_at_once_get_ten_clips_for_ten_credits(studio: Studio) -> None:
    async def command(number: int) -> bool:
        with contextlib.suppress(Refused):
            await studio.app.services.jobs.submit(
                [Order(studio.target(studio.ada, number), Draft(prompt=f"take {number}"))]
            )
            return True
        return False

    accepted = await asyncio.gather(*(command(number) for number in range(1, 101)))

    assert accepted.count(True) == 10
    await studio.until_jobs(studio.ada, *[JobStatus.DELIVERED] * 10)
    allowance = await studio.allowance(studio.ada)
    assert (allowance.used, allowance.held, allowance.left) == (10, 0, 0)
    assert studio.charged() == 10
    assert len(await studio.until_clips(10)) == 10


async def test_a_clip_that_fails_costs_nothing_and_says_so(studio: Studio) -> None:
    studio.box.apiframe.faults.add(APIFRAME_ERRORS["job_failed_moderation"])
    await studio.video(studio.ada, "something rude", provider="apiframe")
    await studio.until_status("something rude", "content filter")
    status = studio.readable(studio.status_of("something rude"))
    assert "Your 1 credit is back." in status
    assert (await studio.allowance(studio.ada)).left == 10
    assert "policy violation" not in status, "a provider's own words are never shown"


async def test_a_task_that_never_ends_is_given_up_and_paid_back(tmp_path: Path, clip: Path) -> None:
    async with open_studio(tmp_path, renderer=PrebuiltRenderer(clip), job_timeout_seconds=1.0) as studio:
        studio.box.apiframe.faults.add(Fault(outcome=Outcome(Ending.NEVER)))
        await studio.video(studio.ada, "for ever", provider="apiframe")
        await studio.until_status("for ever", "Given up waiting")
        assert "If the clip turns up after all" in studio.readable(studio.status_of("for ever"))
        assert (await studio.allowance(studio.ada)).left == 10


async def test_a_busy_provider_is_waited_for_and_auto_goes_to_the_other(studio: Studio) -> None:
    studio.box.apiframe.faults.add(APIFRAME_ERRORS["unavailable"])
    await studio.video(studio.ada, "whoever can")
    (clip,) = await studio.until_clips(1)
    assert "AceData Cloud" in clip.content
    assert studio.charged() == 1


async def test_admins_set_and_grant_credits_in_their_own_server(studio: Studio) -> None:
    assert "4 credits a day" in await studio.say(studio.mod, "admin quota set", credits=4)
    assert "4 of 4 credits left" in await studio.say(studio.ada, "quota")
    assert "6 credits a day" in await studio.say(studio.mod, "admin quota set", credits=6, member=studio.ada)
    assert "9 of 9 credits left" in await studio.say(studio.mod, "admin quota grant", member=studio.ada, credits=3)
    assert "9 of 9 credits left" in await studio.say(studio.mod, "admin quota show", member=studio.ada)
    assert "4 of 4 credits left" in await studio.say(studio.ben, "quota")


async def test_admin_commands_refuse_plain_members_even_where_the_server_lets_them_type_it(studio: Studio) -> None:
    bot = studio.env.bot
    assert isinstance(bot, RushesBot)
    admin = next(command for command in await bot.tree.fetch_commands() if command.name == "admin")
    studio.guild.set_command_permissions(admin, {studio.ada: True})
    answer = await studio.say(studio.ada, "admin quota grant", member=studio.ada, credits=100)
    assert "Manage Server" in answer
    assert (await studio.allowance(studio.ada)).limit == 10
