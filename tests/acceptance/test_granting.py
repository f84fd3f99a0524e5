"""Credits that an admin gives: typed again after a lost answer they are not given twice."""

from __future__ import annotations

import pytest

from tests.acceptance.studio import Studio
from tests.acceptance.test_said import FAILURES, SORRY, lose_the_answer


@pytest.mark.parametrize(("status", "code"), FAILURES)
async def test_a_grant_whose_answer_was_lost_is_typed_again_without_effect(
    studio: Studio, status: int, code: int
) -> None:
    limit = (await studio.allowance(studio.ada)).limit
    lose_the_answer(studio, status, code)
    assert SORRY not in await studio.say(studio.mod, "admin quota grant", member=studio.ada, credits=5)
    said = await studio.say(studio.mod, "admin quota grant", member=studio.ada, credits=5)
    assert (await studio.allowance(studio.ada)).limit == limit + 5
    assert said.startswith("Nothing was added: a moment ago you gave @ada the same 5 credits.")
    assert f"{limit + 5} of {limit + 5} credits left" in said
    assert "choose `again: True`" in said


async def test_a_grant_is_given_twice_on_purpose_or_when_it_is_another_one(studio: Studio) -> None:
    limit = (await studio.allowance(studio.ada)).limit
    for options in ({"credits": 5}, {"credits": 5, "again": True}, {"credits": 6}):
        said = await studio.say(studio.mod, "admin quota grant", member=studio.ada, **options)
        assert said.startswith("Done.")
    assert (await studio.say(studio.mod, "admin quota grant", member=studio.ben, credits=5)).startswith("Done.")
    assert (await studio.allowance(studio.ada)).limit == limit + 16
