"""Bodies that come packed though nobody asked for it, what fills a disk, and what may be linked to where none came."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from aiohttp import web

from bot.errors import ClipBroken, ClipUnusable, DownloadFailed, LinkRefused
from bot.media.clips.part_file import LONGEST_PAGE
from bot.models import LinkReason
from tests.integration.clip_host import MOVIE, Host, answers, downloader, failure, running_host
from tests.integration.test_download import OK, failure_of_raw, serve_raw

CLIP = b"\0\0\0\x18ftypisom" + MOVIE
"""Resembles an MP4 from its beginning, which is all that a download looks at."""

PACKED = gzip.compress(CLIP, 1)


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(1, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


@pytest.fixture
async def host() -> AsyncIterator[Host]:
    async with running_host() as host:
        yield host


@pytest.fixture
def to(tmp_path: Path) -> Path:
    return tmp_path / "clips" / "job1.mp4"


def serving(body: bytes, encoding: str | None, kind: str = "video/mp4") -> Callable[[], web.StreamResponse]:
    headers = {} if encoding is None else {"Content-Encoding": encoding}
    return lambda: web.Response(body=body, headers=headers | {"Content-Type": kind})


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (PACKED, "gzip"),
        (PACKED, "x-gzip"),
        (PACKED, "GZIP"),
        (PACKED, None),
        (PACKED, "identity"),
        (gzip.compress(CLIP[:999]) + gzip.compress(CLIP[999:], 1), "gzip"),
        (PACKED + bytes(512), "gzip"),
        (gzip.compress(PACKED, 1), "gzip, gzip"),
        (gzip.compress(PACKED, 1), "gzip"),
        (zlib.compress(CLIP, 1), "deflate"),
        (raw_deflate(CLIP), "deflate"),
        (CLIP, "gzip"),
        (CLIP, "br"),
        (CLIP, "utf-8"),
    ],
    ids=[
        "gzip",
        "x-gzip",
        "loud",
        "unsaid",
        "denied",
        "two members",
        "padded",
        "twice",
        "twice, said once",
        "zlib",
        "raw",
        "said and not done",
        "said br and not done",
        "no packing at all",
    ],
)
async def test_what_was_packed_is_unpacked(host: Host, to: Path, body: bytes, encoding: str | None) -> None:
    host.handler = answers(serving(body, encoding))
    assert await downloader(host).fetch(host.url(), to) == len(CLIP)
    assert to.read_bytes() == CLIP
    assert host.requests[0].headers["Accept-Encoding"] == "identity"


@pytest.mark.parametrize(
    ("body", "encoding", "kind", "reason"),
    [
        (PACKED[:-9], "gzip", "video/mp4", LinkReason.BROKEN),
        (PACKED[:-9], None, "application/octet-stream", LinkReason.BROKEN),
        (gzip.compress(b"<html>busy</html>" * 99)[:-9], "gzip", "text/html", None),
        (b"\x0b" + MOVIE, "br", "video/mp4", LinkReason.BROKEN),
        (b"\x28\xb5\x2f\xfd" + MOVIE, "zstd", "application/octet-stream", None),
        (b"\xff" * 4000, "deflate", "text/html", None),
    ],
    ids=["cut", "cut, unsaid", "a cut page", "br", "zstd", "damaged"],
)
async def test_what_cannot_be_unpacked_may_come_right_another_time(
    host: Host, to: Path, body: bytes, encoding: str | None, kind: str, reason: LinkReason | None
) -> None:
    host.handler = answers(serving(body, encoding, kind))
    error = await failure(downloader(host), host.url(), to)
    assert isinstance(error, ClipBroken)
    assert error.reason == reason


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress, lambda data: gzip.compress(gzip.compress(data))])
async def test_a_small_body_that_unpacks_to_more_than_the_cap_is_refused(
    host: Host, to: Path, pack: Callable[[bytes], bytes]
) -> None:
    bomb = pack(b"\0\0\0\x18ftypisom" + bytes(64 * 1024 * 1024))
    assert len(bomb) < 200_000
    host.handler = answers(serving(bomb, "deflate" if pack is zlib.compress else "gzip"))
    error = await failure(downloader(host, byte_cap=3_000_000), host.url(), to)
    assert isinstance(error, ClipUnusable)
    assert not isinstance(error, ClipBroken)
    assert error.reason == LinkReason.OVERSIZE


async def test_text_without_end_is_not_taken_for_a_page(host: Host, to: Path) -> None:
    sent = 0

    async def endless(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b" " * 65_536)
            sent += 65_536

    host.handler = endless
    error = await failure(downloader(host, byte_cap=500_000_000), host.url(), to)
    assert isinstance(error, ClipUnusable)
    assert not isinstance(error, ClipBroken)
    assert error.reason is None
    assert sent < 20 * LONGEST_PAGE


@pytest.mark.parametrize(("head", "reason"), [(CLIP, LinkReason.OVERSIZE), (b"{" * 2000, None)])
async def test_a_clip_that_is_announced_too_large_may_be_linked_to_and_a_page_may_not(
    host: Host, to: Path, head: bytes, reason: LinkReason | None
) -> None:
    async def announce(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": str(10**12)})
        await response.prepare(request)
        await response.write(head[:2000])
        return response

    host.handler = announce
    error = await failure(downloader(host, byte_cap=1_000_000), host.url(), to)
    assert isinstance(error, ClipUnusable)
    assert error.reason == reason


@pytest.mark.parametrize(
    ("body", "reason"),
    [(CLIP[:700_000], LinkReason.BROKEN), (CLIP[:2_000_000], LinkReason.BROKEN), (b"<html>", None), (b"", None)],
    ids=["short", "long", "a page", "nothing"],
)
async def test_a_clip_that_breaks_off_may_be_linked_to_and_a_page_may_not(
    to: Path, body: bytes, reason: LinkReason | None
) -> None:
    error = await failure_of_raw(await serve_raw(OK + b"Content-Length: 2500000\r\n\r\n" + body), to)
    assert isinstance(error, DownloadFailed)
    assert error.reason == reason


async def test_a_clip_without_room_on_the_disk_may_be_linked_to(host: Host, to: Path) -> None:
    to.parent.mkdir()
    to.with_name("job1.mp4.part").symlink_to("/dev/full")
    host.handler = answers(serving(CLIP, None))
    error = await failure(downloader(host), host.url(), to)
    assert isinstance(error, DownloadFailed)
    assert error.reason == LinkReason.BROKEN


@pytest.mark.parametrize(("asked", "waits"), [("7", 7.0), ("999999", 1800.0), ("soon", None), ("-1", None)])
async def test_a_file_server_that_asks_to_be_left_alone_is(
    host: Host, to: Path, asked: str, waits: float | None
) -> None:
    host.handler = answers(lambda: web.Response(status=429, headers={"Retry-After": asked}))
    error = await failure(downloader(host), host.url(), to)
    assert isinstance(error, DownloadFailed)
    assert error.retry_after == waits


@pytest.mark.parametrize("link", ["http://203.0.114.7/clip.mp4", "http://1.1.1.1:8080/clip.mp4"])
async def test_plain_http_is_not_fetched_from_the_open_internet_but_may_be_linked_to(to: Path, link: str) -> None:
    error = await failure(downloader(Host()), link, to)
    assert isinstance(error, ClipUnusable)
    assert error.reason == LinkReason.PLAIN_HTTP


@pytest.mark.parametrize(
    "link",
    ["http://169.254.169.254/", "http://10.0.0.5/", "https://10.0.0.5/", "ftp://a.example/", "https://u:p@1.1.1.1/"],
)
async def test_a_private_address_is_never_linked_to(to: Path, link: str) -> None:
    error = await failure(downloader(Host()), link, to)
    assert isinstance(error, LinkRefused)
    assert error.reason is None
