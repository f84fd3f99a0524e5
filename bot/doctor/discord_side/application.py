"""The token, and how the application is set up in the developer portal."""

from __future__ import annotations

from typing import Any

from bot.doctor.discord_side.api import DiscordApi
from bot.doctor.report import Finding, error, fine, warning
from bot.doctor.variables import PORTAL, TOKEN_WAY

TOKEN, APPLICATION = "token", "application"
_PRIVILEGED = {12: "Presence", 13: "Presence", 14: "Server Members", 15: "Server Members", 18: "Message Content"}
_PRIVILEGED |= {19: "Message Content"}
"""Bits of an application's flags: discord-api-docs, resources/application."""
_USER_INSTALL = "1"


def misspelt(token: str) -> list[Finding]:
    """What is wrong with a token that need not be asked about."""
    if token.isascii() and token.isprintable() and not set(token) & set(" \"'"):
        return []
    return [error(TOKEN, "DISCORD_TOKEN holds spaces, quotes or letters that no token has", TOKEN_WAY)]


async def look_at_token(api: DiscordApi) -> list[Finding]:
    """Whether Discord accepts it, and as whom."""
    answer = await api.get("/users/@me")
    wrong = api.trouble(TOKEN, answer, dict)
    return [wrong or fine(TOKEN, f"Discord knows it as {str(answer.body.get('username'))[:40]}")]


async def look_at_application(api: DiscordApi) -> list[Finding]:
    """What is ticked in the portal and ought not to be."""
    answer = await api.get("/applications/@me")
    wrong = api.trouble(APPLICATION, answer, dict)
    if wrong is not None:
        return [wrong]
    return judge(answer.body) or [fine(APPLICATION, "private, for servers alone, without an install link")]


def judge(application: dict[str, Any]) -> list[Finding]:
    """A finding for each setting of an application that is not as the README says. Pure."""
    there = f"Open {PORTAL}, choose the application"
    found = []
    if application.get("bot_public"):
        advice = f"{there}, then Bot, and turn Public Bot off; Installation, Install Link must be None before."
        found.append(warning(APPLICATION, "anybody can add the bot to a server, and spend your money there", advice))
    if application.get("bot_require_code_grant"):
        advice = f"{there}, then Bot, and turn Requires OAuth2 Code Grant off."
        found.append(error(APPLICATION, "Requires OAuth2 Code Grant is on: the bot cannot be added", advice))
    contexts = application.get("integration_types_config") or {}
    if _USER_INSTALL in contexts:
        advice = f"{there}, then Installation, and untick User Install."
        found.append(warning(APPLICATION, "people can install it for themselves, where it cannot post clips", advice))
    if _has_link(application, contexts):
        advice = f"{there}, then Installation, and set Install Link to None; the README has the link to use."
        found.append(warning(APPLICATION, "there is an install link, with which no bot is private", advice))
    if application.get("interactions_endpoint_url"):
        advice = f"{there}, then General Information, and empty Interactions Endpoint URL."
        found.append(error(APPLICATION, "commands are sent to an Interactions Endpoint URL, never to this bot", advice))
    if intents := _intents(application.get("flags")):
        advice = f"{there}, then Bot, and turn them off under Privileged Gateway Intents: the bot needs none."
        found.append(warning(APPLICATION, f"privileged intents are on ({', '.join(intents)})", advice))
    return found


def _has_link(application: dict[str, Any], contexts: dict[str, Any]) -> bool:
    offered = (each.get("oauth2_install_params") for each in contexts.values() if isinstance(each, dict))
    return bool(application.get("custom_install_url") or application.get("install_params") or any(offered))


def _intents(flags: object) -> list[str]:
    bits = flags if isinstance(flags, int) else 0
    return list(dict.fromkeys(name for bit, name in _PRIVILEGED.items() if bits >> bit & 1))
