"""The bot of a hostile run as a process: its signals, its log, its memory. And a clip for it to deliver."""

from __future__ import annotations

import asyncio
import re
import signal
import subprocess
from pathlib import Path

import imageio_ffmpeg

STOP_SECONDS = 15.0


class Child:
    """One bot process."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path, begun: int) -> None:
        self.process = process
        self._log = log
        self._begun = begun

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self.process.returncode is None

    @property
    def said(self) -> str:
        """Its log from its own start on."""
        return self._log.read_bytes()[self._begun :].decode(errors="replace")

    async def end(self, number: signal.Signals | None = None) -> int:
        """Its exit status, after a signal or of its own accord."""
        if number is not None and self.running:
            self.process.send_signal(number)
        return await asyncio.wait_for(self.process.wait(), STOP_SECONDS)

    def memory(self, what: str = "VmRSS") -> float:
        """MiB that it has now (VmRSS), or had at most since `forget_peak` (VmHWM)."""
        text = Path(f"/proc/{self.pid}/status").read_text()
        found = re.search(rf"{what}:\s+(\d+) kB", text)
        return int(found[1]) / 1024 if found else 0.0

    def forget_peak(self) -> None:
        """Begin anew to watch for the most memory it has."""
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")


def make_clip(directory: Path) -> Path:
    """A second of video that plays."""
    path = directory / "clip.mp4"
    source = ["-f", "lavfi", "-i", "testsrc=size=64x64:rate=12:duration=1"]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), *source, "-pix_fmt", "yuv420p", "-movflags", "+faststart", str(path)]
    subprocess.run(command, check=True, capture_output=True)
    return path
