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

Encode = Callable[..., Path]
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


def picture(size: tuple[int, int] = (400, 300), kind: str = "PNG", mode: str = "RGB", **options: Any) -> bytes:
    """An image file whose left half is red and right half blue."""
    image = Image.new("RGB", size, (0, 0, 255))
    image.paste((255, 0, 0), (0, 0, size[0] // 2, size[1]))
    buffer = io.BytesIO()
    image.convert(mode).save(buffer, kind, **options)
    return buffer.getvalue()
