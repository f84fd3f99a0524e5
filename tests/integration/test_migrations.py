"""Databases of every earlier version, of a newer one, and the schema as the tables say it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text

from bot.errors import ConfigurationError
from bot.models import ClipScope, ClipSort, HistoryFilters, JobStatus, LedgerKind
from bot.storage.browsing import Browser
from bot.storage.database import Database
from bot.storage.jobs import JobStore
from bot.storage.money.usage import Dimension, UsageStore
from bot.storage.open_jobs import OpenJobs
from bot.storage.sqlite.upgrading import MIGRATIONS, upgrade
from bot.storage.tables import HEAD, metadata
from bot.storage.votes import VoteStore
from tests.integration.test_store import NOW

OLDER = [f"{number:04}" for number in range(1, int(HEAD))]
_JOB = text(
    "INSERT INTO jobs (job_id, version, status, interaction_id, user_id, guild_id, channel_id, provider,"
    " auto_provider, price, prompt, image_urls, attempts, strikes, link_refreshed, created_at, due_at)"
    " VALUES (:id, 3, :status, :number, 7, 1, 5, 'apiframe', 1, 1, :prompt, '[]', 0, 0, 0, :number, 1.0)"
)


def put(connection: Connection, number: int, job_id: str, status: str, prompt: str = "Рыжий КОТ") -> None:
    row: dict[str, Any] = {"id": job_id, "number": number, "status": status, "prompt": prompt}
    connection.execute(_JOB, row)
    connection.execute(text(f"INSERT INTO ledger VALUES ('{job_id}', 'hold', 1, 7, '2026-09-21', 1, 1.0)"))


def written_by(path: Path, version: str) -> None:
    """A database of an earlier version: a job under way, one that was delivered, and two votes if it knows votes."""
    with create_engine(f"sqlite:///{path}").begin() as connection:
        upgrade(connection, None, version)
        put(connection, 1, "old", "rendering")
        put(connection, 2, "done", "delivered")
        if version >= "0002":
            connection.execute(text("INSERT INTO votes VALUES ('done', 8, 1.0), ('done', 9, 1.0)"))
        if version >= "0007":  # since then they are counted with the clip
            connection.execute(text("UPDATE jobs SET vote_count = 2 WHERE job_id = 'done'"))


@pytest.mark.parametrize("version", OLDER)
async def test_a_database_of_an_earlier_version_is_brought_up_with_its_rows(tmp_path: Path, version: str) -> None:
    path = tmp_path / "r.sqlite3"
    written_by(path, version)
    database = Database(f"sqlite:///{path}")
    await database.migrate()
    store, browser = JobStore(database), Browser(database)
    job = await store.get("old")
    assert job is not None
    assert (job.version, job.take, job.target.locale, job.relation) == (3, 0, "en", None)
    assert await OpenJobs(database).ids() == {job.job_id}
    assert [one.job_id async for page in OpenJobs(database).steps_of_open() for one in page] == ["old"]
    found, total = await browser.history(1, 7, HistoryFilters(words=("кот",)), limit=9)
    if version < "0005":  # later ones write prompts in that form themselves
        assert ([one.job_id for one in found], total) == (["done", "old"], 2)
    votes = 2 if version >= "0002" else 0
    (clip,) = await browser.clips(ClipScope(1), ClipSort.VOTES, limit=9)
    assert (clip.job.job_id, clip.votes) == ("done", votes)
    assert await VoteStore(database).toggle("done", 7, NOW) == (True, votes + 1)
    # The ledger's key still points at the table, and is watched again.
    await store.transition(job, at=NOW, entry=LedgerKind.SETTLE, status=JobStatus.DELIVERED)
    with pytest.raises(Exception, match="FOREIGN KEY"):
        await VoteStore(database).toggle("nobody", 7, NOW)
    assert await database.check() == []
    await database.close()


@pytest.mark.parametrize(
    ("status", "closed", "counted"),
    [
        ("rendering", None, (1, 0, 0, 0)),
        ("delivered", "settle", (1, 1, 0, 1)),
        ("failed", "release", (1, 0, 1, 0)),
        ("delivered", "release", (1, 1, 0, 0)),  # it came after its credits had gone back
    ],
)
async def test_what_was_made_before_is_counted_with_the_update(
    tmp_path: Path, status: str, closed: str | None, counted: tuple[int, ...]
) -> None:
    path = tmp_path / "r.sqlite3"
    with create_engine(f"sqlite:///{path}").begin() as connection:
        upgrade(connection, None, OLDER[-1])
        put(connection, 1, "one", status)
        if closed is not None:
            connection.execute(text(f"INSERT INTO ledger VALUES ('one', '{closed}', 1, 7, '2026-09-21', 1, 1.0)"))
    database = Database(f"sqlite:///{path}")
    await database.migrate()
    (used,) = await UsageStore(database).summary(1, ["2026-09-21"], Dimension.MODEL)
    assert (used.key, used.provider) == ("/", "apiframe")
    assert (used.asked, used.delivered, used.failed, used.credits) == counted
    await database.close()


async def test_all_prompts_of_a_large_database_can_be_searched_after_the_update(tmp_path: Path) -> None:
    path, count = tmp_path / "r.sqlite3", 1201
    with create_engine(f"sqlite:///{path}").begin() as connection:
        upgrade(connection, None, "0002")
        for number in range(count):
            put(connection, number, f"{number:020x}", "delivered", f"ÉTÉ {number}")
    database = Database(f"sqlite:///{path}")
    await database.migrate()
    assert (await Browser(database).history(1, 7, HistoryFilters(words=("été",)), limit=1))[1] == count
    await database.close()


async def test_a_database_of_a_newer_version_is_refused(migrated: Path, tmp_path: Path) -> None:
    path = tmp_path / "r.sqlite3"
    path.write_bytes(migrated.read_bytes())
    with create_engine(f"sqlite:///{path}").begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    newer = Database(f"sqlite:///{path}")
    with pytest.raises(ConfigurationError, match="newer Rushes"):
        await newer.migrate()
    await newer.close()


def test_the_newest_migration_is_the_one_that_the_tables_name() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    script = ScriptDirectory.from_config(config)
    assert script.get_heads() == [HEAD]
    assert sorted(one.revision for one in script.walk_revisions()) == [*OLDER, HEAD]


async def test_the_schema_of_the_migrations_is_the_schema_of_the_tables(database: Database) -> None:
    assert await database.read(lambda c: compare_metadata(MigrationContext.configure(c), metadata)) == []


async def test_the_indices_of_the_migrations_are_those_of_the_tables_conditions_and_all(database: Database) -> None:
    """Conditions are what the comparison of Alembic leaves out."""

    def indices(connection: Connection) -> dict[str, str]:
        query = text("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql NOT NULL")
        return {name: " ".join(definition.split()) for name, definition in connection.execute(query)}

    as_tables_say = create_engine("sqlite://")
    metadata.create_all(as_tables_say)
    with as_tables_say.connect() as connection:
        expected = indices(connection)
    assert await database.read(indices) == expected
    assert "WHERE status = 'queued' AND cancelled_at IS NULL" in expected["jobs_waiting"]
