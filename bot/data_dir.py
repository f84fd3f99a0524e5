"""The data directory of an installation: its folders, the lock that keeps a second process out, and its secret."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

from bot.errors import ConfigurationError
from bot.files import write_whole

log = logging.getLogger(__name__)

_SECRET_BYTES = 32


def prepare(data: Path, folders: Iterable[str]) -> Path:
    """Make the directory and its folders; ConfigurationError where that is not possible."""
    try:
        for directory in (data, *(data / name for name in folders)):
            directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unusable(data, error) from error
    return data


def lock(data: Path) -> TextIO:
    """Hold the data directory for this process alone, as long as the returned file is open."""
    try:
        file = (data / "lock").open("w")
    except OSError as error:
        raise _unusable(data / "lock", error) from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        raise ConfigurationError(f"DATA_DIR: another Rushes is running on {data}. Stop it first.") from error
    return file


def in_use(data: Path) -> bool:
    """Whether a bot runs on the data directory; creates nothing."""
    try:
        with (data / "lock").open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    except OSError as error:
        raise _unusable(data / "lock", error) from error
    return False


def secret(path: Path) -> bytes:
    """Random bytes of this installation, made at the first start; links made before a restart hold after it.

    A file that is too short, or holds nothing but zeros as after a power cut, is made anew: what it was is not known.
    """
    try:
        known = path.read_bytes() if path.exists() else None
        if known is not None and len(known) >= _SECRET_BYTES and any(known):
            return known
        if known is not None:
            log.warning("%s was cut short and is made anew: links that providers were given hold no more", path)
        write_whole(path, secrets.token_bytes(_SECRET_BYTES))
        return path.read_bytes()
    except OSError as error:
        raise _unusable(path, error) from error


def _unusable(path: Path, error: OSError) -> ConfigurationError:
    return ConfigurationError(f"DATA_DIR: cannot use {path} ({error.strerror}).")


def discard_unfinished(data: Path, directories: Iterable[str]) -> None:
    """Delete what a process that died was writing; whoever holds the lock knows that nobody else is."""
    for name in directories:
        for part in (data / name).glob("*.part"):
            # What cannot be deleted now is taken by the next sweep.
            with contextlib.suppress(OSError):
                part.unlink()
