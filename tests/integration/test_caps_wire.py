"""A hundred commands at once against each cap, over the wire: exactly what the cap allows is accepted and paid for."""

from __future__ import annotations

import asyncio

import pytest

from tests.integration.test_process import House, clip, house
from tests.wire.interactions import Interaction

__all__ = ["clip", "house"]

AT_ONCE, CAP, MEMBERS = 100, 7, 10
ENOUGH = {"QUOTA_DAILY_CREDITS": "1000", "PENDING_PER_MEMBER": "1000", "APIFRAME_CONCURRENCY": "50"}
OWNERS = {"day": "SPEND_DAILY_CREDITS", "month": "SPEND_MONTHLY_CREDITS"}


async def said(house: House, asked: Interaction) -> str:
    """The private answer to a command, once it is there."""
    await house.wire.until(lambda: asked.original is not None and asked.original.content, 60)
    assert asked.original is not None
    return asked.original.content


@pytest.mark.parametrize("period", ["day", "month"])
@pytest.mark.parametrize("whose", ["the owner's", "a server's"])
async def test_exactly_the_cap_is_accepted(house: House, whose: str, period: str) -> None:
    house.gate.opened.set()
    owners = whose == "the owner's"
    bot = await house.start(**ENOUGH | ({OWNERS[period]: str(CAP)} if owners else {}))
    await house.ready(bot)
    world, people = house.wire.world, house.wire.interactions
    guild = world.channel("brainstorm").guild
    assert guild is not None
    members = [world.add_user(f"member{number}") for number in range(MEMBERS)]
    for member in members:
        world.add_member(guild, member)
    if not owners:
        asked = await people.command(world.owner.name, "brainstorm", "admin budget", {period: CAP})
        assert f"{CAP} credits" in await said(house, asked)
    asking = [
        people.command(members[number % MEMBERS].name, "brainstorm", "video", {"prompt": f"a fox, take {number}"})
        for number in range(AT_ONCE)
    ]
    answers = [await said(house, one) for one in await asyncio.gather(*asking)]
    accepted = [text for text in answers if text.startswith("Accepted")]
    refused = [text for text in answers if "in a day" in text or "in a month" in text or "budget for t" in text]
    assert (len(accepted), len(refused)) == (CAP, AT_ONCE - CAP)
    await house.wire.until(lambda: len(house.clips()) == CAP, 60)
    assert len(house.credits_charged()) == house.tasks == CAP
    assert house.rows("SELECT scope, sum(held + used) FROM spend GROUP BY scope HAVING scope = 'all'") == [("all", CAP)]
