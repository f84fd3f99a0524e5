"""The gateway: HELLO, IDENTIFY, RESUME, heartbeats and dispatches over WebSockets, and its trouble on demand.

Source: discord-api-docs, topics/gateway and topics/opcodes-and-status-codes. JSON only; what events say is elsewhere.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import aiohttp
from aiohttp import web

from sandbox.providers.standin import reset
from tests.wire import shapes
from tests.wire.compression import Compressor, compressor
from tests.wire.sessions import GatewayRecord, Json, Session
from tests.wire.world import World

DISPATCH, HEARTBEAT, IDENTIFY, PRESENCE, VOICE, RESUME, RECONNECT, MEMBERS, INVALID, HELLO, ACK = (
    *range(5),
    *range(6, 12),
)
GUILDS = 1 << 0
UNKNOWN_OPCODE, DECODE_ERROR, NOT_AUTHENTICATED, AUTHENTICATION_FAILED, ALREADY_AUTHENTICATED = range(4001, 4006)
INVALID_SHARD, INVALID_VERSION = 4010, 4012


class Closed(Exception):
    """The connection is to be closed with this code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Connection:
    """One WebSocket of a client, with its session once it has one."""

    def __init__(self, request: web.Request, socket: web.WebSocketResponse, compress: Compressor | None) -> None:
        self.request = request
        self.socket = socket
        self.session: Session | None = None
        self.closed_by_us = False
        self.mute = False
        self._compress = compress

    async def send(self, packet: Json) -> None:
        """Send one packet; a connection that has just gone is not an error."""
        if self.mute:
            return
        data = json.dumps(packet).encode()
        try:
            if self._compress is None:
                await self.socket.send_str(data.decode())
            else:
                await self.socket.send_bytes(self._compress(data))
        except (ConnectionError, RuntimeError):
            self.leave()

    def leave(self) -> None:
        """Keep the session for a resume, without this connection."""
        if self.session is not None and self.session.send == self.send:
            self.session.send = None

    async def part(self) -> None:
        """Answer the client's goodbye; a mute connection stays open until the client has broken it."""
        if not self.mute:
            await self.socket.close(drain=False)
        while self.mute:
            if self.request.transport is None or self.request.transport.is_closing():
                return
            await asyncio.sleep(0.05)


class Gateway:
    """All connections and sessions. `acks` False lets heartbeats go unanswered; `refusing` counts refused IDENTIFYs.

    `closed_for` counts connections that an edge refuses. `bend` makes something else of what an event says, such as
    what no client can read.
    """

    def __init__(self, world: World, *, heartbeat_seconds: float = 41.25, shards: int = 1) -> None:
        self.shards = shards
        self.acks = True
        self.refusing = 0
        self.closed_for = 0
        self.bend: Callable[[str, Any], Any] = lambda _event, data: data
        self.record = GatewayRecord()
        self.sessions: dict[str, Session] = {}
        self.connections: list[Connection] = []
        self._world = world
        self._heartbeat_seconds = heartbeat_seconds

    @property
    def connected(self) -> bool:
        """Whether some client has identified and is there."""
        return any(session.send is not None for session in self.sessions.values())

    # -- connections -------------------------------------------------------------------------------------------------

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """GET /gateway with the query of a client."""
        self.record.dialled.append(self._world.now())
        if self.closed_for:
            self.closed_for -= 1
            return web.Response(status=403, text="error code: 1010")
        socket = web.WebSocketResponse(compress=False, max_msg_size=4096 * 16, autoclose=False)
        await socket.prepare(request)
        self.record.connections += 1
        connection = None
        try:
            connection = self._open(request, socket)
            await connection.send({"op": HELLO, "d": {"heartbeat_interval": int(self._heartbeat_seconds * 1000)}})
            async for message in socket:
                if message.type is aiohttp.WSMsgType.TEXT and not connection.mute:
                    await self._receive(connection, message.data)
            await connection.part()
        except Closed as error:
            self.record.closed.append(error.code)
            await socket.close(code=error.code)
        finally:
            if connection is not None:
                self._gone(connection)
        return socket

    def _open(self, request: web.Request, socket: web.WebSocketResponse) -> Connection:
        query = request.query
        if query.get("v") != "10" or query.get("encoding") != "json":
            raise Closed(INVALID_VERSION if query.get("encoding") == "json" else DECODE_ERROR)
        try:
            connection = Connection(request, socket, compressor(query.get("compress")))
        except ValueError:
            raise Closed(DECODE_ERROR) from None
        self.connections.append(connection)
        return connection

    def _gone(self, connection: Connection) -> None:
        connection.leave()
        self.connections.remove(connection)
        goodbye = not (connection.closed_by_us or connection.mute) and connection.socket.close_code in (1000, 1001)
        if connection.session is not None and goodbye:
            # A client that says goodbye does not come back to this session.
            self.sessions.pop(connection.session.session_id, None)

    async def _receive(self, connection: Connection, text: str) -> None:
        try:
            packet = json.loads(text)
            op, data = packet["op"], packet.get("d")
        except (ValueError, KeyError, TypeError):
            raise Closed(DECODE_ERROR) from None
        if op == HEARTBEAT:
            self.record.heartbeats += 1
            if self.acks:
                await connection.send({"op": ACK})
        elif op == IDENTIFY:
            await self._identify(connection, data)
        elif op == RESUME:
            await self._resume(connection, data)
        elif op not in (PRESENCE, VOICE, MEMBERS):
            raise Closed(UNKNOWN_OPCODE)
        elif connection.session is None:
            raise Closed(NOT_AUTHENTICATED)

    async def _identify(self, connection: Connection, data: Json) -> None:
        if connection.session is not None:
            raise Closed(ALREADY_AUTHENTICATED)
        if data.get("token") != self._world.token:
            raise Closed(AUTHENTICATION_FAILED)
        self.record.identifies.append(self._world.now())
        if self.refusing:
            self.refusing -= 1
            await self._say_invalid(connection, resumable=False)
            return
        number, count = data.get("shard") or (0, 1)
        if not 0 <= number < count:
            raise Closed(INVALID_SHARD)
        for known in [s for s in self.sessions.values() if s.shard == (number, count) and s.send is None]:
            del self.sessions[known.session_id]
        session = Session((number, count), int(data.get("intents", 0)), connection.send)
        connection.session = self.sessions[session.session_id] = session
        await self._greet(session)

    async def _greet(self, session: Session) -> None:
        guilds = [g for g in self._world.guilds.values() if g.present and session.covers(g.guild_id)]
        ready = {
            "v": 10,
            "user": shapes.self_json(self._world),
            "guilds": [{"id": str(guild.guild_id), "unavailable": True} for guild in guilds],
            "session_id": session.session_id,
            "resume_gateway_url": self.url,
            "shard": list(session.shard),
            "application": {"id": str(self._world.bot.user_id), "flags": 0},
        }
        await self._say(session, "READY", ready)
        for guild in guilds if session.intents & GUILDS else []:
            await self._say(session, "GUILD_CREATE", shapes.guild_create_json(self._world, guild))

    async def _say(self, session: Session, event: str, data: Any) -> None:
        await session.dispatch(event, self.bend(event, data))

    async def _resume(self, connection: Connection, data: Json) -> None:
        if data.get("token") != self._world.token:
            raise Closed(AUTHENTICATION_FAILED)
        session = self.sessions.get(str(data.get("session_id")))
        missed = None if session is None else session.missed(int(data.get("seq") or 0))
        if session is None or missed is None:
            await self._say_invalid(connection, resumable=False)
            return
        self.record.resumes.append(self._world.now())
        connection.session, session.send = session, connection.send
        for packet in missed:
            await connection.send(packet)
        await self._say(session, "RESUMED", {"_trace": []})

    async def _say_invalid(self, connection: Connection, *, resumable: bool) -> None:
        self.record.invalidated += 1
        await connection.send({"op": INVALID, "d": resumable})

    @property
    def url(self) -> str:
        """Where clients connect."""
        return self._world.base_url.replace("http", "ws", 1) + "/gateway"

    # -- what happens on Discord -------------------------------------------------------------------------------------

    async def dispatch(self, event: str, data: Any, guild_id: int | None) -> int:
        """Tell every session concerned; how many there were. Sessions that are away hear of it when they resume."""
        concerned = [session for session in self.sessions.values() if session.covers(guild_id)]
        for session in concerned:
            await self._say(session, event, data)
        return len(concerned)

    # -- trouble -----------------------------------------------------------------------------------------------------

    async def close(self, code: int = 4000) -> None:
        """Close every connection with a code."""
        for connection in list(self.connections):
            self.record.closed.append(code)
            connection.leave()
            connection.closed_by_us = True
            await connection.socket.close(code=code)

    async def ask_to_reconnect(self) -> None:
        """Ask every client to connect anew and resume."""
        for connection in list(self.connections):
            await connection.send({"op": RECONNECT, "d": None})

    async def invalidate(self, *, resumable: bool = False) -> None:
        """Tell every client that its session is over; a resumable one may be taken up again."""
        if not resumable:
            self.sessions.clear()
        for connection in list(self.connections):
            if not resumable:
                connection.session = None
            await self._say_invalid(connection, resumable=resumable)

    def drop(self) -> None:
        """Break every connection without a word."""
        for connection in list(self.connections):
            connection.leave()
            reset(connection.request)

    def mute(self) -> None:
        """Keep every connection open, but neither say nor hear anything on it any more; new connections are well."""
        for connection in self.connections:
            connection.leave()
            connection.mute = True

    async def stop(self) -> None:
        """End all connections, since the server closes."""
        await asyncio.gather(*(c.socket.close(code=1001) for c in list(self.connections)), return_exceptions=True)
