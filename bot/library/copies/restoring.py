"""Putting a backup back, and checking one: every file against its sum, and the database by SQLite's own check."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from bot.errors import ConfigurationError
from bot.files import publish
from bot.library.copies.manifest import DATABASE, FOLDERS, Manifest, copy_summed, read_manifest, sum_of
from bot.storage.sqlite.copying import contents_of, faults_of
from bot.storage.tables import HEAD

_BESIDE = ("-wal", "-journal", "")
"""What shows that a database is there, or that one was: a log beside a file that it does not belong to ruins it."""


def verify(directory: Path) -> Manifest:
    """The manifest of a backup that is whole; ConfigurationError for the first thing that is wrong with one."""
    manifest = read_manifest(directory)
    for name, known in manifest.files.items():
        path = directory / name
        try:
            found = sum_of(path)
        except OSError as error:
            raise ConfigurationError(f"the backup is not whole: {path} cannot be read ({error.strerror}).") from error
        if found != known:
            raise ConfigurationError(f"the backup is damaged: {path} is not the file that was written.")
    if DATABASE not in manifest.files:
        raise ConfigurationError(f"the backup is not whole: it has no {DATABASE}.")
    try:
        faults, held = faults_of(directory / DATABASE), contents_of(directory / DATABASE)
    except sqlite3.Error as error:
        raise ConfigurationError(f"the copy of the database is not sound ({error}).") from error
    if faults:
        raise ConfigurationError(f"the copy of the database is not sound ({faults[0]}).")
    if (held.schema, held.jobs, held.ledger) != (manifest.db_schema, manifest.jobs, manifest.ledger):
        raise ConfigurationError("the backup is damaged: its database is not the one that its manifest describes.")
    return manifest


def restore(directory: Path, database: Path, data: Path) -> Manifest:
    """Put a backup where no database is. Whoever calls holds the lock of the data directory.

    The database comes last, under another name until it is whole: what was cut off is simply done once more.
    """
    for ending in _BESIDE:
        if (present := database.with_name(f"{database.name}{ending}")).exists():
            raise ConfigurationError(f"there is a database already: move {present} away, or set another DATA_DIR.")
    manifest = verify(directory)
    if manifest.db_schema > HEAD:
        raise ConfigurationError(
            f"the backup was written by a newer Rushes ({manifest.rushes}, its database is of version"
            f" {manifest.db_schema}): update the bot first."
        )
    try:
        _put(directory, manifest, database, data)
    except OSError as error:
        raise ConfigurationError(f"the backup cannot be put back: {error.strerror or error}.") from error
    return manifest


def _put(directory: Path, manifest: Manifest, database: Path, data: Path) -> None:
    for folder in (*(data / name for name in FOLDERS), database.parent):
        folder.mkdir(parents=True, exist_ok=True)
    part = database.with_name(f"{database.name}.part")
    targets = {name: data / name for name in manifest.files if name != DATABASE} | {DATABASE: part}
    for name, target in targets.items():
        if copy_summed(directory / name, target) != manifest.files[name]:
            raise ConfigurationError(f"{directory / name} was changed while it was copied: try again.")
    # It says of another file that it needs no check.
    database.with_name(f"{database.name}-sealed").unlink(missing_ok=True)
    publish(part, database)
