"""Which pages of a list are read for tasks that may stand anywhere on it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import ProviderBusy
from bot.models import FailureCode
from bot.providers.base import RemoteTask, TaskState
from bot.providers.paging import ListReader, PageBudget, TaskPage

PAGE = 10


class Listing:
    """Tasks "0", "1", ... as they are submitted, newest first; a cursor is the number of the next one on the list."""

    def __init__(self, submitted: int, *, broken_at: int | None = None, refused: bool = False) -> None:
        self.submitted = submitted
        self.broken_at = broken_at
        self.refused = refused
        self.read: list[str | None] = []

    async def __call__(self, cursor: str | None) -> TaskPage | None:
        self.read.append(cursor)
        if len(self.read) - 1 == self.broken_at:
            raise ProviderBusy(FailureCode.PROVIDER_UNAVAILABLE, "away")
        if self.refused:
            return None
        first = self.submitted - 1 if cursor is None else int(cursor)
        last = max(-1, first - PAGE)
        tasks = {str(number): RemoteTask(str(number), TaskState.RUNNING) for number in range(first, last, -1)}
        return TaskPage(tasks, str(last) if last >= 0 else None)


def named(numbers: Sequence[int]) -> list[str]:
    return [str(number) for number in numbers]


async def calls(reader: ListReader, listing: Listing, numbers: Sequence[int]) -> int:
    """What a query costs: pages, and one for each task that was not found."""
    before = len(listing.read)
    found = await reader.find(named(numbers), listing)
    return len(listing.read) - before + len(numbers) - len(found)


async def test_the_newest_page_is_enough_for_what_stands_on_it() -> None:
    listing = Listing(50)
    assert set(await ListReader().find(["41", "45", "49"], listing)) == {"41", "45", "49"}
    assert listing.read == [None]


async def test_pages_without_any_of_many_tasks_are_read_through() -> None:
    assert await calls(ListReader(), Listing(100), range(40, 60)) == 6


async def test_few_tasks_far_down_are_left_to_be_asked_for_one_by_one() -> None:
    listing = Listing(1000)
    assert await ListReader().find(["3", "500"], listing) == {}
    assert len(listing.read) == 1


async def test_a_single_task_is_not_looked_for() -> None:
    listing = Listing(10)
    assert await ListReader().find(["3"], listing) == {}
    assert listing.read == []


async def test_what_was_seen_once_is_found_again_without_what_is_newer() -> None:
    reader, listing = ListReader(), Listing(100)
    await calls(reader, listing, range(40, 60))
    listing.submitted += 35
    assert await calls(reader, listing, range(40, 60)) == 2
    # Also what nobody had asked for when its page was read.
    assert await calls(reader, listing, range(70, 90)) == 2


async def test_one_task_of_a_page_is_asked_for_by_itself() -> None:
    reader, listing = ListReader(), Listing(100)
    await calls(reader, listing, range(20, 60))
    before = len(listing.read)
    assert await reader.find(["25", "45"], listing) == {}
    assert len(listing.read) == before


async def test_a_cursor_that_is_refused_is_not_tried_again() -> None:
    reader = ListReader()
    await calls(reader, Listing(100), range(40, 60))
    refusing = Listing(100, refused=True)
    assert await reader.find(named(range(40, 60)), refusing) == {}
    assert len(refusing.read) == 2
    assert await reader.find(named(range(40, 60)), refusing) == {}
    assert refusing.read[2:] == [None]


async def test_an_error_brings_along_what_was_found_before_it() -> None:
    with pytest.raises(ProviderBusy) as caught:
        await ListReader().find(named(range(80, 100)), Listing(100, broken_at=1))
    assert set(caught.value.found) == set(named(range(90, 100)))


async def test_what_is_remembered_is_bounded() -> None:
    reader, listing = ListReader(), Listing(20_000)
    await reader.find(named(range(20_000)), listing)
    before = len(listing.read)
    await reader.find(named(range(1000)), listing)
    assert len(listing.read) - before <= 101
    assert len(reader._places) <= 5000


async def test_a_list_that_goes_round_in_circles_is_left() -> None:
    async def circle(cursor: str | None) -> TaskPage:
        return TaskPage({"foreign": RemoteTask("foreign", TaskState.RUNNING)}, "again")

    assert await ListReader().find(named(range(50)), circle) == {}


@given(st.lists(st.sets(st.integers(0, 199), max_size=60), min_size=1, max_size=8), st.integers(0, 30))
@settings(deadline=None, max_examples=100)
async def test_it_never_costs_much_more_than_asking_one_by_one(queries: list[set[int]], more: int) -> None:
    reader, listing = ListReader(), Listing(200)
    for query in queries:
        wanted = sorted(query)
        assert await calls(reader, listing, wanted) <= 1.5 * len(wanted) + 1
        assert set(await reader.find(named(wanted), listing)) <= set(named(wanted))
        listing.submitted += more


@given(st.lists(st.integers(0, 20), max_size=50), st.integers(1, 100))
def test_a_page_that_finds_more_than_it_costs_is_always_followed_by_another(found: list[int], wanted: int) -> None:
    budget, left = PageBudget(wanted), wanted
    for here in found:
        here = min(here, left)
        budget.read(here)
        left -= here
        if here > len(found) and left:
            assert budget.pays
    assert left > 0 or not budget.pays
