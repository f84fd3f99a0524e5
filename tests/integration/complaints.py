"""Everything that the tests of the doctor let be wrong, with what it has to say of each."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass

from aiohttp import web

from bot.doctor.report import Level
from sandbox.providers.faults import Fault as ProviderFault
from tests.integration.practice import Patient
from tests.wire.faults import Fault
from tests.wire.things import Permission

MIB = 1024 * 1024
WARNING, ERROR = Level.WARNING, Level.ERROR
PORTAL = "https://discord.com/developers/applications"
HASTE = 2.0
DEAD = "http://127.0.0.1:9"


@dataclass(frozen=True)
class Complaint:
    """One thing that is wrong; the doctor's line has these name, level and parts of its texts."""

    make: Callable[[Patient], Awaitable[None] | None]
    name: str
    level: Level
    found: str
    advice: str


def says(**variables: str) -> Callable[[Patient], None]:
    """`.env` says something else."""
    return lambda patient: patient.variables.update(variables)


def without(*names: str) -> Callable[[Patient], None]:
    """`.env` lacks something."""

    def take_away(patient: Patient) -> None:
        for name in names:
            del patient.variables[name]

    return take_away


def discord(fault: Fault) -> Callable[[Patient], None]:
    """Discord does not answer as it does otherwise."""
    return lambda patient: patient.wire.faults.add(fault)


def portal(**application: object) -> Callable[[Patient], None]:
    """The application is set up in another way."""
    return lambda patient: patient.wire.world.application.update(application)


def lounge(without: Permission) -> Callable[[Patient], None]:
    """A channel denies the bot something."""

    def deny(patient: Patient) -> None:
        channel = patient.wire.world.channel("lounge")
        channel.permissions &= ~without

    return deny


def everywhere(without: Permission) -> Callable[[Patient], None]:
    """The whole server does."""

    def deny(patient: Patient) -> None:
        for guild in patient.wire.world.guilds.values():
            guild.permissions &= ~without
        for channel in patient.wire.world.channels.values():
            channel.permissions &= ~without

    return deny


def starts_left(patient: Patient, number: int) -> None:
    """So many sessions may still be started."""
    limit = {"total": 1000, "remaining": number, "reset_after": 7_200_000, "max_concurrency": 1}
    body = {"url": patient.wire.gateway.url, "shards": 1, "session_start_limit": limit}
    patient.wire.faults.add(Fault(path="/gateway/bot", times=None, status=200, body=body))


def dead_gateway(patient: Patient, url: str = "ws://127.0.0.1:9") -> None:
    """The gateway is at an address where there is none."""
    limit = {"total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": 1}
    body = {"url": url, "shards": 1, "session_start_limit": limit}
    patient.wire.faults.add(Fault(path="/gateway/bot", times=None, status=200, body=body))


def no_server(patient: Patient) -> None:
    """The bot was never added."""
    for guild in patient.wire.world.guilds.values():
        guild.present = False


def silenced(patient: Patient) -> None:
    """A moderator has put the bot into a timeout."""
    for guild in patient.wire.world.guilds.values():
        guild.silenced_until = time.time() + 3600


def allowed(*others: str, own: bool = True) -> Callable[[Patient], None]:
    """Only these servers, and perhaps the one that the bot is in."""

    def allow(patient: Patient) -> None:
        mine = [str(key) for key in patient.wire.world.guilds] if own else []
        patient.variables["GUILDS_ALLOWED"] = ",".join([*mine, *others])

    return allow


def stranger(patient: Patient) -> None:
    """The bot is in one server more than it should be."""
    allowed()(patient)
    guild = patient.wire.world.add_guild("Somewhere")
    patient.wire.world.add_channel(guild, "general")


def credits_left(patient: Patient, credits: int) -> None:
    """The account is nearly empty."""
    patient.box.apiframe._granted = credits


def provider(name: str, fault: ProviderFault) -> Callable[[Patient], None]:
    """A provider does not answer as it does otherwise."""
    return lambda patient: getattr(patient.box, name).faults.add(fault)


def broken_program(patient: Patient) -> None:
    """FFMPEG_PATH names something that is no FFmpeg."""
    program = patient.directory / "ffmpeg"
    program.write_text("#!/bin/sh\necho 'illegal instruction' >&2\nexit 1\n")
    program.chmod(0o755)
    patient.variables["FFMPEG_PATH"] = str(program)


def a_file(patient: Patient) -> None:
    """DATA_DIR is a file. Of the database nothing is said then but that there is none."""
    path = patient.directory / "file"
    path.write_text("")
    patient.variables["DATA_DIR"] = str(path)


def written(*statements: str) -> Callable[[Patient], None]:
    """Somebody has been at the database."""

    def write(patient: Patient) -> None:
        with closing(sqlite3.connect(patient.data / "rushes.sqlite3")) as database, database:
            for statement in statements:
                database.execute(statement)

    return write


def overwritten(patient: Patient) -> None:
    """A page of the database is zeros."""
    path = patient.data / "rushes.sqlite3"
    data = bytearray(path.read_bytes())
    data[4096:12288] = bytes(8192)
    path.write_bytes(data)


def no_database(patient: Patient) -> None:
    """The file is something else altogether."""
    (patient.data / "rushes.sqlite3").write_text("this is no database" * 100)


def cramped(patient: Patient) -> None:
    """The container has too little memory."""
    inside = patient.directory / "cgroup" / "machine" / "bot"
    inside.mkdir(parents=True)
    (inside / "memory.max").write_text("max\n")
    (inside.parent / "memory.max").write_text(f"{256 * MIB}\n")
    patient.machine.own_cgroup.write_text("0::/machine/bot\n")


async def other_program(patient: Patient) -> None:
    """Another program has the port."""

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(text="hello")

    await patient.serve(answer)


async def other_program_first(patient: Patient) -> None:
    """The same before this bot has ever run."""
    (patient.data / "secret").unlink()
    await other_program(patient)


async def redirecting(patient: Patient) -> None:
    """A proxy sends everybody to https."""

    async def answer(_request: web.Request) -> web.Response:
        raise web.HTTPMovedPermanently("https://bot.example/")

    await patient.serve(answer)


def elsewhere(patient: Patient) -> None:
    """PUBLIC_URL leads to another server."""
    patient.variables["PUBLIC_URL"] = patient.box.apiframe.url


def shifted(seconds: float) -> Callable[[Patient], None]:
    """The clock of this machine is wrong."""
    return lambda patient: patient.differs(wall=lambda: time.time() + seconds)


def has_free(mebibytes: int) -> Callable[[Patient], None]:
    """So much room is left."""
    return lambda patient: patient.differs(free_bytes=lambda _path: mebibytes * MIB)


def draws_none_of(letters: str) -> Callable[[Patient], None]:
    """A font is missing."""
    return lambda patient: patient.differs(draws=lambda text: text not in letters)


def hasty(make: Callable[[Patient], None]) -> Callable[[Patient], None]:
    """The same, with little time for each check."""

    def hasten(patient: Patient) -> None:
        make(patient)
        patient.differs(seconds=HASTE)

    return hasten
