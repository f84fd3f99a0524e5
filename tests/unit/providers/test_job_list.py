"""Many tasks from few pages of Apiframe's list: what it costs, and that nothing is lost or made up by it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from bot.errors import ProviderBusy
from bot.providers.apiframe.client import Apiframe
from bot.providers.apiframe.jobs import parse_job, parse_job_list
from bot.providers.apiframe.known_pages import MOST, WORTH, KnownPages
from bot.providers.base import TaskState
from bot.providers.http import open_session
from tests.unit.providers import samples
from tests.unit.providers.far_list import FarList, Watcher
from tests.unit.providers.loopback import Answer, serve
from tests.unit.providers.samples import af_job


@asynccontextmanager
async def client(answer: Answer) -> AsyncIterator[Apiframe]:
    async with open_session() as session, serve(answer) as url:
        yield Apiframe(url, SecretStr("afk_sandbox"), session)


@asynccontextmanager
async def watching(far: FarList, *, age: float = 60.0) -> AsyncIterator[Watcher]:
    """An application right after its start, with the tasks of an earlier process under way."""
    under_way = far.run_before(420.0)
    async with client(far.answer) as provider:
        yield Watcher(far, provider, under_way, age=age)


async def test_a_thousand_tasks_of_an_earlier_process_are_found_by_their_pages() -> None:
    far = FarList(1000)
    async with watching(far, age=0.0) as watcher:
        await watcher.look()
    # They began in the course of some 360 s, and 100 jobs begin in 18 s.
    assert far.pages <= 20
    assert far.singles <= 5


@pytest.mark.unmeasured  # the same code many times over
@pytest.mark.parametrize(
    ("in_flight", "foreign", "age", "a_job"),
    [(1000, 0, 60.0, 0.7), (1000, 0, 120.0, 0.55), (300, 0, 60.0, 1.0), (300, 3, 60.0, 3.0)],
)
async def test_a_sweep_costs_a_query_for_each_page_of_the_list(
    in_flight: int, foreign: int, age: float, a_job: float
) -> None:
    far = FarList(in_flight, foreign)
    async with watching(far, age=age) as watcher:
        await watcher.run(30.0)
        before, ended = far.calls, watcher.ended
        await watcher.run(60.0)
    assert (far.calls - before) / (watcher.ended - ended) <= a_job


async def test_pages_that_are_not_to_be_had_any_more_cost_no_answer() -> None:
    far = FarList(300)
    async with watching(far) as watcher:
        await watcher.run(10.0)
        far.takes_cursors = False
        await watcher.run(10.0)
        far.takes_cursors = True
        await watcher.run(10.0)
        far.singles = 0
        await watcher.run(10.0)
    assert far.singles <= 6


async def test_few_tasks_are_on_one_page() -> None:
    far = FarList(10)
    async with watching(far) as watcher:
        await watcher.run(30.0)
    assert far.calls <= 2 * 6


async def test_other_tasks_of_ours_on_the_same_page_come_along() -> None:
    jobs = [af_job("PROCESSING", id=task_id) for task_id in "abcx"]

    async def answer(request: web.Request) -> web.Response:
        return web.json_response({"jobs": jobs, "nextCursor": None, "hasMore": False})

    async with client(answer) as provider:
        assert set(await provider.fetch(["a", "b", "c"])) == {"a", "b", "c"}
        jobs[2] = af_job("FAILED", id="c")
        assert set(await provider.fetch(["a", "b"])) == {"a", "b", "c"}
        # It has ended, and was told.
        assert set(await provider.fetch(["a", "b"])) == {"a", "b"}


def listing(pages: dict[str, Any], asked: list[str]) -> Callable[[web.Request], Any]:
    """A far side with these pages by cursor ("" for the first); a task asked for singly is queued."""

    async def answer(request: web.Request) -> web.Response:
        if request.path != "/v2/jobs":
            task_id = request.path.rpartition("/")[2]
            asked.append(task_id)
            return web.json_response(af_job("QUEUED", id=task_id))
        cursor = request.query.get("cursor", "")
        asked.append(f"page {cursor}")
        if isinstance(pages[cursor], int):
            return web.json_response({"error": "no"}, status=pages[cursor], headers={"Retry-After": "9"})
        ids, following = pages[cursor]
        jobs = [af_job("PROCESSING", id=task_id) for task_id in ids]
        return web.json_response({"jobs": jobs, "nextCursor": following, "hasMore": following is not None})

    return answer


async def test_a_request_to_wait_leaves_what_was_read_before_it() -> None:
    asked: list[str] = []
    async with client(listing({"": ("ab", "2"), "2": 429}, asked)) as provider:
        with pytest.raises(ProviderBusy) as caught:
            await provider.fetch("abcd")
    assert (caught.value.retry_after, set(caught.value.found)) == (9.0, {"a", "b"})
    assert asked == ["page ", "page 2"]


async def test_a_page_read_again_may_ask_to_wait_too() -> None:
    asked: list[str] = []
    pages: dict[str, Any] = {"": ("ab", "2"), "2": ("cd", "3"), "3": ("ef", None)}
    async with client(listing(pages, asked)) as provider:
        await provider.fetch("abcdef")
        pages |= {"2": 429}
        with pytest.raises(ProviderBusy) as caught:
            await provider.fetch("abcd")
    assert (caught.value.retry_after, set(caught.value.found)) == (9.0, {"a", "b"})


async def test_pages_are_known_by_what_stands_on_them() -> None:
    asked: list[str] = []
    pages = {"": ("ab", "2"), "2": ("cd", "3"), "3": ("ef", None)}
    async with client(listing(pages, asked)) as provider:
        await provider.fetch("abcdef")
        assert asked == ["page ", "page 2", "page 3"]
        asked.clear()
        assert {task.state for task in (await provider.fetch("ef")).values()} == {TaskState.RUNNING}
        assert asked == ["page 3"]
        asked.clear()
        await provider.fetch("ce")
        assert sorted(asked) == ["c", "e"]


async def test_a_list_without_our_tasks_is_not_read_for_them_again() -> None:
    asked: list[str] = []
    async with client(listing({"": ("xy", "2"), "2": ("zw", "3")}, asked)) as provider:
        for _ in range(3):
            assert set(await provider.fetch("abc")) == set("abc")
    assert asked.count("page ") == 1
    assert [asked.count(task_id) for task_id in "abc"] == [3, 3, 3]


async def test_more_that_is_looked_for_is_worth_more_pages_of_others() -> None:
    asked: list[str] = []
    ours = [f"t{number}" for number in range(20)]
    pages: dict[str, Any] = {"": ("xy", "2"), "2": ("zw", "3"), "3": (ours, None)}
    async with client(listing(pages, asked)) as provider:
        assert set(await provider.fetch(ours)) == set(ours)
    assert asked == ["page ", "page 2", "page 3"]


async def test_a_page_that_comes_again_and_again_is_not_read_for_ever() -> None:
    asked: list[str] = []
    async with client(listing({"": ("ab", "2"), "2": ("ab", "2")}, asked)) as provider:
        assert set(await provider.fetch("abcd")) == set("abcd")
    assert len(asked) <= 6


@pytest.mark.parametrize(
    "status", ["QUEUED", "PROCESSING", "COMPLETED", "FAILED", "CANCELLED", "brand new", " queued "]
)
@pytest.mark.parametrize("progress", [None, 0, 42, 41.6, 250, -1, True, "40", float("nan"), 10**400])
def test_a_job_reads_the_same_alone_and_on_a_page(status: str, progress: object) -> None:
    job = af_job(status, id="j", progress=progress, result=samples.CLIP)
    alone, page = parse_job(job), parse_job_list({"jobs": [job]}, {"j"})
    assert page.tasks == {"j": alone}
    assert (page.ended == ["j"]) is not alone.under_way


# -- Which pages are worth it -----------------------------------------------------------------------------------------

LINES = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 12)), max_size=12)


@given(LINES, st.sets(st.integers(0, 70)))
def test_a_plan_covers_what_two_would_share(lines: list[tuple[int, int]], wanted: set[int]) -> None:
    """Pages are stretches of one list, here of numbers, newest first."""
    known = KnownPages()
    stretches = {f"c{number}": range(start, start + length) for number, (start, length) in enumerate(lines)}
    for cursor, stretch in stretches.items():
        known.remember(cursor, map(str, stretch), f"{1000 - stretch[-1]:04}")
    chosen = known.plan({str(number) for number in wanted})
    left = set(wanted)
    for cursor in chosen:
        # Each page is worth its query, even after those before it.
        assert len(left.intersection(stretches[cursor])) >= WORTH
        left.difference_update(stretches[cursor])
    assert known.placed() == {str(number) for stretch in stretches.values() for number in stretch}


@given(st.integers(1, 40), st.integers(2, 20))
def test_overlapping_pages_are_not_read_twice(step: int, length: int) -> None:
    """Windows over a list of 120, one every `step`: no more of them than if they did not overlap, and one."""
    known, step = KnownPages(), min(step, length)
    for start in range(0, 120, step):
        known.remember(str(start), map(str, range(start, min(start + length, 120))), f"{1000 - start - length:04}")
    chosen = known.plan({str(number) for number in range(120)})
    covered = {number for cursor in chosen for number in range(int(cursor), min(int(cursor) + length, 120))}
    assert len(covered) >= 120 - len(chosen) - 1
    assert len(chosen) <= 120 / max(1, length - step + 1) + 1


def test_the_page_read_longest_ago_is_forgotten_first() -> None:
    known = KnownPages()
    for number in range(MOST):
        known.remember(str(number), "a", "")
    known.remember("0", "b", "")
    known.remember("new", "a", "")
    assert ("0" in known, "1" in known, "new" in known) == (True, False, True)
