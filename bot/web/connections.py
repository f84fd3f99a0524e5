"""Connections of the web server: how many there may be, and how long each may take.

aiohttp closes a connection on which nothing is asked, and itself bounds what is sent in one go and how many requests
are waiting; here is what it leaves open: a head that never ends, an answer that nobody reads, and sheer number.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from aiohttp import web

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds until the first request's head is there, between two requests with the head of the later one, and for a
    request with its body and its answer; seconds for the rest of a body that nobody wanted; and how many at once."""

    head_seconds: float = 15.0
    idle_seconds: float = 75.0
    request_seconds: float = 120.0
    lingering_seconds: float = 5.0
    connections: int = 200


class _TurnedAway(asyncio.Protocol):
    """A connection for which there is no room."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Close it before a byte is read."""
        assert isinstance(transport, asyncio.Transport)
        transport.abort()


class Connections:
    """Makes aiohttp's protocols for new connections, and ends those that pass a limit."""

    def __init__(self, server: web.Server, limits: Limits) -> None:
        self._server = server
        self._limits = limits
        self._silent: dict[web.RequestHandler, asyncio.TimerHandle] = {}
        self._busy: set[web.RequestHandler] = set()

    def accept(self) -> asyncio.Protocol:
        """A protocol for a new connection: the factory of an asyncio server.

        Where there are too many, the one that has been idle for longest makes room, if there is one.
        """
        open_ones = self._server.connections
        if len(open_ones) >= self._limits.connections:
            idle = next((one for one in open_ones if one not in self._busy and one.transport is not None), None)
            log.info("too many connections: %s", "none is idle" if idle is None else "one that is idle makes room")
            if idle is None:
                return _TurnedAway()
            _end(idle)
        made = self._server()
        if len(self._silent) > 2 * self._limits.connections:
            self._drop_lost()
        loop = asyncio.get_running_loop()
        self._silent[made] = loop.call_later(self._limits.head_seconds, self._give_up, made)
        return made

    @contextmanager
    def request(self, request: web.Request) -> Iterator[None]:
        """While a request is being answered."""
        protocol = request.protocol
        if protocol in self._silent:
            self._silent.pop(protocol).cancel()
        self._busy.add(protocol)
        try:
            yield
        finally:
            self._busy.discard(protocol)

    def close(self) -> None:
        """Watch no connection any more; aiohttp ends them."""
        for timer in self._silent.values():
            timer.cancel()
        self._silent.clear()

    def _drop_lost(self) -> None:
        """Forget those that went away without a word; nobody tells us."""
        for protocol in [one for one in self._silent if one.transport is None]:
            self._silent.pop(protocol).cancel()

    def _give_up(self, protocol: web.RequestHandler) -> None:
        self._silent.pop(protocol, None)
        _end(protocol)


def _end(protocol: web.RequestHandler) -> None:
    # Not close(), which waits until all is sent: the other side may have stopped reading.
    transport = protocol.transport
    if transport is not None:
        transport.abort()
