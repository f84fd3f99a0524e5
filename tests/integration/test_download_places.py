"""Where a download goes and where it must not: redirects, private addresses, names, other schemes.

No test here may dial anything but this machine, not even when the guard is broken: see `dialled`.
"""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.errors import ClipUnusable, DownloadFailed
from bot.media.clips.download import Downloader
from tests.integration.clip_host import MOVIE, Host, downloader, failure, redirects, running_host


@pytest.fixture(autouse=True)
def dialled(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """Every address a socket was asked to connect to; those outside of this machine fail at once."""
    seen: list[tuple[Any, ...]] = []
    connect = socket.socket.connect

    def watched(self: socket.socket, address: tuple[Any, ...]) -> None:
        seen.append(address[:2])
        if address[0] not in {"127.0.0.1", "::1"}:
            raise OSError("not in a test")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", watched)
    return seen


@pytest.fixture
async def host() -> AsyncIterator[Host]:
    async with running_host() as host:
        yield host


@pytest.fixture
async def stranger() -> AsyncIterator[Host]:
    """A listener that no download may reach."""
    async with running_host() as host:
        yield host
        assert host.requests == []


@pytest.fixture
def to(tmp_path: Path) -> Path:
    return tmp_path / "clips" / "job1.mp4"


async def test_redirects_are_followed_up_to_three(host: Host, to: Path) -> None:
    async def hop(request: web.Request) -> web.StreamResponse:
        left = int(request.path.strip("/"))
        if not left:
            return await host.movie(request)
        return web.Response(status=(301, 302, 303, 307, 308)[left % 5], headers={"Location": f"{left - 1}"})

    host.handler = hop
    assert await downloader(host).fetch(host.url("3"), to) == len(MOVIE)
    assert len(host.requests) == 4
    to.unlink()
    assert isinstance(await failure(downloader(host), host.url("4"), to), DownloadFailed)
    assert len(host.requests) == 8


@pytest.mark.parametrize(
    "location",
    [
        "http://169.254.169.254/latest/meta-data/",
        "https://169.254.169.254/latest/meta-data/",
        "http://[::ffff:169.254.169.254]/",
        "https://[::ffff:127.0.0.1]:{stranger}/",
        "http://127.0.0.1:{stranger}/",
        "https://127.0.0.1:{stranger}/",
        "http://localhost:{stranger}/",
        "http://0.0.0.0:{stranger}/",
        "http://127.1:{stranger}/",
        "http://2130706433:{stranger}/",
        "http://0x7f000001:{stranger}/",
        "http://[::1]:{stranger}/",
        "//127.0.0.1:{stranger}/",
        "http://1.1.1.1/",  # public, but not https
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "data:video/mp4;base64,AAAA",
        "http://user:word@127.0.0.1:{host}/",
        "http://[/",
        "http://127.0.0.1:99999/",
    ],
)
async def test_places_that_are_not_gone_to(
    host: Host, stranger: Host, to: Path, dialled: list[tuple[Any, ...]], location: str
) -> None:
    location = location.replace("{stranger}", str(stranger.port)).replace("{host}", str(host.port))
    host.handler = redirects(location)
    assert isinstance(await failure(downloader(host), host.url(), to), ClipUnusable)
    assert isinstance(await failure(downloader(host), location, to), ClipUnusable)
    assert dialled == [("127.0.0.1", host.port)]


@pytest.mark.parametrize(
    "url", ["", "clip.mp4", "/clip.mp4", "http://", "https:///clip.mp4", "javascript:1", "https://a..example/"]
)
async def test_what_is_no_address(to: Path, url: str) -> None:
    assert isinstance(await failure(Downloader(), url, to), ClipUnusable)


async def test_the_guards_refusal_is_logged_with_the_address(
    host: Host, to: Path, caplog: pytest.LogCaptureFixture
) -> None:
    host.handler = redirects("http://169.254.169.254/latest/")
    await failure(downloader(host), host.url(), to)
    assert "169.254.169.254" in caplog.text


async def test_a_name_is_judged_by_what_it_resolves_to(host: Host, stranger: Host, to: Path) -> None:
    # localhost is ::1 and 127.0.0.1 on many machines; only the allowed pair among them is dialled.
    assert await downloader(host).fetch(host.url(host="localhost"), to) == len(MOVIE)
    to.unlink()
    assert isinstance(await failure(downloader(host), stranger.url(host="localhost"), to), ClipUnusable)
