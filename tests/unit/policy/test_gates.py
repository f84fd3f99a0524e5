"""The gates one by one: what closes each, when it opens by itself, and whom it concerns."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.errors import Refused
from bot.policy.asking import Standing
from bot.policy.gates import Asked, Ends, OwnerLimits, caps, judge
from bot.policy.server_rules import NO_RULES, ServerRules, read_rules, write_rules
from bot.storage.money.ledger import Purse
from bot.storage.money.situation import Block, MemberSituation, Pause, RulesRow, Situation
from bot.storage.money.spend import Spent

NOW, HOUR = 1_790_000_000.0, 3600.0
GUILD, ADA, BEN, CHANNEL = 1, 7, 8, 5
LIMITS, ENDS = OwnerLimits(10, 10), Ends(NOW + HOUR, NOW + 99 * HOUR)
PURSE = Purse(None, None, 0, 0, 0)


def member(**changes: Any) -> MemberSituation:
    return replace(MemberSituation(PURSE), **changes)


def situation(rules: ServerRules = NO_RULES, **changes: Any) -> Situation:
    row = RulesRow(1, write_rules(rules))
    members = {ADA: member(), BEN: member()}
    return replace(Situation(GUILD, NOW, row, (), Spent(0, 0), Spent(0, 0), members), **changes)


def asks(user: int = ADA, clips: int = 1, **changes: Any) -> Asked:
    return replace(Asked(user, CHANNEL, prices=(1,) * clips, texts=("a fox",)), **changes)


def refusal(of: Situation, *asked: Asked, limits: OwnerLimits = LIMITS) -> Refused | None:
    try:
        judge(of, asked or [asks()], limits, ENDS)
    except Refused as refused:
        return refused
    return None


def code(of: Situation, *asked: Asked, limits: OwnerLimits = LIMITS) -> str:
    refused = refusal(of, *asked, limits=limits)
    return "" if refused is None else refused.code


def test_without_any_rule_everybody_may_ask_for_what_their_credits_reach() -> None:
    left = judge(situation(), [asks(clips=3)], LIMITS, ENDS)
    assert (left[ADA].left, left[ADA].held) == (7, 3)
    assert code(situation(), asks(clips=10)) == ""
    assert code(situation(), asks(prices=(2,) * 6)) == "quota"


@pytest.mark.parametrize(
    ("roles", "own", "everybodys", "limit"),
    [
        ((), None, None, 10),
        ((), None, 4, 4),
        ((1,), None, 4, 2),
        ((1, 2, 3), None, 4, 20),
        ((3,), None, None, 10),
        ((1, 2), 0, 4, 0),
    ],
)
def test_a_member_has_their_own_share_or_the_most_of_their_roles_or_the_servers(
    roles: tuple[int, ...], own: int | None, everybodys: int | None, limit: int
) -> None:
    rules = ServerRules(role_credits={1: 2, 2: 20})
    who = {ADA: member(purse=Purse(own, everybodys, 1, 0, 0))}
    left = judge(situation(rules, members=who), [Asked(ADA, CHANNEL, Standing(frozenset(roles)))], LIMITS, ENDS)
    assert left[ADA].limit == limit + 1, "what was granted comes on top"


def test_roles_places_and_ages() -> None:
    rules = ServerRules(makers=(3,), channels=(CHANNEL,), age_restricted_only=True)
    fine = Standing(frozenset({3, 4}), None, age_restricted=True)
    assert code(situation(rules), asks(standing=fine)) == ""
    assert code(situation(rules), asks(standing=replace(fine, roles=frozenset({4})))) == "role_needed"
    assert code(situation(rules), asks(standing=replace(fine, age_restricted=False))) == "age_restricted_only"
    assert code(situation(rules), asks(channel_id=6, standing=fine)) == "channel_not_allowed"
    assert code(situation(rules), asks(channel_id=6, standing=replace(fine, parent_id=CHANNEL))) == "", "its thread"


@pytest.mark.parametrize(("until", "closed"), [(None, True), (NOW + 1, True), (NOW, False), (NOW - 1, False)])
def test_a_block_ends_by_itself(until: float | None, closed: bool) -> None:
    block = Block(True, "spam", until, 99, NOW - HOUR, None)
    of = situation(members={ADA: member(block=block), BEN: member()})
    assert code(of) == ("blocked" if closed else "")
    assert code(of, asks(BEN)) == ""
    pardoned = replace(block, blocked=False, pardoned_at=NOW)
    assert code(situation(members={ADA: member(block=pardoned)})) == ""


def test_strikes_count_for_a_day_and_say_until_when() -> None:
    stopped = (NOW - 20 * HOUR, NOW - 2 * HOUR, NOW - HOUR)
    of = situation(ServerRules(strikes=2), members={ADA: member(moderated=stopped)})
    refused = refusal(of)
    assert refused is not None
    assert (refused.code, refused.facts) == ("struck", {"count": 3, "until": NOW + 22 * HOUR})
    assert code(replace(of, members={ADA: member(moderated=stopped[2:])})) == ""
    assert code(situation(members={ADA: member(moderated=stopped)})) == "", "nobody has switched it on"


def test_pace_and_clips_on_the_way() -> None:
    asked = (NOW - 50, NOW - 10)
    busy = situation(
        ServerRules(per_minute=2, pending=3), members={ADA: member(asked=asked, pending_here=1, pending=9)}
    )
    refused = refusal(busy)
    assert refused is not None
    assert (refused.code, refused.facts["again_at"]) == ("too_fast", NOW + 10)
    slower = replace(busy, members={ADA: member(asked=asked[1:], pending_here=1, pending=8)})
    assert code(slower, asks(clips=2)) == ""
    assert code(slower, asks(clips=3)) == "too_many_pending", "by the server"
    assert code(situation(members={ADA: member(pending=9)}), asks(clips=2)) == "too_many_pending", "by the owner"


def test_caps_are_passed_by_no_credit_and_the_first_is_named() -> None:
    rules = ServerRules(daily_budget=5, monthly_budget=20)
    limits = OwnerLimits(10, 10, 8, 30)
    assert code(situation(rules, here=Spent(4, 19), everywhere=Spent(7, 29)), limits=limits) == ""
    for spent, cap in (
        ((Spent(5, 5), Spent(0, 0)), "server_day"),
        ((Spent(0, 20), Spent(0, 0)), "server_month"),
        ((Spent(0, 0), Spent(8, 8)), "all_day"),
        ((Spent(0, 0), Spent(0, 30)), "all_month"),
    ):
        refused = refusal(situation(rules, here=spent[0], everywhere=spent[1]), limits=limits)
        assert refused is not None
        assert refused.facts["cap"] == cap
        assert refused.facts["resets_at"] == (ENDS.month if "month" in cap else ENDS.day)
    assert [cap.name for cap in caps(NO_RULES, LIMITS)] == []


def test_what_is_free_is_not_kept_from_anybody_by_money_or_pace() -> None:
    rules = ServerRules(daily_budget=0, pending=1, per_minute=1)
    who = {ADA: member(purse=Purse(0, None, 0, 0, 0), asked=(NOW,), pending_here=9, pending=99)}
    free = Asked(ADA, CHANNEL, texts=("a fox",))
    assert code(situation(rules, members=who), free) == ""
    assert code(situation(rules.but(words=("fox",)), members=who), free) == "word_not_allowed"


def test_pauses_are_said_by_who_and_the_widest_first() -> None:
    here, everywhere = Pause(GUILD, False, "", 99, NOW), Pause(0, False, "too dear", None, NOW)
    refused = refusal(situation(pauses=(here, everywhere)))
    assert refused is not None
    assert (refused.code, refused.facts["where"], refused.facts["by"]) == ("paused", "everywhere", None)
    assert code(situation(pauses=(replace(everywhere, draining=True),))) == "draining"


def test_only_servers_that_are_named_are_served() -> None:
    assert code(situation(), limits=OwnerLimits(10, 10, guilds_allowed=frozenset({2}))) == "server_not_allowed"
    assert code(situation(), limits=OwnerLimits(10, 10, guilds_allowed=frozenset({GUILD}))) == ""


def test_of_several_who_ask_together_the_one_concerned_is_named() -> None:
    of = situation(members={ADA: member(), BEN: member(block=Block(True, "", None, 99, NOW, None))})
    refused = refusal(of, asks(ADA), asks(BEN))
    assert refused is not None
    assert (refused.code, refused.facts["user_id"]) == ("blocked", BEN)
    alone = refusal(of, asks(BEN))
    assert alone is not None
    assert "user_id" not in alone.facts


def test_rules_of_a_newer_version_are_refused_and_not_guessed() -> None:
    for document in ('{"format":2}', '{"curfew":"22:00"}', "[]", "", '{"pending":0}'):
        assert code(replace(situation(), rules=RulesRow(3, document))) == "rules_unreadable"
    rules = ServerRules(makers=(1,), words=("gore",), role_credits={3: 4}, spoilers=True)
    assert read_rules(RulesRow(1, write_rules(rules))) == rules
    assert write_rules(NO_RULES) == "{}"
