"""How long files are kept: clips that could not be posted, and the pictures of requests that may be asked for again."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

KEEP_SECONDS = 7 * 24 * 3600.0
"""Seven days: what the messages promise for `/jobs`."""


def sweep(directory: Path, needed: Collection[str], keep_seconds: float, now: float) -> int:
    """Delete files older than `keep_seconds` of jobs that are not in `needed`; returns how many. Blocks on the disk.

    A file belongs to the job whose id begins its name, up to the first hyphen or dot.
    """
    gone = 0
    for path in directory.iterdir():
        job_id = path.name.partition(".")[0].partition("-")[0]
        if job_id not in needed and now - path.stat().st_mtime > keep_seconds:
            path.unlink(missing_ok=True)
            gone += 1
    return gone
