"""A small program that sets limits for its own process, then executes the command it was given.

Started as `python -I -S launcher.py PARENT CPU_SECONDS MEMORY FILE_BYTES command...`; nothing imports it, and it
imports nothing of ours. It exists because `preexec_fn` runs Python between fork and exec, which may deadlock in a
process with threads. It costs about 30 ms.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import sys
from pathlib import Path

NICENESS = 10
KEPT = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR")
"""What of the environment goes along: the bot's holds its token and its keys, the command reads untrusted files."""

PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    """Limit this process, then become the command; leaves with 126 if the parent is gone, 127 if it cannot run."""
    parent, cpu_seconds, memory, file_bytes = (int(text) for text in arguments[:4])
    command = arguments[4:]
    _die_with_parent()
    if os.getppid() != parent:  # it ended before the line above, so no signal will come
        sys.exit(126)
    os.nice(NICENESS)
    _limit(resource.RLIMIT_CPU, cpu_seconds)
    _limit(resource.RLIMIT_AS, memory)
    _limit(resource.RLIMIT_FSIZE, file_bytes)
    _limit(resource.RLIMIT_CORE, 0)
    with contextlib.suppress(OSError):  # Linux alone has it: when memory is short, this process goes and not the bot
        Path("/proc/self/oom_score_adj").write_text("1000")
    for number in (signal.SIGPIPE, signal.SIGXFSZ):  # Python ignores them, and what is ignored stays so beyond exec
        signal.signal(number, signal.SIG_DFL)
    try:
        os.execve(command[0], command, {name: os.environ[name] for name in KEPT if name in os.environ})  # noqa: S606
    except OSError as error:
        sys.exit(f"{command[0]}: {error.strerror}")


def _die_with_parent() -> None:
    """Have the kernel kill this process when the thread that started it ends; it holds beyond exec."""
    if sys.platform == "linux":
        import ctypes  # takes 3 ms, which is why it is not imported where it is of no use

        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _limit(what: int, value: int) -> None:
    with contextlib.suppress(OSError, ValueError):  # a lower limit is already in force, or macOS knows no such limit
        resource.setrlimit(what, (value, value))


if __name__ == "__main__":
    main(sys.argv[1:])
