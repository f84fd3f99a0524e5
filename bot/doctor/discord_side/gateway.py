"""The gateway: whether it may be used, and whether it says HELLO. Nobody identifies: no session start is spent."""

from __future__ import annotations

import aiohttp

from bot.doctor.connecting import reason
from bot.doctor.discord_side.api import DiscordApi
from bot.doctor.report import Finding, error, fine, warning

GATEWAY = "gateway"
_HELLO = 10
_FEW = 50
_FIREWALL = "Let this machine connect to gateway.discord.gg and *.discord.gg, port 443, by websocket (wss)."


async def look_at_gateway(api: DiscordApi) -> list[Finding]:
    """How many sessions may still be started, and whether the gateway can be dialled."""
    answer = await api.get("/gateway/bot")
    wrong = api.trouble(GATEWAY, answer, dict)
    if wrong is not None:
        return [wrong]
    url, limit = answer.body.get("url"), answer.body.get("session_start_limit")
    if not isinstance(url, str) or not isinstance(limit, dict):
        return [error(GATEWAY, "what names the gateway is not Discord", "Look at DISCORD_API_URL.")]
    remaining, shards = int(limit.get("remaining", 0)), int(answer.body.get("shards", 1))
    hours = int(limit.get("reset_after", 0)) / 3_600_000
    silent = await _dial(api.session, url)
    if silent is not None:
        return [silent]
    if remaining < shards:
        said = f"{remaining} session starts are left and {shards} needed"
        advice = f"Start nothing for {hours:.1f} hours: they are new then. Find out what starts the bot so often."
        return [error(GATEWAY, said, advice)]
    if remaining < _FEW:
        advice = f"Find out what starts the bot so often: with none left, Discord resets the token ({hours:.1f} h)."
        return [warning(GATEWAY, f"only {remaining} session starts are left", advice)]
    return [fine(GATEWAY, f"says HELLO; {remaining} session starts are left, for {shards} at a start")]


async def _dial(session: aiohttp.ClientSession, url: str) -> Finding | None:
    """What is wrong where it does not say HELLO."""
    try:
        async with session.ws_connect(f"{url.rstrip('/')}/?v=10&encoding=json") as socket:
            hello = await socket.receive()
            said = hello.json() if hello.type is aiohttp.WSMsgType.TEXT else None
    except aiohttp.WSServerHandshakeError as failure:
        return error(GATEWAY, f"it does not take a websocket ({failure.status})", _FIREWALL)
    except (aiohttp.ClientError, OSError) as failure:
        return error(GATEWAY, f"it cannot be dialled ({reason(failure)})", _FIREWALL)
    except ValueError:
        said = None
    if isinstance(said, dict) and said.get("op") == _HELLO:
        return None
    return error(GATEWAY, "it takes a websocket and does not say HELLO", _FIREWALL)
