"""What one FFmpeg takes: a program that stands in its place, runs it, and writes down what that child alone used.

The totals that a process is told of its children cannot say which of them needed the memory.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

PROGRAM = """#!{python} -IS
import json, os, sys
child = os.spawnv(os.P_NOWAIT, {ffmpeg!r}, ["ffmpeg", *sys.argv[1:]])
_, status, used = os.wait4(child, 0)
with open({log!r}, "a") as file:
    print(json.dumps([used.ru_utime + used.ru_stime, used.ru_maxrss]), file=file)
sys.exit(0 if status == 0 else 1)
"""


@dataclass(frozen=True, slots=True)
class Used:
    """Seconds of processor time, and the most memory in MiB, of one or several runs."""

    cpu: float
    peak: float

    def __str__(self) -> str:
        return f"{self.cpu:.2f} | {self.peak:.0f}"


class Meter:
    """A stand-in for FFmpeg in `folder`; `program` is to be run in its place."""

    def __init__(self, ffmpeg: Path, folder: Path) -> None:
        self.program, self._log = folder / "metered-ffmpeg", folder / "metered.log"
        self.program.write_text(PROGRAM.format(python=sys.executable, ffmpeg=str(ffmpeg), log=str(self._log)))
        self.program.chmod(0o755)

    def read(self) -> Used:
        """What all runs since the last reading took: the sum of their time, the largest of their memories."""
        rows = [json.loads(line) for line in self._log.read_text().splitlines()] if self._log.exists() else []
        self._log.unlink(missing_ok=True)
        return Used(sum(cpu for cpu, _ in rows), max((kibibytes for _, kibibytes in rows), default=0) / 1024)
