"""Admission: whether somebody may ask for something now, and what they have left. What counts is in bot.policy.gates.

Asked early it spares people a form, or the reading of a picture; what counts is the answer inside the transaction that
reserves.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from bot.clocks import Clock
from bot.models import Allowance, Job
from bot.policy import quotas
from bot.policy.asking import Asker, Standing
from bot.policy.gates import Asked, Ends, OwnerLimits, asked_of, caps, judge
from bot.policy.quotas import day_ends_at, day_of, month_ends_at
from bot.policy.server_rules import read_rules
from bot.storage.money.reservations import Judge, Reservations, Reserved, Verdict
from bot.storage.money.situation import Situation


class Admission:
    """The gates, with the situation that they judge by. `clocks` are the steady one and that of the day."""

    def __init__(self, reservations: Reservations, limits: OwnerLimits, clocks: tuple[Clock, Clock]) -> None:
        self._reservations = reservations
        self._limits = limits
        self._clock, self._wall = clocks

    @property
    def limits(self) -> OwnerLimits:
        """What the owner allows."""
        return self._limits

    async def check(self, guild_id: int, asked: Sequence[Asked], reading: Mapping[int, int] | None = None) -> None:
        """Refuse what would be refused now; `reading` are clips by member whose pictures are being read."""
        situation = await self.situation(guild_id, {one.user_id for one in asked})
        members = {
            user_id: replace(member, pending=member.pending + (reading or {}).get(user_id, 0))
            for user_id, member in situation.members.items()
        }
        judge(replace(situation, members=members), asked, self._limits, self._ends())

    async def check_free(self, asker: Asker, *texts: str) -> None:
        """Refuse whoever may not ask for what costs nothing: a form, a draft, a reel; `texts` are their words in it."""
        target = asker.target
        await self.check(target.guild_id, [Asked(target.user_id, target.channel_id, asker.standing, texts=texts)])

    async def reserve(
        self, batch: Sequence[Job], standings: Mapping[int, Standing], *, of_version: int | None = None
    ) -> Reserved:
        """Hold the prices of jobs of one interaction, and queue them: all of them, or none. Raises Refused.

        StaleJob when the assembly that they are for is not of this version any more.
        """
        asked = asked_of(batch, standings)
        judging = self._judge(asked, self._ends())
        day, at = day_of(self._wall()), self._clock()
        return await self._reservations.reserve_all(batch, judging, day=day, at=at, of_version=of_version)

    def _judge(self, asked: Sequence[Asked], ends: Ends) -> Judge:
        limits = self._limits

        def verdict(situation: Situation) -> Verdict:
            left = judge(situation, asked, limits, ends)
            rules, price = read_rules(situation.rules), sum(sum(one.prices) for one in asked)
            near = any(
                cap.is_near(cap.used(situation.here, situation.everywhere) + price) for cap in caps(rules, limits)
            )
            return Verdict(left, rules.spoilers, near)

        return verdict

    async def situation(self, guild_id: int, user_ids: Collection[int] = ()) -> Situation:
        """What requests of these members would be judged by just now."""
        return await self._reservations.situation(guild_id, user_ids, day=day_of(self._wall()), at=self._clock())

    async def pending(self, user_id: int) -> int:
        """How many clips of a member are on the way, wherever they were asked for."""
        return await self._reservations.pending(user_id)

    async def allowance(self, guild_id: int, user_id: int, roles: Collection[int]) -> Allowance:
        """What a member with these roles has used, holds and has left today in one server."""
        situation = await self.situation(guild_id, [user_id])
        rules, purse = read_rules(situation.rules), situation.members[user_id].purse
        return quotas.allowance(purse, rules, roles, self._limits.daily_credits, self._ends().day)

    def _ends(self) -> Ends:
        now = self._wall()
        return Ends(day_ends_at(now), month_ends_at(now))
