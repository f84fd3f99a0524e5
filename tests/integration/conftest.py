"""The simulated Discord, an unmodified client of it, and a workshop for bots that are killed."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.torture.crash import Workshop, workshop
from tests.wire.client import Client, connected
from tests.wire.server import Wire


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    """A Discord of one's own."""
    async with Wire() as wire:
        yield wire


@pytest.fixture
async def client(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Client]:
    """A client that is connected to it."""
    async with connected(wire, monkeypatch) as client:
        yield client


@pytest.fixture
async def shop() -> AsyncIterator[Workshop]:
    """What crash runs share."""
    async with workshop() as shop:
        yield shop
