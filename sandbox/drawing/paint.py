"""A scene as three pictures that slide past each other: sky, middle ground, foreground. No FFmpeg, no words.

All sizes are in pixels of the finished clip; `unit` is one 768th of its height, so that 1080p looks the same.
"""

from __future__ import annotations

import math
from random import Random

from PIL import Image, ImageDraw, ImageFilter

from sandbox.drawing.scene import Colour, Hour, Place, Scene

# Units a second.
MIDDLE_SPEED = 48
NEAR_SPEED = 96
MIDDLE_TOP = 0.40
NEAR_TOP = 0.60
HORIZON = 0.66


def mix(a: Colour, b: Colour, share: float) -> Colour:
    """The colour that lies `share` of the way from a to b."""
    return (
        round(a[0] + (b[0] - a[0]) * share),
        round(a[1] + (b[1] - a[1]) * share),
        round(a[2] + (b[2] - a[2]) * share),
    )


def step(speed: int, height: int, rate: int) -> int:
    """The pixels a layer moves from one frame to the next."""
    # Chroma is stored for every second pixel: layers that move an even number of pixels a frame never shimmer.
    return 2 * max(1, round(speed * height / 768 / rate / 2))


def _gradient(size: tuple[int, int], top: Colour, bottom: Colour) -> Image.Image:
    ramp = Image.linear_gradient("L").resize(size, Image.Resampling.BILINEAR)
    return Image.composite(Image.new("RGB", size, bottom), Image.new("RGB", size, top), ramp)


def _land(scene: Scene, depth: float) -> Colour:
    """The land's colour at a depth of 0 (at our feet) to 1 (lost in the haze of the horizon)."""
    palette = scene.palette
    lit = mix((8, 10, 18), mix(scene.land, palette.tint, 0.25), palette.brightness)
    return mix(lit, mix(palette.horizon, palette.middle, 0.3), depth)


def _glow(sky: Image.Image, centre: tuple[int, int], radius: int, colour: Colour, strength: float) -> None:
    falloff = Image.radial_gradient("L").point(lambda v: max(0, 255 - v * 255 // 181) ** 2 / 255 * strength)
    mask = falloff.resize((radius * 2, radius * 2), Image.Resampling.BILINEAR)
    sky.paste(Image.new("RGB", mask.size, colour), (centre[0] - radius, centre[1] - radius), mask)


def _disc(sky: Image.Image, centre: tuple[int, int], radius: int, colour: Colour) -> None:
    mask = Image.new("L", (radius * 8, radius * 8))
    ImageDraw.Draw(mask).ellipse((0, 0, radius * 8 - 1, radius * 8 - 1), fill=255)
    sky.paste(colour, (centre[0] - radius, centre[1] - radius), mask.reduce(4))


def _stars(sky: Image.Image, rng: Random) -> None:
    draw = ImageDraw.Draw(sky)
    width, height = sky.size
    for _ in range(width // 6):
        x, y = rng.randrange(width), int(height * HORIZON * rng.random() ** 1.5)
        shine = rng.uniform(0.2, 0.95)
        size = 1 if rng.random() < 0.85 else 2
        draw.ellipse((x, y, x + size, y + size), fill=mix(sky.getpixel((x, y)), (255, 250, 240), shine))  # type: ignore[arg-type]


def _clouds(sky: Image.Image, scene: Scene, rng: Random) -> None:
    width, height = sky.width // 4, sky.height // 4
    mask = Image.new("L", (width, height))
    draw = ImageDraw.Draw(mask)
    for _ in range(rng.randint(4, 7)):
        x, y, reach = rng.randrange(width), rng.uniform(0.08, 0.48) * height, rng.uniform(0.06, 0.16) * width
        for _ in range(14):
            dx, size = rng.gauss(0, 0.5) * reach, rng.uniform(0.1, 0.35) * reach
            draw.ellipse((x + dx - size, y - size * 0.28, x + dx + size, y + size * 0.2), fill=rng.randint(60, 150))
    soft = mask.filter(ImageFilter.GaussianBlur(height / 60)).resize(sky.size, Image.Resampling.BICUBIC)
    sky.paste(mix(scene.palette.horizon, scene.palette.disc, 0.4), (0, 0, *sky.size), soft)


def _sea(sky: Image.Image, scene: Scene, sun_x: int, rng: Random) -> None:
    width, height = sky.size
    top = int(height * HORIZON)
    far, near = mix(_land(scene, 0.0), scene.palette.horizon, 0.45), _land(scene, 0.0)
    sky.paste(_gradient((width, height - top), far, near), (0, top))
    draw = ImageDraw.Draw(sky)
    for _ in range(420):
        depth = rng.random() ** 1.6
        y, spread = top + depth * (height - top), width * (0.02 + 0.09 * depth)
        x, length = rng.gauss(sun_x, spread), (0.004 + 0.02 * depth) * width * rng.uniform(0.4, 1.3)
        shine = mix(mix(far, near, depth), scene.palette.disc, rng.uniform(0.25, 0.8))
        draw.line((x - length, y, x + length, y), fill=shine, width=1 + round(depth * 2))


def paint_sky(scene: Scene, width: int, height: int) -> Image.Image:
    """The part that stands still: air, sun or moon, clouds, far ridge or open water."""
    rng = Random(scene.seed)
    palette, split = scene.palette, int(height * 0.42)
    sky = _gradient((width, height), palette.middle, palette.horizon)
    sky.paste(_gradient((width, split), palette.top, palette.middle), (0, 0))
    sky.paste(_gradient((width, int(height * HORIZON) - split), palette.middle, palette.horizon), (0, split))
    sky.paste(palette.horizon, (0, int(height * HORIZON), width, height))
    high = scene.hour in (Hour.DAY, Hour.NIGHT)
    centre = int(width * rng.uniform(0.25, 0.75)), int(height * (rng.uniform(0.16, 0.3) if high else 0.5))
    if scene.hour is Hour.NIGHT:
        _stars(sky, rng)
    _glow(sky, centre, int(height * (0.45 if high else 0.8)), palette.disc, 0.55 if scene.hour is Hour.NIGHT else 0.9)
    _disc(sky, centre, int(height * (0.04 if high else 0.065)), palette.disc)
    _clouds(sky, scene, rng)
    if scene.place is Place.OCEAN:
        _sea(sky, scene, centre[0], rng)
    else:
        band = _band(scene, width, height, 0)
        _ridge(band, scene, rng, base=0.60, rise=0.10, depth=0.82)
        sky.paste(band, (0, 0), band)
    return sky


def paint_middle(scene: Scene, width: int, height: int) -> Image.Image:
    """The band from MIDDLE_TOP down that slides slowly: two ridges, the nearer one less hazy."""
    rng = Random(scene.seed + 1)
    band = _band(scene, width, height, MIDDLE_TOP)
    if scene.place is Place.OCEAN:
        _ridge(band, scene, rng, base=0.56, rise=0.30, depth=0.62, floor=HORIZON)
        return band
    _ridge(band, scene, rng, base=0.46, rise=0.22, depth=0.58)
    _ridge(band, scene, rng, base=0.68, rise=0.18, depth=0.34)
    return band


def paint_near(scene: Scene, width: int, height: int) -> Image.Image:
    """The band from NEAR_TOP down that slides fast: dark, with trees, roofs or rocks on its back."""
    rng = Random(scene.seed + 2)
    band = _band(scene, width, height, NEAR_TOP)
    low = scene.place is Place.OCEAN
    _ridge(band, scene, rng, base=0.92 if low else 0.72, rise=0.22 if low else 0.16, depth=0.04)
    return band


def _band(scene: Scene, width: int, height: int, top: float) -> Image.Image:
    # Transparent, but of the haze's colour: transparent black would leave a dark line along every edge.
    return Image.new("RGBA", (width, height - int(height * top)), (*scene.palette.horizon, 0))


def _outline(scene: Scene, rng: Random, width: int, scale: float) -> list[float]:
    """Heights of -1 to 1 for every second pixel: long waves, sharpened into peaks where there is snow."""
    sharp = scene.place is Place.SNOW
    waves = [(rng.uniform(0.7, 1.3) * 2**k, rng.uniform(0, math.tau), 0.55**k) for k in range(6 if sharp else 4)]
    if scene.place is Place.DESERT:
        waves = waves[:2]
    total = sum(weight for _, _, weight in waves)
    heights = []
    for x in range(0, width + 2, 2):
        angles = ((math.tau * x / scale * pitch + phase, weight) for pitch, phase, weight in waves)
        heights.append(sum((1 - 2 * abs(math.sin(a / 2)) if sharp else math.sin(a)) * w for a, w in angles) / total)
    return heights


def _ridge(
    band: Image.Image, scene: Scene, rng: Random, *, base: float, rise: float, depth: float, floor: float | None = None
) -> None:
    """Lay one ridge into a band; `base` and `rise` are shares of the band, `depth` is how hazy it is."""
    width, height = band.size
    unit = height / 768 / (1 - (NEAR_TOP if depth < 0.1 else MIDDLE_TOP if depth < 0.7 else 0))
    heights = _outline(scene, rng, width, scale=height * (2.2 + 2.2 * (1 - depth)))
    tops = [height * (base - rise * value) for value in heights]
    # Drawn twice as large and halved: polygon edges of Pillow are not smooth by themselves.
    mask = Image.new("L", (width * 2, height * 2))
    draw = ImageDraw.Draw(mask)
    draw.polygon([(0, height * 2), *((i * 4, y * 2) for i, y in enumerate(tops)), (width * 2, height * 2)], fill=255)
    _things(draw, scene, rng, tops, depth, unit)
    smooth = mask.reduce(2)
    if floor is not None:
        cut = int(height * (floor - MIDDLE_TOP) / (1 - MIDDLE_TOP))
        smooth.paste(0, (0, cut, width, height))
    top, bottom = _land(scene, depth), _land(scene, min(1.0, depth + 0.24) if depth > 0.1 else 0.0)
    if depth <= 0.1:
        bottom = mix(bottom, (4, 6, 12), 0.55)
    fill = _gradient((width, height), top, bottom)
    if scene.place is Place.CITY and depth < 0.7:
        _windows(fill, scene, rng, depth, unit)
    band.paste(fill, (0, 0), smooth)


def _things(draw: ImageDraw.ImageDraw, scene: Scene, rng: Random, tops: list[float], depth: float, unit: float) -> None:
    """What stands on a ridge, into a mask of twice the size: trees or towers, smaller and denser far away."""
    size = 26 * unit * (1.25 - depth) * (1 if scene.place is Place.FOREST else 0.8)
    if depth > 0.7 or scene.place in (Place.DESERT, Place.OCEAN):
        return
    step = int(size * (2.2 if scene.place is Place.CITY else 0.9 if scene.place is Place.FOREST else 5))
    x = rng.uniform(0, step)
    while x < len(tops) * 4:
        y, grow = tops[min(len(tops) - 1, int(x / 4))] * 2, rng.uniform(0.7, 1.5)
        if scene.place is Place.CITY:
            half = size * rng.uniform(0.7, 1.3)
            draw.rectangle((x - half, y - size * 5 * grow**2, x + half, y + 400), fill=255)
        else:
            for tier in range(3):
                half, low = size * grow * (0.62 - 0.14 * tier), y + size * 0.5 - tier * size * grow * 0.8
                draw.polygon([(x - half, low), (x, low - size * grow * 1.5), (x + half, low)], fill=255)
        x += step * rng.uniform(0.5, 1.6)


def _windows(fill: Image.Image, scene: Scene, rng: Random, depth: float, unit: float) -> None:
    draw = ImageDraw.Draw(fill)
    lit = mix((255, 206, 120), scene.palette.horizon, depth)
    share = 0.35 if scene.hour in (Hour.NIGHT, Hour.SUNSET) else 0.06
    pitch = max(5, round(12 * unit * (1.1 - depth)))
    for y in range(0, fill.height, pitch):
        for x in range(0, fill.width, pitch):
            if rng.random() < share:
                glow = mix(fill.getpixel((x, y)), lit, rng.uniform(0.3, 0.9))  # type: ignore[arg-type]
                draw.rectangle((x, y, x + pitch // 3, y + pitch // 2), fill=glow)
