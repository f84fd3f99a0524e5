"""Small clips made once per run by a real encoder, and pictures made by Pillow."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import pytest
from PIL import Image

from bot.media.ffmpeg import Ffmpeg

Encode = Callable[..., Path]
Film = Callable[..., Path]
PROGRAM = Path(imageio_ffmpeg.get_ffmpeg_exe())
PLAIN = ("-movflags", "+faststart")


@pytest.fixture(scope="session")
def encode(tmp_path_factory: pytest.TempPathFactory) -> Encode:
    """A half-second clip of 64x48 with 12 frames, muxed with the options given."""
    folder = tmp_path_factory.mktemp("clips")

    def run(name: str, *options: str, sound: bool = False) -> Path:
        path = folder / name
        inputs = ["-f", "lavfi", "-i", "testsrc=size=64x48:rate=24:duration=0.5"]
        if sound:
            inputs += ["-f", "lavfi", "-i", "sine=duration=0.5", "-c:a", "aac"]
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-nostdin", "-y", *inputs]
        command += ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", *options, str(path)]
        subprocess.run(command, check=True, timeout=30)
        return path

    return run


@pytest.fixture(scope="session")
def clip(encode: Encode) -> Path:
    """The usual kind: moov first, no sound."""
    return encode("clip.mp4", *PLAIN)


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Film:
    """Any clip: film("name.mp4", pictures, *options, sound=seconds or None); made once for a name."""
    folder = tmp_path_factory.mktemp("films")

    def run(name: str, pictures: str, *options: str, sound: float | None = None) -> Path:
        path = folder / name
        if not path.exists():
            inputs = ["-f", "lavfi", "-i", pictures]
            if sound is not None:
                inputs += ["-f", "lavfi", "-i", f"sine=duration={sound}"]
            coded = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", *options]
            ffmpeg(*inputs, *coded, str(path))
        return path

    return run


@pytest.fixture
def media() -> Ffmpeg:
    """The FFmpeg under test."""
    return Ffmpeg(PROGRAM)


def ffmpeg(*arguments: str) -> str:
    """Run FFmpeg as a person would, and return what it prints."""
    command = [str(PROGRAM), "-v", "error", "-nostdin", "-y", *arguments]
    return subprocess.run(command, check=True, timeout=60, stdout=subprocess.PIPE, text=True).stdout


def frame_sums(path: Path) -> list[str]:
    """A checksum of each decoded frame; raises if the file does not decode without an error."""
    return [row[-1] for row in _frames(path)]


def frame_times(path: Path) -> list[int]:
    """When each frame is shown, in milliseconds."""
    return [int(row[2]) for row in _frames(path)]


def _frames(path: Path) -> list[list[str]]:
    exact = ["-map", "0:v:0", "-fps_mode", "passthrough", "-enc_time_base", "1/1000"]
    listing = ffmpeg("-xerror", "-i", str(path), *exact, "-f", "framemd5", "-")
    return [[cell.strip() for cell in row.split(",")] for row in listing.splitlines() if not row.startswith("#")]


def picture(size: tuple[int, int] = (400, 301), kind: str = "PNG", mode: str = "RGB", **options: Any) -> bytes:
    """An image file whose left half is red and right half blue."""
    image = Image.new("RGB", size, (0, 0, 255))
    image.paste((255, 0, 0), (0, 0, size[0] // 2, size[1]))
    buffer = io.BytesIO()
    image.convert(mode).save(buffer, kind, **options)
    return buffer.getvalue()
