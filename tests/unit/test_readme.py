"""README.md against the code: the invite link, the commands, the prices and the settings it names."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import discord
import pytest
from discord import app_commands

from bot.client.bot import RushesBot
from bot.errors import Refused
from bot.models import Picture, Resolution, VideoRequest
from bot.policy.prices import price_table
from bot.providers.acedata import client as acedata
from bot.providers.apiframe import client as apiframe
from bot.settings import Settings
from cogs.admin._cog import Admin
from cogs.admin.quota import Quota
from cogs.brainstorm._cog import Brainstorms
from cogs.core.answers import check_permissions
from cogs.gallery._cog import Gallery
from cogs.gallery.history import History
from cogs.gallery.jobs import Jobs
from cogs.help._cog import Help
from cogs.privacy._cog import Privacies
from cogs.reel._cog import Reels
from cogs.takes.buttons import MoreButton
from cogs.video._cog import Video
from cogs.video.buttons import ALL

BRAINSTORM_ONLY = ("Create Public Threads", "Pin Messages")
"""What /brainstorm alone needs; it says so itself where one is denied."""

README = (Path(__file__).parents[2] / "README.md").read_text()


COGS = (Video, Quota, Jobs, Brainstorms, Gallery, Reels, History, Privacies, Help)


def rows(first_cell: str) -> dict[str, list[str]]:
    """The table whose header begins with this cell: other cells by first cell, backquotes gone."""
    lines = README.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith(f"| {first_cell} |"))
    found = {}
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        name, *rest = (cell.strip() for cell in line.strip("|").split("|"))
        found[name.strip("`")] = rest
    return found


def asked_for() -> list[str]:
    """The permissions that the bot checks before it takes a request, in a channel or a thread."""
    names: list[str] = []
    for channel in (None, discord.Thread.__new__(discord.Thread)):
        anywhere: Any = SimpleNamespace(app_permissions=discord.Permissions.none(), channel=channel)
        with pytest.raises(Refused) as refused:
            check_permissions(anywhere)
        missing = refused.value.facts["permissions"]
        assert isinstance(missing, list)
        names += missing
    return sorted({*names, *BRAINSTORM_ONLY})


def invite() -> dict[str, list[str]]:
    link = re.search(r"https://discord\.com/oauth2/authorize\?\S+", README)
    assert link is not None
    return parse_qs(urlsplit(link[0]).query)


def test_the_invite_asks_for_exactly_what_the_bot_checks() -> None:
    flags = {name.lower().replace(" ", "_"): True for name in asked_for()}
    assert invite()["permissions"] == [str(discord.Permissions(**flags).value)]


def test_every_permission_is_named_in_words() -> None:
    words = " ".join(README.split())
    assert len(asked_for()) == 8
    assert [name for name in asked_for() if name.replace("View Channel", "View Channels") not in words] == []


def test_the_invite_is_for_servers_with_commands() -> None:
    assert invite()["scope"] == ["bot applications.commands"]
    assert invite()["integration_type"] == ["0"]


def test_every_command_is_in_the_table() -> None:
    plain = [f"/{name}" for cog in COGS for name in names_of(cog.__cog_app_commands__)]
    group = Admin(cast(RushesBot, None)).app_command
    assert isinstance(group, app_commands.Group)
    admin = [f"/{one.qualified_name}" for one in group.walk_commands() if isinstance(one, app_commands.Command)]
    assert sorted(rows("command")) == sorted(plain + admin)


def names_of(commands: Any) -> list[str]:
    return [command.name for command in commands if isinstance(command, app_commands.Command)]


def test_every_option_is_in_the_table_with_what_each_provider_takes() -> None:
    table = rows("option of `/video`")
    assert list(table) == [parameter.name for parameter in Video.video.parameters]
    everything = VideoRequest("x", Resolution.P768, 6, True, None, a_picture())
    for column, capabilities in ((1, apiframe.CAPABILITIES), (2, acedata.CAPABILITIES)):
        refused = [name for name, cells in table.items() if cells[column] == "no"]
        assert sorted(refused) == sorted(capabilities.missing_for(everything))


def a_picture() -> Picture:
    return Picture("x-last.png", "image/png", 1366, 768)


def test_every_button_is_in_the_table() -> None:
    assert sorted(rows("button")) == sorted(button.label for button in (*ALL, MoreButton))


def test_prices_are_those_of_the_policy() -> None:
    prices, daily = price_table(), Settings.model_fields["quota_daily_credits"].default
    table = rows("clip")
    assert table["768p, 6 s"] == [str(prices.price(VideoRequest("x", Resolution.P768, 6)))]
    dear = [VideoRequest("x", duration_seconds=10), VideoRequest("x", Resolution.P1080)]
    assert [[str(prices.price(request))] for request in dear] == [table["10 s, or 1080p"]] * 2
    assert f"`QUOTA_DAILY_CREDITS` ({daily})" in README


def test_every_setting_it_names_exists() -> None:
    named = set(re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b", README)) - {"APPLICATION_ID"}
    assert named <= {name.upper() for name in Settings.model_fields}


def test_every_file_it_links_to_exists() -> None:
    links = re.findall(r"(?<!!)\[[^\]]*\]\(([^)#]+)\)", README)
    assert links
    assert [link for link in links if not (Path(__file__).parents[2] / link).exists()] == []


def test_every_picture_says_what_it_shows() -> None:
    pictures = re.findall(r"!\[([^\]]*)\]\((docs/pictures/[a-z-]+\.png)\)", README)
    assert len(pictures) == README.count("![") >= 3
    assert all(len(text) > 40 for text, _ in pictures)
