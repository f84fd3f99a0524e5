"""The providers that are switched on: whether each takes its key, and how many clips its balance is good for."""

from __future__ import annotations

import aiohttp
from pydantic import SecretStr

from bot.doctor.report import Finding, error, fine, warning
from bot.errors import AccountProblem, ConfigurationError, ProviderError
from bot.providers.vendor import Standing, Vendor
from bot.settings import Settings

_FEW_CLIPS = 10


async def look(vendor: Vendor, settings: Settings, key: SecretStr, session: aiohttp.ClientSession) -> list[Finding]:
    """What one provider says when it is asked for nothing that costs anything."""
    title, key_name, url_name = vendor.capabilities.title, variable(settings, key), f"{vendor.name.upper()}_API_URL"
    try:
        standing = await vendor.probe(settings, key, session)
    except ConfigurationError:
        return [error(vendor.name, f"{key_name} holds letters that no key has", f"Copy it again from {title}.")]
    except AccountProblem as problem:
        advice = f"Copy the key from {title}'s dashboard into {key_name}, and see there that it is active."
        return [error(vendor.name, f"{title} turns the account away ({problem.detail})", advice)]
    except ProviderError as problem:
        advice = f"Try again in some minutes; if that stays so, look at {url_name} and at {title}'s status page."
        return [error(vendor.name, f"{title} does not answer as it should ({problem.detail or problem.code})", advice)]
    return [judge(vendor.name, title, standing)]


def judge(name: str, title: str, standing: Standing) -> Finding:
    """What a balance is good for. Pure."""
    if standing.credits is None:
        return fine(name, f"{title} takes the key; its balance is shown in its dashboard alone")
    said, advice = f"{standing.credits:,.0f} credits are left", f"Add credits in {title}'s dashboard."
    if standing.credits < standing.cheapest:
        return error(name, f"{said}: not enough for one clip", advice)
    if standing.credits < _FEW_CLIPS * standing.cheapest:
        return warning(name, f"{said}: {standing.credits // standing.cheapest:g} of the cheapest clips", advice)
    return fine(name, f"{title} takes the key; {said}")


def variable(settings: Settings, key: SecretStr) -> str:
    """The name of the setting that holds a key."""
    return next(name.upper() for name in Settings.model_fields if getattr(settings, name) is key)
