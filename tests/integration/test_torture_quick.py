"""A few of the crash runs, one of each kind; `make torture QUICK=1` does many, and `make torture` all."""

from __future__ import annotations

from tests.stepping import DONE
from tests.torture import crash_together
from tests.torture.crash import Run, Story, Workshop, crash, late, picked
from tests.torture.crash_controls import finishes, races
from tests.torture.crash_referee import LEDGER, PAID, POSTED
from tests.torture.crash_storm import STOP_SECONDS, stops, storm
from tests.torture.crash_together import CONTROLLED, QUICK, several

POINTS = (
    ("apiframe", Story.PLAIN, (DONE, "Reservations.reserve_all", "Database.write"), 1),
    ("apiframe", Story.PLAIN, (DONE, "Submitter.", "BackoffProvider.submit"), 2),
    ("apiframe", Story.PLAIN, (DONE, "ClipDelivery.", "ChannelDeliverer._send"), 1),
    ("acedata", Story.PLAIN, (DONE, "_receipt", "ChannelDeliverer.open_status"), 1),
    ("acedata", Story.PLAIN, (DONE, "Submitter.", "BackoffProvider.submit"), 2),
    ("acedata", Story.TROUBLED, (DONE, "ClipDelivery._park", "JobTransitions.move"), 1),
)
"""Where there is most to lose: between what is done outside and what is written down of it."""


def kinds(runs: list[Run]) -> set[str]:
    return {kind for run in runs for kind, _ in run.found}


async def test_nothing_is_lost_or_done_twice_wherever_the_process_dies(shop: Workshop) -> None:
    points = await picked(shop, POINTS)
    runs = await shop.all(
        lambda point=point, n=n: crash(shop, point, nonce_seconds=0.0 if n % 2 else 180.0)  # type: ignore[misc]
        for n, point in enumerate(points)
    )
    assert [(run.name, run.found, run.complaints) for run in runs if run.found or run.complaints] == []
    assert [run.name for run in runs if not run.kills] == []


async def test_what_is_put_together_is_shown_once_and_whole(shop: Workshop) -> None:
    runs = await several(shop, await crash_together.picked(shop, QUICK[1::2]))
    assert [(run.name, run.found, run.complaints) for run in runs if run.found or run.complaints] == []
    assert [run.name for run in runs if not run.kills] == []


async def test_random_kills_and_orderly_stops_under_load(shop: Workshop) -> None:
    killed = await storm(shop, 7, 4, "apiframe")
    stopped = await stops(shop, 7, 2)
    assert (killed.found, stopped.found, stopped.exits) == ([], [], [0, 0])
    assert max(stopped.seconds) < STOP_SECONDS
    assert set(stopped.statuses) == {"delivered"}


async def test_a_task_whose_answer_was_lost_is_delivered_when_it_calls_back(shop: Workshop) -> None:
    run = await late(shop)
    assert (run.found, set(run.statuses)) == ([], {"delivered"})


async def test_with_a_safeguard_off_the_referee_finds_what_it_guards_against(shop: Workshop) -> None:
    paid, posted = await picked(shop, [POINTS[1], POINTS[2]])
    assert PAID in kinds([await crash(shop, paid, without=("keys",))])
    assert POSTED in kinds([await crash(shop, posted, without=("nonce", "history"))])
    (together,) = await crash_together.picked(shop, CONTROLLED[:1])
    assert POSTED in kinds([await crash_together.crash(shop, together, without=("nonce", "search"))])
    assert kinds(await races(shop, 4)) == set()
    assert kinds(await finishes(shop, 4)) == set()
    assert LEDGER in kinds(await races(shop, 6, "compare_and_set"))
