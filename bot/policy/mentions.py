"""Discord's markup in what people write, as words: providers know no mentions, and neither do searches. Pure.

Who is meant is looked up by the cogs; what nobody could look up becomes something neutral, never the markup itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot.policy.rules import clean_prompt

_MARKUP = re.compile(
    # https://docs.discord.com/developers/reference#message-formatting
    r"<@!?(?P<member>\d{1,20})>|<@&(?P<role>\d{1,20})>|<#(?P<channel>\d{1,20})>"
    r"|<a?:(?P<emoji>\w+):\d+>"
    r"|</(?P<command>[^<>:]+):\d+>"
    r"|<t:(?P<moment>-?\d{1,17})(?::(?P<style>\w+))?>"
    r"|<id:(?P<place>[\w-]+)(?::\d+)?>"
    r"|<(?P<sound>sound):\d+:\d+>",
    re.ASCII,
)
_STYLES = {
    **{"t": "%H:%M UTC", "T": "%H:%M:%S UTC", "d": "%Y-%m-%d", "D": "%Y-%m-%d"},
    **{"s": "%Y-%m-%d %H:%M UTC", "S": "%Y-%m-%d %H:%M:%S UTC"},
}
_USUAL_STYLE = "%Y-%m-%d %H:%M UTC"
_KINDS = ("member", "role", "channel", "emoji", "command", "moment", "place", "sound")


@dataclass(frozen=True, slots=True)
class Names:
    """What members, roles and channels are called, by id, and the words for those that are not among them."""

    members: Mapping[int, str] = field(default_factory=dict)
    roles: Mapping[int, str] = field(default_factory=dict)
    channels: Mapping[int, str] = field(default_factory=dict)
    somebody: str = "somebody"
    some_role: str = "some people"
    some_channel: str = "some channel"


NOBODY_KNOWN = Names()


def members_in(text: str) -> list[int]:
    """The ids of the members that are mentioned, each once."""
    return list(dict.fromkeys(int(found["member"]) for found in _MARKUP.finditer(text) if found["member"]))


def roles_in(text: str) -> list[int]:
    """The same for roles."""
    return list(dict.fromkeys(int(found["role"]) for found in _MARKUP.finditer(text) if found["role"]))


def channels_in(text: str) -> list[int]:
    """The same for channels and threads."""
    return list(dict.fromkeys(int(found["channel"]) for found in _MARKUP.finditer(text) if found["channel"]))


def spelled_out(prompt: str, names: Names = NOBODY_KNOWN) -> str:
    """A prompt as it is kept and sent: clean, and with names in the place of markup; again, it changes nothing."""
    text = clean_prompt(prompt)
    while _MARKUP.search(text) is not None:  # a name may make new markup of what is around it; each has one "<" less
        text = _MARKUP.sub(lambda found: _apart(found, _name(found, names)), text)
    return clean_prompt(text)


def _name(found: re.Match[str], names: Names) -> str:
    kind = next(name for name in _KINDS if found[name])
    written: str = found[kind]
    if kind in {"member", "role", "channel"}:
        known, unknown = {
            "member": (names.members, names.somebody),
            "role": (names.roles, names.some_role),
            "channel": (names.channels, names.some_channel),
        }[kind]
        written = known.get(int(written), "") or unknown
    elif kind == "command":
        written = f"/{written}"
    elif kind == "moment":
        written = _moment(int(written), found["style"])
    return " ".join(clean_prompt(written.replace("<", "").replace(">", "")).split())


def _apart(found: re.Match[str], name: str) -> str:
    """The name, kept apart from words and names that the markup stood against."""
    before, after = found.string[: found.start()][-1:], found.string[found.end() :][:1]
    return f"{' ' if before.isalnum() or before == '>' else ''}{name}{' ' if after.isalnum() else ''}"


def _moment(seconds: int, style: str | None) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime(_STYLES.get(style or "", _USUAL_STYLE))
    except (ValueError, OverflowError, OSError):
        return ""
