"""Ledger: everything that came in over REST, and the whole state as JSON for a referee in another process."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

from tests.wire import shapes
from tests.wire.faults import Fault
from tests.wire.gateway import Gateway
from tests.wire.interactions import Interaction, Interactions
from tests.wire.things import Flag, Message, Pings
from tests.wire.world import World

Json = dict[str, Any]


@dataclass(slots=True)
class RequestRecord:
    """One REST request; `status` is None while it is answered, or when the connection was broken.

    `route` is its path with {} for ids and tokens. The bot token is not kept. Files are (name, bytes).
    """

    method: str
    path: str
    route: str
    query: dict[str, str]
    payload: Any
    files: list[tuple[str, int]]
    at: float
    status: int | None = None
    code: int | None = None
    fault: Fault | None = None


@dataclass(slots=True)
class Ledger:
    """Requests in the order in which they came."""

    requests: list[RequestRecord] = field(default_factory=list)

    def refused(self) -> Counter[tuple[int, int]]:
        """How often each (status, code) was answered, beside the good answers."""
        bad = [r for r in self.requests if r.status is not None and r.status >= 400]
        return Counter((r.status or 0, r.code or 0) for r in bad)

    def unknown_routes(self) -> list[str]:
        """What was asked for that this stand-in does not have: a gap in it, or a mistake of the client."""
        return [f"{r.method} {r.path}" for r in self.requests if r.route == ""]


def dump(world: World, ledger: Ledger, gateway: Gateway, interactions: Interactions) -> Json:
    """All of it."""
    return {
        "now": world.now(),
        "bot_id": str(world.bot.user_id),
        "users": {user.name: str(user.user_id) for user in world.users.values()},
        "guilds": {guild.name: str(guild.guild_id) for guild in world.guilds.values()},
        "channels": {channel.name: str(channel.channel_id) for channel in world.channels.values()},
        "messages": [message_json(world, message) for message in world.messages()],
        "interactions": [_interaction_json(interaction) for interaction in interactions.all.values()],
        "commands": [command["name"] for command in interactions.commands],
        "gateway": asdict(gateway.record) | {"connected": gateway.connected, "sessions": len(gateway.sessions)},
        "requests": [asdict(record) for record in ledger.requests],
        "unknown_routes": ledger.unknown_routes(),
    }


def message_json(world: World, message: Message) -> Json:
    """A message as Discord would return it, and what only the ledger knows."""
    return shapes.message_json(world, message) | {
        "sent_components": message.components,
        "channel_name": message.channel.name,
        "allowed_mentions": message.allowed_mentions,
        "pings": _pings_json(message.pings),
        "deleted_at": message.deleted_at,
        "ephemeral": Flag.EPHEMERAL in message.flags,
        "seen_by": None if message.seen_by is None else str(message.seen_by),
        "interaction_id": None if message.via is None else str(message.via),
        "edits": message.edits,
    }


def _pings_json(pings: Pings) -> Json:
    users, roles = sorted(map(str, pings.users)), sorted(map(str, pings.roles))
    return {"users": users, "roles": roles, "everyone": pings.everyone}


def _interaction_json(interaction: Interaction) -> Json:
    return {
        "id": str(interaction.interaction_id),
        "kind": interaction.kind,
        "user_id": str(interaction.user.user_id),
        "channel_id": str(interaction.channel.channel_id),
        "data": interaction.data,
        "created_at": interaction.created_at,
        "sent": interaction.sent,
        "heard": interaction.heard,
        "answer": interaction.answer,
        "answered_at": interaction.answered_at,
        "modal": interaction.modal,
        "refused": interaction.refused,
        "original_id": None if interaction.original is None else str(interaction.original.message_id),
        "followup_ids": [str(message.message_id) for message in interaction.followups],
    }
