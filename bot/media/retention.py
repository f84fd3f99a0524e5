"""How long files are kept: clips, so that they can be sent, extended and joined again, and the pictures of requests."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator
from pathlib import Path

log = logging.getLogger(__name__)

KEEP_SECONDS = 7 * 24 * 3600.0
"""Seven days: what the messages promise for `/jobs`."""

KEEP_BYTES = 4 * 1024**3
"""Of one directory; beyond that the oldest files go early."""

_UNFINISHED = ".part"


def sweep(
    directory: Path,
    needed: Collection[str],
    now: float,
    *,
    young: Collection[str] = (),
    keep_seconds: float = KEEP_SECONDS,
    keep_bytes: int = KEEP_BYTES,
) -> int:
    """Delete files of jobs that are not `needed`: those older than `keep_seconds`, then the oldest beyond `keep_bytes`.

    Returns how many. A file belongs to the job whose id begins its name, up to the first hyphen or dot. `now` is the
    clock that the file system dates files by, which somebody may have set: files of `young` jobs are no older than
    that, whatever it says. Others work in the directory meanwhile, and files that they take away are no error. Blocks
    on the disk.
    """
    found = sorted(_files(directory))
    total = sum(size for _, size, _ in found)
    gone = 0
    for at, size, path in found:
        job_id = path.name.partition(".")[0].partition("-")[0]
        too_old = now - at > keep_seconds and job_id not in young
        # What is being written now is not to be taken away from under its writer for the room that it needs.
        too_many = total > keep_bytes and path.suffix != _UNFINISHED
        if job_id not in needed and (too_old or too_many) and _deleted(path):
            gone, total = gone + 1, total - size
    return gone


def _files(directory: Path) -> Iterator[tuple[float, int, Path]]:
    """(When it was last written, its size, itself) for each file that is still there when it is looked at."""
    try:
        paths = list(directory.iterdir())
    except FileNotFoundError:
        return
    for path in paths:
        try:
            seen = path.stat()
            if path.is_file():
                yield seen.st_mtime, seen.st_size, path
        except OSError as error:
            # Renamed since the directory was read, mostly: a download has just been finished.
            log.debug("%s is not looked at: %s", path.name, error.strerror)


def _deleted(path: Path) -> bool:
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    except OSError as error:
        log.warning("%s cannot be deleted: %s", path.name, error.strerror)
        return False
    return True
