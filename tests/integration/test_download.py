"""Downloads from real servers on the loopback interface: every answer and every limit. Places: test_download_places."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import unused_port

from bot.errors import ClipError, ClipUnusable, DownloadFailed, LinkExpired
from bot.media.clips.download import Downloader
from tests.integration.clip_host import MOVIE, Host, answers, downloader, failure, redirects, running_host


@pytest.fixture
async def host() -> AsyncIterator[Host]:
    async with running_host() as host:
        yield host


@pytest.fixture
def to(tmp_path: Path) -> Path:
    return tmp_path / "clips" / "job1.mp4"


async def test_a_clip_arrives_whole_and_alone(host: Host, to: Path) -> None:
    assert await downloader(host).fetch(host.url(), to) == len(MOVIE)
    assert to.read_bytes() == MOVIE
    assert [path.name for path in to.parent.iterdir()] == ["job1.mp4"]
    assert await downloader(host).fetch(host.url(), to) == len(MOVIE)  # over the old one


async def test_nothing_of_ours_goes_along(
    host: Host, to: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password SECRET\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")

    async def with_cookie(request: web.Request) -> web.StreamResponse:
        there = request.path == "/end"
        response = web.Response(status=200 if there else 302, headers={} if there else {"Location": "/end"})
        response.set_cookie("session", "SECRET")
        return response

    host.handler = with_cookie
    await downloader(host).fetch(host.url(), to)
    assert [request.path for request in host.requests] == ["/clip.mp4", "/end"]
    for request in host.requests:
        assert set(request.headers) == {"Host", "User-Agent", "Accept", "Accept-Encoding", "Connection"}
        assert request.headers["Accept-Encoding"] == "identity"


async def test_a_signed_query_is_sent_letter_for_letter(host: Host, to: Path) -> None:
    path = "a%20b/c%7Ed.mp4?X-Sig=a%2Bb%2Fc%3D&t=%7e1+2"
    await downloader(host).fetch(host.url(path), to)
    assert host.requests[0].raw_path == f"/{path}"

    async def onwards(request: web.Request) -> web.StreamResponse:
        return await (host.movie if request.path == "/next" else redirects("/next?s=%7E%2B"))(request)

    host.handler = onwards
    await downloader(host).fetch(host.url(), to)
    assert host.requests[-1].raw_path == "/next?s=%7E%2B"


@pytest.mark.parametrize("status", [401, 403, 404, 410])
async def test_expired(host: Host, to: Path, status: int) -> None:
    host.handler = answers(lambda: web.Response(status=status, body=b"<Error>expired</Error>"))
    assert isinstance(await failure(downloader(host), host.url(), to), LinkExpired)


@pytest.mark.parametrize("status", [202, 204, 206, 304, 400, 418, 429, 500, 502, 503])
async def test_other_answers_may_heal(host: Host, to: Path, status: int) -> None:
    host.handler = answers(lambda: web.Response(status=status))
    error = await failure(downloader(host), host.url(), to)
    assert isinstance(error, DownloadFailed)
    assert str(status) in str(error)


async def test_announced_too_large_is_refused_unread(host: Host, to: Path) -> None:
    async def announce(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": str(10**12)})
        await response.prepare(request)
        await asyncio.sleep(10)
        return response

    host.handler = announce
    error = await failure(downloader(host, byte_cap=1_000_000, deadline=2.0), host.url(), to)
    assert isinstance(error, ClipUnusable)


async def test_cap_holds_without_an_announcement(host: Host, to: Path) -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(bytes(65_536))

    host.handler = endless
    assert isinstance(await failure(downloader(host, byte_cap=2_500_000), host.url(), to), ClipUnusable)


async def test_cap_itself_passes(host: Host, to: Path) -> None:
    assert await downloader(host, byte_cap=len(MOVIE)).fetch(host.url(), to) == len(MOVIE)
    to.unlink()
    assert isinstance(await failure(downloader(host, byte_cap=len(MOVIE) - 1), host.url(), to), ClipUnusable)


async def test_what_only_says_that_it_is_packed_is_taken_as_it_is(host: Host, to: Path) -> None:
    packed = b"\x1f\x8b not even gzip"
    host.handler = answers(lambda: web.Response(body=packed, headers={"Content-Encoding": "gzip"}))
    await downloader(host).fetch(host.url(), to)
    assert to.read_bytes() == packed


async def serve_raw(
    answer: bytes, then: Callable[[asyncio.StreamWriter], Awaitable[None]] | None = None
) -> asyncio.Server:
    """A server that says exactly these bytes to whoever asks, then does something and hangs up."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        if then is not None:
            await then(writer)
        writer.close()

    return await asyncio.start_server(handle, "127.0.0.1", 0)


async def failure_of_raw(server: asyncio.Server, to: Path, **options: Any) -> ClipError:
    async with server:
        port = server.sockets[0].getsockname()[1]
        return await failure(Downloader([("127.0.0.1", port)], **options), f"http://127.0.0.1:{port}/", to)


OK = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    "answer",
    [
        OK + b"Content-Length: 1000\r\n\r\n" + bytes(999),
        OK + b"Content-Length: 2000000\r\n\r\n" + bytes(1_500_000),
        OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n",
        OK[:9],
        OK + b"Content-Length: -5\r\n\r\n",
        b"\x16\x03\x01 not http at all\r\n\r\n",
        OK + b"X: " + b"y" * 100_000 + b"\r\n\r\n",
        b"",
    ],
    ids=[
        "short",
        "short and large",
        "open chunk",
        "bad chunk",
        "cut head",
        "bad length",
        "no http",
        "long head",
        "silent",
    ],
)
async def test_bodies_that_break_off(to: Path, answer: bytes) -> None:
    assert isinstance(await failure_of_raw(await serve_raw(answer), to), DownloadFailed)


async def test_reset_in_the_middle(to: Path) -> None:
    async def reset(writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    server = await serve_raw(OK + b"Content-Length: 9000\r\n\r\n" + bytes(10), reset)
    assert isinstance(await failure_of_raw(server, to), DownloadFailed)


async def test_nobody_listens(to: Path) -> None:
    port = unused_port()
    assert isinstance(await failure(Downloader([("127.0.0.1", port)]), f"http://127.0.0.1:{port}/", to), DownloadFailed)


async def drip(writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)
    except ConnectionError:
        pass


async def pause(writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(8)


@pytest.mark.parametrize(
    "head", [OK[:13], OK + b"X: ", OK + b"Content-Length: 99999\r\n\r\n"], ids=["status line", "header", "body"]
)
async def test_dripping_bytes_end_at_the_deadline(to: Path, head: bytes) -> None:
    begun = time.perf_counter()
    error = await failure_of_raw(await serve_raw(head, drip), to, deadline=0.3)
    assert isinstance(error, DownloadFailed)
    assert 0.2 < time.perf_counter() - begun < 4


async def test_silence_ends_at_the_read_timeout(to: Path) -> None:
    begun = time.perf_counter()
    server = await serve_raw(OK + b"Content-Length: 99999\r\n\r\nxx", pause)
    assert isinstance(await failure_of_raw(server, to, read_timeout=0.2), DownloadFailed)
    assert time.perf_counter() - begun < 4


async def test_a_cancelled_download_leaves_nothing(host: Host, to: Path) -> None:
    async def slow(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(bytes(2_000_000))
        await asyncio.sleep(10)
        return response

    host.handler = slow
    task = asyncio.create_task(downloader(host).fetch(host.url(), to))
    await asyncio.sleep(0.2)
    assert list(to.parent.glob("*.part"))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert list(to.parent.glob("*")) == []


async def test_full_disk(host: Host, to: Path) -> None:
    to.parent.mkdir()
    to.with_name("job1.mp4.part").symlink_to("/dev/full")
    error = await failure(downloader(host), host.url(), to)
    assert isinstance(error, DownloadFailed)
    assert "no space left" in str(error)


async def test_unwritable_place(host: Host, to: Path) -> None:
    to.parent.write_text("a file where the folder should be")
    with pytest.raises(DownloadFailed, match="could not be written"):
        await downloader(host).fetch(host.url(), to)


async def test_writing_happens_in_other_threads(host: Host, to: Path) -> None:
    ours = threading.get_ident()
    writers: set[int] = set()

    class Watched(type(Path())):  # type: ignore[misc]
        def replace(self, target: Any) -> Any:
            writers.add(threading.get_ident())
            return super().replace(target)

    await downloader(host).fetch(host.url(), Watched(to))
    assert writers
    assert ours not in writers
