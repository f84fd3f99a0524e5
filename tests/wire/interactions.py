"""Members typing commands, pressing buttons, choosing and submitting modals; what became of each interaction.

Answers come in over REST: see callbacks.py. Source: discord-api-docs, interactions/receiving-and-responding.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.wire import shapes
from tests.wire.bodies import Upload
from tests.wire.gateway import Gateway
from tests.wire.mentions import walk
from tests.wire.messages import Messages
from tests.wire.things import Attachment, Channel, Message, User
from tests.wire.world import World

Json = dict[str, Any]
COMMAND, COMPONENT, MODAL = 2, 3, 5
STRING_SELECT = 3
GONE = 8.0
"""Seconds after which nobody waits for the answer to a command: three of them are all that Discord gives."""
SUBCOMMAND, GROUP, STRING, INTEGER, BOOLEAN, USER, CHANNEL, NUMBER, ATTACHMENT = 1, 2, 3, 4, 5, 6, 7, 10, 11


@dataclass(eq=False, slots=True)
class Interaction:
    """One thing that a member did. `answered_at` is when the first answer was taken, `answer` its type."""

    interaction_id: int
    kind: int
    user: User
    channel: Channel
    data: Json
    created_at: float
    message: Message | None = None
    token: str = field(default_factory=lambda: secrets.token_urlsafe(48))
    sent: int = 0
    heard: int = 0
    answer: int | None = None
    answered_at: float | None = None
    original: Message | None = None
    modal: Json | None = None
    refused: list[int] = field(default_factory=list)
    followups: list[Message] = field(default_factory=list)


class Interactions:
    """Everything that members do to the bot; each call sends one INTERACTION_CREATE."""

    def __init__(self, world: World, gateway: Gateway, messages: Messages) -> None:
        self.commands: list[Json] = []
        self.all: dict[int, Interaction] = {}
        self.uploads: list[Attachment] = []
        self._world = world
        self._gateway = gateway
        self._messages = messages

    async def command(
        self, user: str | int, channel: str | int, name: str, options: Mapping[str, Any] | None = None
    ) -> Interaction:
        """A member types a slash command: `name` with its subcommands, options by name, an Upload for a file.

        A member option takes a User, or a user's id or name. ValueError for a command that is not registered.
        """
        where = self._world.channel(channel)
        command, path, known = self._registered(name)
        resolved: Json = {}
        typed = [self._option(where, known.get(key), key, value, resolved) for key, value in (options or {}).items()]
        for part, kind in reversed(path):
            typed = [{"name": part, "type": kind, "options": typed}]
        data: Json = {"id": command["id"], "name": command["name"], "type": 1, "options": typed}
        if resolved:
            data["resolved"] = resolved
        return await self._begin(COMMAND, user, where, data)

    async def press(
        self, user: str | int, message: Message | int, *, custom_id: str | None = None, label: str | None = None
    ) -> Interaction:
        """A member presses the button of a message that has this custom id, or this label.

        A custom id that is on no button is sent all the same: it is forged. ValueError when no button fits the label.
        """
        shown = message if isinstance(message, Message) else self._message(message)
        buttons = [c for c in walk(shown.components) if c.get("type") == 2]
        if custom_id is None:
            custom_id = next((str(b["custom_id"]) for b in buttons if b.get("label") == label), None)
        if custom_id is None:
            raise ValueError(f"no button is called {label!r}")
        data = {"custom_id": custom_id, "component_type": 2, "id": 1}
        return await self._begin(COMPONENT, user, shown.channel, data, shown)

    async def select(
        self, user: str | int, message: Message | int, values: Sequence[str], *, custom_id: str
    ) -> Interaction:
        """A member chooses from a select of texts; ValueError for what it does not offer, or too few or many."""
        shown = message if isinstance(message, Message) else self._message(message)
        menus = [c for c in walk(shown.components) if c.get("type") == STRING_SELECT]
        menu = next((menu for menu in menus if menu["custom_id"] == custom_id), None)
        if menu is None:
            raise ValueError(f"no select is called {custom_id!r}")
        offered = {option["value"] for option in menu["options"]}
        least, most = menu.get("min_values", 1), menu.get("max_values", 1)
        if menu.get("disabled") or not set(values) <= offered or not least <= len(set(values)) <= most:
            raise ValueError(f"{values!r} cannot be chosen of {sorted(offered)!r}, {least} to {most}")
        data = {"custom_id": custom_id, "component_type": STRING_SELECT, "values": list(values), "id": 1}
        return await self._begin(COMPONENT, user, shown.channel, data, shown)

    async def submit(self, user: str | int, opened: Interaction, values: Mapping[str, Any]) -> Interaction:
        """A member fills in the modal with which `opened` was answered; text by custom id."""
        if opened.modal is None:
            raise ValueError("that interaction was not answered with a modal")
        filled = _fill(opened.modal["components"], values)
        data = {"custom_id": opened.modal["custom_id"], "components": filled, "resolved": {}}
        return await self._begin(MODAL, user, opened.channel, data, opened.message)

    async def repeat(self, interaction: Interaction | int) -> Interaction:
        """Send the very same interaction once more, as a gateway may after a resume."""
        if not isinstance(interaction, Interaction):
            interaction = self.all[interaction]
        interaction.sent += 1
        guild = interaction.channel.guild
        interaction.heard += await self._gateway.dispatch(
            "INTERACTION_CREATE", self._packet(interaction), None if guild is None else guild.guild_id
        )
        return interaction

    # -- the parts of an interaction ---------------------------------------------------------------------------------

    async def _begin(
        self, kind: int, user: str | int, channel: Channel, data: Json, message: Message | None = None
    ) -> Interaction:
        world = self._world
        interaction = Interaction(world.new_id(), kind, world.user(user), channel, data, world.now(), message)
        self.all[interaction.interaction_id] = interaction
        return await self.repeat(interaction)

    def _registered(self, name: str) -> tuple[Json, list[tuple[str, int]], dict[str, int]]:
        """The command, the (name, type) of its subcommands, and the types of its options."""
        first, *rest = name.split()
        command = next((c for c in self.commands if c["name"] == first), None)
        if command is None:
            raise ValueError(f"/{first} is not registered; there are: {', '.join(c['name'] for c in self.commands)}")
        level, path = command, []
        for part in rest:
            level = next(option for option in level["options"] if option["name"] == part)
            path.append((part, int(level["type"])))
        return command, path, {option["name"]: int(option["type"]) for option in level.get("options") or []}

    def _option(self, where: Channel, kind: int | None, name: str, value: Any, resolved: Json) -> Json:
        if isinstance(value, Upload):
            attachment = self._messages.attachment(where, value, value.filename, {}, ephemeral=True)
            self.uploads.append(attachment)
            shown = shapes.attachment_json(self._world, attachment)
            resolved.setdefault("attachments", {})[shown["id"]] = shown
            return {"name": name, "type": ATTACHMENT, "value": shown["id"]}
        if kind == USER:
            user = value if isinstance(value, User) else self._world.user(value)
            key = str(user.user_id)
            resolved.setdefault("users", {})[key] = shapes.user_json(user)
            if where.guild is not None and user.user_id in where.guild.members:
                member = shapes.member_json(user, where.guild.members[user.user_id])
                resolved.setdefault("members", {})[key] = {k: v for k, v in member.items() if k != "user"}
            return {"name": name, "type": USER, "value": key}
        return {"name": name, "type": kind or _kind_of(value), "value": value}

    def _packet(self, interaction: Interaction) -> Json:
        world, channel, user = self._world, interaction.channel, interaction.user
        packet: Json = {
            "id": str(interaction.interaction_id),
            "application_id": str(world.bot.user_id),
            "type": interaction.kind,
            "token": interaction.token,
            "version": 1,
            "data": interaction.data,
            "channel": shapes.channel_json(channel),
            "channel_id": str(channel.channel_id),
            "app_permissions": str(int(channel.permissions)),
            "locale": "en-US",
            "entitlements": [],
            "attachment_size_limit": world.upload_limit(channel),
        }
        if interaction.message is not None:
            packet["message"] = shapes.message_json(world, interaction.message)
        guild = channel.guild
        if guild is None:
            return packet | {
                "user": shapes.user_json(user),
                "context": 1,
                "authorizing_integration_owners": {"0": "0"},
            }
        return packet | {
            "guild_id": str(guild.guild_id),
            "guild": {"id": str(guild.guild_id), "locale": "en-US", "features": []},
            "guild_locale": "en-US",
            "member": shapes.member_json(user, guild.members[user.user_id]),
            "context": 0,
            "authorizing_integration_owners": {"0": str(guild.guild_id)},
        }

    def _message(self, message_id: int) -> Message:
        for message in self._world.messages():
            if message.message_id == message_id:
                return message
        raise ValueError(f"there is no message {message_id}")


def _kind_of(value: Any) -> int:
    for kind, number in ((bool, BOOLEAN), (int, INTEGER), (float, NUMBER)):
        if isinstance(value, kind):
            return number
    return STRING


def _fill(components: Sequence[Json], values: Mapping[str, Any]) -> list[Json]:
    filled = []
    for component in components:
        copy = {key: value for key, value in component.items() if key in ("type", "id", "custom_id")}
        if "components" in component:
            copy["components"] = _fill(component["components"], values)
        if "component" in component:
            copy["component"] = _fill([component["component"]], values)[0]
        if component.get("custom_id") in values:
            copy["value"] = values[component["custom_id"]]
        filled.append(copy)
    return filled
