"""Asking Discord's REST API, one plain request at a time. What an answer says of the bot is judged elsewhere.

The library that the bot itself uses would log in, wait and try again; a check asks once and tells what came.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from bot.doctor.connecting import reason
from bot.doctor.report import Finding, error
from bot.doctor.variables import TOKEN_WAY

MOST_BYTES = 4 * 1024 * 1024
_UNAUTHORIZED, _TOO_MANY = 401, 429


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: 0 as status where nothing did, which `failure` explains; None as body where it is no JSON."""

    status: int
    body: Any = None
    failure: str = ""

    @property
    def is_discords(self) -> bool:
        """Whether a refusal is Discord's own, and not that of what stands before it."""
        body = self.body
        return isinstance(body, dict) and isinstance(body.get("code"), int) and isinstance(body.get("message"), str)


class DiscordApi:
    """Discord, asked with the bot's token."""

    def __init__(self, session: aiohttp.ClientSession, url: str, token: str) -> None:
        self.session = session
        self._url = url
        self._headers = {"Authorization": f"Bot {token}", "User-Agent": "DiscordBot (rushes doctor)"}

    async def get(self, path: str) -> Answer:
        """The answer to one GET below the API's address."""
        try:
            async with self.session.get(self._url + path, headers=self._headers, allow_redirects=False) as reply:
                raw = await reply.content.read(MOST_BYTES)
                while len(raw) < MOST_BYTES and (more := await reply.content.read(MOST_BYTES - len(raw))):
                    raw += more
        except (aiohttp.ClientError, OSError) as failure:
            return Answer(0, failure=reason(failure))
        try:
            return Answer(reply.status, json.loads(raw))
        except (ValueError, RecursionError):
            return Answer(reply.status)

    def trouble(self, name: str, answer: Answer, kind: type) -> Finding | None:
        """What is wrong with an answer; None for a good one whose body is of this kind."""
        host = urlsplit(self._url).hostname
        if 200 <= answer.status < 300 and isinstance(answer.body, kind):
            return None
        if answer.status == 0:
            return error(
                name,
                f"{host} cannot be reached ({answer.failure})",
                "Look at this machine's connection, its DNS and its firewall, and at DISCORD_API_URL.",
            )
        if answer.status == _UNAUTHORIZED and answer.is_discords:
            return error(name, "Discord does not accept DISCORD_TOKEN", TOKEN_WAY)
        if answer.status == _TOO_MANY:
            return error(name, f"{host} turns this address away for having asked too often (429)", _WAIT)
        if answer.is_discords:
            said = f"{answer.status}, code {answer.body['code']}: {answer.body['message'][:100]}"
            return error(name, f"Discord refuses ({said})", "Try again in some minutes; see discordstatus.com.")
        return error(
            name,
            f"what answers at {host} is not Discord ({answer.status})",
            "Look at DISCORD_API_URL, and at any proxy between this machine and Discord; see discordstatus.com.",
        )


_WAIT = "Stop whatever asks so often, wait for an hour, and try again: each request more makes the block longer."
