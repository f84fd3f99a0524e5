"""An order made into a real MP4 by FFmpeg, cached by content. No HTTP, no tasks; what a scene looks like is in paint.

Every clip is H.264, yuv420p, BT.709, 24 frames a second, with its index in front. A clip of pictures starts exactly at
the first one and, if there is a last one, ends exactly at it; in between it moves at 12 frames a second, each shown
twice, because distinct frames are what an encoder's time goes into.
"""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import tempfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Protocol

import imageio_ffmpeg
from PIL import Image, ImageDraw, ImageOps

from sandbox import paint
from sandbox.scene import imagine

FPS = 24
HALF = FPS // 2
ZOOM = 0.06
STILL_TAIL = HALF // 2
FADE_SECONDS = 1.0
TIMEOUT_SECONDS = 120
TEXT_SIZES = {768: (1366, 768), 1080: (1920, 1080)}


class RenderFailed(Exception):
    """FFmpeg did not make a clip; the text is what it printed."""


@dataclass(frozen=True, slots=True)
class Order:
    """What to render: pictures are the bytes of image files that have been checked; `short_side` is 768 or 1080."""

    prompt: str
    seconds: int = 6
    short_side: int = 768
    first: bytes | None = None
    last: bytes | None = None

    @property
    def key(self) -> str:
        """A name for the content: equal orders share one clip."""
        parts = (
            self.prompt.encode(),
            self.first or b"",
            self.last or b"",
            f"{self.seconds} {self.short_side}".encode(),
        )
        return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()[:32]


class Renderer(Protocol):
    """Whatever turns an order into a file that may be served until the sandbox closes."""

    async def render(self, order: Order) -> Path:
        """The clip; raises RenderFailed."""

    def close(self) -> None:
        """Throw away what was made."""


class PrebuiltRenderer:
    """Serves one clip for everything: for load benchmarks, where rendering would be what is measured."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def render(self, order: Order) -> Path:
        """The same file, whatever was ordered."""
        return self._path

    def close(self) -> None:
        """Leave the file alone: it is not ours."""


def _room(inside: Path | None = None) -> tempfile.TemporaryDirectory[str]:
    # A painting thread cannot be stopped and may still write while its folder is being deleted.
    return tempfile.TemporaryDirectory(prefix="sandbox-", dir=inside, ignore_cleanup_errors=True)


class FfmpegRenderer:
    """Renders with FFmpeg, `at_once` clips at a time, niced; equal orders are rendered once."""

    def __init__(self, folder: Path | None = None, at_once: int = 1) -> None:
        self._own = _room() if folder is None else None
        self._folder = Path(self._own.name) if self._own else folder
        self._turn = asyncio.Semaphore(at_once)
        self._locks: dict[str, asyncio.Lock] = {}

    async def render(self, order: Order) -> Path:
        """The clip of an order, from the cache if it was made before."""
        assert self._folder is not None
        clip = self._folder / f"{order.key}.mp4"
        async with self._locks.setdefault(order.key, asyncio.Lock()):
            if not clip.exists():
                async with self._turn:
                    await self._make(order, clip)
        return clip

    async def _make(self, order: Order, clip: Path) -> None:
        with _room(clip.parent) as name:
            room = Path(name)
            arguments = await asyncio.to_thread(prepare, order, room)
            await run_ffmpeg([*arguments, str(room / "clip.mp4")])
            (room / "clip.mp4").replace(clip)

    def close(self) -> None:
        """Delete the cache, unless a folder for it was given."""
        if self._own is not None:
            self._own.cleanup()


async def run_ffmpeg(arguments: list[str]) -> None:
    """Run FFmpeg to its end, as a polite neighbour; raises RenderFailed. It never outlives the caller."""
    polite = [nice, "-n", "10"] if (nice := shutil.which("nice")) else []
    process = await asyncio.create_subprocess_exec(
        *polite,
        imageio_ffmpeg.get_ffmpeg_exe(),
        *("-v", "error", "-nostdin", "-y", "-filter_complex_threads", "1"),
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            _, complaint = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise RenderFailed(complaint.decode(errors="replace")[-500:])


def prepare(order: Order, room: Path) -> list[str]:
    """Paint or fit the stills of an order into a folder; returns FFmpeg's arguments up to the output's name."""
    if order.first is None:
        return _prepare_scene(order, room)
    first = _open(order.first)
    size = output_size(first.size, order.short_side)
    inputs = _still(ImageOps.fit(first, size, Image.Resampling.LANCZOS), room / "first.rgb", HALF)
    if order.last is None:
        graph = f"[0]{plan_move(size, order.seconds * HALF, start=HALF // 2, stop=order.seconds * HALF)}"
        return [*inputs, "-filter_complex", f"{graph},fps={FPS}[v]", *plan_encoding(order)]
    last = ImageOps.fit(_open(order.last), size, Image.Resampling.LANCZOS)
    inputs += _still(last, room / "last.rgb", HALF)
    return [*inputs, "-filter_complex", plan_pair(size, order.seconds), *plan_encoding(order)]


def output_size(size: tuple[int, int], short_side: int) -> tuple[int, int]:
    """The picture's own shape with the short side asked for; the other side is rounded to an even number."""
    width, height = size
    other = round(max(size) * short_side / min(size) / 2) * 2
    return (other, short_side) if width >= height else (short_side, other)


def plan_move(size: tuple[int, int], frames: int, *, start: int, stop: int, backwards: bool = False) -> str:
    """A slow zoom of one still over so many half-rate frames, moving from `start` to `stop`: in from the whole
    picture, or backwards out to it."""
    width, height = size
    share = f"max(0,min(1,(n-{start})/{stop - start}))"
    amount = f"(1-{share})" if backwards else share
    grown = [f"2*floor({side}*(1+{ZOOM}*{amount})/2)".replace(",", "\\,") for side in size]
    return (
        f"scale=out_color_matrix=bt709:out_range=tv,format=yuv420p,loop=loop={frames - 1}:size=1:start=0,"
        f"setpts=N/{HALF}/TB,fps={HALF},scale=w='{grown[0]}':h='{grown[1]}':eval=frame:flags=bilinear,"
        f"crop={width}:{height}:exact=1:x='(iw-ow)/2':y='(ih-oh)/2'"
    )


def plan_pair(size: tuple[int, int], seconds: int) -> str:
    """First picture, cross-fade, last picture, and a still tail so that the last frames are the last picture."""
    frames, fade = seconds * HALF, int(FADE_SECONDS * HALF)
    alone = (frames - fade) // 2
    leave = plan_move(size, alone + fade, start=HALF // 2, stop=alone + fade)
    # The last picture's clock starts where the fade does.
    arrive = plan_move(size, frames - alone, start=0, stop=frames - alone - STILL_TAIL, backwards=True)
    mixed = f"xfade=transition=fade:duration={FADE_SECONDS}:offset={alone / HALF}"
    return f"[0]{leave}[a];[1]{arrive}[b];[a][b]{mixed},fps={FPS}[v]"


def plan_encoding(order: Order) -> list[str]:
    """How to encode: cheap, but with good whole frames at the start and where the still tail begins."""
    tail = order.seconds - (STILL_TAIL + 1) / HALF
    colours = ("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv")
    return [
        *("-map", "[v]", "-frames:v", str(order.seconds * FPS), "-c:v", "libx264", "-preset", "ultrafast"),
        *("-threads", "1", "-crf", "29" if order.short_side == 768 else "32", "-x264-params", "ipratio=4"),
        *(("-force_key_frames", f"{tail:.3f}") if order.last is not None else ()),
        *("-pix_fmt", "yuv420p", *colours, "-movflags", "+faststart"),
    ]


def _prepare_scene(order: Order, room: Path) -> list[str]:
    scene, (width, height) = imagine(order.prompt), TEXT_SIZES[order.short_side]
    frames = order.seconds * FPS
    inputs = [
        *_still(paint.paint_sky(scene, width, height), room / "sky.rgb", FPS),
        *_still(paint.paint_middle(scene, width + paint.MIDDLE_STEP * frames, height), room / "middle.rgba", FPS),
        *_still(paint.paint_near(scene, width + paint.NEAR_STEP * frames, height), room / "near.rgba", FPS),
        *_still(_caption(), room / "caption.rgba", FPS),
    ]
    again = f"loop=loop={frames - 1}:size=1:start=0,setpts=N/{FPS}/TB,fps={FPS}"
    even = "scale=out_color_matrix=bt709:out_range=tv,format="
    slide = f"{even}yuva420p,{again},crop={width}:ih:y=0:x="
    middle_y, near_y = int(height * paint.MIDDLE_TOP), int(height * paint.NEAR_TOP)
    graph = (
        f"[0]{even}yuv420p,{again}[sky];[1]{slide}{paint.MIDDLE_STEP}*n[middle];[2]{slide}{paint.NEAR_STEP}*n[near];"
        f"[sky][middle]overlay=x=0:y={middle_y}:format=yuv420[far];[far][near]overlay=x=0:y={near_y}:format=yuv420[all];"
        f"[3]{even}yuva420p[caption];[all][caption]overlay=x=main_w-w-20:y=main_h-h-14:format=yuv420[v]"
    )
    return [*inputs, "-filter_complex", graph, *plan_encoding(order)]


def _open(data: bytes) -> Image.Image:
    return ImageOps.exif_transpose(Image.open(BytesIO(data))).convert("RGB")


def _still(image: Image.Image, path: Path, fps: int) -> list[str]:
    """Write one picture as bare pixels, which cost nothing to read, and name it as an input."""
    path.write_bytes(image.tobytes())
    layout, size = {"RGB": "rgb24", "RGBA": "rgba"}[image.mode], f"{image.width}x{image.height}"
    return ["-f", "rawvideo", "-pix_fmt", layout, "-video_size", size, "-framerate", str(fps), "-i", str(path)]


def _caption() -> Image.Image:
    caption = Image.new("RGBA", (76, 22), (255, 255, 255, 0))
    ImageDraw.Draw(caption).text((4, 2), "sandbox", fill=(255, 255, 255, 120), font_size=16)
    return caption
