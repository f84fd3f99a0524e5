"""Messages: posting, editing, deleting and listing them, with the permissions and limits that Discord checks.

Used for the bot's own channel endpoints and, without permissions, for answers to interactions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tests.wire import refusals
from tests.wire.bodies import Body, Upload
from tests.wire.mentions import pinged, texts
from tests.wire.rules import check_message, check_nonce
from tests.wire.things import NO_FLAGS, Attachment, Channel, ChannelKind, Flag, Message, Permission, User
from tests.wire.world import World

P = Permission
KEPT = ("content", "components", "embeds", "tts")
SETTABLE = Flag.EPHEMERAL | Flag.COMPONENTS_V2


class Messages:
    """The message endpoints without HTTP; everything raises Refusal."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._nonces: dict[tuple[int, int, str], tuple[int, float]] = {}

    # -- what a bot may do -------------------------------------------------------------------------------------------

    def see(self, channel: Channel, *needed: Permission) -> None:
        """Refuse unless the bot sees the channel and has these permissions there."""
        if channel.guild is not None and not channel.guild.present:
            raise refusals.missing_access()
        if channel.kind is ChannelKind.DM:
            return
        if P.VIEW_CHANNEL not in channel.permissions:
            raise refusals.missing_access()
        if any(permission not in channel.permissions for permission in needed):
            raise refusals.missing_permissions()

    def _may_post(self, channel: Channel, body: Body) -> None:
        self.see(channel, P.SEND_MESSAGES_IN_THREADS if channel.is_thread else P.SEND_MESSAGES)
        if channel.recipient is not None:
            self._may_whisper(channel.recipient)
        if body.files:
            self.see(channel, P.ATTACH_FILES)
        if channel.locked and P.MANAGE_THREADS not in channel.permissions:
            raise refusals.thread_archived() if channel.archived else refusals.thread_locked()

    def _may_whisper(self, user: User) -> None:
        if not user.dm_open or user.deleted:
            raise refusals.closed_to_messages()
        if not self._world.meets(user):
            raise refusals.no_mutual_guilds()

    def _changeable(self, channel: Channel) -> None:
        self.see(channel)
        if channel.archived:
            raise refusals.thread_archived()

    # -- endpoints of channels ---------------------------------------------------------------------------------------

    def post(self, channel: Channel, body: Body) -> Message:
        """POST /channels/{id}/messages; an enforced nonce of the last minutes gives the earlier message again."""
        self._may_post(channel, body)
        nonce = check_nonce(body.payload)
        if nonce is not None and body.payload.get("enforce_nonce"):
            earlier = self._by_nonce(channel, nonce)
            if earlier is not None:
                return earlier
        reference = self._reference(channel, body.payload)
        message = self.create(channel, self._world.bot, body, nonce=nonce, reference=reference)
        channel.archived = False  # a post brings an archived thread back
        if nonce is not None:
            self._nonces[message.author.user_id, channel.channel_id, nonce] = message.message_id, message.created_at
        return message

    def _by_nonce(self, channel: Channel, nonce: str) -> Message | None:
        # A message that was deleted since is not posted anew either: "Unknown Message" (discord-api-docs #6647).
        message_id, at = self._nonces.get((self._world.bot.user_id, channel.channel_id, nonce), (0, 0.0))
        if not message_id or self._world.now() - at > self._world.limits.nonce_seconds:
            return None
        return self.find(channel, message_id)

    def _reference(self, channel: Channel, payload: Mapping[str, Any]) -> Message | None:
        reference = payload.get("message_reference")
        if not reference:
            return None
        if channel.guild is not None and P.READ_MESSAGE_HISTORY not in channel.permissions:
            raise refusals.history_closed()
        replied = channel.messages.get(int(reference["message_id"]))
        if replied is not None and replied.deleted_at is None:
            return replied
        if reference.get("fail_if_not_exists", True):
            raise refusals.invalid_form("message_reference", "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
        return None

    def get(self, channel: Channel, message_id: int) -> Message:
        """GET /channels/{id}/messages/{id}."""
        self.see(channel)
        if channel.guild is not None and P.READ_MESSAGE_HISTORY not in channel.permissions:
            raise refusals.missing_access()
        return self.find(channel, message_id)

    def find(self, channel: Channel, message_id: int) -> Message:
        """A message that still exists and that the bot may see."""
        message = channel.messages.get(message_id)
        if message is None or message.deleted_at is not None or Flag.EPHEMERAL in message.flags:
            raise refusals.unknown_message()
        return message

    def change(self, channel: Channel, message_id: int, body: Body) -> Message:
        """PATCH /channels/{id}/messages/{id}."""
        self._changeable(channel)
        message = self.find(channel, message_id)
        if message.author is not self._world.bot:
            raise refusals.not_the_author()
        return self.edit(message, body)

    def remove(self, channel: Channel, message_id: int) -> Message:
        """DELETE /channels/{id}/messages/{id}."""
        self._changeable(channel)
        message = self.find(channel, message_id)
        if message.author is not self._world.bot:
            self.see(channel, P.MANAGE_MESSAGES)
        message.deleted_at = self._world.now()
        return message

    def listing(self, channel: Channel, query: Mapping[str, str]) -> list[Message]:
        """GET /channels/{id}/messages: newest first, and none at all, not an error, where the history is closed.

        Source of the latter: discord-api-docs #455.
        """
        self.see(channel)
        if channel.guild is not None and P.READ_MESSAGE_HISTORY not in channel.permissions:
            return []
        limit = int(query.get("limit", 50))
        if not 1 <= limit <= 100:
            raise refusals.invalid_form("limit", "NUMBER_TYPE_MAX", "int value should be between 1 and 100.")
        shown = [m for m in channel.messages.values() if m.deleted_at is None and Flag.EPHEMERAL not in m.flags]
        shown.sort(key=lambda message: message.message_id)
        return list(reversed(_page(shown, query, limit)))

    # -- without permissions -----------------------------------------------------------------------------------------

    def create(
        self,
        channel: Channel,
        author: User,
        body: Body,
        *,
        nonce: str | None = None,
        reference: Message | None = None,
        via: int | None = None,
        flags: Flag = NO_FLAGS,
    ) -> Message:
        """Put a message into a channel, checked for content and size alone."""
        payload = body.payload
        flags |= Flag(int(payload.get("flags") or 0)) & SETTABLE
        attachments = self._attach(channel, payload, body.files, [])
        kept = {key: payload[key] for key in KEPT if payload.get(key) is not None}
        if Flag.LOADING not in flags:
            check_message(kept, flags, [attachment.filename for attachment in attachments])
        allowed, text = payload.get("allowed_mentions"), texts(kept)
        may_everyone = P.MENTION_EVERYONE in channel.permissions
        replied_to = None if reference is None else reference.author.user_id
        pings = pinged(text, allowed, replied_to=replied_to, may_everyone=may_everyone)
        message = Message(
            message_id=self._world.new_id(),
            channel=channel,
            author=author,
            payload=kept,
            flags=flags,
            attachments=attachments,
            created_at=self._world.now(),
            nonce=nonce,
            allowed_mentions=allowed,
            pings=pings,
            mentioned=pings,
            reference_id=None if reference is None else reference.message_id,
            via=via,
        )
        channel.messages[message.message_id] = message
        return message

    def edit(self, message: Message, body: Body) -> Message:
        """Change a message; what is not mentioned stays, and Components V2 stay for ever."""
        payload = body.payload
        flags = message.flags | (Flag(int(payload.get("flags") or 0)) & Flag.COMPONENTS_V2)
        kept = message.payload | {key: payload[key] for key in KEPT if key in payload}
        attachments = self._attach(message.channel, payload, body.files, message.attachments)
        check_message(kept, flags & ~Flag.LOADING, [attachment.filename for attachment in attachments])
        allowed = payload.get("allowed_mentions", message.allowed_mentions)
        may_everyone = P.MENTION_EVERYONE in message.channel.permissions
        message.mentioned = pinged(texts(kept), allowed, replied_to=None, may_everyone=may_everyone)
        message.flags, message.payload, message.attachments = flags & ~Flag.LOADING, kept, attachments
        message.edited_at = self._world.now()
        message.edits.append({"at": message.edited_at, "payload": payload})
        return message

    def _attach(
        self, channel: Channel, payload: Mapping[str, Any], files: Mapping[int, Upload], before: Sequence[Attachment]
    ) -> list[Attachment]:
        limit = self._world.upload_limit(channel)
        if any(len(upload.data) > limit for upload in files.values()):
            raise refusals.too_large()
        wanted = payload.get("attachments")
        kept = list(before) if wanted is None else [a for a in before if _is_listed(a, wanted)]
        said = {str(item.get("id")): item for item in wanted or []}
        for number, upload in sorted(files.items()):
            item = said.get(str(number), {})
            kept.append(self.attachment(channel, upload, str(item.get("filename") or upload.filename), item))
        return kept

    def attachment(
        self, channel: Channel, upload: Upload, filename: str, said: Mapping[str, Any], *, ephemeral: bool = False
    ) -> Attachment:
        """A file with an address of its own."""
        attachment_id = self._world.new_id()
        kind = "ephemeral-attachments" if ephemeral else "attachments"
        return Attachment(
            attachment_id=attachment_id,
            filename=filename,
            data=upload.data,
            content_type=upload.kind,
            path=f"/{kind}/{channel.channel_id}/{attachment_id}/{_in_address(filename)}",
            description=said.get("description"),
            size_in_pixels=upload.pixels,
            ephemeral=ephemeral,
        )


def _is_listed(attachment: Attachment, wanted: Sequence[Mapping[str, Any]]) -> bool:
    return any(str(item.get("id")) == str(attachment.attachment_id) for item in wanted)


def _in_address(filename: str) -> str:
    return "".join(letter if letter.isascii() and (letter.isalnum() or letter in "-_.") else "_" for letter in filename)


def _page(shown: list[Message], query: Mapping[str, str], limit: int) -> list[Message]:
    if "after" in query:
        return [m for m in shown if m.message_id > int(query["after"])][:limit]
    if "before" in query:
        return [m for m in shown if m.message_id < int(query["before"])][-limit:]
    if "around" in query:
        middle, half = int(query["around"]), limit // 2
        return [m for m in shown if m.message_id < middle][-half:] + [m for m in shown if m.message_id >= middle][
            : limit - half
        ]
    return shown[-limit:]
