"""What a backup holds: manifest.json, and copying a file together with its checksum."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from bot.errors import ConfigurationError
from bot.files import publish, write_whole

MANIFEST = "manifest.json"
DATABASE = "rushes.sqlite3"
FOLDERS = ("images", "clips", "stills")
"""What is copied from; what is not there of reels and sheets is made anew."""

_CHUNK = 1024 * 1024
_OF_A_FILE = rf"^(?:{DATABASE.replace('.', '[.]')}|secret|clock|(?:{'|'.join(FOLDERS)})/[A-Za-z0-9][A-Za-z0-9_.-]*)$"

FileName = Annotated[str, StringConstraints(pattern=_OF_A_FILE)]
"""A path within a backup and within DATA_DIR; nothing that leads anywhere else."""


class FileSum(BaseModel):
    """How many bytes a file has, and their SHA-256."""

    model_config = ConfigDict(frozen=True)

    size: int
    sha256: str


class Manifest(BaseModel):
    """A backup: who wrote it when, and what is in it. `missing` are files that were needed and not there any more."""

    model_config = ConfigDict(frozen=True)

    format: Literal[1] = 1
    rushes: str
    db_schema: str
    taken_at: str
    jobs: dict[str, int]
    ledger: dict[str, int]
    files: dict[FileName, FileSum]
    missing: tuple[str, ...] = ()


def write_manifest(directory: Path, manifest: Manifest) -> None:
    """Write it down, for people as well. Raises OSError."""
    write_whole(directory / MANIFEST, (manifest.model_dump_json(indent=1) + "\n").encode())


def read_manifest(directory: Path) -> Manifest:
    """The manifest of a backup; ConfigurationError where there is none that can be read."""
    path = directory / MANIFEST
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise ConfigurationError(f"{directory} is no backup: it has no {MANIFEST}.") from None
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read ({error.strerror}).") from error
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"])) or "as a whole"
        raise ConfigurationError(f"{path} is not what this Rushes writes (at {where}).") from None


def copy_summed(source: Path, target: Path) -> FileSum:
    """Copy a file, which has its name only when it is whole, for the owner's eyes alone; its sum. Raises OSError."""
    digest, size, part = hashlib.sha256(), 0, target.with_name(f"{target.name}.part")
    with source.open("rb") as read, os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as to:
        while chunk := read.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
            to.write(chunk)
    publish(part, target)
    return FileSum(size=size, sha256=digest.hexdigest())


def sum_of(path: Path) -> FileSum:
    """What a file is now. Raises OSError."""
    with path.open("rb") as read:
        digest = hashlib.file_digest(read, "sha256")
    return FileSum(size=path.stat().st_size, sha256=digest.hexdigest())
