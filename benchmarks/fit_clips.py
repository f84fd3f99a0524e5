"""Clips to be fitted, joined and looked into, drawn by FFmpeg's own generators: from what hardly compresses to noise.

Nothing is measured here. Synthetic footage is harder than most that a model makes: its grain is new in every frame.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

MEBIBYTE = 1024 * 1024
NOISE = "color=gray:size={size}:rate={rate}:duration={seconds},noise=alls=100:allf=t+u"
FILM = "testsrc2=size={size}:rate={rate}:duration={seconds},gblur=sigma=2,noise=alls={grain}:allf=t+u"
UNEVEN = ",select='not(mod(n,3))+lt(mod(n,24),12)',settb=1/1000,setpts='PTS+random(1)*20'"


@dataclass(frozen=True, slots=True)
class Recipe:
    """One clip: its name in the tables, its pictures, the encoder's options, seconds of sound if any."""

    name: str
    pictures: str
    options: tuple[str, ...] = ("-crf", "18")
    sound: float | None = None
    padding: int = 0

    def make(self, ffmpeg: Path, folder: Path) -> Path:
        """Draw and encode it."""
        to = folder / f"{self.name.replace(' ', '-').replace(',', '')}.mp4"
        sounds = [] if self.sound is None else ["-f", "lavfi", "-i", f"sine=frequency=300:duration={self.sound}"]
        coded = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", *self.options]
        run(ffmpeg, "-f", "lavfi", "-i", self.pictures, *sounds, *coded, str(to))
        if self.padding:
            with to.open("ab") as file:
                file.write((8 + self.padding).to_bytes(4, "big") + b"free" + bytes(self.padding))
        return to


def film(size: str, seconds: float, grain: int = 6, rate: int = 24) -> str:
    """Moving shapes under film grain."""
    return FILM.format(size=size, seconds=seconds, grain=grain, rate=rate)


def noise(size: str, seconds: float, rate: int = 24) -> str:
    """Every pixel new in every frame."""
    return NOISE.format(size=size, seconds=seconds, rate=rate)


AAC = ("-crf", "18", "-c:a", "aac", "-b:a", "128k")

RECIPES = (
    Recipe("768p, 6 s", film("1366x768", 6)),
    Recipe("1080p, 6 s", film("1920x1080", 6)),
    Recipe("768p, 10 s, AAC", film("1366x768", 10), AAC, sound=10),
    Recipe("1080p, 10 s, AAC", film("1920x1080", 10), AAC, sound=10),
    Recipe("1080p, 10 s, AAC, heavy grain", film("1920x1080", 10, grain=20), AAC, sound=10),
    Recipe("1080p, 60 a second, 6 s", film("1920x1080", 6, rate=60)),
    Recipe("pure noise, 1080p, 6 s", noise("1920x1080", 6), ("-b:v", "90M")),
    Recipe("pure noise, 768p, 6 s", noise("1366x768", 6), ("-b:v", "90M")),
    Recipe("768p, 6 s, MP3", film("1366x768", 6), ("-crf", "18", "-c:a", "libmp3lame"), sound=6),
    Recipe("768p, 6 s, sound of 15 s", film("1366x768", 6), AAC, sound=15),
    Recipe("768p, 6 s, uneven frame times", film("1366x768", 6) + UNEVEN, ("-crf", "18", "-enc_time_base", "1/1000")),
    Recipe("768p, 6 s, small already", film("1366x768", 6, grain=0), ("-crf", "23")),
    Recipe("768p, 6 s, in 20 MiB of padding", film("1366x768", 6, grain=5), ("-crf", "24"), padding=20 * MEBIBYTE),
    Recipe("768p, 6 s, fragmented", film("1366x768", 6), ("-crf", "18", "-movflags", "frag_keyframe+empty_moov")),
    Recipe("1080 x 1920, 6 s", film("1080x1920", 6)),
    Recipe("1279 x 719, 4:4:4, 6 s", film("1279x719", 6), ("-crf", "18", "-pix_fmt", "yuv444p")),
    Recipe("one frame, 4K noise", noise("3840x2160", 1), ("-frames:v", "1", "-qp", "1")),
    Recipe("4K, 3 s", film("3840x2160", 3)),
    Recipe("768p, 45 s", film("1366x768", 45)),
    Recipe("768p, 20 minutes, 1 a second", film("1366x768", 1200, rate=1), ("-crf", "22")),
)


def alike(count: int, sound: float = 6) -> list[Recipe]:
    """Clips of one kind, as one provider sends them: 768p, 6 s, with B-frames and sound."""
    coded = ("-preset", "veryfast", "-crf", "26", "-c:a", "aac")
    return [
        Recipe(f"alike {at} {sound}", f"{film('1366x768', 6, grain=0)},hue=h={at * 360 // count}", coded, sound=sound)
        for at in range(count)
    ]


def run(ffmpeg: Path, *arguments: str, words: str = "error") -> str:
    """Run FFmpeg to its end and return all that it prints; CalledProcessError if it fails."""
    command = [str(ffmpeg), "-v", words, "-nostdin", "-y", *arguments]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)  # noqa: S603
    return done.stdout
