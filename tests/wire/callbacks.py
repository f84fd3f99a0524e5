"""What a bot does with an interaction's token: the first answer, the original message, follow-ups.

Source: discord-api-docs, interactions/receiving-and-responding. No bot token is needed here; the interaction's is it.
"""

from __future__ import annotations

from typing import Any

from tests.wire import refusals, shapes
from tests.wire.bodies import Body
from tests.wire.interactions import Interaction, Interactions
from tests.wire.messages import Messages
from tests.wire.things import NO_FLAGS, Flag, Message
from tests.wire.world import World

Json = dict[str, Any]
MESSAGE, DEFERRED_MESSAGE, DEFERRED_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9


class Callbacks:
    """The interaction endpoints without HTTP; everything raises Refusal."""

    def __init__(self, world: World, messages: Messages, interactions: Interactions) -> None:
        self._world = world
        self._messages = messages
        self._interactions = interactions

    # -- the first answer --------------------------------------------------------------------------------------------

    def answer(self, interaction_id: int, token: str, body: Body) -> Json:
        """POST /interactions/{id}/{token}/callback; the answer for with_response."""
        interaction = self._interactions.all.get(interaction_id)
        if interaction is None or interaction.token != token:
            raise refusals.unknown_interaction()
        try:
            self._check_first(interaction)
            self._play(interaction, int(body.payload["type"]), body)
        except refusals.Refusal as refusal:
            interaction.refused.append(refusal.code)
            raise
        interaction.answer, interaction.answered_at = int(body.payload["type"]), self._world.now()
        return self._described(interaction)

    def _check_first(self, interaction: Interaction) -> None:
        late = self._world.now() - interaction.created_at > self._world.limits.first_answer_seconds
        if late and interaction.answer is None:
            raise refusals.unknown_interaction()
        if interaction.answer is not None:
            raise refusals.already_acknowledged()

    def _play(self, interaction: Interaction, kind: int, body: Body) -> None:
        data = Body(body.payload.get("data") or {}, body.files)
        if kind == MESSAGE:
            interaction.original = self._say(interaction, data)
        elif kind == DEFERRED_MESSAGE:
            interaction.original = self._say(interaction, data, Flag.LOADING)
        elif kind == DEFERRED_UPDATE and interaction.message is not None:
            interaction.original = interaction.message
        elif kind == UPDATE and interaction.message is not None:
            interaction.original = self._messages.edit(interaction.message, data)
        elif kind == MODAL and interaction.kind in (2, 3):
            interaction.modal = data.payload
        elif kind != CHOICES:
            raise refusals.invalid_form("type", "BASE_TYPE_CHOICES", "Not a type for this interaction.")

    def _say(self, interaction: Interaction, data: Body, flags: Flag = NO_FLAGS) -> Message:
        message = self._messages.create(
            interaction.channel, self._world.bot, data, via=interaction.interaction_id, flags=flags
        )
        if Flag.EPHEMERAL in message.flags:
            message.seen_by = interaction.user.user_id
        return message

    def _described(self, interaction: Interaction) -> Json:
        channel, original = interaction.channel, interaction.original
        described: Json = {
            "id": str(interaction.interaction_id),
            "type": interaction.kind,
            "channel_id": str(channel.channel_id),
        }
        if channel.guild is not None:
            described["guild_id"] = str(channel.guild.guild_id)
        if original is None:
            return {"interaction": described}
        described |= {
            "response_message_id": str(original.message_id),
            "response_message_loading": Flag.LOADING in original.flags,
            "response_message_ephemeral": Flag.EPHEMERAL in original.flags,
        }
        if interaction.answer in (DEFERRED_MESSAGE, DEFERRED_UPDATE):
            return {"interaction": described}
        resource = {"type": interaction.answer, "message": shapes.message_json(self._world, original)}
        return {"interaction": described, "resource": resource}

    # -- afterwards --------------------------------------------------------------------------------------------------

    def by_token(self, application_id: int, token: str) -> Interaction:
        """The answered interaction of a token; refused before its first answer and after fifteen minutes."""
        found = next((i for i in self._interactions.all.values() if i.token == token), None)
        if found is None or found.answer is None or application_id != self._world.bot.user_id:
            raise refusals.unknown_webhook()
        if self._world.now() - found.created_at > self._world.limits.token_seconds:
            found.refused.append(50027)
            raise refusals.token_expired()
        return found

    def follow_up(self, interaction: Interaction, body: Body) -> Message:
        """POST /webhooks/{app}/{token}; the first one fills a deferred answer in."""
        original = interaction.original
        if original is not None and Flag.LOADING in original.flags:
            return self._messages.edit(original, body)
        message = self._say(interaction, body)
        interaction.followups.append(message)
        return message

    def message(self, interaction: Interaction, which: str) -> Message:
        """GET /webhooks/{app}/{token}/messages/{which}: @original, or the id of a follow-up."""
        mine = [*interaction.followups, *([] if interaction.original is None else [interaction.original])]
        if which == "@original":
            mine = [] if interaction.original is None else [interaction.original]
        elif not which.isdigit():
            raise refusals.unknown_message()
        else:
            mine = [message for message in mine if message.message_id == int(which)]
        if not mine or mine[0].deleted_at is not None:
            raise refusals.unknown_message()
        return mine[0]

    def edit(self, interaction: Interaction, which: str, body: Body) -> Message:
        """PATCH /webhooks/{app}/{token}/messages/{which}."""
        return self._messages.edit(self.message(interaction, which), body)

    def delete(self, interaction: Interaction, which: str) -> Message:
        """DELETE /webhooks/{app}/{token}/messages/{which}."""
        message = self.message(interaction, which)
        message.deleted_at = self._world.now()
        return message
