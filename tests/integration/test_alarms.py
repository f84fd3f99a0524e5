"""The owner is told in time and once: balances that fall, money used up, jobs that are stuck; across restarts.

Through the whole application and the stand-ins; Discord alone is replaced, and time is skipped.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import DeliveryPostponed, Refused
from bot.models import FailureCode, JobStatus
from bot.moderation.watchman import BALANCE_SECONDS
from bot.storage.database import Database
from sandbox.providers.catalogue import ACEDATA_ERRORS, APIFRAME_ERRORS
from sandbox.providers.faults import Fault, Route
from tests.integration.watched_house import House, house

WITHOUT = Fault(Route.ANY, times=None, match="/v2/me", status=503, body={"error": "Service unavailable"})


# -- balances ----------------------------------------------------------------------------------------------------------


async def test_a_balance_that_falls_is_told_before_clips_fail_and_once(clip: Path, tmp_path: Path) -> None:
    async with house(clip, tmp_path, credits=102) as here:
        assert here.told == []
        assert (await here.make()).status is JobStatus.DELIVERED
        await here.pass_time(BALANCE_SECONDS + 60)
        assert here.told == ["balance_low"]
        assert here.channel.heard[-1].facts == {"provider": "Apiframe", "left": "97", "count": 19}
        await here.pass_time(2 * BALANCE_SECONDS, stride=60)
        await here.restart()
        await here.pass_time(120)
        assert here.told == [], "the process before has told it"
        here.box.apiframe.top_up(1000)
        await here.pass_time(BALANCE_SECONDS + 60, stride=60)
        here.box.apiframe.top_up(-1050)
        await here.pass_time(BALANCE_SECONDS + 60, stride=60)
        assert here.told == ["balance_low"], "told anew, since it was well again"


async def test_a_balance_that_pays_for_no_clip_sends_auto_elsewhere_until_it_does(clip: Path, tmp_path: Path) -> None:
    async with house(clip, tmp_path, credits=4) as here:
        assert here.told == ["balance_used_up"]
        assert (await here.make(None)).provider == "acedata"
        assert not [request for request in here.box.apiframe.requests if request.method == "POST"]
        here.box.apiframe.top_up(500)
        await here.pass_time(90)
        assert (await here.make(None)).provider == "apiframe"
        assert here.told == ["balance_used_up"]


async def test_a_balance_that_cannot_be_read_is_no_alarm_and_hurts_no_job(clip: Path, tmp_path: Path) -> None:
    async with house(clip, tmp_path, faults=[WITHOUT]) as here:
        await here.pass_time(3 * BALANCE_SECONDS, stride=60)
        assert (await here.make(None)).provider == "apiframe"
        assert here.told == []
        assert here.app.metrics.render().decode().count('operation="balance",outcome="ProviderBusy"') >= 1


async def test_a_key_that_is_refused_a_balance_shuts_no_provider_off(clip: Path, tmp_path: Path) -> None:
    refused = Fault(Route.ANY, times=None, match="/v2/me", status=403, body={"error": "API key is inactive"})
    async with house(clip, tmp_path, faults=[refused]) as here:
        assert (await here.make(None)).provider == "apiframe"
        assert here.told == []


@pytest.mark.parametrize(
    ("provider", "fault"),
    [("apiframe", APIFRAME_ERRORS["insufficient_credits"]), ("acedata", ACEDATA_ERRORS["used_up"])],
)
async def test_a_provider_that_says_used_up_is_left_out_at_once_and_told_once(
    clip: Path, tmp_path: Path, provider: str, fault: Fault
) -> None:
    async with house(clip, tmp_path) as here:
        stand_in = here.box.apiframe if provider == "apiframe" else here.box.acedata
        stand_in.faults.add(fault)
        failed = await here.make(provider)
        assert (failed.status, failed.failure) == (JobStatus.FAILED, FailureCode.PROVIDER_ACCOUNT)
        assert (await here.make(None)).provider != provider
        with pytest.raises(Refused):
            await here.ask(provider)
        assert here.told == ["account_problem"]
        await here.pass_time(400)
        assert here.told == ["account_problem"], "that nothing is sent there follows from it"
        await here.restart()
        stand_in.faults.add(fault)
        await here.make(provider)
        assert here.told == [], "told by the process before"
        await here.pass_time(700, stride=60)
        await here.make(provider)
        await here.pass_time(70)
        stand_in.faults.add(fault)
        await here.make(provider)
        assert here.told == ["account_problem"], "told anew, since a clip was made in between"


async def test_where_the_balance_says_why_the_account_is_turned_away_only_that_is_told(
    clip: Path, tmp_path: Path
) -> None:
    async with house(clip, tmp_path, credits=5) as here:
        assert here.told == ["balance_low"]
        await here.make()
        await here.make()
        assert here.told == ["balance_low", "balance_used_up"]
        here.box.apiframe.top_up(500)
        await here.pass_time(90)
        assert (await here.make()).status is JobStatus.DELIVERED, "it is not left alone for ten minutes"


# -- what is stuck -----------------------------------------------------------------------------------------------------


async def test_a_provider_that_takes_nothing_for_minutes_is_told_once(clip: Path, tmp_path: Path) -> None:
    async with house(clip, tmp_path) as here:
        here.box.apiframe.faults.add(Fault(times=None, status=503, body={"error": "Service unavailable"}))
        for _ in range(6):
            await here.ask()
        await here.pass_time(240, stride=5)
        assert here.told == []
        await here.pass_time(240, stride=5)
        assert here.told == ["provider_down"]


async def test_a_clip_that_never_gets_to_its_channel_is_told_once_until_it_does(clip: Path, tmp_path: Path) -> None:
    async with house(clip, tmp_path) as here:
        here.channel.closed = DeliveryPostponed("unwell")
        await here.ask()
        await here.pass_time(3500, stride=60)
        assert here.told == []
        await here.pass_time(300, stride=60)
        assert here.told == ["jobs_stuck"]
        await here.restart()
        here.channel.closed = DeliveryPostponed("unwell")
        await here.pass_time(300, stride=60)
        assert here.told == []


async def test_a_damaged_database_is_told(clip: Path, tmp_path: Path) -> None:
    async with house(clip, tmp_path) as here:
        watched(here).damage = "page 4 is never used"
        await here.pass_time(180)
        assert here.told == ["database_damaged"]


def watched(here: House) -> Database:
    """The database that the running application has open."""
    return here.app.store._database
