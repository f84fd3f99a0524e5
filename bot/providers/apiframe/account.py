"""Our account at Apiframe: whether the key is taken, and what is left. Source: openapi.json, GET /v2/me."""

from __future__ import annotations

import aiohttp
from pydantic import SecretStr

from bot.errors import ProviderBusy
from bot.models import FailureCode
from bot.providers.apiframe.errors import parse_error
from bot.providers.http import JsonClient
from bot.providers.vendor import Standing
from bot.settings import Settings

CHEAPEST = 5.0
"""Credits for 768p and 6 s (docs-v2.apiframe.ai, hailuo-02)."""


async def probe(settings: Settings, key: SecretStr, session: aiohttp.ClientSession) -> Standing:
    """Ask how the account stands; it costs nothing."""
    reply = await JsonClient(settings.apiframe_api_url, "X-API-Key", key, session).get("/v2/me")
    if not reply.ok:
        raise parse_error(reply.status, reply.body, reply.retry_after, effect=False)
    return parse_standing(reply.body)


def parse_standing(body: object) -> Standing:
    """What the answer says of the team's credits; ProviderBusy where it is not that answer."""
    if not isinstance(body, dict) or not isinstance(body.get("team"), dict):
        raise ProviderBusy(FailureCode.PROVIDER_UNAVAILABLE, "an answer without a team")
    left = body["team"].get("credits")
    known = isinstance(left, int | float) and not isinstance(left, bool)
    return Standing(float(left) if known else None, CHEAPEST)
