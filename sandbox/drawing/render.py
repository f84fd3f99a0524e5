"""A shot made into a real MP4 by FFmpeg, cached by content. No HTTP, no tasks; what a scene looks like is in paint.

Every clip is H.264, yuv420p, BT.709, with its index in front, and costs less than two seconds of a processor. A clip of
pictures starts exactly at the first one and, if there is a last one, ends exactly at it.
"""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import tempfile
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from typing import Protocol

import imageio_ffmpeg
from PIL import Image, ImageDraw, ImageOps

from sandbox.drawing import paint
from sandbox.drawing.scene import imagine

FRAME_RATE, SHORT_SIDE = 24, 1080
# Of a light clip and of a heavy one, which is longer or larger than the lightest. Encoding takes most of the time, and
# the zoom of a picture is so slow that one step of it is only a pixel or two even at the lowest rate.
SCENE_RATES = (24, 12)
PICTURE_RATES = (12, 8)
LIGHT_SECONDS, LIGHT_SIDE = 6, 768
ZOOM = 0.06
STILL_SECONDS = 0.5
FADE_SECONDS = 1.0
SCENE_QP, PICTURE_QP, SMALL_QP = 28, 30, 24
TIMEOUT_SECONDS = 120
SHAPE = (16, 9)


class RenderFailed(Exception):
    """FFmpeg did not make a clip; the text is what it printed."""


@dataclass(frozen=True, slots=True)
class Shot:
    """What to render: pictures are the bytes of checked image files; `frame_rate` is the most there may be.

    `take` tells apart clips of one prompt, which never look alike; a clip of pictures does not depend on it.
    """

    prompt: str
    seconds: int = 6
    short_side: int = 768
    first: bytes | None = None
    last: bytes | None = None
    take: int = field(default=0, kw_only=True)
    frame_rate: int = field(default=FRAME_RATE, kw_only=True)

    @property
    def rate(self) -> int:
        """Frames a second of the clip."""
        heavy = self.seconds > LIGHT_SECONDS or self.short_side > LIGHT_SIDE
        rates = SCENE_RATES if self.first is None else PICTURE_RATES
        return min(self.frame_rate, rates[heavy])

    @property
    def frames(self) -> int:
        """Frames of the clip, which make up its length exactly."""
        return self.seconds * self.rate

    @property
    def key(self) -> str:
        """A name for the content: equal orders share one clip."""
        parts = (
            self.prompt.encode(),
            self.first or b"",
            self.last or b"",
            f"{self.seconds} {self.short_side} {self.rate} {0 if self.first else self.take}".encode(),
        )
        return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()[:32]


class Renderer(Protocol):
    """Whatever turns a shot into a file that may be served until the sandbox closes."""

    async def render(self, shot: Shot) -> Path:
        """The clip; raises RenderFailed."""

    def close(self) -> None:
        """Throw away what was made."""


class PrebuiltRenderer:
    """Serves one clip for everything: for load benchmarks, where rendering would be what is measured."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def render(self, shot: Shot) -> Path:
        """The same file, whatever was ordered."""
        return self._path

    def close(self) -> None:
        """Leave the file alone: it is not ours."""


def _room(inside: Path | None = None) -> tempfile.TemporaryDirectory[str]:
    # A painting thread cannot be stopped and may still write while its folder is being deleted.
    return tempfile.TemporaryDirectory(prefix="sandbox-", dir=inside, ignore_cleanup_errors=True)


class FfmpegRenderer:
    """Renders with FFmpeg, `at_once` clips at a time, niced; equal orders are rendered once.

    No clip has more frames a second than `frame_rate` or a longer short side than `short_side`.
    """

    def __init__(
        self,
        folder: Path | None = None,
        at_once: int = 1,
        *,
        frame_rate: int = FRAME_RATE,
        short_side: int = SHORT_SIDE,
    ) -> None:
        self._own = _room() if folder is None else None
        self._folder = Path(self._own.name) if self._own else folder
        self._turn = asyncio.Semaphore(at_once)
        self._locks: dict[str, asyncio.Lock] = {}
        self._frame_rate, self._short_side = frame_rate, short_side

    async def render(self, shot: Shot) -> Path:
        """The clip of a shot, from the cache if it was made before."""
        assert self._folder is not None
        side, rate = min(shot.short_side, self._short_side), min(shot.frame_rate, self._frame_rate)
        shot = replace(shot, short_side=side, frame_rate=rate)
        clip = self._folder / f"{shot.key}.mp4"
        async with self._locks.setdefault(shot.key, asyncio.Lock()):
            if not clip.exists():
                async with self._turn:
                    await self._make(shot, clip)
        return clip

    async def _make(self, shot: Shot, clip: Path) -> None:
        with _room(clip.parent) as name:
            room = Path(name)
            arguments = await asyncio.to_thread(prepare, shot, room)
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


def prepare(shot: Shot, room: Path) -> list[str]:
    """Paint or fit the stills of a shot into a folder; returns FFmpeg's arguments up to the output's name."""
    if shot.first is None:
        return _prepare_scene(shot, room)
    first = _open(shot.first)
    size = output_size(first.size, shot.short_side)
    inputs = _still(ImageOps.fit(first, size, Image.Resampling.LANCZOS), room / "first.rgb", shot.rate)
    if shot.last is None:
        graph = f"[0]{plan_move(size, shot.frames, shot.rate, start=shot.rate // 2, stop=shot.frames)}[v]"
        return [*inputs, "-filter_complex", graph, *plan_encoding(shot)]
    last = ImageOps.fit(_open(shot.last), size, Image.Resampling.LANCZOS)
    inputs += _still(last, room / "last.rgb", shot.rate)
    return [*inputs, "-filter_complex", plan_pair(size, shot.frames, shot.rate), *plan_encoding(shot)]


def output_size(size: tuple[int, int], short_side: int) -> tuple[int, int]:
    """The picture's own shape with the short side asked for; the other side is rounded to an even number."""
    width, height = size
    other = round(max(size) * short_side / min(size) / 2) * 2
    return (other, short_side) if width >= height else (short_side, other)


def plan_move(size: tuple[int, int], frames: int, rate: int, *, start: int, stop: int, backwards: bool = False) -> str:
    """A slow zoom of one still over so many frames, moving from `start` to `stop`: in from the whole picture, or
    backwards out to it."""
    width, height = size
    share = f"max(0,min(1,(n-{start})/{stop - start}))"
    amount = f"(1-{share})" if backwards else share
    grown = [f"2*floor({side}*(1+{ZOOM}*{amount})/2)".replace(",", "\\,") for side in size]
    return (
        f"scale=out_color_matrix=bt709:out_range=tv,format=yuv420p,{_again(frames, rate)},"
        f"scale=w='{grown[0]}':h='{grown[1]}':eval=frame:flags=bilinear,"
        f"crop={width}:{height}:exact=1:x='(iw-ow)/2':y='(ih-oh)/2'"
    )


def plan_pair(size: tuple[int, int], frames: int, rate: int) -> str:
    """First picture, cross-fade, last picture, and a still tail so that the last frames are the last picture."""
    fade = int(FADE_SECONDS * rate)
    alone = (frames - fade) // 2
    leave = plan_move(size, alone + fade, rate, start=rate // 2, stop=alone + fade)
    # The last picture's clock starts where the fade does.
    stop = frames - alone - int(STILL_SECONDS * rate)
    arrive = plan_move(size, frames - alone, rate, start=0, stop=stop, backwards=True)
    mixed = f"xfade=transition=fade:duration={FADE_SECONDS}:offset={alone / rate}"
    return f"[0]{leave}[a];[1]{arrive}[b];[a][b]{mixed}[v]"


def plan_encoding(shot: Shot) -> list[str]:
    """How to encode: cheap, but with good whole frames at the start and where the still tail begins."""
    tail = shot.seconds - STILL_SECONDS - 1 / shot.rate
    colours = ("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv")
    # A fixed quantizer, because by quality a grainy picture would take twice the time of a clean one.
    quantizer = SCENE_QP if shot.first is None else PICTURE_QP
    if shot.short_side < LIGHT_SIDE:
        quantizer = SMALL_QP  # blocks are as many pixels in a small clip, so they show more, and it is cheap anyway
    return [
        *("-map", "[v]", "-frames:v", str(shot.frames), "-c:v", "libx264", "-preset", "ultrafast"),
        *("-threads", "1", "-qp", str(quantizer), "-x264-params", "ipratio=5"),
        *(("-force_key_frames", f"{tail:.3f}") if shot.last is not None else ()),
        *("-pix_fmt", "yuv420p", *colours, "-movflags", "+faststart"),
    ]


def _prepare_scene(shot: Shot, room: Path) -> list[str]:
    scene, (width, height) = imagine(shot.prompt, shot.take), output_size(SHAPE, shot.short_side)
    frames, rate = shot.frames, shot.rate
    middle_step, near_step = (paint.step(speed, height, rate) for speed in (paint.MIDDLE_SPEED, paint.NEAR_SPEED))
    inputs = [
        *_still(paint.paint_sky(scene, width, height), room / "sky.rgb", rate),
        *_still(paint.paint_middle(scene, width + middle_step * frames, height), room / "middle.rgba", rate),
        *_still(paint.paint_near(scene, width + near_step * frames, height), room / "near.rgba", rate),
        *_still(_caption(), room / "caption.rgba", rate),
    ]
    again = _again(frames, rate)
    even = "scale=out_color_matrix=bt709:out_range=tv,format="
    slide = f"{even}yuva420p,{again},crop={width}:ih:y=0:x="
    middle_y, near_y = int(height * paint.MIDDLE_TOP), int(height * paint.NEAR_TOP)
    graph = (
        f"[0]{even}yuv420p,{again}[sky];[1]{slide}{middle_step}*n[middle];[2]{slide}{near_step}*n[near];"
        f"[sky][middle]overlay=x=0:y={middle_y}:format=yuv420[far];[far][near]overlay=x=0:y={near_y}:format=yuv420[all];"
        f"[3]{even}yuva420p[caption];[all][caption]overlay=x=main_w-w-20:y=main_h-h-14:format=yuv420[v]"
    )
    return [*inputs, "-filter_complex", graph, *plan_encoding(shot)]


def _again(frames: int, rate: int) -> str:
    """One still shown for so many frames."""
    return f"loop=loop={frames - 1}:size=1:start=0,setpts=N/{rate}/TB,fps={rate}"


def _open(data: bytes) -> Image.Image:
    return ImageOps.exif_transpose(Image.open(BytesIO(data))).convert("RGB")


def _still(image: Image.Image, path: Path, rate: int) -> list[str]:
    """Write one picture as bare pixels, which cost nothing to read, and name it as an input."""
    path.write_bytes(image.tobytes())
    layout, size = {"RGB": "rgb24", "RGBA": "rgba"}[image.mode], f"{image.width}x{image.height}"
    return ["-f", "rawvideo", "-pix_fmt", layout, "-video_size", size, "-framerate", str(rate), "-i", str(path)]


def _caption() -> Image.Image:
    caption = Image.new("RGBA", (76, 22), (255, 255, 255, 0))
    ImageDraw.Draw(caption).text((4, 2), "sandbox", fill=(255, 255, 255, 120), font_size=16)
    return caption
