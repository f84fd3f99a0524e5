"""Permissions of the bot in a channel, as Discord works them out; and what an application's settings mean."""

from __future__ import annotations

from typing import Any

import pytest

from bot.doctor.discord_side import application, permissions, rights
from bot.doctor.discord_side.permissions import ADMINISTRATOR, ALL, NEEDED, TEXT, VOICE, WISHED, in_channel, missing
from bot.doctor.report import Level

SERVER, ROLE, OTHER, BOT = "1", "2", "3", "4"
SEND, FILES, VIEW = NEEDED["Send Messages"], NEEDED["Attach Files"], NEEDED["View Channels"]


def overwrite(whom: str, *, allow: int = 0, deny: int = 0) -> dict[str, Any]:
    return {"id": whom, "type": 0, "allow": str(allow), "deny": str(deny)}


@pytest.mark.parametrize(
    ("base", "overwrites", "lacking"),
    [
        (ALL, [], ()),
        (ALL, [overwrite(SERVER, deny=SEND)], ("Send Messages",)),
        (ALL, [overwrite(SERVER, deny=SEND), overwrite(ROLE, allow=SEND)], ()),
        (ALL, [overwrite(ROLE, deny=SEND), overwrite(SERVER, allow=SEND)], ("Send Messages",)),
        (ALL, [overwrite(OTHER, allow=SEND), overwrite(ROLE, deny=SEND | FILES)], ("Send Messages", "Attach Files")),
        (ALL, [overwrite(ROLE, allow=SEND), overwrite(BOT, deny=SEND)], ("Send Messages",)),
        (ALL, [overwrite("99", deny=SEND)], ()),
        (ALL & ~FILES, [overwrite(BOT, allow=FILES)], ()),
        (ADMINISTRATOR, [overwrite(SERVER, deny=ALL)], ()),
        (ALL, [overwrite(SERVER, deny=VIEW | SEND)], ("View Channels",)),
    ],
)
def test_overwrites_apply_in_discords_order(base: int, overwrites: list[Any], lacking: tuple[str, ...]) -> None:
    assert missing(in_channel(base, overwrites, SERVER, [ROLE], BOT), TEXT) == lacking


def test_several_roles_count_together_and_what_is_allowed_wins() -> None:
    overwrites = [overwrite(ROLE, allow=SEND), overwrite(OTHER, deny=SEND)]
    assert missing(in_channel(ALL, overwrites, SERVER, [ROLE, OTHER], BOT), TEXT) == ()


def test_channels_are_not_asked_for_what_they_have_no_use_for() -> None:
    without = ALL & ~NEEDED["Send Messages in Threads"] & ~sum(WISHED.values())
    assert missing(without, VOICE) == missing(without, VOICE, WISHED) == ()
    assert missing(without, TEXT, WISHED) == tuple(WISHED)


def a_server(permissions: int = ALL) -> dict[str, Any]:
    return {"id": SERVER, "name": "Cutting Room", "permissions": str(permissions)}


def channels(*names: str, kind: int = TEXT, overwrites: Any = ()) -> list[dict[str, Any]]:
    return [{"id": name, "type": kind, "name": name, "permission_overwrites": list(overwrites)} for name in names]


def test_what_only_brainstorms_use_is_a_remark() -> None:
    found = rights.judge(a_server(ALL & ~WISHED["Pin Messages"]), channels("a", "b"), {}, BOT, 0.0)
    assert found.level is Level.OK
    assert found.found.endswith("in 2 channels; /brainstorm has no Pin Messages in any channel")


def test_channels_are_named_by_what_is_missing_and_a_long_list_is_cut() -> None:
    many = channels(*"abcdefg", overwrites=[overwrite(SERVER, deny=SEND)])
    some = channels("x", overwrites=[overwrite(BOT, deny=FILES)])
    found = rights.judge(a_server(), [*many, *some, *channels("well")], {}, BOT, 0.0)
    where = "no Send Messages in #a, #b, #c, #d, #e and 2 more; Attach Files in #x"
    assert (found.level, found.found) == (Level.WARNING, f"Cutting Room: {where}")


def test_categories_are_no_channels() -> None:
    hidden = channels("category", kind=4, overwrites=[overwrite(SERVER, deny=VIEW)])
    assert rights.judge(a_server(), [*hidden, *channels("a")], {}, BOT, 0.0).level is Level.OK


def test_a_timeout_that_is_over_is_none() -> None:
    member = {"roles": [], "communication_disabled_until": "1970-01-01T00:01:00+00:00"}
    levels = [rights.judge(a_server(), channels("a"), member, BOT, now).level for now in (59.0, 61.0)]
    assert levels == [Level.ERROR, Level.OK]


def test_the_invitation_asks_for_what_is_needed_and_wished() -> None:
    assert permissions.INVITED == 2252109051448320
    assert "permissions=2252109051448320" in rights.invite("7")


def test_an_application_as_the_readme_says_is_well() -> None:
    sound = {"bot_public": False, "bot_require_code_grant": False, "flags": 1 << 23}
    configs: list[Any] = [{"0": {}}, {}, None]
    for config in configs:
        assert application.judge({**sound, "integration_types_config": config}) == []
    assert application.judge(sound) == []
    linked = {"0": {"oauth2_install_params": {"scopes": ["bot"], "permissions": "0"}}}
    assert [each.found for each in application.judge({**sound, "integration_types_config": linked})] == [
        "there is an install link, with which no bot is private"
    ]
