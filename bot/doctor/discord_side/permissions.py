"""What the bot may do in a channel, worked out from its server and the channel's overwrites. Pure.

Source: discord-api-docs, topics/permissions. Names are those of Discord's client, which an owner looks for.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

ADMINISTRATOR = 1 << 3
NEEDED: Mapping[str, int] = {
    "View Channels": 1 << 10,
    "Send Messages": 1 << 11,
    "Send Messages in Threads": 1 << 38,
    "Attach Files": 1 << 15,
    "Embed Links": 1 << 14,
    "Read Message History": 1 << 16,
}
WISHED: Mapping[str, int] = {"Create Public Threads": 1 << 35, "Pin Messages": 1 << 51}
"""Only /brainstorm uses these."""
ALL = sum(NEEDED.values()) + sum(WISHED.values())
INVITED = ALL
"""What the README's invite link asks for."""

TEXT, VOICE, ANNOUNCEMENT, STAGE, FORUM, MEDIA = 0, 2, 5, 13, 15, 16
_SPARED: Mapping[int, frozenset[str]] = {
    VOICE: frozenset({"Send Messages in Threads", *WISHED}),
    STAGE: frozenset({"Send Messages in Threads", *WISHED}),
    FORUM: frozenset({"Create Public Threads"}),
    MEDIA: frozenset({"Create Public Threads"}),
}
"""What a kind of channel has no use for."""
KINDS = frozenset({TEXT, VOICE, ANNOUNCEMENT, STAGE, FORUM, MEDIA})
"""The kinds in which a command may be typed; threads have the rights of their channel."""


def in_channel(
    base: int, overwrites: Sequence[Mapping[str, Any]], everyone: str, roles: Collection[str], member: str
) -> int:
    """The permissions of a member in a channel; `base` are those in the server, `everyone` the server's id."""
    if base & ADMINISTRATOR:
        return ALL | ADMINISTRATOR
    for concerned in ({everyone}, set(roles) - {everyone}, {member}):
        applied = [each for each in overwrites if str(each.get("id")) in concerned]
        denied = allowed = 0
        for each in applied:
            denied |= int(each.get("deny", 0))
            allowed |= int(each.get("allow", 0))
        base = base & ~denied | allowed
    return base


def missing(permissions: int, kind: int, wanted: Mapping[str, int] = NEEDED) -> tuple[str, ...]:
    """The names of those that are wanted in a channel of this kind and not there.

    What cannot be seen cannot be anything else either, so that alone is named then.
    """
    spared = _SPARED.get(kind, frozenset())
    lacking = tuple(name for name, bit in wanted.items() if name not in spared and not permissions & bit)
    return lacking[:1] if "View Channels" in lacking else lacking
