"""Gateway sessions: what each client identified as, and what it has been told, so that it can resume. No sockets."""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
Send = Callable[[Json], Awaitable[None]]

REPLAY = 1000


@dataclass(eq=False, slots=True)
class Session:
    """One shard of one client. `send` is None while it is away; then dispatches are kept for its return."""

    shard: tuple[int, int]
    intents: int
    send: Send | None = None
    session_id: str = field(default_factory=lambda: secrets.token_hex(16))
    sequence: int = 0
    told: deque[Json] = field(default_factory=lambda: deque(maxlen=REPLAY))

    def covers(self, guild_id: int | None) -> bool:
        """Whether events of this guild reach it; those without a guild reach shard 0."""
        number, count = self.shard
        return number == (0 if guild_id is None else (guild_id >> 22) % count)

    async def dispatch(self, event: str, data: Any) -> None:
        """Number an event, keep it, and send it if the client is there."""
        self.sequence += 1
        packet = {"op": 0, "t": event, "s": self.sequence, "d": data}
        self.told.append(packet)
        if self.send is not None:
            await self.send(packet)

    def missed(self, since: int) -> list[Json] | None:
        """What was dispatched after a sequence number; None when it is not kept any more, or never was sent."""
        if since > self.sequence or (self.told and since < self.told[0]["s"] - 1):
            return None
        return [packet for packet in self.told if packet["s"] > since]


@dataclass(slots=True)
class GatewayRecord:
    """What happened at the gateway, for the ledger."""

    dialled: list[float] = field(default_factory=list)
    connections: int = 0
    identifies: list[float] = field(default_factory=list)
    resumes: list[float] = field(default_factory=list)
    invalidated: int = 0
    heartbeats: int = 0
    closed: list[int] = field(default_factory=list)
