"""How Discord spells things in JSON, for REST and gateway alike. Pure. Required fields: Discord's openapi.json."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tests.wire.mentions import walk
from tests.wire.rules import MEDIA
from tests.wire.things import (
    MEMBER_PERMISSIONS,
    Attachment,
    Channel,
    ChannelKind,
    Flag,
    Guild,
    Message,
    Permission,
    User,
)
from tests.wire.world import World

Json = dict[str, Any]
REPLY, SLASH_REPLY = 19, 20
LONG_AGO = "2024-01-01T00:00:00+00:00"


def moment(at: float | None) -> str | None:
    """A time as Discord writes it."""
    return None if at is None else datetime.fromtimestamp(at, UTC).isoformat(timespec="microseconds")


def user_json(user: User) -> Json:
    """A user as everybody sees it."""
    return {
        "id": str(user.user_id),
        "username": user.name,
        "global_name": user.name.capitalize(),
        "discriminator": "0",
        "avatar": None,
        "bot": user.bot,
        "flags": 0,
        "public_flags": 0,
        "primary_guild": None,
    }


def self_json(world: World) -> Json:
    """The bot as it sees itself."""
    return user_json(world.bot) | {"mfa_enabled": True, "verified": True, "email": None, "locale": "en-US"}


def application_json(world: World) -> Json:
    """The application behind the bot."""
    return {
        "id": str(world.bot.user_id),
        "name": world.bot.name,
        "icon": None,
        "description": "",
        "type": None,
        "verify_key": "0" * 64,
        "flags": 0,
        "flags_new": "0",
        "bot_public": False,
        "bot_require_code_grant": False,
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "owner": user_json(world.owner),
        "bot": user_json(world.bot),
        "approximate_guild_count": len(world.guilds),
        "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0,
        "event_webhooks_url": None,
        "event_webhooks_status": 1,
        "event_webhooks_types": [],
        "explicit_content_filter": 0,
        "team": None,
        "eligible_oauth2_scopes": [],
        "integration_types_config": {"0": {}},
    } | world.application


def member_json(user: User, permissions: Permission | None = None) -> Json:
    """A member; with `permissions` as interactions carry it."""
    member: Json = {
        "user": user_json(user),
        "nick": None,
        "avatar": None,
        "banner": None,
        "roles": [],
        "joined_at": LONG_AGO,
        "premium_since": None,
        "communication_disabled_until": None,
        "deaf": False,
        "mute": False,
        "pending": False,
        "flags": 0,
    }
    return member if permissions is None else member | {"permissions": str(int(permissions))}


def _everyone_json(guild: Guild) -> Json:
    return {
        "id": str(guild.guild_id),
        "name": "@everyone",
        "permissions": str(int(MEMBER_PERMISSIONS)),
        "position": 0,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": False,
        "mentionable": False,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
    }


def guild_json(guild: Guild) -> Json:
    """A guild as GET /guilds/{id} answers it."""
    nothing = ["icon", "description", "home_header", "splash", "discovery_splash", "banner", "application_id"]
    nothing += ["afk_channel_id", "system_channel_id", "widget_channel_id", "rules_channel_id", "vanity_url_code"]
    nothing += ["safety_alerts_channel_id", "public_updates_channel_id", "max_presences", "incidents_data"]
    zeros = ["system_channel_flags", "verification_level", "default_message_notifications", "mfa_level"]
    zeros += ["explicit_content_filter", "premium_subscription_count", "nsfw_level"]
    return {
        **dict.fromkeys(nothing),
        **dict.fromkeys(zeros, 0),
        "id": str(guild.guild_id),
        "name": guild.name,
        "owner_id": str(guild.owner_id),
        "premium_tier": guild.premium_tier,
        "roles": [_everyone_json(guild)],
        "features": [],
        "emojis": [],
        "stickers": [],
        "region": "us-east",
        "afk_timeout": 300,
        "widget_enabled": False,
        "premium_progress_bar_enabled": False,
        "preferred_locale": "en-US",
        "nsfw": False,
        "max_members": 500_000,
        "max_stage_video_channel_users": 50,
        "max_video_channel_users": 25,
    }


def guild_create_json(world: World, guild: Guild) -> Json:
    """A guild as GUILD_CREATE brings it."""
    channels = world.channels_of(guild)
    return guild_json(guild) | {
        "unavailable": False,
        "large": False,
        "joined_at": LONG_AGO,
        "member_count": len(guild.members) + 1,
        "members": [member_json(world.bot)],
        "channels": [channel_json(channel) for channel in channels if not channel.is_thread],
        "threads": [channel_json(channel) for channel in channels if channel.is_thread],
        "voice_states": [],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def channel_json(channel: Channel) -> Json:
    """A channel, thread or private channel."""
    last = max(channel.messages, default=None)
    body: Json = {
        "id": str(channel.channel_id),
        "type": int(channel.kind),
        "flags": 0,
        "last_message_id": None if last is None else str(last),
    }
    if channel.kind is ChannelKind.DM:
        assert channel.recipient is not None
        return body | {"recipients": [user_json(channel.recipient)]}
    assert channel.guild is not None
    body |= {"guild_id": str(channel.guild.guild_id), "name": channel.name, "rate_limit_per_user": 0}
    if not channel.is_thread:
        return body | {"position": 0, "nsfw": False, "permission_overwrites": [], "parent_id": None, "topic": None}
    return body | {
        "parent_id": str(channel.parent_id),
        "owner_id": str(channel.guild.owner_id if channel.owner is None else channel.owner.user_id),
        "message_count": len(channel.messages),
        "member_count": 1,
        "total_message_sent": len(channel.messages),
        "thread_metadata": {
            "archived": channel.archived,
            "locked": channel.locked,
            "auto_archive_duration": channel.archive_minutes,
            "archive_timestamp": LONG_AGO,
            "create_timestamp": LONG_AGO,
        },
    }


def link(world: World, attachment: Attachment) -> str:
    """A signed address of a file that opens for a while."""
    until = int(world.now() + world.limits.link_seconds)
    return f"{world.base_url}{attachment.path}?ex={until:x}&is={int(world.now()):x}&hm={'0' * 64}"


def attachment_json(world: World, attachment: Attachment) -> Json:
    """An attachment with a fresh address."""
    url = link(world, attachment)
    body: Json = {
        "id": str(attachment.attachment_id),
        "filename": attachment.filename,
        "size": len(attachment.data),
        "content_type": attachment.content_type,
        "url": url,
        "proxy_url": url,
    }
    if attachment.description is not None:
        body["description"] = attachment.description
    if attachment.size_in_pixels is not None:
        body["width"], body["height"] = attachment.size_in_pixels
    return body | ({"ephemeral": True} if attachment.ephemeral else {})


def components_json(world: World, message: Message) -> list[Json]:
    """The components as they were sent, numbered, with the addresses of what they show."""
    found: list[Json] = copy.deepcopy(message.components)
    by_name = {attachment.filename: attachment for attachment in message.attachments}
    for number, component in enumerate(walk(found), 1):
        assert isinstance(component, dict)
        component.setdefault("id", number)
        for holder in [*(component.get("items") or []), component]:
            for key in ("media", "file"):
                _resolve(world, holder.get(key), by_name)
    return found


def _resolve(world: World, media: object, by_name: Mapping[str, Attachment]) -> None:
    if not isinstance(media, dict) or not str(media.get("url", "")).startswith(MEDIA):
        return
    attachment = by_name.get(media["url"].removeprefix(MEDIA))
    if attachment is not None:
        shown = attachment_json(world, attachment)
        media |= {key: shown.get(key) for key in ("url", "proxy_url", "content_type", "width", "height")}
        media["id"] = media["attachment_id"] = shown["id"]


def message_json(world: World, message: Message, *, nested: bool = False) -> Json:
    """A message as Discord returns it; `nested` leaves out the message that it replies to."""
    kind = SLASH_REPLY if message.via is not None else REPLY if message.reference_id is not None else 0
    body: Json = {
        "id": str(message.message_id),
        "type": kind,
        "channel_id": str(message.channel.channel_id),
        "author": user_json(message.author),
        "content": message.content,
        "timestamp": moment(message.created_at),
        "edited_timestamp": moment(message.edited_at),
        "tts": False,
        "pinned": message.pinned_at is not None,
        "mention_everyone": message.mentioned.everyone,
        "mentions": [user_json(world.users[u]) for u in sorted(message.mentioned.users) if u in world.users],
        "mention_roles": [str(role) for role in sorted(message.mentioned.roles)],
        "attachments": [attachment_json(world, attachment) for attachment in message.attachments],
        "embeds": list(message.payload.get("embeds") or []),
        "components": components_json(world, message),
        "flags": int(message.flags),
    }
    if message.nonce is not None:
        body["nonce"] = message.nonce
    if message.via is not None:
        body |= {"application_id": str(world.bot.user_id), "webhook_id": str(world.bot.user_id)}
    if message.reference_id is not None:
        body |= _reference_json(world, message, nested=nested)
    thread = world.channels.get(message.message_id)
    if thread is not None and not thread.deleted:
        body |= {"flags": int(message.flags | Flag.HAS_THREAD), "thread": channel_json(thread)}
    return body


def _reference_json(world: World, message: Message, *, nested: bool) -> Json:
    channel = message.channel
    reference: Json = {"type": 0, "channel_id": str(channel.channel_id), "message_id": str(message.reference_id)}
    if channel.guild is not None:
        reference["guild_id"] = str(channel.guild.guild_id)
    replied = channel.messages.get(message.reference_id or 0)
    gone = replied is None or replied.deleted_at is not None
    shown = None if replied is None or gone else message_json(world, replied, nested=True)
    return {"message_reference": reference} | ({} if nested else {"referenced_message": shown})


def is_ephemeral(message: Message) -> bool:
    """Whether only one person sees it."""
    return Flag.EPHEMERAL in message.flags
