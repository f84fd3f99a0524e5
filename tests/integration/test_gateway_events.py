"""Events that discord.py cannot read, over a real gateway: each costs itself, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import discord
import pytest
from discord.gateway import DiscordWebSocket
from yarl import URL

from bot.client import events
from tests.wire.client import Client
from tests.wire.server import Wire

SECRET = "what somebody wrote in confidence"
Bend = Callable[[str, Any], Any]


@pytest.fixture
async def client(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Client]:
    """A client that bears what it cannot read; not connected yet."""
    monkeypatch.setattr(discord.http.Route, "BASE", wire.api_url)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", URL(wire.gateway.url))
    client = Client()
    events.bear(client._connection.parsers)
    async with client:
        yield client


async def connect(wire: Wire, client: Client) -> asyncio.Task[None]:
    running = asyncio.create_task(client.start(wire.world.token))
    await wire.until(lambda: client.is_ready() or running.done())
    return running


async def hears(wire: Wire, client: Client, running: asyncio.Task[None]) -> bool:
    """Whether a command still reaches the client."""
    asked = await wire.interactions.command("ada", "brainstorm", "show", {"text": "hi"})
    await wire.until(lambda: asked.answer or running.done(), 5)
    return bool(client.heard) and not running.done()


UNREADABLE: list[tuple[str, Any]] = [
    ("CHANNEL_UPDATE", {"id": SECRET}),
    ("GUILD_ROLE_CREATE", {}),
    ("GUILD_CREATE", {"id": "1", "channels": SECRET}),
    ("THREAD_CREATE", []),
    ("INTERACTION_CREATE", {"id": SECRET}),
    ("GUILD_UPDATE", None),
    ("MESSAGE_CREATE", {"content": SECRET}),
]


@pytest.mark.parametrize(("event", "data"), UNREADABLE)
async def test_an_event_that_cannot_be_read_is_left_out(
    wire: Wire, client: Client, event: str, data: Any, caplog: pytest.LogCaptureFixture
) -> None:
    running = await connect(wire, client)
    for _ in range(3):
        await wire.gateway.dispatch(event, data, None)
    assert await hears(wire, client, running)
    told = [record.getMessage() for record in caplog.records if record.name == "bot.client.events"]
    assert len(told) == 1
    assert told[0].startswith(f"{event} of Discord's cannot be read")
    assert SECRET not in caplog.text


def without(event: str, change: Bend) -> Bend:
    return lambda name, data: change(name, data) if name == event else data


BROKEN_STARTS: dict[str, Bend] = {
    "channels": without("GUILD_CREATE", lambda _, data: data | {"channels": [{"id": "x", "type": 0}]}),
    "threads": without("GUILD_CREATE", lambda _, data: data | {"threads": [{"id": None}]}),
    "members": without("GUILD_CREATE", lambda _, data: data | {"members": [{}]}),
    "roles": without("GUILD_CREATE", lambda _, data: data | {"roles": "none"}),
    "all of it": without("GUILD_CREATE", lambda _, data: {"id": data["id"]}),
    "READY, a server": without("READY", lambda _, data: data | {"guilds": [{"id": "x"}, *data["guilds"]]}),
}


@pytest.mark.parametrize("name", BROKEN_STARTS)
async def test_a_server_that_cannot_be_read_keeps_nobody_from_starting(wire: Wire, client: Client, name: str) -> None:
    wire.gateway.bend = BROKEN_STARTS[name]
    other = wire.world.add_guild("The Other Room")
    running = await connect(wire, client)
    assert client.is_ready()
    wire.gateway.bend = lambda _event, data: data
    assert await hears(wire, client, running)
    await wire.gateway.dispatch("GUILD_UPDATE", {"id": str(other.guild_id), "name": "Elsewhere"}, None)
    assert not running.done()
