"""The web server over real sockets: health, metrics, signed pictures, and what it logs."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest
from aiohttp import web
from yarl import URL

from bot.errors import ConfigurationError
from bot.media.links import PictureLinks
from bot.media.pictures.images import PictureStore
from bot.storage.database import Database
from bot.storage.jobs import JobStore
from bot.storage.open_jobs import OpenJobs
from bot.web.health import Health
from bot.web.metrics import Metrics
from bot.web.pictures import PictureRoutes
from bot.web.server import WebServer
from tests.unit.jobs.channel import kept
from tests.unit.jobs.samples import a_job
from tests.unit.media.conftest import picture

Problems = Callable[[], Awaitable[Mapping[str, str]]]
Get = Callable[[str], Awaitable[aiohttp.ClientResponse]]


class Site:
    """One running server with everything on it, and the knobs a test turns."""

    def __init__(self, directory: Path, database: Database) -> None:
        self.now = 1000.0
        self.problems: dict[str, str] = {}
        self.store = PictureStore(directory / "images")
        self.links = PictureLinks(b"s" * 32, "https://bot.example", lambda: self.now)
        self.metrics = Metrics()
        health, pictures = Health(self.look), PictureRoutes(self.links, self.store)
        slow = web.get("/slow", self.slow)
        figures = self.metrics.routes(OpenJobs(database), lambda: self.now)
        self.server = WebServer("127.0.0.1", 0, [*health.routes(), *figures, *pictures.routes(), slow])

    async def look(self) -> Mapping[str, str]:
        return self.problems

    async def slow(self, request: web.Request) -> web.Response:
        await asyncio.sleep(30)
        return web.Response()

    def path(self, name: str, expires_at: float = 2000.0) -> str:
        return urlsplit(self.links.link(name, expires_at)).path


@pytest.fixture
async def site(tmp_path: Path, database: Database) -> AsyncIterator[Site]:
    site = Site(tmp_path, database)
    await site.server.start()
    yield site
    await site.server.stop()


@pytest.fixture
async def get(site: Site) -> AsyncIterator[Get]:
    async with aiohttp.ClientSession(f"http://127.0.0.1:{site.server.port}") as session:

        async def ask(path: str) -> aiohttp.ClientResponse:
            response = await session.get(URL(path, encoded=True))
            await response.read()
            return response

        yield ask


async def test_health_and_readiness(site: Site, get: Get) -> None:
    for path in ("/healthz", "/readyz"):
        response = await get(path)
        assert (response.status, await response.json()) == (200, {"status": "ok"})
    site.problems = {"runner": "SECRET DETAIL", "discord": ""}
    assert (await get("/healthz")).status == 200
    response = await get("/readyz")
    assert response.status == 503
    assert await response.json() == {"status": "unready", "problems": ["discord", "runner"]}


async def test_a_check_that_hangs_is_a_problem() -> None:
    async def hang() -> Mapping[str, str]:
        await asyncio.sleep(30)
        return {}

    server = WebServer("127.0.0.1", 0, Health(hang, timeout=0.05).routes())
    await server.start()
    try:
        async with aiohttp.ClientSession() as session:
            response = await session.get(f"http://127.0.0.1:{server.port}/readyz")
            assert (response.status, (await response.json())["problems"]) == (503, ["timeout"])
    finally:
        await server.stop()


async def test_metrics(site: Site, get: Get, store: JobStore) -> None:
    for number in range(7):
        await kept(store, a_job(number, user=number, created_at=site.now - 12.0 + number))
    response = await get("/metrics")
    assert response.status == 200
    assert response.content_type == "text/plain"
    assert "rushes_queue_length 7.0" in await response.text()
    assert "rushes_oldest_unfinished_job_age_seconds 12.0" in await response.text()


async def test_picture_is_served_as_what_it_is(site: Site, get: Get) -> None:
    for kind, content_type in (("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/webp")):
        taken = await site.store.take(picture(kind=kind), job_id=f"job{kind}", slot="first")
        response = await get(site.path(taken.name))
        assert (response.status, response.headers["Content-Type"]) == (200, content_type)
        assert response.headers["Cache-Control"] == "private"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert await response.read() == await site.store.read(taken)


async def test_no_answer_that_was_sent_is_an_error_in_the_log(
    site: Site, get: Get, caplog: pytest.LogCaptureFixture
) -> None:
    taken = await site.store.take(picture(), job_id="aa11", slot="first")
    for path in (site.path(taken.name), "/healthz", "/readyz", "/metrics", "/nowhere") * 2:
        await (await get(path)).read()
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []


async def test_every_failure_is_the_same_404(site: Site, get: Get, tmp_path: Path) -> None:
    taken = await site.store.take(picture(), job_id="job1", slot="first")
    (tmp_path / "outside-first.png").write_bytes(b"SECRET")
    good = site.path(taken.name)
    outside = site.path("../outside-first.png").replace("../", "..%2F")
    site_path = {
        "forged": good[:-4] + "0000",
        "other name": good.replace("job1", "job2"),
        "later": good.replace("/2000/", "/3000/"),
        "expired": site.path(taken.name, 999.0),
        "unknown": site.path("job9-first.png"),
        "traversal": outside,
        "absolute": site.path("/etc/passwd").replace("//etc/", "/%2Fetc%2F"),
        "not a picture": site.path("job1.sqlite3"),
        "strange bytes": "/pictures/%ff%fe/%00/%ed%a0%80",
        "no such route": "/pictures/job1-first.png",
        "nothing": "/",
    }
    answers = {}
    for reason, path in site_path.items():
        response = await get(path)
        headers = {name: value for name, value in response.headers.items() if name != "Date"}
        answers[reason] = (response.status, headers, await response.read())
    assert answers["forged"][0] == 404
    assert [reason for reason, answer in answers.items() if answer != answers["forged"]] == []
    assert (await get(good)).status == 200
    await site.store.discard("job1")
    assert (await get(good)).status == 404


async def test_no_signature_and_no_path_reaches_the_log(site: Site, get: Get, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    taken = await site.store.take(picture(), job_id="job1", slot="first")
    path = site.path(taken.name)
    signature = path.rsplit("/", 1)[1]
    for asked in (path, path[:-1], f"{path}?x=1", f"{path}/more", f"/elsewhere/{signature}", f"/healthz?{signature}"):
        await get(asked)
    for malformed in (f"GET {path} HTTP/1.1\r\nBad Header", f"GET {path} NONSENSE", f"{path}"):
        reader, writer = await asyncio.open_connection("127.0.0.1", site.server.port)
        writer.write(f"{malformed}\r\n\r\n".encode())
        assert b" 400 " in await reader.readline()
        writer.close()
    lines = [record.getMessage() for record in caplog.records]
    assert any("GET /pictures/{name}/{expires}/{signature} 200" in line for line in lines)
    assert any("(no route) 404" in line for line in lines)
    # A part of it would already be too much.
    assert signature[:12] not in caplog.text


async def test_large_bodies_are_refused(site: Site) -> None:
    async def echo(request: web.Request) -> web.Response:
        return web.Response(body=await request.read())

    server = WebServer("127.0.0.1", 0, [web.post("/", echo)])
    await server.start()
    try:
        async with aiohttp.ClientSession() as session:
            address = f"http://127.0.0.1:{server.port}/"
            assert (await session.post(address, data=b"x" * 1000)).status == 200
            assert (await session.post(address, data=b"x" * 100_000)).status == 413
    finally:
        await server.stop()


async def test_stop_is_quick_with_a_request_under_way(tmp_path: Path, database: Database) -> None:
    site = Site(tmp_path, database)
    await site.server.start()
    port = site.server.port
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
    await writer.drain()
    await asyncio.sleep(0.05)
    begun = time.perf_counter()
    await site.server.stop()
    await site.server.stop()
    assert time.perf_counter() - begun < 3.5
    writer.close()
    with pytest.raises(OSError):
        await asyncio.open_connection("127.0.0.1", port)
    with pytest.raises(RuntimeError):
        _ = site.server.port


async def test_a_port_that_is_taken_is_the_owners_to_change(site: Site) -> None:
    second = WebServer("127.0.0.1", site.server.port, [])
    with pytest.raises(ConfigurationError, match="HTTP_PORT"):
        await second.start()
