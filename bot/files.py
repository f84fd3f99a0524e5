"""Writing a file so that whoever reads it later, after a crash or a power cut, finds all of it or what was before."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def write_whole(path: Path, data: bytes, *, mode: int = 0o600) -> None:
    """Write to a file beside, make it survive a power cut, and give it its name; blocks. Raises OSError."""
    part = path.with_name(f"{path.name}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        _rename(part, path)
    finally:
        part.unlink(missing_ok=True)


def publish(part: Path, path: Path) -> None:
    """Make a finished file survive a power cut, and only then give it its name; blocks. Raises OSError."""
    with part.open("rb+") as file:
        os.fsync(file.fileno())
    _rename(part, path)


def _rename(part: Path, path: Path) -> None:
    part.replace(path)
    with suppress(OSError):  # some file systems cannot do that for a directory
        opened = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)
