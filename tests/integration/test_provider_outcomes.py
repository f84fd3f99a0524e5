"""docs/providers.md is what really happens, one real job per documented error; see provider_outcomes."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.models import JobStatus
from sandbox.providers.catalogue import ACEDATA_ERRORS, APIFRAME_ERRORS
from tests.integration.provider_outcomes import Outcome, play_all
from tests.integration.provider_page import PAGE, brought_up_to_date


def test_every_documented_error_becomes_what_the_page_says(tmp_path: Path) -> None:
    # One test, since the checks share half a minute of jobs and tests are spread over processes.
    outcomes = asyncio.run(play_all(tmp_path))
    every_documented_error_was_met(outcomes)
    credits_come_back_unless_a_clip_came(outcomes)
    no_error_makes_a_second_paid_clip(outcomes)
    acedata_is_never_sent_again_what_it_may_have_started(outcomes)
    auto_goes_over_only_where_the_first_provider_did_not_start(outcomes)
    page = PAGE.read_text("utf-8")
    assert brought_up_to_date(page, outcomes) == page, "run python -m tests.integration.provider_page"


def every_documented_error_was_met(outcomes: list[Outcome]) -> None:
    met = {(o.case.provider, o.case.name) for o in outcomes if o.case.documented and not o.case.lasting}
    documented = {"apiframe": APIFRAME_ERRORS, "acedata": ACEDATA_ERRORS}
    assert met == {(provider, name) for provider, catalogue in documented.items() for name in catalogue}


def credits_come_back_unless_a_clip_came(outcomes: list[Outcome]) -> None:
    assert [(o.case, o.left) for o in outcomes if o.quota_back == o.delivered] == []


def no_error_makes_a_second_paid_clip(outcomes: list[Outcome]) -> None:
    assert [(o.case, o.submissions) for o in outcomes if o.tasks > 1] == []


def acedata_is_never_sent_again_what_it_may_have_started(outcomes: list[Outcome]) -> None:
    unknown = [o for o in outcomes if o.case.provider == "acedata" and o.job.status is JobStatus.UNKNOWN]
    assert {"timeout", "answer_lost"} <= {o.case.name for o in unknown}
    assert {o.submissions["acedata"] for o in unknown} == {1}


def auto_goes_over_only_where_the_first_provider_did_not_start(outcomes: list[Outcome]) -> None:
    auto = {o.case.name: o for o in outcomes if o.case.wanted is None}
    assert {name: o.job.provider for name, o in auto.items()} == {
        "unavailable": "acedata",
        "insufficient_credits": "acedata",
        "idempotency_conflict": "apiframe",
    }
    assert all(o.delivered for o in auto.values())
