"""`python -m sandbox.demo.tour` paints the pictures of /help. They hold no text: one set serves every language."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw, ImageOps

from sandbox.drawing.stills import still

FOLDER = Path(__file__).parents[2] / "cogs" / "help" / "pictures"
SIZE = (1200, 480)
GROUND = (24, 25, 30)
PAPER, INK, DIM = (49, 51, 60), (236, 238, 244), (120, 124, 138)
BLUE, GOLD = (76, 111, 255), (240, 178, 50)
SCALE = 2
"""Painted so many times larger and then scaled down, for smooth edges."""

Box = tuple[int, int, int, int]

SCENES = (
    "a lighthouse by the ocean at sunset",
    "misty forest at dawn",
    "neon city street at night",
    "snowy mountains at midday",
    "desert dunes in golden evening light",
    "hills with balloons on a summer morning",
)


class Canvas:
    """A picture in the making; all measures are those of the finished one."""

    def __init__(self) -> None:
        self.image = Image.new("RGB", (SIZE[0] * SCALE, SIZE[1] * SCALE), GROUND)
        self._draw = ImageDraw.Draw(self.image)

    def frame(self, box: Box, scene: str, *, border: tuple[int, int, int] | None = None) -> None:
        """A moment of a clip with round corners."""
        left, top, right, bottom = (side * SCALE for side in box)
        picture = ImageOps.fit(Image.open(BytesIO(still(scene))).convert("RGB"), (right - left, bottom - top))
        mask = Image.new("L", picture.size, 0)
        ImageDraw.Draw(mask).rounded_rectangle((0, 0, *picture.size), 14 * SCALE, 255)
        self.image.paste(picture, (left, top), mask)
        if border is not None:
            self._draw.rounded_rectangle((left, top, right, bottom), 14 * SCALE, outline=border, width=6 * SCALE)

    def plate(self, box: Box, colour: tuple[int, int, int] = PAPER, radius: int = 18) -> None:
        """A filled rectangle with round corners."""
        self._draw.rounded_rectangle(tuple(side * SCALE for side in box), radius * SCALE, colour)

    def line(self, points: Sequence[tuple[int, int]], colour: tuple[int, int, int] = DIM, width: int = 6) -> None:
        """A line through points."""
        self._draw.line([(x * SCALE, y * SCALE) for x, y in points], colour, width * SCALE, "curve")

    def shape(self, points: Sequence[tuple[int, int]], colour: tuple[int, int, int] = INK) -> None:
        """A filled polygon."""
        self._draw.polygon([(x * SCALE, y * SCALE) for x, y in points], colour)

    def disc(self, x: int, y: int, radius: int, colour: tuple[int, int, int]) -> None:
        """A filled circle."""
        self._draw.ellipse(tuple(side * SCALE for side in (x - radius, y - radius, x + radius, y + radius)), colour)

    def arc(self, x: int, y: int, radius: int, start: int, end: int) -> None:
        """Part of a circle, in degrees from three o'clock."""
        box = tuple(side * SCALE for side in (x - radius, y - radius, x + radius, y + radius))
        self._draw.arc(box, start, end, INK, 5 * SCALE)

    def arrow(self, start: int, end: int, y: int) -> None:
        """An arrow to the right."""
        self.line([(start, y), (end - 14, y)])
        self.shape([(end - 18, y - 14), (end, y), (end - 18, y + 14)], DIM)

    def play(self, x: int, y: int, size: int = 44) -> None:
        """The sign for something that can be played."""
        self.disc(x, y, size, GROUND)
        self.shape([(x - size // 3, y - size // 2), (x + size // 2, y), (x - size // 3, y + size // 2)])

    def save(self, name: str) -> None:
        """Write it as a PNG of few colours, which a message brings quickly."""
        small = self.image.resize(SIZE, Image.Resampling.LANCZOS)
        palette = small.quantize(192)  # Pillow dithers towards a palette that it is given, and only then
        dithered = small.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG)
        dithered.save(FOLDER / f"{name}.png", optimize=True)


def make() -> Canvas:
    """A command becomes a clip."""
    canvas = Canvas()
    canvas.plate((60, 150, 480, 330))
    canvas.line([(100, 270), (124, 200)], BLUE, 9)
    canvas.plate((146, 196, 420, 216), INK, 10)
    canvas.plate((146, 240, 360, 260), DIM, 10)
    canvas.frame((340, 276, 460, 346), SCENES[1], border=GROUND)
    canvas.arrow(510, 610, 240)
    canvas.frame((640, 70, 1140, 410), SCENES[0])
    canvas.play(890, 240, 56)
    return canvas


def shape() -> Canvas:
    """One clip has children: another take, a remix, what happens next."""
    canvas = Canvas()
    canvas.frame((60, 130, 460, 350), SCENES[0])
    canvas.play(260, 240)
    for top, scene in zip((24, 174, 324), (SCENES[0], SCENES[4], SCENES[2]), strict=True):
        middle = top + 66
        canvas.line([(470, 240), (560, 240), (560, middle), (640, middle)])
        canvas.disc(680, middle, 38, PAPER)
        canvas.arrow(730, 790, middle)
        canvas.frame((810, top, 1140, top + 132), scene)
    canvas.arc(680, 90, 17, 30, 310)
    canvas.shape([(688, 96), (708, 96), (698, 112)])
    canvas.line([(666, 254), (692, 228)], INK, 8)
    canvas.shape([(660, 262), (664, 248), (674, 258)])
    canvas.line([(664, 390), (690, 390)], INK, 6)
    canvas.shape([(684, 376), (702, 390), (684, 404)])
    return canvas


def choose() -> Canvas:
    """Takes side by side, votes, and a winner."""
    canvas = Canvas()
    for number, (scene, votes) in enumerate(zip(SCENES, (2, 1, 5, 0, 3, 1), strict=True)):
        left, top = 60 + 370 * (number % 3), 24 + 226 * (number // 3)
        canvas.frame((left, top, left + 340, top + 166), scene, border=GOLD if votes == 5 else None)
        for vote in range(votes):
            x, y = left + 20 + 30 * vote, top + 190
            canvas.shape([(x - 10, y + 9), (x, y - 9), (x + 10, y + 9)], GOLD if votes == 5 else DIM)
    return canvas


def join() -> Canvas:
    """The chosen clips in a row, as one film."""
    canvas = Canvas()
    canvas.plate((30, 90, 1170, 330), PAPER)
    for hole in range(28):
        for top in (104, 298):
            canvas.plate((52 + 40 * hole, top, 68 + 40 * hole, top + 18), GROUND, 5)
    for number, scene in enumerate((SCENES[2], SCENES[0], SCENES[4])):
        canvas.frame((50 + 370 * number, 136, 410 + 370 * number, 284), scene)
    canvas.play(600, 210, 50)
    canvas.plate((60, 384, 1140, 396), PAPER, 6)
    canvas.plate((60, 384, 520, 396), BLUE, 6)
    canvas.disc(520, 390, 16, INK)
    return canvas


def main() -> None:
    """Paint them all."""
    FOLDER.mkdir(exist_ok=True)
    for name, paint in (("make", make), ("shape", shape), ("choose", choose), ("join", join)):
        paint().save(name)


if __name__ == "__main__":
    main()
