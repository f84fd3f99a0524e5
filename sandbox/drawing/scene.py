"""What a clip of a prompt shows: hour, place and colours, chosen by its words and its hash. No pixels, no FFmpeg."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum

Colour = tuple[int, int, int]


class Hour(StrEnum):
    """The light."""

    DAWN = "dawn"
    DAY = "day"
    SUNSET = "sunset"
    NIGHT = "night"


class Place(StrEnum):
    """The shape of the land."""

    HILLS = "hills"
    OCEAN = "ocean"
    FOREST = "forest"
    SNOW = "snow"
    CITY = "city"
    DESERT = "desert"


@dataclass(frozen=True, slots=True)
class Palette:
    """Sky from the top down, the sun or moon, and how much of their own colour things keep in that light."""

    top: Colour
    middle: Colour
    horizon: Colour
    disc: Colour
    tint: Colour
    brightness: float


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything a painter needs; two equal scenes give the same pixels."""

    hour: Hour
    place: Place
    palette: Palette
    land: Colour
    seed: int


PALETTES = {
    Hour.DAWN: Palette((58, 72, 128), (186, 134, 168), (250, 204, 178), (255, 240, 214), (214, 160, 160), 0.62),
    Hour.DAY: Palette((44, 110, 188), (122, 182, 228), (216, 236, 244), (255, 252, 232), (190, 214, 224), 0.9),
    Hour.SUNSET: Palette((38, 34, 84), (196, 78, 92), (255, 186, 106), (255, 232, 176), (226, 110, 84), 0.5),
    Hour.NIGHT: Palette((6, 10, 30), (18, 30, 70), (52, 74, 124), (236, 240, 250), (44, 62, 108), 0.34),
}

LAND = {
    Place.HILLS: (74, 128, 72),
    Place.OCEAN: (30, 74, 104),
    Place.FOREST: (38, 88, 62),
    Place.SNOW: (150, 176, 204),
    Place.CITY: (56, 62, 84),
    Place.DESERT: (206, 142, 78),
}

SEEDS_EACH = 3
"""The sky, the middle and the foreground of one scene are drawn from seeds that follow each other."""

HOUR_WORDS = {
    Hour.DAWN: "dawn sunrise morning mist misty fog foggy daybreak early",
    Hour.DAY: "day noon sunny bright summer spring midday meadow picnic blue",
    Hour.SUNSET: "sunset dusk evening golden warm twilight autumn fire lava orange",
    Hour.NIGHT: "night midnight moon moonlit stars starry neon dark space galaxy aurora rain rainy cyberpunk lantern",
}

PLACE_WORDS = {
    Place.HILLS: "hill hills valley field fields meadow countryside farm balloon balloons village grass train road",
    Place.OCEAN: "ocean sea beach wave waves coast coastline island ship boat sail whale lake harbour tropical surf",
    Place.FOREST: "forest woods tree trees jungle fox deer wolf owl bear pine moss mushroom bamboo park",
    Place.SNOW: "snow snowy winter mountain mountains alps ice icy arctic glacier peak ski penguin frozen summit",
    Place.CITY: "city cityscape street skyline tower skyscraper skyscrapers urban tokyo taxi neon robot rooftop",
    Place.DESERT: "desert dune dunes sand sahara camel canyon mars western cactus pyramid egypt",
}


def _matches(words: set[str], vocabulary: str) -> int:
    return len(words & set(vocabulary.split()))


def imagine(prompt: str, take: int = 0) -> Scene:
    """The scene of a prompt: the best fitting words decide, the hash of the text decides what they leave open.

    Another take is the same place in the same light, seen somewhere else.
    """
    digest = hashlib.sha256(prompt.encode()).digest()
    words = set(re.findall(r"[a-z]+", prompt.lower()))
    hours = {hour: _matches(words, HOUR_WORDS[hour]) for hour in Hour}
    places = {place: _matches(words, PLACE_WORDS[place]) for place in Place}
    hour = max(Hour, key=lambda h: hours[h]) if any(hours.values()) else list(Hour)[digest[0] % len(Hour)]
    place = max(Place, key=lambda p: places[p]) if any(places.values()) else list(Place)[digest[1] % len(Place)]
    return Scene(hour, place, PALETTES[hour], LAND[place], int.from_bytes(digest[:8], "big") + SEEDS_EACH * take)
