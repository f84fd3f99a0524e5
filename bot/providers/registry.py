"""The vendors there are, and which of them the settings switch on. The only module that names them all.

A new one is a package with a VENDOR of its own, and one line in VENDORS; its variables are fields of bot.settings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import aiohttp
from pydantic import SecretStr

from bot.providers import acedata, apiframe
from bot.providers.backoff import BackoffProvider
from bot.providers.base import VideoProvider
from bot.providers.callbacks import CallbackVerifier
from bot.providers.instrumented import Called, InstrumentedProvider
from bot.providers.routing import Router
from bot.providers.vendor import Vendor
from bot.settings import Settings

VENDORS: Sequence[Vendor] = (
    apiframe.VENDOR,
    acedata.VENDOR,
)
"""In the order in which they are preferred."""


def open_router(
    settings: Settings,
    session: aiohttp.ClientSession,
    called: Called,
    clock: Callable[[], float],
    vendors: Sequence[Vendor] = VENDORS,
) -> Router:
    """The providers that are switched on, each of whose calls is reported to `called`."""
    providers: dict[str, VideoProvider] = {}
    for vendor, key in enabled(settings, vendors):
        client = InstrumentedProvider(vendor.connect(settings, key, session), called)
        providers[vendor.name] = BackoffProvider(client, clock)
    return Router(providers, {vendor.name: vendor.concurrency(settings) for vendor in vendors}, clock)


def verifiers(settings: Settings, vendors: Sequence[Vendor] = VENDORS) -> Mapping[str, CallbackVerifier]:
    """How the callbacks of the providers that are switched on are verified, by provider name."""
    return {vendor.name: vendor.verifier(key) for vendor, key in enabled(settings, vendors)}


def enabled(settings: Settings, vendors: Sequence[Vendor] = VENDORS) -> Iterator[tuple[Vendor, SecretStr]]:
    """The vendors that are switched on, each with its key."""
    for vendor in vendors:
        key = vendor.key(settings)
        if key is not None:
            yield vendor, key
