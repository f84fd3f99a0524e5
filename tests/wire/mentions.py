"""Whom a message pings: what its text names, and what of that its allowed_mentions let through. Pure.

Source: discord-api-docs, resources/message, "Allowed Mentions Object". Names inside code are no mentions; escaped
ones are counted as mentions, since being wrong in that direction hides nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.wire.refusals import invalid_form
from tests.wire.things import Pings

CODE = re.compile(r"```.*?```|``.*?``|`[^`\n]*`", re.DOTALL)
USER = re.compile(r"<@!?(\d+)>")
ROLE = re.compile(r"<@&(\d+)>")
EVERYONE = re.compile(r"@(?:everyone|here)")
TEXT_DISPLAY = 10
KINDS = ("users", "roles", "everyone")


def walk(components: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Every component of a message or modal, from the outside inwards."""
    for component in components:
        yield component
        nested = list(component.get("components") or [])
        nested += [component[key] for key in ("accessory", "component") if isinstance(component.get(key), Mapping)]
        yield from walk(nested)


def texts(payload: Mapping[str, Any]) -> str:
    """All text in which Discord looks for mentions."""
    parts = [str(payload.get("content") or "")]
    parts += [str(c.get("content", "")) for c in walk(payload.get("components") or []) if c.get("type") == TEXT_DISPLAY]
    return "\n".join(parts)


def named(text: str) -> Pings:
    """Everybody whom a text names."""
    plain = CODE.sub("", text)
    return Pings(_ids(USER, plain), _ids(ROLE, plain), EVERYONE.search(plain) is not None)


def pinged(text: str, allowed: Mapping[str, Any] | None, *, replied_to: int | None, may_everyone: bool) -> Pings:
    """Everybody who hears of a message; without `allowed` that is everybody named, and the author replied to."""
    found = named(text)
    rules: Mapping[str, Any] = {"parse": list(KINDS), "replied_user": True} if allowed is None else allowed
    parse = rules.get("parse") or []
    check(rules)
    users = found.users if "users" in parse else found.users & _listed(rules, "users")
    roles = found.roles if "roles" in parse else found.roles & _listed(rules, "roles")
    if replied_to is not None and rules.get("replied_user"):
        users |= {replied_to}
    return Pings(users, roles, found.everyone and may_everyone and "everyone" in parse)


def check(rules: Mapping[str, Any]) -> None:
    """Refuse allowed_mentions that contradict themselves; raises Refusal."""
    for kind in ("users", "roles"):
        if rules.get(kind) and kind in (rules.get("parse") or []):
            raise invalid_form(
                "allowed_mentions", "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", f"parse:{kind} and {kind} exclude"
            )
        if len(rules.get(kind) or []) > 100:
            raise invalid_form(f"allowed_mentions.{kind}", "BASE_TYPE_BAD_LENGTH", "Must be 100 or fewer in length.")
    if set(rules.get("parse") or []) - set(KINDS):
        raise invalid_form("allowed_mentions.parse", "BASE_TYPE_CHOICES", "Value must be one of the known kinds.")


def _listed(rules: Mapping[str, Any], kind: str) -> frozenset[int]:
    return frozenset(int(item) for item in rules.get(kind) or [])


def _ids(pattern: re.Pattern[str], text: str) -> frozenset[int]:
    return frozenset(int(number) for number in pattern.findall(text))
