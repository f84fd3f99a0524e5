"""The servers that the bot is in, and in which of their channels it may not do what it needs to do."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.clocks import Clock
from bot.doctor.discord_side.api import DiscordApi
from bot.doctor.discord_side.permissions import INVITED, KINDS, WISHED, in_channel, missing
from bot.doctor.report import Finding, error, fine, warning

RIGHTS = "rights"
MOST_SERVERS = 20
"""Each takes two requests; Discord would rather not be asked a thousand times for a report."""
_AT_ONCE = 5
_NAMED = 5
_INVITE = "https://discord.com/oauth2/authorize?client_id={}&scope=bot+applications.commands&integration_type=0"
_ALLOW = "Allow it to the bot's role: Server Settings, Roles; or in the channel: Edit Channel, Permissions."

Json = Mapping[str, Any]


class Rights:
    """Looks at each server; `allowed` are the ids of GUILDS_ALLOWED, none where all are."""

    def __init__(self, api: DiscordApi, wall: Clock, allowed: Sequence[int]) -> None:
        self._api = api
        self._wall = wall
        self._allowed = {str(server) for server in allowed}
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def look(self) -> list[Finding]:
        """A finding for each server, or for what keeps them from being looked at."""
        me, servers = await asyncio.gather(self._api.get("/users/@me"), self._api.get("/users/@me/guilds?limit=200"))
        wrong = self._api.trouble(RIGHTS, me, dict) or self._api.trouble(RIGHTS, servers, list)
        if wrong is not None:
            return [wrong]
        bot, known = str(me.body["id"]), {str(each["id"]): each for each in servers.body}
        if not known:
            return [error(RIGHTS, "the bot is in no server", f"Add it: {invite(bot)}")]
        found = [
            warning(RIGHTS, f"the bot is not in the server {absent} of GUILDS_ALLOWED", f"Add it: {invite(bot)}")
            for absent in sorted(self._allowed - known.keys())
        ]
        looked_at = list(known.values())[:MOST_SERVERS]
        found += await asyncio.gather(*(self._server(each, bot) for each in looked_at))
        if len(known) > MOST_SERVERS:
            found.append(fine(RIGHTS, f"of {len(known)} servers the first {MOST_SERVERS} were looked at"))
        return found

    async def _server(self, server: Json, bot: str) -> Finding:
        key, name = str(server["id"]), str(server["name"])[:60]
        if self._allowed and key not in self._allowed:
            return warning(
                RIGHTS,
                f"{name} is not in GUILDS_ALLOWED",
                f"Add {key} there, or the bot leaves it.",
            )
        async with self._turns:
            channels = await self._api.get(f"/guilds/{key}/channels")
            member = await self._api.get(f"/guilds/{key}/members/{bot}")
        wrong = self._api.trouble(RIGHTS, channels, list) or self._api.trouble(RIGHTS, member, dict)
        return wrong or judge(server, channels.body, member.body, bot, self._wall())


def judge(server: Json, channels: Sequence[Json], member: Json, bot: str, now: float) -> Finding:
    """What is missing where in one server. Pure."""
    name = str(server["name"])[:60]
    if _silenced(member, now):
        return error(RIGHTS, f"{name}: the bot is in a timeout, and can post nothing", "Remove its timeout there.")
    used = [channel for channel in channels if channel.get("type") in KINDS]
    lacking, wished = defaultdict(list), defaultdict(list)
    for channel in used:
        mine = in_channel(
            int(server["permissions"]),
            channel.get("permission_overwrites") or [],
            str(server["id"]),
            [str(role) for role in member.get("roles", [])],
            bot,
        )
        where = f"#{str(channel.get('name'))[:40]}"
        lacking[missing(mine, channel["type"])].append(where)
        wished[missing(mine, channel["type"], WISHED)].append(where)
    well = lacking.pop((), [])
    wished.pop((), None)
    if lacking:
        level = warning if well else error
        return level(RIGHTS, f"{name}: {_listed(lacking, len(used))}", _ALLOW)
    remark = f"; /brainstorm has {_listed(wished, len(used))}" if wished else ""
    return fine(RIGHTS, f"{name}: all that is needed, in {len(used)} channels{remark}")


def _silenced(member: Json, now: float) -> bool:
    until = member.get("communication_disabled_until")
    return isinstance(until, str) and datetime.fromisoformat(until).timestamp() > now


def _listed(lacking: Mapping[tuple[str, ...], Sequence[str]], channels: int) -> str:
    """What is missing, with the channels by name."""
    parts: list[str] = []
    for names, where in lacking.items():
        more = f" and {len(where) - _NAMED} more" if len(where) > _NAMED else ""
        places = "any channel" if len(where) == channels else ", ".join(where[:_NAMED]) + more
        parts.append(f"no {', '.join(names)} in {places}" if not parts else f"{', '.join(names)} in {places}")
    return "; ".join(parts)


def invite(application: str) -> str:
    """The address that adds the bot to a server, with the rights that it needs."""
    return f"{_INVITE.format(application)}&permissions={INVITED}"
