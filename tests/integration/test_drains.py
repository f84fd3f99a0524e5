"""A drain and a pause, written by another process: they hold in the transaction that reserves, and end apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import ConfigurationError, Refused
from bot.storage.database import Database
from bot.storage.guilds.desk import DeskStore
from bot.storage.guilds.drains import DrainStore
from bot.storage.jobs import JobStore
from bot.storage.money.reservations import own_number
from bot.storage.money.situation import Pause
from bot.storage.owner_tables import EVERYWHERE
from bot.storage.sqlite.visiting import check_present, path_of, visited
from tests.integration.test_store import DAY, NOW, a_job
from tests.reserving import reserve


async def refusal(store: JobStore, number: int) -> str | None:
    """What keeps a request from being reserved."""
    try:
        await reserve(store, a_job(number), day=DAY, base=10, resets_at=NOW)
    except Refused as refused:
        return refused.code
    return None


async def test_a_drain_holds_at_once_whatever_becomes_of_a_pause(store: JobStore, tmp_path: Path) -> None:
    async with visited(f"sqlite:///{tmp_path / 'r.sqlite3'}") as other:
        drains, desk = DrainStore(other), DeskStore(other, own_number)
        assert await refusal(store, 1) is None
        await desk.pause(Pause(EVERYWHERE, False, "for the night", None, NOW))
        assert await refusal(store, 2) == "paused"
        assert (await drains.begin(NOW), await drains.begin(NOW), await drains.on()) == (True, False, True)
        assert await refusal(store, 3) == "draining"
        await desk.resume(EVERYWHERE)
        assert await refusal(store, 4) == "draining"
        await desk.pause(Pause(EVERYWHERE, False, "for the night", None, NOW))
        assert (await drains.end(), await drains.end(), await drains.on()) == (True, False, False)
        assert await refusal(store, 5) == "paused"


async def test_a_visit_creates_nothing_and_says_what_is_wrong(tmp_path: Path) -> None:
    ruin = tmp_path / "ruin.sqlite3"
    ruin.write_bytes(b"no database" * 1000)
    for path, words in ((tmp_path / "none.sqlite3", "there is no database"), (ruin, "cannot be read")):
        with pytest.raises(ConfigurationError, match=words):
            async with visited(f"sqlite:///{path}"):
                raise AssertionError
    empty = tmp_path / "empty.sqlite3"
    empty.touch()
    with pytest.raises(ConfigurationError, match="there is no database"):
        check_present(empty)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty.sqlite3", "ruin.sqlite3"]


async def test_what_the_database_does_not_take_is_said_in_words(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "r.sqlite3"
    assert path_of(f"sqlite+aiosqlite:///{path}") == path
    await database.write(lambda connection: connection.exec_driver_sql("DROP TABLE pauses").close())

    async def begin() -> None:
        async with visited(f"sqlite:///{path}") as other:
            await DrainStore(other).begin(NOW)

    with pytest.raises(ConfigurationError, match=r"the database cannot be used: .*no such table"):
        await begin()
