"""A child process as the system sees it: its processor time, its memory, its log. Linux only."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import time
from pathlib import Path

from benchmarks.engine import IMPORTED

STOP_SECONDS = 15.0
STEP_SECONDS = 0.02
SPENT_SECONDS = 0.001
"""Processor time in one stretch of calm that counts as nothing, over what an idle process takes anyway."""

_CALM_SECONDS = 0.3
_CALM_SHARE = 5.0
_TICKS = os.sysconf("SC_CLK_TCK")


class Child:
    """One process, whose output goes to a log."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path, begun: int) -> None:
        self._process = process
        self._log = log
        self._begun = begun

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self._process.returncode is None

    @property
    def said(self) -> str:
        """What it has printed and logged."""
        return self._log.read_bytes()[self._begun :].decode(errors="replace")

    @property
    def imported_at(self) -> float:
        """When its imports were over, by the wall clock; ValueError before that."""
        found = re.search(rf"{IMPORTED}([\d.]+)", self.said)
        if found is None:
            raise ValueError("it has not said so yet")
        return float(found[1])

    def processor(self) -> float:
        """Seconds of processor time of all its threads so far, to the microsecond."""
        # The clock of another process: clock_getcpuclockid(3) makes its number from the process id in this way.
        return time.clock_gettime((~self.pid << 3) | 2)

    def processor_of_children(self) -> float:
        """Seconds of processor time of its own children that have ended, such as FFmpeg."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[13]) + int(fields[14])) / _TICKS

    def memory(self) -> float:
        """MiB of memory that it has now."""
        found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{self.pid}/status").read_text())
        return int(found[1]) / 1024 if found else 0.0

    async def end(self) -> None:
        """Ask it to stop, and kill it where it does not."""
        if self.running:
            self._process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self._process.wait(), STOP_SECONDS)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    async def calm(self, idle: float, most: float, *, busy: float = 0.0) -> None:
        """Wait until it does no more than an idle process does, `idle` seconds of processor time a second.

        A pause of the process counts as calm once it is five times as long as it was busy before, which may have begun
        `busy` seconds ago.
        """
        began = last = time.monotonic()
        spent = self.processor()
        while time.monotonic() - began < most:
            await asyncio.sleep(STEP_SECONDS)
            now, taken = time.monotonic(), self.processor()
            if taken - spent > SPENT_SECONDS + idle * (now - last):
                last, spent = now, taken
            elif now - last > max(_CALM_SECONDS, _CALM_SHARE * (busy + last - began)):
                return


async def share(child: Child, seconds: float) -> float:
    """Seconds of processor time a second that a process takes over a while."""
    began, spent = time.monotonic(), child.processor()
    await asyncio.sleep(seconds)
    return (child.processor() - spent) / (time.monotonic() - began)
