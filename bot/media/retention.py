"""How long files are kept: clips, so that they can be sent, extended and joined again, and the pictures of requests."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

KEEP_SECONDS = 7 * 24 * 3600.0
"""Seven days: what the messages promise for `/jobs`."""

KEEP_BYTES = 4 * 1024**3
"""Of one directory; beyond that the oldest files go early, unless they are precious."""


def sweep(
    directory: Path,
    needed: Collection[str],
    now: float,
    *,
    precious: Collection[str] = (),
    keep_seconds: float = KEEP_SECONDS,
    keep_bytes: int = KEEP_BYTES,
) -> int:
    """Delete files of jobs that are not `needed`: those older than `keep_seconds`, then the oldest beyond `keep_bytes`.

    Returns how many. A file belongs to the job whose id begins its name, up to the first hyphen or dot. Files of
    `precious` jobs, whose requesters have been promised them, are deleted for their age alone. Blocks on the disk.
    """
    found = sorted((path.stat().st_mtime, path.stat().st_size, path) for path in directory.iterdir() if path.is_file())
    total = sum(size for _, size, _ in found)
    gone = 0
    for at, size, path in found:
        job_id = path.name.partition(".")[0].partition("-")[0]
        too_old = now - at > keep_seconds
        if job_id not in needed and (too_old or (total > keep_bytes and job_id not in precious)):
            path.unlink(missing_ok=True)
            gone, total = gone + 1, total - size
    return gone
