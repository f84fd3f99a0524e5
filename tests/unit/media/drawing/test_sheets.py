"""Contact sheets, title cards and captions: what is on them, where, and what strangers' text cannot do to them."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from bot.media.drawing.cards import ACCENT, caption, title_card
from bot.media.drawing.sheets import FRAME, MOST, WIDTH, Cell, plan_grid, sheet
from tests.unit.media.conftest import picture

NO_FONTS: tuple[Path, ...] = ()
WIDE = 1.6
REST = (Cell(8), Cell(9))
"""Cells beside the one that matters: three in a row are drawn faster than one alone."""


async def drawn(cells: list[Cell], heading: str = "") -> Image.Image:
    data = await sheet(cells, heading, NO_FONTS)
    image = Image.open(io.BytesIO(data))
    assert image.format == "PNG"
    return image.convert("RGB")


@pytest.fixture
def poster(tmp_path: Path) -> Path:
    path = tmp_path / "poster.jpg"
    path.write_bytes(picture((640, 360), "JPEG"))
    return path


@pytest.mark.parametrize("count", range(1, MOST + 1))
async def test_every_number_of_cells(count: int, poster: Path) -> None:
    cells = [Cell(number, poster, "ada", "a storm", number) for number in range(count)]
    image, grid = await drawn(cells, "Round 1"), plan_grid(cells, "Round 1")
    assert image.size == grid.size
    assert image.width == WIDTH
    assert image.height < WIDE * WIDTH
    places = [grid.corner(index) for index in range(count)]
    assert len(set(places)) == count
    for x, y in places:
        left, right = (x + grid.picture[0] // 4, y + 100), (x + 3 * grid.picture[0] // 4, y + 100)
        assert _near(image, left, (255, 0, 0))
        assert _near(image, right, (0, 0, 255))
        assert x >= 28
        assert x + grid.picture[0] <= WIDTH - 28


def _near(image: Image.Image, at: tuple[int, int], meant: tuple[int, int, int]) -> bool:
    colour = image.getpixel(at)
    assert isinstance(colour, tuple)
    return all(abs(one - other) < 12 for one, other in zip(colour, meant, strict=True))


@pytest.mark.parametrize("count", [0, MOST + 1])
async def test_no_cells_or_too_many(count: int) -> None:
    with pytest.raises(ValueError, match="1 to 9"):
        await sheet([Cell(1)] * count)


async def test_the_winner_stands_out(poster: Path) -> None:
    cells = [Cell(1, poster, "ada"), Cell(2, poster, "bob")]
    usual, won = await drawn(cells), await drawn([cells[0], replace(cells[1], winner=True)])
    x, y = plan_grid(cells, "").corner(1)
    edge = (x + 100, y - FRAME // 2)
    assert _near(won, edge, ACCENT)
    assert not _near(usual, edge, ACCENT)


async def test_numbers_votes_and_names_are_drawn(poster: Path) -> None:
    cell = Cell(1, poster, "ada", "a storm", 3)
    seen = [cell, replace(cell, number=2), replace(cell, votes=4), replace(cell, votes=None), replace(cell, name="bob")]
    seen.append(replace(cell, excerpt="a calm"))
    pictures = [(await drawn([each, *REST])).tobytes() for each in seen]
    assert len(set(pictures)) == len(pictures)


async def test_a_portrait_is_shown_whole(tmp_path: Path) -> None:
    path = tmp_path / "upright.jpg"
    path.write_bytes(picture((360, 640), "JPEG"))
    image, (x, y) = await drawn([Cell(1, path)]), plan_grid([Cell(1)], "").corner(0)
    width, height = plan_grid([Cell(1)], "").picture
    assert _near(image, (x + width // 2 - 40, y + height - 10), (255, 0, 0))
    assert not _near(image, (x + width // 4, y + height // 2), (255, 0, 0))


@pytest.mark.parametrize("data", [b"", b"<svg/>", b"%!PS-Adobe", picture()[:300], picture((9, 9), "GIF")])
async def test_a_poster_that_cannot_be_read_is_as_good_as_none(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "poster.jpg"
    path.write_bytes(data)
    nothing = (await drawn([Cell(1), *REST])).tobytes()
    assert (await drawn([Cell(1, path), *REST])).tobytes() == nothing
    assert (await drawn([Cell(1, tmp_path / "gone.jpg"), *REST])).tobytes() == nothing


@pytest.mark.parametrize("text", ["雨の夜", "\x00\x1b\u202e", "🌧️"])
async def test_text_that_no_font_has_is_left_out(text: str) -> None:
    assert (await drawn([Cell(1, name=text), *REST])).tobytes() == (await drawn([Cell(1, name="\n"), *REST])).tobytes()


async def test_long_text_stays_in_its_cell() -> None:
    cells = [Cell(1, name="w" * 5000, excerpt="i " * 5000), Cell(2)]
    image, bare = await drawn(cells, "h" * 5000), await drawn([Cell(1, name="."), Cell(2)], "h")
    x, y = plan_grid(cells, "h").corner(1)
    box = (x, y, WIDTH, image.height)
    assert image.size == bare.size
    assert image.crop(box).tobytes() == bare.crop(box).tobytes()


@pytest.mark.parametrize("size", [(1366, 768), (720, 1280), (64, 48)])
async def test_cards_and_captions_have_the_size_asked_for(size: tuple[int, int]) -> None:
    card = Image.open(io.BytesIO(await title_card("The storm " * 30, "ada, bob", size, NO_FONTS)))
    over = Image.open(io.BytesIO(await caption("a storm " * 30, size, NO_FONTS)))
    assert (card.size, card.mode) == (size, "RGB")
    assert (over.size, over.mode) == (size, "RGBA")
    alpha = over.getchannel("A")
    box = alpha.getbbox()
    assert box is not None
    assert alpha.crop((0, 0, size[0], size[1] // 2)).getbbox() is None  # the upper half stays clear
    assert box[2] < size[0]
    assert box[3] < size[1]


async def test_a_card_differs_by_its_words() -> None:
    words = [("The storm", "ada"), ("The calm", "ada"), ("The storm", "bob"), ("", "ada"), ("The storm", ""), ("", "")]
    cards = [await title_card(*pair, (320, 180), NO_FONTS) for pair in words]
    assert len(set(cards)) == len(cards)
    assert await title_card("雨", "夜", (320, 180), NO_FONTS) == cards[-1]


@pytest.mark.parametrize("text", ["", "雨の夜", "\x07"])
async def test_a_caption_without_words_is_clear(text: str) -> None:
    over = Image.open(io.BytesIO(await caption(text, (320, 180), NO_FONTS)))
    assert over.getchannel("A").getbbox() is None
