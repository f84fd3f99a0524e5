"""Finding FFmpeg and running it: one command at a time, within limits, and never longer than it is waited for.

What to ask of it is said in fit.py, stills.py and joining.py. It reads untrusted files, so it gets a path and never an
address, one format, no network, no shell and no environment; it never sees a text that a person wrote. Limits that a
process sets on itself are in launcher.py.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import selectors
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg

from bot.errors import MediaFailed
from bot.files import publish

log = logging.getLogger(__name__)

MEBIBYTE = 1024 * 1024
TAIL = 2000
"""Characters of what FFmpeg says that are kept for the log."""

READ = 64 * 1024
_LAUNCHER = str(Path(__file__).with_name("launcher.py").absolute())


@dataclass(frozen=True, slots=True)
class Limits:
    """What one command may take; each of them ends it. `memory` is address space, far more than what it really uses."""

    seconds: float = 60.0
    cpu_seconds: int = 60
    memory: int = 1536 * MEBIBYTE
    file_bytes: int = 512 * MEBIBYTE


@dataclass(frozen=True, slots=True)
class Out:
    """A file to be made, in the place of its path among the arguments."""

    path: Path


Argument = str | Out
Told = Callable[[str, str], None]
"""Called with each key and value that `-progress pipe:1` prints."""

MODEST = Limits()


def find_ffmpeg(chosen: Path | None = None) -> Path | None:
    """The program to use: the owner's choice, or what is on the PATH, or what came with imageio-ffmpeg. Blocking.

    The owner's choice is returned as it is: if it does not run, that should be seen, not worked around.
    """
    if chosen is not None:
        return chosen
    on_path = shutil.which("ffmpeg")
    if on_path is not None:
        return Path(on_path)
    try:
        return Path(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError:  # a platform without a wheel of its own
        return None


def clip_input(path: Path, demuxer: str = "mov") -> list[str]:
    """Arguments to read one MP4: nothing is guessed from its content, and it can name no other file or address."""
    return ["-protocol_whitelist", "file", "-f", demuxer, "-threads", "1", "-i", f"file:{path.absolute()}"]


class Ffmpeg:
    """The one FFmpeg of this process: whoever wants it waits in line. Make one, in the composition root."""

    def __init__(self, program: Path | None) -> None:
        self._program = program
        self._turn = asyncio.Semaphore(1)

    @property
    def available(self) -> bool:
        """Whether there is a program to run at all."""
        return self._program is not None

    async def version(self) -> str:
        """The first line that the program says of itself, e.g. `ffmpeg version 7.1`; raises MediaFailed."""
        lines: list[str] = []
        await self.run(["-version"], told=lambda key, value: lines.append(key))
        return " ".join(lines[0].split()[:3]) if lines else "unknown"

    async def run(
        self, arguments: Sequence[Argument], limits: Limits = MODEST, told: Told | None = None
    ) -> frozenset[Path]:
        """Run one command and return the paths of those Outs that it made; raises MediaFailed.

        Each is written under another name and appears whole or not at all. The deadline does not count the wait for
        one's turn. Cancelling the caller kills the process at once.
        """
        if self._program is None:
            raise MediaFailed("there is no FFmpeg")
        outs = [argument.path.absolute() for argument in arguments if isinstance(argument, Out)]
        texts = [argument if isinstance(argument, str) else f"file:{_part(argument)}" for argument in arguments]
        command = [str(self._program), "-hide_banner", "-nostdin", "-v", "error", "-y", *texts]
        async with self._turn:
            try:
                await _execute(command, limits, told)
                return await asyncio.to_thread(_publish, outs)
            except OSError as error:
                raise MediaFailed(f"FFmpeg could not be run: {error.strerror}") from error
            finally:
                for path in outs:
                    _part(Out(path)).unlink(missing_ok=True)


async def _execute(command: Sequence[str], limits: Limits, told: Told | None) -> None:
    """Run to the end, or kill; MediaFailed unless it ends with 0 in time."""
    numbers = (os.getpid(), limits.cpu_seconds, limits.memory, limits.file_bytes)
    # Not asyncio's own: cancelled in the middle of starting a process, it waits for ever (seen with Python 3.11). And
    # in the event loop's thread on purpose: the kernel ties the child's life to the thread that starts it.
    process = subprocess.Popen(  # noqa: ASYNC220, S603
        [sys.executable, "-I", "-S", _LAUNCHER, *(str(number) for number in numbers), *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL if told is None else subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    loop = asyncio.get_running_loop()
    following = loop.run_in_executor(None, _follow, process, loop, told)
    try:
        async with asyncio.timeout(limits.seconds):
            said = await asyncio.shield(following)
    except TimeoutError:
        raise MediaFailed(f"FFmpeg took longer than {limits.seconds:g} s") from None
    finally:
        if not following.done():
            _kill(process)
            # Milliseconds: nothing catches this signal. Only then are its files free to be removed.
            await asyncio.shield(following)
    if process.returncode != 0:
        log.warning("FFmpeg ended with %s: %s", process.returncode, said)
        raise MediaFailed(f"FFmpeg ended with {process.returncode}: {said[-200:]}")


def _kill(process: subprocess.Popen[bytes]) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _follow(process: subprocess.Popen[bytes], loop: asyncio.AbstractEventLoop, told: Told | None) -> str:
    """Read what the process says until it has ended, pass its lines on, and return the tail of its errors. Blocking."""
    tail, rest = b"", b""
    with process, selectors.DefaultSelector() as selector:
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                selector.register(stream, selectors.EVENT_READ)
        while selector.get_map():
            for ready, _ in selector.select():
                data = os.read(ready.fd, READ)
                if not data:
                    selector.unregister(ready.fileobj)
                elif ready.fileobj is process.stderr:
                    tail = (tail + data)[-TAIL:]
                elif told is not None:
                    *lines, rest = (rest[-TAIL:] + data).split(b"\n")
                    for line in lines:
                        key, _, value = line.decode("ascii", "replace").strip().partition("=")
                        loop.call_soon_threadsafe(told, key, value)
    return tail.decode("utf-8", "replace").strip()


def _part(out: Out) -> Path:
    path = out.path.absolute()
    return path.with_name(path.name + ".part")


def _publish(paths: Sequence[Path]) -> frozenset[Path]:
    """Give each finished file its name, after it is safely on the disk; one that is missing or empty is left out."""
    made = set()
    for path in paths:
        part = _part(Out(path))
        if not part.exists() or not part.stat().st_size:
            continue
        publish(part, path)
        made.add(path)
    return frozenset(made)
