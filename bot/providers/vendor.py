"""Vendor: what a vendor's package declares of itself, so that registry.py can switch it on without knowing it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import aiohttp
from pydantic import SecretStr

from bot.providers.base import Capabilities, VideoProvider
from bot.providers.callbacks import CallbackVerifier
from bot.settings import Settings


@dataclass(frozen=True, slots=True)
class Standing:
    """How our account stands: the credits that are left, None where a key cannot ask; what the cheapest clip costs."""

    credits: float | None = None
    cheapest: float = 0.0


@dataclass(frozen=True, slots=True)
class Vendor:
    """One vendor: its capabilities, its part of the settings, and how its client and its verifier are made.

    `key` is None where the vendor is switched off; `concurrency` is how many of its tasks may be in flight. `probe`
    asks whether the key is taken, which costs nothing, and raises ProviderError. It, `connect` and `verifier` are only
    called where there is a key.
    """

    capabilities: Capabilities
    key: Callable[[Settings], SecretStr | None]
    concurrency: Callable[[Settings], int]
    connect: Callable[[Settings, SecretStr, aiohttp.ClientSession], VideoProvider]
    verifier: Callable[[SecretStr], CallbackVerifier]
    probe: Callable[[Settings, SecretStr, aiohttp.ClientSession], Awaitable[Standing]]

    @property
    def name(self) -> str:
        """The name by which jobs, settings and commands know it."""
        return self.capabilities.name
