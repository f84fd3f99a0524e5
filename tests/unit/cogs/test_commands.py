"""The commands as Discord is told about them, in every language: within its limits, and nothing left out."""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Iterator
from typing import Any, cast
from unittest.mock import MagicMock

import discord
import pytest
from discord import app_commands
from discord.ext import commands

from bot.client.bot import EXTENSIONS, RushesBot, Services
from cogs.i18n.translator import CommandTranslator
from cogs.i18n.words import LOCALES, catalogue

Path = tuple[str, ...]

LONGEST_COMMAND = 8000
SUBCOMMANDS = {1, 2}
OTHERS = LOCALES[1:]


def told_to_discord() -> list[dict[str, Any]]:
    """What sync sends: every command with its translations."""

    async def build() -> list[dict[str, Any]]:
        bot = RushesBot(MagicMock(spec=Services))
        for extension in EXTENSIONS:
            await bot.load_extension(extension)
        translator = bot.tree.translator
        assert translator is not None, "no extension sets one"
        return [await command.get_translated_payload(bot.tree, translator) for command in bot.tree.get_commands()]

    return asyncio.run(build())


COMMANDS = told_to_discord()


def parts(found: list[dict[str, Any]], path: Path = ()) -> Iterator[tuple[Path, dict[str, Any]]]:
    """(path, part) of every command, subcommand, option and choice; a path ends as the keys of the catalogue do."""
    for part in found:
        if "value" in part:
            here: Path = ("choices", part["name"])
        elif part.get("type") not in SUBCOMMANDS and path:
            here = (*path, "options", part["name"])
        elif part.get("type") in {2, 3} and not path:
            here = ("menus", part["name"].lower().replace(" ", "_"))
        else:
            here = (*path, part["name"])
        yield here, part
        yield from parts(part.get("options") or [], here)
        yield from parts(part.get("choices") or [], here)


PARTS = list(parts(COMMANDS))


def ids(item: Any) -> str:
    return ".".join(item) if isinstance(item, tuple) else ""


def localizations(part: dict[str, Any], field: str) -> dict[str, str]:
    return cast(dict[str, str], part.get(f"{field}_localizations") or {})


def size(part: dict[str, Any]) -> int:
    """The characters that Discord counts: names, descriptions and values, each by its longest translation.

    https://discord.com/developers/docs/interactions/application-commands#application-command-object
    """
    longest = [
        max(len(text) for text in [part.get(field, ""), *localizations(part, field).values()])
        for field in ("name", "description")
    ]
    value = part.get("value", "")
    nested = [size(child) for field in ("options", "choices") for child in part.get(field) or []]
    return sum(longest) + (len(value) if isinstance(value, str) else 0) + sum(nested)


def test_the_catalogue_and_the_code_agree_about_what_there_is_in_english() -> None:
    t: dict[str, str] = {}
    for path, part in PARTS:
        key = f"commands.{'.'.join(path)}"
        if path[0] == "choices":
            t[key] = part["name"]
            continue
        t[f"{key}.name"] = part["name"]
        if part.get("description"):
            t[f"{key}.description"] = part["description"]
    assert {key: text for key, text in catalogue("en").items() if key.startswith("commands.")} == t


@pytest.mark.parametrize(("path", "part"), PARTS, ids=ids)
def test_every_part_is_translated_into_every_language(path: Path, part: dict[str, Any]) -> None:
    assert set(localizations(part, "name")) == set(OTHERS)
    if part.get("description"):
        assert set(localizations(part, "description")) == set(OTHERS)


@pytest.mark.parametrize(("path", "part"), PARTS, ids=ids)
def test_names_are_what_discord_allows(path: Path, part: dict[str, Any]) -> None:
    # https://discord.com/developers/docs/interactions/application-commands#application-command-object
    for name in [part["name"], *localizations(part, "name").values()]:
        if path[0] in {"choices", "menus"}:
            assert 1 <= len(name) <= (100 if path[0] == "choices" else 32)
            continue
        assert 1 <= len(name) <= 32
        assert name == name.lower() == unicodedata.normalize("NFC", name)
        assert all(letter in "-_'" or unicodedata.category(letter)[0] in "LN" for letter in name), name


@pytest.mark.parametrize(("path", "part"), PARTS, ids=ids)
def test_descriptions_are_no_longer_than_discord_allows(path: Path, part: dict[str, Any]) -> None:
    if "description" in part:
        for text in [part["description"], *localizations(part, "description").values()]:
            assert 1 <= len(text) <= 100 or path[0] == "menus"


@pytest.mark.parametrize("locale", [None, *OTHERS])
def test_siblings_have_different_names(locale: str | None) -> None:
    def name(part: dict[str, Any]) -> str:
        return cast(str, part["name"] if locale is None else localizations(part, "name")[locale])

    families = [COMMANDS, *(part.get(field) or [] for _, part in PARTS for field in ("options", "choices"))]
    for family in families:
        names = [name(part) for part in family]
        assert len(set(names)) == len(names), names


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command["name"])
def test_a_command_is_not_too_long_in_its_longest_language(command: dict[str, Any]) -> None:
    assert size(command) <= LONGEST_COMMAND


async def test_a_menu_entry_is_translated_by_its_own_table() -> None:
    async def frame(interaction: discord.Interaction[Any], message: discord.Message) -> None:
        raise NotImplementedError

    menu = app_commands.ContextMenu(name="Use as frame", callback=frame)
    bot = commands.Bot("!", intents=discord.Intents.none())
    payload = await menu.get_translated_payload(bot.tree, CommandTranslator())
    assert payload["name_localizations"] == {}
    assert [path for path, _ in parts([payload])] == [("menus", "use_as_frame")]
