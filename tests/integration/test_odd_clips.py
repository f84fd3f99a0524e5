"""Clips that are odd and play, and links that people get where there is no file: what is posted, and what it costs."""

from __future__ import annotations

import gzip
from collections.abc import Callable

import pytest

from bot.errors import UploadTooLarge
from bot.models import FailureCode, JobStatus, LinkReason
from tests.integration.courier_round import PAGE, Round, says


@pytest.mark.parametrize(
    "spoil",
    [
        lambda movie: movie + b"\0",
        lambda movie: movie + PAGE,
        lambda movie: movie.replace(b"ftyp", b"free", 1),
        lambda movie: movie[: movie.index(b"mdhd") + 20] + bytes(4) + movie[movie.index(b"mdhd") + 24 :],
        lambda movie: gzip.compress(movie),
    ],
    ids=["a byte behind", "a page behind", "no ftyp", "no length", "gzip"],
)
async def test_an_odd_file_that_plays_is_the_clip(world: Round, movie: bytes, spoil: Callable[[bytes], bytes]) -> None:
    world.host.handler = says(spoil(movie))
    await world.begin()
    assert (await world.look()).status is JobStatus.DELIVERED
    ((how, clip),) = world.post.posted
    assert (how, clip.reason, clip.width, clip.height, round(clip.duration_seconds)) == ("clip", None, 1366, 768, 6)
    assert len(world.host.requests) == 1
    assert await world.credits() == (1, 0)


async def test_without_ffmpeg_an_odd_file_is_posted_as_it_is(bare: Round, movie: bytes) -> None:
    odd = movie.replace(b"ftyp", b"free", 1)
    bare.host.handler = says(odd)
    await bare.begin()
    assert (await bare.look()).status is JobStatus.DELIVERED
    ((how, clip),) = bare.post.posted
    assert (how, clip.width, clip.path.read_bytes() == odd) == ("clip", 0, True)


async def test_without_ffmpeg_an_odd_file_that_does_not_fit_is_linked_to(bare: Round, movie: bytes) -> None:
    bare.host.handler = says(movie + b"\0")
    bare.post.limit = 1000
    bare.post.trouble = [UploadTooLarge("")]
    await bare.begin()
    assert (await bare.until_over()).status is JobStatus.DELIVERED
    assert [how for how, _ in bare.post.posted] == ["link"]


async def test_what_cannot_be_played_is_asked_for_once_more_and_then_linked_to(world: Round, movie: bytes) -> None:
    world.host.handler = says(b"\0\0\0\x10ftypisom\0\0\0\0\0\0\0\x10moov" + bytes(8) + b"\0\0\0\x10mdat" + bytes(8))
    await world.begin()
    assert (await world.look()).status is JobStatus.DELIVERING
    assert (await world.look()).status is JobStatus.DELIVERED
    assert world.vendor.asked == 1
    assert [(how, clip.reason) for how, clip in world.post.posted] == [("link", LinkReason.UNREADABLE)]
    assert await world.credits() == (1, 0)
    assert world.left == []


async def test_what_is_no_video_at_all_is_never_linked_to(world: Round) -> None:
    world.host.handler = says(b"\x89PNG\r\n\x1a\n\0\0" + bytes(600))
    await world.begin()
    job = await world.until_over()
    assert (job.status, job.failure, world.post.posted) == (JobStatus.FAILED, FailureCode.CLIP_UNUSABLE, [])
    assert await world.credits() == (0, 0)


@pytest.mark.parametrize(
    ("link", "reason"),
    [("http://203.0.114.7/clip.mp4", LinkReason.PLAIN_HTTP), ("http://203.0.114.7/a b<>.mp4", LinkReason.PLAIN_HTTP)],
)
async def test_a_plain_http_link_is_given_to_people_and_says_why(world: Round, link: str, reason: LinkReason) -> None:
    world.vendor.links = [link]
    await world.begin(link)
    assert (await world.until_over()).status is JobStatus.DELIVERED
    assert [(how, clip.reason, clip.url) for how, clip in world.post.posted] == [("link", reason, link)]
    assert await world.credits() == (1, 0)


async def test_a_plain_http_link_that_was_a_mistake_of_the_provider_is_forgotten(world: Round, movie: bytes) -> None:
    world.host.handler = says(movie)
    await world.begin("http://203.0.114.7/clip.mp4")
    assert (await world.until_over()).status is JobStatus.DELIVERED
    assert [how for how, _ in world.post.posted] == ["clip"]


@pytest.mark.parametrize("link", ["http://10.0.0.5/clip.mp4", "https://169.254.169.254/", "ftp://a.example/c.mp4"])
async def test_a_link_into_a_private_network_is_never_shown(world: Round, link: str) -> None:
    world.vendor.links = [link]
    await world.begin(link)
    job = await world.until_over()
    assert (job.status, job.failure, world.post.posted) == (JobStatus.FAILED, FailureCode.LINK_REFUSED, [])
    assert await world.credits() == (0, 0)


async def test_a_link_that_cannot_be_shown_and_not_be_fetched_costs_nothing(world: Round) -> None:
    link = f"http://203.0.114.7/{'a' * 3000}"
    world.vendor.links = [link]
    await world.begin(link)
    job = await world.until_over()
    assert (job.status, world.post.posted) == (JobStatus.FAILED, [])
    assert await world.credits() == (0, 0)
