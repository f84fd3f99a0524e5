"""What exists on the simulated Discord, as plain data. No JSON, no rules; who may do what is decided elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, IntFlag
from typing import Any

MIB = 1024 * 1024


class Permission(IntFlag):
    """The bits of Discord's permissions that matter here."""

    ADMINISTRATOR = 1 << 3
    MANAGE_GUILD = 1 << 5
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_APPLICATION_COMMANDS = 1 << 31
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    SEND_MESSAGES_IN_THREADS = 1 << 38
    PIN_MESSAGES = 1 << 51


_P = Permission
_USUAL = _P.VIEW_CHANNEL | _P.SEND_MESSAGES | _P.SEND_MESSAGES_IN_THREADS | _P.EMBED_LINKS | _P.ATTACH_FILES
MEMBER_PERMISSIONS = _USUAL | _P.READ_MESSAGE_HISTORY | _P.USE_APPLICATION_COMMANDS
MODERATOR_PERMISSIONS = MEMBER_PERMISSIONS | _P.MANAGE_MESSAGES
MANAGER_PERMISSIONS = MODERATOR_PERMISSIONS | _P.MANAGE_GUILD
_INVITED = _USUAL | _P.READ_MESSAGE_HISTORY | _P.CREATE_PUBLIC_THREADS | _P.PIN_MESSAGES
BOT_PERMISSIONS = _INVITED | _P.MENTION_EVERYONE
"""What the bot is invited with. It may ping everyone besides, so that a mention which slips through is not hidden by a
missing permission."""


class Flag(IntFlag):
    """Flags of messages."""

    HAS_THREAD = 1 << 5
    EPHEMERAL = 1 << 6
    LOADING = 1 << 7
    COMPONENTS_V2 = 1 << 15


NO_FLAGS = Flag(0)


class ChannelKind(IntEnum):
    """Kinds of channels."""

    TEXT = 0
    DM = 1
    PUBLIC_THREAD = 11


@dataclass(frozen=True, slots=True)
class Limits:
    """Discord's deadlines in seconds and sizes in bytes; a test may shorten what it cannot wait for.

    `nonce_seconds`: "the past few minutes". `link_seconds`: how long a signed CDN address opens.
    """

    first_answer_seconds: float = 3.0
    token_seconds: float = 15 * 60.0
    nonce_seconds: float = 180.0
    link_seconds: float = 24 * 3600.0
    uploads: tuple[int, int, int, int] = (20 * MIB, 20 * MIB, 50 * MIB, 100 * MIB)


@dataclass(eq=False, slots=True)
class User:
    """Somebody, in any guild or none; `dm_open` is whether private messages are taken, `deleted` the account's end."""

    user_id: int
    name: str
    bot: bool = False
    dm_open: bool = True
    deleted: bool = False


@dataclass(eq=False, slots=True)
class Guild:
    """A server; `present` is whether the bot is in it. `members` maps user ids to their permissions everywhere.

    `permissions` are the bot's where no channel says otherwise, `silenced_until` the end of its timeout.
    """

    guild_id: int
    name: str
    owner_id: int
    premium_tier: int = 0
    present: bool = True
    members: dict[int, Permission] = field(default_factory=dict)
    permissions: Permission = BOT_PERMISSIONS
    silenced_until: float | None = None


@dataclass(eq=False, slots=True)
class Attachment:
    """A file of a message or of an interaction; `path` is its address on the CDN without signature."""

    attachment_id: int
    filename: str
    data: bytes
    content_type: str
    path: str
    description: str | None = None
    size_in_pixels: tuple[int, int] | None = None
    ephemeral: bool = False


@dataclass(frozen=True, slots=True)
class Pings:
    """Who hears of a message: user ids, role ids, and whether everyone does."""

    users: frozenset[int] = frozenset()
    roles: frozenset[int] = frozenset()
    everyone: bool = False


@dataclass(eq=False, slots=True)
class Message:
    """One message, deleted or not, with what was sent as it was sent.

    `payload` holds content, components, embeds, tts as received, merged over edits; `allowed_mentions` those of its
    creation, `pings` who was pinged by it (an edit pings nobody). `via` is the interaction that it answers.
    """

    message_id: int
    channel: Channel
    author: User
    payload: dict[str, Any]
    flags: Flag
    attachments: list[Attachment]
    created_at: float
    nonce: str | None = None
    allowed_mentions: Mapping[str, Any] | None = None
    pings: Pings = field(default_factory=Pings)
    mentioned: Pings = field(default_factory=Pings)
    reference_id: int | None = None
    via: int | None = None
    seen_by: int | None = None
    edits: list[dict[str, Any]] = field(default_factory=list)
    edited_at: float | None = None
    deleted_at: float | None = None
    pinned_at: float | None = None

    @property
    def content(self) -> str:
        """Its text, without that of components."""
        return str(self.payload.get("content") or "")

    @property
    def components(self) -> list[dict[str, Any]]:
        """Its components as they were sent."""
        return list(self.payload.get("components") or [])


@dataclass(eq=False, slots=True)
class Channel:
    """A text channel, a thread or a private channel; `permissions` are what the bot may do in it.

    `owner` is who opened a thread, the owner of its server where nobody is named.
    """

    channel_id: int
    kind: ChannelKind
    name: str
    guild: Guild | None = None
    parent_id: int | None = None
    recipient: User | None = None
    permissions: Permission = BOT_PERMISSIONS
    archived: bool = False
    locked: bool = False
    deleted: bool = False
    upload_limit: int | None = None
    owner: User | None = None
    archive_minutes: int = 1440
    messages: dict[int, Message] = field(default_factory=dict)

    @property
    def is_thread(self) -> bool:
        """Whether it is a thread."""
        return self.kind is ChannelKind.PUBLIC_THREAD
