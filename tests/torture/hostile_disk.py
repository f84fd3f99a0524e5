"""A disk without room: a small disk of its own where one may be mounted, and a limit on the size of files everywhere.

A full disk says ENOSPC; a file that may grow no further, EFBIG. SQLite and the bot hear them at the same places.
"""

from __future__ import annotations

import contextlib
import functools
import os
import resource
import shlex
import signal
import subprocess
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path

from tests.torture.hostile_middleman import MIB
from tests.torture.hostile_run import Story, Trouble, judged
from tests.torture.hostile_stage import Stage

READY = "your clip is ready"
SORRY = "Something went wrong on my side. Nothing was charged for it"
DISK_MIB = 4
Fill = Callable[[Stage, int], Callable[[], object]]
"""Leave room for so many bytes; what comes back makes room again."""


# -- a small disk ------------------------------------------------------------------------------------------------------


@functools.cache
def namespace() -> tuple[str, ...]:
    """Before a command, these words let it mount for itself alone; empty where this machine allows it to nobody."""
    for words in (("unshare", "-m"), ("unshare", "-r", "-m")):
        try:
            subprocess.run([*words, "mount", "-t", "tmpfs", "tmpfs", "/tmp"], check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            continue
        return words
    return ()


def small_disk(data: Path) -> Sequence[str]:
    """Run what follows with a disk of a few MiB under the data directory, in a mount namespace of its own."""
    place = shlex.quote(str(data))
    script = f'mkdir -p {place} && mount -t tmpfs -o size={DISK_MIB}m tmpfs {place} && exec "$@"'
    return (*namespace(), "sh", "-c", script, "sh")


def fill(stage: Stage, leave: int) -> Callable[[], object]:
    """Put a file of nothing where there was room."""
    ballast = stage.path("ballast")
    room = os.statvfs(stage.path(""))
    # The bot writes at the same time, and the last of the room may be its own.
    with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
        for _ in range(max(0, room.f_bavail - leave // room.f_frsize)):
            file.write(bytes(room.f_frsize))
    return ballast.unlink


# -- a limit on files --------------------------------------------------------------------------------------------------


def limit(stage: Stage, leave: int) -> Callable[[], object]:
    """Let no file of the bot grow beyond the size that its database's log has now, and a little."""
    pid, what = stage.child.pid, resource.RLIMIT_FSIZE
    before = resource.prlimit(pid, what)
    size = stage.path("rushes.sqlite3-wal").stat().st_size
    resource.prlimit(pid, what, (size + leave, before[1]))
    return lambda: resource.prlimit(pid, what, before)


# -- the rows ----------------------------------------------------------------------------------------------------------


def full_for_rows(full: Fill) -> Callable[[Stage, Trouble], Awaitable[Story]]:
    """Not a byte is left: nothing is accepted; when there is room again, everything goes on."""

    async def act(stage: Stage, trouble: Trouble) -> Story:
        make_room = full(stage, 0)
        said = ""
        for number in range(20):  # pages that are there already take a few more rows
            said = await stage.video(f"a scene without room {number}")
            if not said.startswith("Accepted"):
                break
        make_room()
        story = Story(said, "nothing held")
        story.wrong += [] if SORRY in said else [f"answered {said!r}"]
        for (prompt,) in stage.rows("SELECT prompt FROM jobs WHERE prompt LIKE 'a scene without room%'"):
            late = await judged(stage, replace(trouble, words=READY, seconds=60.0), prompt)
            story.wrong += late.wrong
        story.wrong += [] if stage.rows("PRAGMA integrity_check") == [("ok",)] else ["the database is damaged"]
        return story

    return act


def full_for_clips(full: Fill) -> Callable[[Stage, Trouble], Awaitable[Story]]:
    """There is room for rows but not for the clip: it is fetched again when there is."""

    async def act(stage: Stage, trouble: Trouble) -> Story:
        stage.apiframe.alter = lambda job: job | {"status": "PROCESSING"} if "status" in job else job
        prompt = "a scene too large for the disk"
        await stage.video(prompt)
        await stage.until(lambda: (stage.job(prompt) or ("", ""))[1] == "rendering", "a task")
        make_room = full(stage, 512 * 1024)
        link, size = stage.apiframe.link("clip.mp4"), DISK_MIB * MIB
        stage.apiframe.alter = lambda job: (
            job | {"result": {"videoUrl": link}} if job.get("status") == "COMPLETED" else job
        )
        stage.apiframe.play("GET /clip", stage.apiframe.flood(size, announced=size, kind="video/mp4"), 1)
        failed = "SELECT 1 FROM jobs WHERE prompt = ? AND attempts > 0"
        await stage.until(lambda: stage.rows(failed, prompt), "a failure")
        (task,) = [task for task in stage.box.apiframe.tasks.values() if task.wish.prompt == prompt]
        stage.apiframe.play(
            "GET /clip", stage.apiframe.send_on(f"{stage.box.apiframe.url}/files/{task.task_id}.mp4"), 9
        )
        make_room()
        return await judged(stage, trouble, prompt)

    return act


# -- what a full disk leaves behind ------------------------------------------------------------------------------------


def cut_short(name: str, content: bytes) -> Callable[[Stage, Trouble], Awaitable[Story]]:
    """A file of the data directory is found as a process left it that died while writing."""

    async def act(stage: Stage, trouble: Trouble) -> Story:
        await stage.child.end(signal.SIGTERM)
        (stage.data / name).write_bytes(content)
        await stage.start()
        prompt = "a scene after an unfinished file"
        await stage.video(prompt)
        return await judged(stage, trouble, prompt)

    return act


def left_behind() -> list[Trouble]:
    """What an earlier process could not finish writing."""
    usual = Trouble("", words=READY, alone=True, measured=False, seconds=60.0, variables={"PUBLIC_URL": "own"})
    return [
        replace(usual, name="`data/secret` is empty at the start", act=cut_short("secret", b""), cheap=True),
        replace(usual, name="`data/secret` is cut short at the start", act=cut_short("secret", b"x" * 7)),
        replace(usual, name="`data/clock` is cut short at the start", act=cut_short("clock", b'{"boot"')),
    ]


def troubles() -> list[Trouble]:
    """Full while a command comes in, and while a clip does: a whole disk, and then every file by itself."""
    rows = Trouble("", act=full_for_rows(fill), alone=True)
    clips = Trouble("", words=READY, act=full_for_clips(fill), alone=True, cheap=True, seconds=60.0)
    why = "" if namespace() else "no small disk can be mounted here; it takes root, or user namespaces"
    disk = [
        replace(rows, name="Disk full: when /video is typed"),
        replace(clips, name="Disk full: when the clip arrives"),
    ]
    return [
        *(replace(row, prefix=small_disk, skipped=why) for row in disk),
        replace(rows, name="Files may grow no further: when /video is typed", act=full_for_rows(limit), cheap=True),
        replace(clips, name="Files may grow no further: when the clip arrives", act=full_for_clips(limit)),
        *left_behind(),
    ]
