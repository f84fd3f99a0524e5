"""Our account at AceData Cloud: whether the token is taken. Its balance is for tokens of the platform alone."""

from __future__ import annotations

import aiohttp
from pydantic import SecretStr

from bot.providers.acedata.client import AceData
from bot.providers.vendor import Standing
from bot.settings import Settings

_NOBODYS = "00000000-0000-4000-8000-000000000000"
"""The id of no task: queries are free (AceDataCloud/Docs, openapi/hailuo.json)."""


async def probe(settings: Settings, token: SecretStr, session: aiohttp.ClientSession) -> Standing:
    """Ask for a task that there is not; it costs nothing."""
    await AceData(settings.acedata_api_url, token, session).fetch([_NOBODYS])
    return Standing()
