"""Gates: the one place that says whether somebody may ask for something, by rights, words, pace and credits. Pure.

Whatever asks for a clip passes here twice: before anything is read, so that people are told early, and inside the
transaction that reserves, which is what counts. What costs nothing, a reel or a form that is opened, passes the gates
that are not about money.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.errors import Refused
from bot.models import Allowance, Job
from bot.policy.asking import NO_STANDING, Standing
from bot.policy.quotas import allowance
from bot.policy.server_rules import ServerRules, read_rules
from bot.policy.words import forbidden_by
from bot.storage.money.situation import MINUTE_SECONDS, STRIKE_SECONDS, MemberSituation, Situation
from bot.storage.money.spend import Spent
from bot.storage.owner_tables import EVERYWHERE

PERSONAL = frozenset(
    {
        *("blocked", "struck", "role_needed", "word_not_allowed", "pattern_not_allowed"),
        *("too_fast", "too_many_pending", "quota"),
    }
)
"""Refusals that concern one of several people who ask together: the others may go on without them."""


NEAR_PERCENT = 80
"""So much of a cap is used when somebody is told for the first time."""


@dataclass(frozen=True, slots=True)
class OwnerLimits:
    """What the owner of the bot allows, whatever a server says."""

    daily_credits: int
    pending: int = 10
    spend_daily: int | None = None
    spend_monthly: int | None = None
    guilds_allowed: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Asked:
    """What one member asks for: the prices of their clips, none for what is free, and the words in them."""

    user_id: int
    channel_id: int
    standing: Standing = NO_STANDING
    prices: tuple[int, ...] = ()
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ends:
    """When a day and a month of credits end, in seconds since the epoch."""

    day: float
    month: float


def asked_of(batch: Sequence[Job], standings: Mapping[int, Standing]) -> list[Asked]:
    """What the members of a batch of jobs ask for, one entry each."""
    found: dict[int, Asked] = {}
    for job in batch:
        user_id, standing = job.target.user_id, standings.get(job.target.user_id, NO_STANDING)
        before = found.get(user_id) or Asked(user_id, job.target.channel_id, standing)
        texts = dict.fromkeys((*before.texts, job.request.prompt))
        found[user_id] = replace(before, prices=(*before.prices, job.price), texts=tuple(texts))
    return list(found.values())


def judge(situation: Situation, asked: Sequence[Asked], limits: OwnerLimits, ends: Ends) -> dict[int, Allowance]:
    """What each member has left once they have what they ask for; Refused where somebody, or all of them, may not.

    Where several ask together, a refusal that concerns one of them has their `user_id` among its facts.
    """
    _check_server(situation, limits)
    rules, several = read_rules(situation.rules), len(asked) > 1
    for one in asked:
        _check_place(one, rules)
        try:
            _check_person(situation, one, rules, limits)
        except Refused as refused:
            if several:
                refused.facts["user_id"] = one.user_id
            raise
    left = {one.user_id: _left(situation, one, rules, limits, ends, several=several) for one in asked}
    price = sum(sum(one.prices) for one in asked)
    if price:
        _check_budgets(situation, price, rules, limits, ends)
    return left


def _check_server(situation: Situation, limits: OwnerLimits) -> None:
    if limits.guilds_allowed and situation.guild_id not in limits.guilds_allowed:
        raise Refused("server_not_allowed")
    for pause in sorted(situation.pauses, key=lambda one: (not one.draining, one.guild_id != EVERYWHERE)):
        if pause.draining:
            raise Refused("draining")
        where = "everywhere" if pause.guild_id == EVERYWHERE else "here"
        raise Refused("paused", where=where, by=pause.set_by, at=pause.at, reason=pause.reason)


def _check_place(one: Asked, rules: ServerRules) -> None:
    if rules.channels and not {one.channel_id, one.standing.parent_id} & set(rules.channels):
        raise Refused("channel_not_allowed", channels=rules.channels)
    if rules.age_restricted_only and not one.standing.age_restricted:
        raise Refused("age_restricted_only")


def _check_person(situation: Situation, one: Asked, rules: ServerRules, limits: OwnerLimits) -> None:
    member = situation.members[one.user_id]
    _check_block(situation, member, rules)
    if rules.makers and not one.standing.roles & set(rules.makers):
        raise Refused("role_needed", roles=rules.makers)
    for text in one.texts:
        forbidden_by(rules).check(text)
    if one.prices:
        _check_pace(member, len(one.prices), rules, limits)


def _check_block(situation: Situation, member: MemberSituation, rules: ServerRules) -> None:
    block = member.block
    if block is not None and block.blocked and (block.until is None or block.until > situation.at):
        raise Refused("blocked", until=block.until, reason=block.reason)
    until = struck_until(member, rules)
    if until is not None:
        raise Refused("struck", count=len(member.moderated), until=until)


def struck_until(member: MemberSituation, rules: ServerRules) -> float | None:
    """Until when a member has to wait of whose clips a provider's filter has stopped too many; None for others."""
    if rules.strikes is None or len(member.moderated) < rules.strikes:
        return None
    return member.moderated[-rules.strikes] + STRIKE_SECONDS


def _check_pace(member: MemberSituation, clips: int, rules: ServerRules, limits: OwnerLimits) -> None:
    if rules.per_minute is not None and len(member.asked) >= rules.per_minute:
        again_at = member.asked[-rules.per_minute] + MINUTE_SECONDS
        raise Refused("too_fast", limit=rules.per_minute, again_at=again_at)
    if rules.pending is not None and member.pending_here + clips > rules.pending:
        raise Refused("too_many_pending", limit=rules.pending)
    if member.pending + clips > limits.pending:
        raise Refused("too_many_pending", limit=limits.pending)


def _left(
    situation: Situation, one: Asked, rules: ServerRules, limits: OwnerLimits, ends: Ends, *, several: bool
) -> Allowance:
    purse, price = situation.members[one.user_id].purse, sum(one.prices)
    has = allowance(purse, rules, one.standing.roles, limits.daily_credits, ends.day)
    if has.left < price:
        facts = {"user_id": one.user_id} if several else {}
        raise Refused("quota", price=price, left=has.left, limit=has.limit, resets_at=ends.day, **facts)
    return replace(has, held=has.held + price)


def _check_budgets(situation: Situation, price: int, rules: ServerRules, limits: OwnerLimits, ends: Ends) -> None:
    """Refuse what would pass a cap of the server or of all servers, by one credit even; the first of them is named."""
    for cap in caps(rules, limits):
        used = cap.used(situation.here, situation.everywhere)
        if used + price > cap.limit:
            left, resets_at = max(0, cap.limit - used), ends.month if cap.monthly else ends.day
            raise Refused("budget", cap=cap.name, left=left, limit=cap.limit, price=price, resets_at=resets_at)


@dataclass(frozen=True, slots=True)
class Cap:
    """What may be spent of a day or a month, in a server or in all of them."""

    name: str
    limit: int
    everywhere: bool
    monthly: bool

    def used(self, here: Spent, everywhere: Spent) -> int:
        """Credits that are held or used of it."""
        spent = everywhere if self.everywhere else here
        return spent.month if self.monthly else spent.day

    def is_near(self, used: int) -> bool:
        """Whether so much of it is used that somebody is told."""
        return 100 * used >= NEAR_PERCENT * self.limit


def caps(rules: ServerRules, limits: OwnerLimits) -> list[Cap]:
    """The caps that are set, those of the server first."""
    found = (
        ("server_day", rules.daily_budget, False, False),
        ("server_month", rules.monthly_budget, False, True),
        ("all_day", limits.spend_daily, True, False),
        ("all_month", limits.spend_monthly, True, True),
    )
    return [Cap(name, limit, everywhere, monthly) for name, limit, everywhere, monthly in found if limit is not None]
