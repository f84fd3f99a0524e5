"""Clips with a beat, a white picture and a click at the same moment, and what is left of both in a reel."""

from __future__ import annotations

import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.unit.media.conftest import PROGRAM, ffmpeg, frame_times

HZ = 8000
NO_B = ("-preset", "ultrafast")


@dataclass(frozen=True, slots=True)
class Clip:
    """What to encode: seconds of pictures and of sound (None: none), when the beat is, and the sound's if another."""

    seconds: float = 0.5
    sound: float | None = 0.5
    beat: float = 0.25
    click: float | None = None
    rate: str = "24"
    size: str = "96x64"
    coded: tuple[str, ...] = ("-preset", "veryfast", "-bf", "2", "-g", "48")
    options: tuple[str, ...] = ()

    def make(self, to: Path) -> None:
        """Encode it."""
        lasts = f"enable='between(t,{self.beat - 0.001},{self.beat + 0.06})'"
        pictures = f"testsrc2=size={self.size}:rate={self.rate}:duration={self.seconds},drawbox=c=white:t=fill:{lasts}"
        inputs = ["-f", "lavfi", "-i", pictures]
        if self.sound is not None:
            click = self.beat if self.click is None else self.click
            tone = f"if(between(t,{click},{click + 0.03}),0.8*sin(6283*t),0)"
            inputs += ["-f", "lavfi", "-i", f"aevalsrc='{tone}':d={self.sound}:s=44100"]
        ffmpeg(*inputs, "-c:v", "libx264", "-pix_fmt", "yuv420p", *self.coded, "-c:a", "aac", *self.options, str(to))


@dataclass(frozen=True, slots=True)
class Beats:
    """When pictures turn white and sound begins, and when frames are shown, in milliseconds; `heard` is all sound."""

    frames: list[int]
    white: list[int]
    clicks: list[int]
    heard: float


def beats_of(clip: Path) -> Beats:
    """Look at every frame, and count samples without looking at their times, as simple players do."""
    frames = frame_times(clip)
    grey = _decoded(clip, "-map", "0:v:0", "-fps_mode", "passthrough", "-vf", "scale=1:1,format=gray", kind="rawvideo")
    white = [at for at, before, now in zip(frames, [0, *grey], grey, strict=False) if now > 225 >= before]
    raw = _decoded(clip, "-map", "0:a:0?", "-ac", "1", "-ar", str(HZ), "-f", "s16le", kind="s16le")
    clicks, last = list[int](), -HZ
    for at, (value,) in enumerate(struct.iter_unpack("<h", raw)):
        if abs(value) > 6000:
            clicks += [at * 1000 // HZ] if at - last > HZ // 10 else []
            last = at
    return Beats(frames, white, clicks, len(raw) / 2 / HZ * 1000)


def _decoded(clip: Path, *options: str, kind: str) -> bytes:
    command = [str(PROGRAM), "-v", "quiet", "-nostdin", "-i", str(clip), *options, "-f", kind, "-"]
    return subprocess.run(command, stdout=subprocess.PIPE, timeout=60).stdout
