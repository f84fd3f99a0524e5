"""The database: whether it can be read, of which version it is, and whether it is sound. Never made, never migrated."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from bot.doctor.report import Finding, error, fine
from bot.settings import Settings
from bot.storage.sqlite.inspection import Inspection, inspect

DATABASE = "database"
_BACKUP = "Stop the bot, keep a copy of the file, and put back your last backup; or move it away to start afresh."
_UPDATE = "Update Rushes, or put back the backup that you made before the update."
_RIGHTS = "Look at who owns the file and its directory; the bot's user must be able to write to both."


def look(settings: Settings, seconds: float) -> list[Finding]:
    """What the file is. Blocks for as long as told."""
    path = Path(make_url(settings.database).database or "")
    if not path.exists():
        return [_absent(path, settings.data_dir)]
    try:
        return [judge(inspect(path, seconds))]
    except SQLAlchemyError as failure:
        return [error(DATABASE, f"{path} cannot be opened ({getattr(failure, 'orig', failure)})", _RIGHTS)]


def _absent(path: Path, data: Path) -> Finding:
    if path.parent.is_dir() or path.parent.absolute() == data.absolute():
        return fine(DATABASE, f"there is none yet at {path}; the first start makes it")
    return error(DATABASE, f"DATABASE_URL: there is no directory {path.parent}", "Make it, or name another.")


def judge(seen: Inspection) -> Finding:
    """What an inspection means. Pure."""
    if seen.faults:
        return error(DATABASE, f"the file is damaged ({seen.faults[0]})", _BACKUP)
    if seen.newer:
        return error(DATABASE, f"a newer Rushes wrote it (its version is {seen.version})", _UPDATE)
    sound = "sound" if seen.whole else "too large to be read to its end just now"
    later = ", which the next start brings up to date" if seen.older else ""
    return fine(DATABASE, f"{sound}, version {seen.version or 'none'}{later}")
