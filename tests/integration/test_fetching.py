"""One bad look is not the end: what a link may answer before a paid clip is given up, and what people get instead."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from itertools import pairwise

import pytest
from aiohttp import web

from bot.errors import DeliveryPostponed
from bot.jobs.delivery import fetching
from bot.models import FailureCode, JobStatus, LinkReason
from bot.timings import Backoff
from tests.integration.clip_host import Handler
from tests.integration.courier_round import JSON, PAGE, Round, breaks_off, in_turn, says

Bad = Callable[[bytes], Handler]
BAD: dict[str, Bad] = {
    "401": lambda _: says(JSON, 401),
    "403": lambda _: says(PAGE, 403),
    "404": lambda _: says(b"", 404),
    "410": lambda _: says(b"", 410),
    "500": lambda _: says(PAGE, 500),
    "an error page": lambda _: says(PAGE, kind="text/html"),
    "JSON": lambda _: says(JSON, kind="application/json"),
    "a page that calls itself a video": lambda _: says(PAGE),
    "nothing": lambda _: says(),
    "half of it": lambda movie: says(movie[: len(movie) // 2]),
    "its beginning": lambda movie: says(movie[:300]),
    "half of it, broken off": breaks_off,
    "brotli": lambda movie: says(b"\x0b" + movie[::-1], Content_Encoding="br"),
    "half of it in gzip": lambda movie: says(gzip.compress(movie)[:5000], Content_Encoding="gzip"),
}


@pytest.mark.parametrize("bad", BAD.values(), ids=list(BAD))
async def test_a_link_that_answers_badly_is_asked_again_until_it_answers_well(
    world: Round, movie: bytes, bad: Bad
) -> None:
    world.host.handler = in_turn(*[bad(movie)] * 9, says(movie))
    await world.begin()
    waits = []
    for number in range(9):
        before = world.clock.now
        job = await world.look()
        assert (job.status, job.attempts) == (JobStatus.DELIVERING, number + 1)
        assert world.left == [], "nothing is kept of what is no clip"
        waits.append(job.due_at - max(before, world.clock.now))
    assert waits[0] <= 2.0, "a link that comes right at once is not waited for"
    assert waits[-1] >= 60.0
    assert all(later > earlier / 2 for earlier, later in pairwise(waits)), waits
    job = await world.look()
    assert (job.status, job.failure, job.attempts) == (JobStatus.DELIVERED, None, 0)
    assert world.vendor.asked == 9, "each time with the link of today"
    assert [(how, clip.path.read_bytes() == movie) for how, clip in world.post.posted] == [("clip", True)]
    assert await world.credits() == (1, 0)


@pytest.mark.parametrize(
    ("bad", "failure"),
    [
        ("403", FailureCode.CLIP_LOST),
        ("404", FailureCode.CLIP_LOST),
        ("an error page", FailureCode.CLIP_UNUSABLE),
        ("JSON", FailureCode.CLIP_UNUSABLE),
        ("nothing", FailureCode.CLIP_UNUSABLE),
    ],
)
async def test_a_dead_link_is_given_up_after_ten_minutes_at_least_and_costs_nothing(
    world: Round, movie: bytes, bad: str, failure: FailureCode
) -> None:
    world.host.handler = BAD[bad](movie)
    await world.begin()
    begun = world.clock.now
    job = await world.until_over()
    assert (job.status, job.failure) == (JobStatus.FAILED, failure)
    assert world.clock.now - begun >= 600.0
    assert world.post.posted == [], "nobody is sent to an error page"
    assert await world.credits() == (0, 0)


def test_the_shortest_waits_take_ten_minutes() -> None:
    shortest = Backoff(jitter=lambda: 1.0)
    for first in range(fetching.GROWN + 1):
        assert sum(shortest.wait(number) for number in range(first, fetching.LOOKS - 1)) >= 600.0


@pytest.mark.parametrize("bad", ["half of it", "half of it, broken off", "brotli", "half of it in gzip"])
async def test_a_clip_that_never_comes_whole_is_linked_to_in_the_end(world: Round, movie: bytes, bad: str) -> None:
    world.host.handler = BAD[bad](movie)
    await world.begin()
    begun = world.clock.now
    job = await world.until_over()
    assert job.status is JobStatus.DELIVERED
    assert world.clock.now - begun >= 600.0
    assert [(how, clip.reason, clip.url) for how, clip in world.post.posted] == [
        ("link", LinkReason.BROKEN, world.host.url())
    ]
    assert await world.credits() == (1, 0)


async def test_a_restart_goes_on_where_the_looks_were(world: Round, movie: bytes) -> None:
    world.host.handler = says(PAGE, 404)
    await world.begin()
    begun = world.clock.now
    for _ in range(40):
        world.restart()
        job = await world.look()
        if job.status is not JobStatus.DELIVERING:
            break
    assert (job.status, job.failure) == (JobStatus.FAILED, FailureCode.CLIP_LOST)
    assert world.clock.now - begun >= 600.0
    assert len(world.host.requests) == fetching.LOOKS


@pytest.mark.parametrize("jump", [-86_400.0, 86_400.0])
async def test_a_clock_that_was_set_while_the_bot_was_off_gives_nothing_up(
    world: Round, movie: bytes, jump: float
) -> None:
    world.host.handler = in_turn(*[says(PAGE, 404)] * 5, says(movie))
    await world.begin()
    for _ in range(3):
        await world.look()
    world.clock.pass_(jump)
    assert (await world.until_over()).status is JobStatus.DELIVERED


async def test_a_fresh_link_is_used_as_often_as_one_is_given(world: Round, movie: bytes) -> None:
    async def by_path(request: web.Request) -> web.StreamResponse:
        return await (says(movie) if request.path == "/fourth.mp4" else says(b"", 403))(request)

    world.host.handler = by_path
    world.vendor.links = [world.host.url(f"{name}.mp4") for name in ("second", "third", "fourth")]
    await world.begin()
    job = await world.until_over()
    assert (job.status, job.video_url) == (JobStatus.DELIVERED, world.host.url("fourth.mp4"))
    assert [request.path for request in world.host.requests] == [
        f"/{name}.mp4" for name in ("clip", "second", "third", "fourth")
    ]


async def test_a_provider_that_names_no_link_any_more_leaves_the_old_one(world: Round, movie: bytes) -> None:
    world.host.handler = in_turn(says(b"", 404), says(b"", 404), says(movie))
    world.vendor.links = [None]
    await world.begin()
    assert (await world.until_over()).status is JobStatus.DELIVERED


@pytest.mark.parametrize("off", [False, True])
async def test_a_provider_that_is_away_is_waited_for(world: Round, movie: bytes, off: bool) -> None:
    world.host.handler = says(b"", 404)
    await world.begin()
    if off:
        world.providers.clear()
        world.restart()
    world.vendor.unwell = True
    for _ in range(40):
        assert (await world.look()).status is JobStatus.DELIVERING
    assert world.clock.now - (await world.job()).created_at > 2000.0
    world.providers["apiframe"] = world.vendor
    world.vendor.unwell = False
    world.restart()
    begun = world.clock.now
    world.host.handler = in_turn(*[says(b"", 404)] * 5, says(movie))
    assert (await world.until_over()).status is JobStatus.DELIVERED, "its own ten minutes begin when it can be asked"
    assert world.clock.now - begun < 700.0


async def test_a_host_that_is_down_is_waited_for_as_long_as_its_links_live(world: Round, movie: bytes) -> None:
    world.host.handler = says(b"", 503)
    await world.begin()
    for _ in range(60):
        job = await world.look()
        assert (job.status, job.failure) == (JobStatus.DELIVERING, FailureCode.PROVIDER_UNAVAILABLE)
    world.clock.pass_(world.vendor.capabilities.link_seconds)
    job = await world.look()
    assert (job.status, job.failure) == (JobStatus.FAILED, FailureCode.CLIP_LOST)


async def test_one_failure_after_a_long_absence_is_not_the_last(world: Round, movie: bytes) -> None:
    world.host.handler = in_turn(says(b"", 503), says(b"", 404), says(PAGE), says(movie))
    await world.begin()
    world.clock.pass_(3 * world.vendor.capabilities.link_seconds)
    assert (await world.until_over()).status is JobStatus.DELIVERED


async def test_a_host_that_names_a_time_is_left_alone_until_then(world: Round, movie: bytes) -> None:
    world.host.handler = in_turn(says(b"", 429, Retry_After="300"), says(movie))
    await world.begin()
    job = await world.look()
    assert job.due_at - world.clock.now == 300.0
    assert (await world.look()).status is JobStatus.DELIVERED


async def test_bad_answers_after_a_long_outage_have_ten_minutes_of_their_own(world: Round, movie: bytes) -> None:
    world.host.handler = says(b"", 503)
    await world.begin()
    for _ in range(30):
        await world.look()
    begun = world.clock.now
    world.host.handler = says(b"", 404)
    assert (await world.until_over()).failure is FailureCode.CLIP_LOST
    assert world.clock.now - begun >= 600.0


async def test_troubles_that_take_turns_are_neither_hurried_nor_endless(world: Round) -> None:
    world.host.handler = in_turn(*[says(b"", 503), says(b"", 404)] * 2000)
    await world.begin()
    for _ in range(20):
        await world.look()
    before = world.clock.now
    await world.look()
    job = await world.look()
    assert job.due_at - before >= 120.0
    world.clock.pass_(world.vendor.capabilities.link_seconds)
    assert (await world.until_over()).status is JobStatus.FAILED


# -- what comes after --------------------------------------------------------------------------------------------------


async def test_a_download_that_took_long_leaves_posting_all_its_tries(world: Round, movie: bytes) -> None:
    world.host.handler = in_turn(*[says(b"", 503)] * 60, says(movie))
    world.post.trouble = [DeliveryPostponed("503")] * 30
    await world.begin()
    job = await world.until_over(200)
    assert job.status is JobStatus.DELIVERED
    assert len(world.host.requests) == 61


async def test_the_clip_is_on_the_disk_before_its_tries_are_forgotten(world: Round, movie: bytes) -> None:
    """Killed in between, the next process finds the clip and counts posting from nothing."""
    world.host.handler = says(b"", 503)
    await world.begin()
    for _ in range(60):
        await world.look()
    world.shelf.path(world.job_id).write_bytes(movie)
    world.restart()
    world.post.trouble = [DeliveryPostponed("503")] * 30
    assert (await world.until_over(200)).status is JobStatus.DELIVERED
    assert len(world.host.requests) == 60


async def test_a_link_whose_message_is_put_off_is_given_at_the_next_look(world: Round, movie: bytes) -> None:
    world.host.handler = BAD["half of it"](movie)
    world.post.trouble = [DeliveryPostponed("503")] * 3
    await world.begin()
    job = await world.until_over(200)
    assert job.status is JobStatus.DELIVERED
    assert len(world.host.requests) == fetching.LOOKS + 3
    assert [how for how, _ in world.post.posted] == ["link"]


async def test_a_clip_nobody_waits_for_is_fetched_as_patiently(world: Round, movie: bytes) -> None:
    world.host.handler = in_turn(*[says(b"", 404)] * 5, says(movie))
    job = await world.begin()
    await world.mover.move(job, JobStatus.DELIVERING, cancelled_at=world.clock())
    job = await world.until_over()
    assert (job.status, job.kept, world.post.posted) == (JobStatus.CANCELLED, True, [])
    assert world.left == [f"{world.job_id}.mp4"]


async def test_a_half_fetched_file_of_a_killed_process_is_fetched_anew(world: Round, movie: bytes) -> None:
    world.host.handler = says(movie)
    job = await world.begin()
    (world.clips / f"{job.job_id}-new.mp4").write_bytes(movie[:5000])
    assert (await world.look()).status is JobStatus.DELIVERED
    assert world.post.posted[0][1].path.read_bytes() == movie
    await world.shelf.discard(job.job_id)
    assert world.left == []
