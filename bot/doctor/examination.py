"""All checks together: which there are, which settings each needs, and what runs beside what."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import aiohttp

from bot.clocks import Clock
from bot.doctor import accounts, dates, machine, reach, records, variables
from bot.doctor.discord_side.api import DiscordApi
from bot.doctor.discord_side.application import APPLICATION, TOKEN, look_at_application, look_at_token, misspelt
from bot.doctor.discord_side.gateway import GATEWAY, look_at_gateway
from bot.doctor.discord_side.rights import RIGHTS, Rights
from bot.doctor.looking import Check, aside, take
from bot.doctor.report import Finding, Level, one_line
from bot.doctor.variables import Reading
from bot.providers import registry
from bot.providers.http import open_session

_NETWORK = "Try again; if that stays so, look at this machine's connection, and at what stands between."
_SLOW_DISK = "Look at the disk of DATA_DIR: it answers too slowly, or not at all."


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What of the machine is looked at, and how long one check may take."""

    wall: Clock = time.time
    free_bytes: machine.FreeBytes = machine.free_bytes
    draws: machine.Draws | None = None
    cgroups: Path = Path("/sys/fs/cgroup")
    own_cgroup: Path = Path("/proc/self/cgroup")
    seconds: float = 3.0


async def examine(reading: Reading, around: Surroundings) -> list[Finding]:
    """Look at everything that the settings allow to be looked at, at the same time where nothing depends on it."""
    noted = dates.Dates(around.wall)
    async with open_session(noted.trace()) as watched, open_session() as plain:
        checks = [*_of_the_machine(reading, around), *_of_providers(reading, watched)]
        if not reading.wrong.keys() & {"HTTP_HOST", "HTTP_PORT", "PUBLIC_URL", "DATA_DIR"}:
            checks.append(Check(reach.REACH, partial(reach.look, reading.settings, plain), _NETWORK))
        found = await asyncio.gather(
            _of_discord(reading, around, watched), *(take(check, around.seconds) for check in checks)
        )
    lines = [*variables.look(reading), *(each for some in found for each in some), *dates.judge(noted.ahead)]
    return [one_line(each, reading.secrets) for each in lines]


async def _of_discord(reading: Reading, around: Surroundings, session: aiohttp.ClientSession) -> list[Finding]:
    """The token first: without one that is accepted there is nothing else to ask."""
    if reading.wrong.keys() & {"DISCORD_TOKEN", "DISCORD_API_URL"}:
        return []
    settings = reading.settings
    token = settings.discord_token.get_secret_value().strip()
    if found := misspelt(token):
        return found
    api = DiscordApi(session, settings.discord_api_url, token)
    found = await take(Check(TOKEN, partial(look_at_token, api), _NETWORK), around.seconds)
    if any(each.level is not Level.OK for each in found):
        return found
    rights = Rights(api, around.wall, settings.guilds_allowed)
    checks = [
        Check(APPLICATION, partial(look_at_application, api), _NETWORK),
        Check(GATEWAY, partial(look_at_gateway, api), _NETWORK),
        Check(RIGHTS, rights.look, _NETWORK),
    ]
    more = await asyncio.gather(*(take(check, around.seconds) for check in checks))
    return [*found, *(each for some in more for each in some)]


def _of_providers(reading: Reading, session: aiohttp.ClientSession) -> Iterator[Check]:
    for vendor, key in registry.enabled(reading.settings):
        if f"{vendor.name.upper()}_API_URL" not in reading.wrong:
            yield Check(vendor.name, partial(accounts.look, vendor, reading.settings, key, session), _NETWORK)


def _of_the_machine(reading: Reading, around: Surroundings) -> Iterator[Check]:
    settings, wrong = reading.settings, reading.wrong
    yield Check(machine.FFMPEG, partial(machine.look_at_ffmpeg, settings.ffmpeg_path), "Name another in FFMPEG_PATH.")
    fonts = partial(machine.look_at_fonts, around.draws)
    yield Check(machine.FONTS, partial(aside, fonts), "Look at the disk that holds the fonts.")
    if "DATA_DIR" not in wrong:
        disk = partial(machine.look_at_disk, settings.data_dir, around.free_bytes)
        yield Check(machine.DISK, partial(aside, disk), _SLOW_DISK)
    memory = partial(machine.look_at_memory, around.cgroups, around.own_cgroup)
    yield Check(machine.MEMORY, partial(aside, memory), "Look at /sys/fs/cgroup.")
    if not wrong.keys() & {"DATA_DIR", "DATABASE_URL"}:
        database = partial(records.look, settings, around.seconds / 2)
        yield Check(records.DATABASE, partial(aside, database), _SLOW_DISK)
