"""Discord's REST paths: which method of which module answers them. No rule lives here.

Every answer is JSON of exactly the content type that discord.py looks for.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import unquote

from aiohttp import web

from tests.wire import refusals, shapes, standing
from tests.wire.bodies import Body
from tests.wire.callbacks import Callbacks
from tests.wire.gateway import Gateway
from tests.wire.interactions import Interactions
from tests.wire.messages import Messages
from tests.wire.things import Channel, Message
from tests.wire.threads import Threads, opened_json
from tests.wire.world import World

BASE = "/api/v10"
BODY = web.RequestKey("body", Body)
Handler = Callable[[web.Request], Awaitable[web.Response]]
GUILD_INSTALL = 0
NEWEST = {"version": "1", "default_member_permissions": None, "type": 1, "nsfw": False, "description": ""}


def answer(data: Any = None, status: int = 200) -> web.Response:
    """JSON; 204 without any."""
    if data is None:
        return web.Response(status=204)
    return web.Response(body=json.dumps(data).encode(), status=status, content_type="application/json")


class Rest:
    """The handlers."""

    def __init__(
        self, world: World, messages: Messages, gateway: Gateway, interactions: Interactions, callbacks: Callbacks
    ) -> None:
        self._threads = Threads(world, messages)
        self._world = world
        self._messages = messages
        self._gateway = gateway
        self._interactions = interactions
        self._callbacks = callbacks

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Add every path, and the CDN's."""
        messages, webhook = "/channels/{channel}/messages", "/webhooks/{application}/{token}"
        for method, path, handler in (
            ("GET", "/gateway/bot", self._gateway_bot),
            ("GET", "/users/@me", self._me),
            ("GET", "/users/@me/guilds", self._my_guilds),
            ("GET", "/users/{user}", self._user),
            ("POST", "/users/@me/channels", self._private_channel),
            ("GET", "/applications/@me", self._application),
            ("GET", "/oauth2/applications/@me", self._application),
            ("PUT", "/applications/{application}/commands", self._set_commands),
            ("GET", "/applications/{application}/commands", self._get_commands),
            ("GET", "/guilds/{guild}", self._guild),
            ("GET", "/guilds/{guild}/channels", self._guild_channels),
            ("GET", "/guilds/{guild}/members/{user}", self._member),
            ("GET", "/channels/{channel}", self._channel),
            ("GET", messages, self._list_messages),
            ("POST", messages, self._post_message),
            ("GET", messages + "/{message}", self._get_message),
            ("PATCH", messages + "/{message}", self._edit_message),
            ("DELETE", messages + "/{message}", self._delete_message),
            ("POST", messages + "/{message}/threads", self._open_thread),
            ("PUT", messages + "/pins/{message}", self._pin),
            ("POST", "/interactions/{interaction}/{token}/callback", self._first_answer),
            ("POST", webhook, self._follow_up),
            ("GET", webhook + "/messages/{which}", self._get_answer),
            ("PATCH", webhook + "/messages/{which}", self._edit_answer),
            ("DELETE", webhook + "/messages/{which}", self._delete_answer),
        ):
            router.add_route(method, BASE + path, handler)
        router.add_get("/{kind:(?:ephemeral-)?attachments}/{channel}/{attachment}/{name}", self.file)

    # -- who and where -----------------------------------------------------------------------------------------------

    async def _gateway_bot(self, _request: web.Request) -> web.Response:
        started = len(self._gateway.record.identifies)
        limit = {"total": 1000, "remaining": max(0, 1000 - started), "reset_after": 86_400_000, "max_concurrency": 1}
        return answer({"url": self._gateway.url, "shards": self._gateway.shards, "session_start_limit": limit})

    async def _me(self, _request: web.Request) -> web.Response:
        return answer(shapes.self_json(self._world))

    async def _user(self, request: web.Request) -> web.Response:
        return answer(shapes.user_json(self._world.user(_number(request, "user"))))

    async def _application(self, _request: web.Request) -> web.Response:
        return answer(shapes.application_json(self._world))

    async def _private_channel(self, request: web.Request) -> web.Response:
        user = self._world.user(int(request[BODY].payload["recipient_id"]))
        return answer(shapes.channel_json(self._world.private_channel(user)))

    async def _guild(self, request: web.Request) -> web.Response:
        guild = self._world.guild(_number(request, "guild"))
        if not guild.present:
            raise refusals.unknown_guild()
        return answer(shapes.guild_json(guild))

    async def _member(self, request: web.Request) -> web.Response:
        guild, user_id = self._world.guild(_number(request, "guild")), _number(request, "user")
        if guild.present and user_id == self._world.bot.user_id:
            return answer(standing.own_member_json(self._world, guild))
        if user_id not in guild.members:
            raise refusals.unknown_member()
        return answer(shapes.member_json(self._world.users[user_id]))

    async def _my_guilds(self, _request: web.Request) -> web.Response:
        return answer([standing.my_guild_json(guild) for guild in self._world.guilds.values() if guild.present])

    async def _guild_channels(self, request: web.Request) -> web.Response:
        guild = self._world.guild(_number(request, "guild"))
        if not guild.present:
            raise refusals.unknown_guild()
        found = [channel for channel in self._world.channels_of(guild) if not channel.is_thread]
        return answer([standing.listed_channel_json(self._world, channel) for channel in found])

    async def _channel(self, request: web.Request) -> web.Response:
        channel = self._where(request)
        self._messages.see(channel)
        return answer(shapes.channel_json(channel))

    async def _set_commands(self, request: web.Request) -> web.Response:
        known = {command["name"]: command["id"] for command in self._interactions.commands}
        application_id = {"application_id": str(self._world.bot.user_id)}
        self._interactions.commands = [
            {
                **(NEWEST | application_id | command),
                "id": known.get(command["name"]) or str(self._world.new_id()),
                "integration_types": command.get("integration_types") or [GUILD_INSTALL],
                "default_member_permissions": _as_text(command.get("default_member_permissions")),
            }
            for command in request[BODY].payload
        ]
        return answer(self._interactions.commands)

    async def _get_commands(self, _request: web.Request) -> web.Response:
        return answer(self._interactions.commands)

    # -- messages ----------------------------------------------------------------------------------------------------

    def _where(self, request: web.Request) -> Channel:
        return self._world.channel(_number(request, "channel"))

    def _shown(self, message: Message) -> web.Response:
        return answer(shapes.message_json(self._world, message))

    async def _list_messages(self, request: web.Request) -> web.Response:
        found = self._messages.listing(self._where(request), request.query)
        # A list does not repeat the nonces of what it lists.
        listed = [shapes.message_json(self._world, message) for message in found]
        return answer([{key: value for key, value in body.items() if key != "nonce"} for body in listed])

    async def _post_message(self, request: web.Request) -> web.Response:
        return self._shown(self._messages.post(self._where(request), request[BODY]))

    async def _get_message(self, request: web.Request) -> web.Response:
        return self._shown(self._messages.get(self._where(request), _number(request, "message")))

    async def _edit_message(self, request: web.Request) -> web.Response:
        return self._shown(self._messages.change(self._where(request), _number(request, "message"), request[BODY]))

    async def _delete_message(self, request: web.Request) -> web.Response:
        self._messages.remove(self._where(request), _number(request, "message"))
        return answer()

    async def _open_thread(self, request: web.Request) -> web.Response:
        thread = self._threads.open(self._where(request), _number(request, "message"), request[BODY])
        body = opened_json(self._world, thread)
        await self._tell(thread, "THREAD_CREATE", body | {"newly_created": True})
        return answer(body, 201)

    async def _pin(self, request: web.Request) -> web.Response:
        message = self._threads.pin(self._where(request), _number(request, "message"))
        where = {"channel_id": str(message.channel.channel_id)}
        await self._tell(
            message.channel, "CHANNEL_PINS_UPDATE", where | {"last_pin_timestamp": shapes.moment(message.pinned_at)}
        )
        return answer()

    async def _tell(self, channel: Channel, event: str, body: dict[str, Any]) -> None:
        """Announce something at the gateway."""
        guild = {} if channel.guild is None else {"guild_id": str(channel.guild.guild_id)}
        await self._gateway.dispatch(event, guild | body, None if channel.guild is None else channel.guild.guild_id)

    # -- interactions ------------------------------------------------------------------------------------------------

    async def _first_answer(self, request: web.Request) -> web.Response:
        token = request.match_info["token"]
        described = self._callbacks.answer(_number(request, "interaction"), token, request[BODY])
        return answer(described if request.query.get("with_response") in ("1", "true") else None)

    async def _follow_up(self, request: web.Request) -> web.Response:
        interaction = self._callbacks.by_token(_number(request, "application"), request.match_info["token"])
        return self._shown(self._callbacks.follow_up(interaction, request[BODY]))

    async def _get_answer(self, request: web.Request) -> web.Response:
        interaction = self._callbacks.by_token(_number(request, "application"), request.match_info["token"])
        return self._shown(self._callbacks.message(interaction, _which(request)))

    async def _edit_answer(self, request: web.Request) -> web.Response:
        interaction = self._callbacks.by_token(_number(request, "application"), request.match_info["token"])
        return self._shown(self._callbacks.edit(interaction, _which(request), request[BODY]))

    async def _delete_answer(self, request: web.Request) -> web.Response:
        interaction = self._callbacks.by_token(_number(request, "application"), request.match_info["token"])
        self._callbacks.delete(interaction, _which(request))
        return answer()

    # -- files -------------------------------------------------------------------------------------------------------

    async def file(self, request: web.Request) -> web.Response:
        """A file by its signed address, while that opens and its message exists."""
        found = {
            str(attachment.attachment_id): attachment
            for message in self._world.messages()
            if message.deleted_at is None
            for attachment in message.attachments
        }
        found |= {str(attachment.attachment_id): attachment for attachment in self._interactions.uploads}
        attachment = found.get(request.match_info["attachment"])
        until = int(request.query.get("ex", "0") or "0", 16)
        if attachment is None or attachment.path != request.path or until < self._world.now():
            return web.Response(status=404, text="This content is no longer available.")
        return web.Response(body=attachment.data, content_type=attachment.content_type.partition(";")[0])


def _as_text(permissions: Any) -> str | None:
    return None if permissions is None else str(permissions)


def _number(request: web.Request, name: str) -> int:
    text = request.match_info[name]
    if not text.isdigit():
        raise refusals.invalid_form(name, "NUMBER_TYPE_COERCE", f'Value "{text}" is not snowflake.')
    return int(text)


def _which(request: web.Request) -> str:
    return unquote(request.match_info["which"])
