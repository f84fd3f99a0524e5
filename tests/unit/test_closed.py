"""What is on the terminal when Discord closes the connection for good: what to click, or to change."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import discord
import pytest

from bot.client.connection import closed_for_good


def closed(code: int) -> discord.ConnectionClosed:
    return discord.ConnectionClosed(cast(Any, SimpleNamespace(close_code=code)), shard_id=0, code=code)


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (closed(4004), 4004, "Reset Token"),
        (closed(4010), 4010, "shard"),
        (closed(4011), 4011, "Start it again"),
        (closed(4012), 4012, "Update Rushes"),
        (closed(4013), 4013, "Update Rushes"),
        (closed(4014), 4014, "Privileged Gateway Intents"),
        (discord.PrivilegedIntentsRequired(0), 4014, "Privileged Gateway Intents"),
    ],
)
def test_a_connection_that_is_closed_for_good_says_what_to_do(
    error: discord.ClientException, code: int, words: str
) -> None:
    said = closed_for_good(error)
    assert words in said
    assert str(code) in said


def test_a_code_that_nobody_knows_is_named() -> None:
    assert "code 4999" in closed_for_good(closed(4999))
