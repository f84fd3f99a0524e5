"""What is left of a member anywhere: in the rows, in the files byte by byte, in the channels, and in the log."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Iterable, Iterator

import simcord

from bot.models import ReplyTarget
from tests.acceptance.studio import PATIENCE_SECONDS, Studio


def rows(studio: Studio) -> dict[str, list[tuple[object, ...]]]:
    """Every table."""
    with sqlite3.connect(studio.database) as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        found = {name: connection.execute(f'SELECT * FROM "{name}"').fetchall() for name in names}
    connection.close()
    return found


def sums(studio: Studio) -> dict[str, list[tuple[object, ...]]]:
    """What is spent and used, told apart by everything but the member."""
    questions = {
        "spend": "SELECT * FROM spend ORDER BY scope, day",
        "usage": "SELECT guild_id, day, channel_id, provider, model, sum(asked), sum(delivered), sum(failed),"
        " sum(credits) FROM usage GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5",
        "ledger": "SELECT guild_id, day, kind, sum(credits), count(*) FROM ledger GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
    }
    with sqlite3.connect(studio.database) as connection:
        found = {name: connection.execute(question).fetchall() for name, question in questions.items()}
    connection.close()
    return found


def said(studio: Studio) -> Iterator[str]:
    """Everything that the bot has posted and that is still there, and what its threads are called."""
    backend = studio.env.backend
    bot = backend.bot_user.id
    for channel_id, messages in backend.messages.items():
        for message in messages.values():
            if message.author_id == bot and not message.flags & 64:
                yield f"{channel_id}: {vars(message) if hasattr(message, '__dict__') else message}"
    for thread in studio.channel.threads:
        yield f"thread {thread.name}"


def left_of(studio: Studio, words: Iterable[str], log: str) -> list[str]:
    """Where one of these words still stands, in short."""
    found = []
    for word in words:
        found += [
            f"{word}: row of {name}: {row}" for name, all_ in rows(studio).items() for row in all_ if word in str(row)
        ]
        found += [f"{word}: message {text[:3000]}" for text in said(studio) if word in text]
        for path in studio.database.parent.rglob("*"):
            if path.is_file() and (word in path.name or word.encode() in path.read_bytes()):
                found.append(f"{word}: file {path.name}")
        found += [f"{word}: log {line}" for line in log.splitlines() if word in line]
    return found


async def until_erased(studio: Studio) -> None:
    """Wait until no erasure is under way."""
    until = time.monotonic() + PATIENCE_SECONDS * 2
    while found := rows(studio)["erasures"]:
        assert time.monotonic() < until, found
        await asyncio.sleep(0.05)


async def erase(studio: Studio, member: simcord.MemberActor) -> str:
    """Type /privacy and go through with it; what is said at the end."""
    page = await member.slash(studio.channel, "privacy")
    assert page.ephemeral
    assert page.response is not None
    asked = await member.click(page.response.message, label="Erase")
    assert asked.response is not None
    done = await member.click(asked.response.message, label="Erase for good")
    assert done.response is not None
    return studio.readable(done.response.message)


def admin(studio: Studio, interaction_id: int) -> ReplyTarget:
    """A moderator's act, past Discord."""
    return studio.target(studio.mod, interaction_id)
