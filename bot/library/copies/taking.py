"""Taking a backup, while a bot runs or not.

The order is what makes it whole. A picture is written before the row that names it, and a kept clip before the row
says so; both are deleted only after their rows have moved on. So each file that a row of the copied database needs was
there when the database was copied. One that is gone when its turn comes was not needed any more by then: the database
is copied anew, and that copy does not ask for it. Files keep their bytes as long as they have their names.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot import __version__
from bot.errors import ConfigurationError
from bot.library.copies.manifest import DATABASE, FOLDERS, FileSum, Manifest, copy_summed, sum_of, write_manifest
from bot.library.copies.needed import plan_needed
from bot.library.copies.restoring import verify
from bot.storage.sqlite.copying import contents_of, copy_database, holders_in
from bot.storage.sqlite.visiting import schema_of
from bot.storage.tables import HEAD

_TRIES = 10
_OWN = ("secret", "clock")
"""Without the secret no link and no alias holds. The clock is that of one run of one machine: another ignores it."""


@dataclass(frozen=True, slots=True)
class Installation:
    """Where an installation has its database and its data directory."""

    database: Path
    data: Path


def take(here: Installation, directory: Path, now: float, *, everything: bool = False) -> Manifest:
    """Write a backup into a directory that is new or empty, and check it. ConfigurationError if that fails.

    A database of an earlier version, which nobody may have open, is copied with all that is there.
    """
    _check_target(directory)
    part = directory.with_name(f"{directory.name}.part")
    with _told(part):
        part.mkdir(mode=0o700, parents=True)
        try:
            current = schema_of(here.database) == HEAD
            sums, missing = _Copy(here, part).fill(everything=everything or not current, planned=current)
            write_manifest(part, _manifest(part, sums, missing, now))
            manifest = verify(part)
            part.replace(directory)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    return manifest


def _check_target(directory: Path) -> None:
    if directory.exists() and not (directory.is_dir() and not any(directory.iterdir())):
        raise ConfigurationError(f"{directory} is not empty: give a directory that is new.")
    if (part := directory.with_name(f"{directory.name}.part")).exists():
        raise ConfigurationError(f"{part} is left of a backup that did not come to its end: delete it first.")


@contextmanager
def _told(part: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ConfigurationError(f"the backup cannot be written to {part}: {error.strerror or error}.") from error
    except sqlite3.Error as error:
        raise ConfigurationError(f"the database cannot be copied: {error}.") from error


def _manifest(part: Path, sums: dict[str, FileSum], missing: Iterable[str], now: float) -> Manifest:
    held = contents_of(part / DATABASE)
    return Manifest(
        rushes=__version__,
        db_schema=held.schema,
        taken_at=datetime.fromtimestamp(now, UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        jobs=held.jobs,
        ledger=held.ledger,
        files=dict(sorted(sums.items())),
        missing=tuple(sorted(missing)),
    )


class _Copy:
    """Fills one directory."""

    def __init__(self, here: Installation, part: Path) -> None:
        self._here = here
        self._part = part
        self._sums: dict[str, FileSum] = {}

    def fill(self, *, everything: bool, planned: bool) -> tuple[dict[str, FileSum], set[str]]:
        """Copy the database and files; their sums, and the files that are needed and are nowhere."""
        for folder in FOLDERS:
            (self._part / folder).mkdir(mode=0o700)
        missing = self._consistent() if planned else self._database()
        others = [f"{folder}/{path.name}" for folder in FOLDERS for path in _whole(self._here.data / folder)]
        self._files([*_OWN, *(others if everything else ())])
        return self._sums, missing

    def _consistent(self) -> set[str]:
        """Copy the database until it is one whose files are all here, or are not to be had."""
        for _ in range(_TRIES):
            self._database()
            needed = plan_needed(holders_in(self._part / DATABASE, immutable=True))
            self._files(needed.useful)
            missing = self._files(needed.required)
            if missing <= plan_needed(holders_in(self._here.database)).required:
                return missing  # its rows have not moved on: it was lost before
        raise ConfigurationError("too much changes just now for a backup: try again, or pause the bot before.")

    def _database(self) -> set[str]:
        target = self._part / DATABASE
        target.unlink(missing_ok=True)
        copy_database(self._here.database, target)
        target.chmod(0o600)
        self._sums[DATABASE] = sum_of(target)
        return set()

    def _files(self, names: Iterable[str]) -> set[str]:
        """Copy those that are not here yet; what is not there is given back."""
        missing = set()
        for name in sorted(set(names) - set(self._sums)):
            try:
                self._sums[name] = copy_summed(self._here.data / name, self._part / name)
            except FileNotFoundError:
                missing.add(name)
        return missing


def _whole(folder: Path) -> list[Path]:
    """The finished files of a folder."""
    if not folder.is_dir():
        return []
    return [path for path in folder.iterdir() if path.suffix != ".part" and path.is_file()]
