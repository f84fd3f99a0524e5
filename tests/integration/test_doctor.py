"""The doctor where all is well, beside a bot that runs, and where nothing is set up: what it says, costs and leaves."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot import __version__
from bot.doctor.report import Level, status_of
from bot.web.reach import PATH, ReachRoutes, proof
from bot.web.server import WebServer
from bot.web.webhooks import WebhookRoutes
from sandbox.ports import free_port
from tests.integration.practice import SECRETS, Patient
from tests.integration.test_process import House, ready_at
from tests.integration.test_process_start import a_house
from tests.wire.agreement import Agreement

ROOT = Path(__file__).parents[2]
SECONDS = 5.0
EVERYTHING = [
    *("settings", "token", "application", "gateway", "rights", "ffmpeg", "fonts", "disk", "memory", "database"),
    *("apiframe", "acedata", "public address", "clock"),
]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with a_house(tmp_path) as house:
        yield house


async def run_doctor(where: Path, variables: Mapping[str, str], *options: str) -> tuple[int, str, str]:
    """(exit status, standard output, standard error) of `python -m bot doctor`."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "doctor", *options),
        cwd=where,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"} | dict(variables),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


def everything_in(directory: Path) -> dict[str, tuple[int, bytes]]:
    """What lies there, with the time of its last change."""
    files = (path for path in directory.rglob("*") if path.is_file())
    return {str(path): (path.stat().st_mtime_ns, path.read_bytes()) for path in files}


def by_name(out: str) -> dict[str, Any]:
    return {finding["name"]: finding for finding in json.loads(out)["findings"]}


async def test_where_all_is_well_everything_is_looked_at_and_nothing_is_wrong(patient: Patient) -> None:
    patient.wire.witness = (agreement := Agreement()).witness
    found = await patient.examined()
    assert [each for each in found if each.level is not Level.OK or each.advice] == []
    assert sorted({each.name for each in found}) == sorted(EVERYTHING)
    assert status_of(found) == 0
    assert list(agreement.disagreements) == []


async def test_nothing_is_spent_and_nothing_is_changed(patient: Patient) -> None:
    before = everything_in(patient.data)
    await patient.examined()
    assert everything_in(patient.data) == before
    assert {request.method for request in patient.wire.ledger.requests} == {"GET"}
    assert patient.wire.ledger.unknown_routes() == []
    assert (patient.wire.gateway.record.connections, patient.wire.gateway.record.identifies) == (1, [])
    assert (patient.box.apiframe.tasks, patient.box.acedata.tasks) == ({}, {})
    assert {request.path for request in patient.box.apiframe.requests} == {"/v2/me"}


async def test_what_can_be_looked_at_is_although_settings_are_wrong(patient: Patient) -> None:
    patient.variables |= {"DISCORD_TOKEN": "", "HTTP_PORT": "http", "ACEDATA_API_URL": "here", "QUOTA_DAILY": "3"}
    found = await patient.examined()
    wrong = [each.found.split()[0].rstrip(":") for each in found if each.level is not Level.OK]
    assert sorted(wrong) == ["ACEDATA_API_URL", "DISCORD_TOKEN", "HTTP_PORT", "QUOTA_DAILY"]
    well = {each.name for each in found if each.level is Level.OK}
    unseen = {"settings", "token", "application", "gateway", "rights", "acedata", "public address"}
    assert well == set(EVERYTHING) - unseen


async def test_a_file_that_is_no_text_is_said(patient: Patient) -> None:
    patient.raw = b"# caf\xe9\n"
    found = [each.found for each in await patient.wrong()]
    assert found[0].startswith(".env cannot be read: it must be UTF-8 text")


async def test_its_own_address_below_the_webhooks_tells_nothing_else(patient: Patient) -> None:
    """A provider's callback may still have any path there, and everybody else is answered as by a wall."""
    routes = [*ReachRoutes(b"s" * 32).routes(), *WebhookRoutes({}, never).routes()]
    server = WebServer("127.0.0.1", 0, routes)
    await server.start()
    asked = [("GET", "a" * 32), ("GET", "A" * 32), ("GET", "a" * 31), ("GET", "a" * 33), ("POST", "a" * 32)]
    async with aiohttp.ClientSession(f"http://127.0.0.1:{server.port}") as session:
        answers = [await session.request(method, f"{PATH}/{nonce}") for method, nonce in asked]
        assert [answer.status for answer in answers] == [200, 404, 404, 404, 404]
        assert await answers[0].text() == proof(b"s" * 32, "a" * 32) != proof(b"t" * 32, "a" * 32)
    await server.stop()


async def never(_provider: str, _token: str, _task: str | None) -> bool:
    raise AssertionError


async def test_as_a_process_it_is_quick_and_says_only_json(patient: Patient) -> None:
    for _ in range(3):  # others may be at work on this machine
        begun = time.monotonic()
        status, out, err = await run_doctor(patient.directory, patient.variables, "--json")
        if (took := time.monotonic() - begun) < SECONDS:
            break
    assert took < SECONDS
    said = json.loads(out)
    assert (status, err, said["version"]) == (0, "", __version__)
    assert {tuple(finding) for finding in said["findings"]} == {("name", "level", "found", "advice")}
    # Which fonts there are, and what a container may use, is this machine's business.
    wrong = {name for name, finding in by_name(out).items() if finding["level"] != "ok"}
    assert wrong <= {"fonts", "memory", "disk"}


async def test_it_works_while_the_bot_runs_and_can_tell_that_it_is_that_one(house: House) -> None:
    port = free_port()
    address = {"HTTP_PORT": str(port), "PUBLIC_URL": f"http://127.0.0.1:{port}"}
    address |= {"APIFRAME_API_KEY": house.box.apiframe.key, "ACEDATA_API_TOKEN": house.box.acedata.token}
    bot = await house.start(**address)
    await house.ready(bot)
    status, out, _ = await run_doctor(house.data.parent, house.variables | address, "--json")
    found = by_name(out)
    assert status == 0, out
    assert "leads to the bot that runs" in found["public address"]["found"]
    assert found["database"]["found"].startswith("sound")
    assert await ready_at(port) == (200, [])
    (house.data / "secret").write_bytes(b"t" * 32)
    status, out, _ = await run_doctor(house.data.parent, house.variables | address, "--json")
    assert status == 1
    assert "something else than this bot" in by_name(out)["public address"]["found"]
    assert (await bot.end(signal.SIGTERM))[0] == 0
    assert "Traceback" not in bot.said


async def test_where_nothing_is_set_up_it_says_so_and_makes_nothing(tmp_path: Path) -> None:
    status, out, err = await run_doctor(tmp_path, {"HTTP_PORT": str(free_port())})
    assert (status, err) == (1, "")
    assert "DISCORD_TOKEN is missing" in out
    assert "https://discord.com/developers/applications" in out
    assert "set APIFRAME_API_KEY or ACEDATA_API_TOKEN" in out
    assert "2 errors" in out.splitlines()[-1]
    assert list(tmp_path.iterdir()) == []


async def test_no_secret_is_ever_shown(patient: Patient) -> None:
    """Not even where somebody repeats it."""
    guild = next(iter(patient.wire.world.guilds.values()))
    guild.name = f"{SECRETS['DISCORD_TOKEN']}\x1b[31m"
    shown = str(await patient.examined())
    assert [value for value in SECRETS.values() if value in shown] == []
    assert "***" in shown
    assert "\\x1b" not in shown
