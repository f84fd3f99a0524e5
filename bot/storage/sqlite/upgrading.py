"""Bringing an older schema up to date with Alembic. Loaded only where there is something to do: it is slow to load."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection

from bot.errors import ConfigurationError

MIGRATIONS = Path(__file__).parents[1] / "migrations"


def upgrade(connection: Connection, present: str | None, to: str = "head") -> None:
    """Run what is missing; ConfigurationError where the database is of a newer Rushes, or cannot be migrated.

    `connection` must not watch foreign keys: a table that is built anew may be referred to.
    """
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    try:
        known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
        if present is not None and present not in known:
            raise ConfigurationError(
                f"the database was written by a newer Rushes (its version is {present}):"
                " update the bot, or use a backup"
            )
        command.upgrade(config, to)
    except CommandError as error:
        raise ConfigurationError(f"the database cannot be migrated: {error}") from error
    if dangling := connection.exec_driver_sql("PRAGMA foreign_key_check").all():
        raise ConfigurationError(f"the database has {len(dangling)} rows without what they refer to: use a backup")
