"""/wire/*: the ledger, faults and members for a test in another process. Nothing of Discord's is here.

GET /wire/ledger. POST, GET, DELETE /wire/faults. POST /wire/interactions {"user", "channel", "command", "options"},
{"user", "message", "custom_id" or "label"}, {"user", "message", "custom_id", "values"} for a select,
{"user", "interaction", "values"} for a form, or {"repeat": id}; an option {"filename", "base64"} is a file.
POST /wire/gateway {"do": "close" (with "code"), "reconnect", "invalidate" (with "resumable"), "drop", "mute", "acks"
(with "on"), "refuse" (with "times")}. POST /wire/world {"advance": seconds} or {"channel"|"guild"|"user": key,
...changes}.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from aiohttp import web
from pydantic import TypeAdapter

from tests.wire.bodies import Upload
from tests.wire.faults import Fault, parse_faults
from tests.wire.interactions import Interaction
from tests.wire.ledger import dump
from tests.wire.refusals import Refusal
from tests.wire.rest import answer

if TYPE_CHECKING:
    from tests.wire.server import Wire

Json = dict[str, Any]


class Control:
    """The handlers."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Add the paths."""
        router.add_get("/wire/ledger", self._ledger)
        router.add_route("*", "/wire/faults", self._faults)
        for name, handler in (
            ("interactions", self._interactions),
            ("gateway", self._gateway),
            ("world", self._world),
        ):
            router.add_post(f"/wire/{name}", handler)

    async def handle(self, request: web.Request, handler: Any) -> web.StreamResponse:
        """Answer 400 with a sentence to whatever is not understood."""
        try:
            response: web.StreamResponse = await handler(request)
        except (ValueError, KeyError, TypeError, Refusal) as error:
            return answer({"error": f"{type(error).__name__}: {error}"}, 400)
        return response

    async def _ledger(self, _request: web.Request) -> web.Response:
        wire = self._wire
        whole = dump(wire.world, wire.ledger, wire.gateway, wire.interactions)
        return web.json_response(whole, dumps=lambda data: TypeAdapter(Any).dump_json(data).decode())

    async def _faults(self, request: web.Request) -> web.Response:
        if request.method == "POST":
            self._wire.faults.add(*parse_faults(await request.json()))
        elif request.method == "DELETE":
            self._wire.faults.clear()
        return answer(TypeAdapter(tuple[Fault, ...]).dump_python(self._wire.faults.waiting, mode="json"))

    async def _interactions(self, request: web.Request) -> web.Response:
        interaction = await self._act(await request.json())
        return answer({"id": str(interaction.interaction_id), "token": interaction.token, "heard": interaction.heard})

    async def _act(self, wish: Json) -> Interaction:
        people = self._wire.interactions
        if "repeat" in wish:
            return await people.repeat(int(wish["repeat"]))
        if "command" in wish:
            options = {name: _file_or(value) for name, value in (wish.get("options") or {}).items()}
            return await people.command(wish["user"], wish["channel"], wish["command"], options)
        if "message" in wish and "values" in wish:
            return await people.select(wish["user"], int(wish["message"]), wish["values"], custom_id=wish["custom_id"])
        if "message" in wish:
            return await people.press(
                wish["user"], int(wish["message"]), custom_id=wish.get("custom_id"), label=wish.get("label")
            )
        return await people.submit(wish["user"], people.all[int(wish["interaction"])], wish["values"])

    async def _gateway(self, request: web.Request) -> web.Response:
        wish, gateway = await request.json(), self._wire.gateway
        match wish["do"]:
            case "close":
                await gateway.close(int(wish.get("code", 4000)))
            case "reconnect":
                await gateway.ask_to_reconnect()
            case "invalidate":
                await gateway.invalidate(resumable=bool(wish.get("resumable", False)))
            case "drop":
                gateway.drop()
            case "mute":
                gateway.mute()
            case "acks":
                gateway.acks = bool(wish["on"])
            case "refuse":
                gateway.refusing = int(wish["times"])
            case other:
                raise ValueError(f"unknown: {other}")
        return answer({"connected": gateway.connected})

    async def _world(self, request: web.Request) -> web.Response:
        wish = await request.json()
        for kind in ("channel", "guild", "user"):
            if kind in wish:
                change = getattr(self._wire.changes, kind)
                await change(wish[kind], **{key: value for key, value in wish.items() if key != kind})
        if "advance" in wish:
            self._wire.world.advance(float(wish["advance"]))
        return answer({"now": self._wire.world.now()})


def _file_or(value: Any) -> Any:
    if isinstance(value, dict) and "base64" in value:
        return Upload(value["filename"], base64.b64decode(value["base64"]), value.get("content_type"))
    return value
