"""/help: four pages with a picture each, for whoever typed it alone, also after a restart."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from bot.models import JobStatus
from cogs.help._cog import PAGES
from tests.acceptance.studio import Studio


async def test_the_tour_shows_a_picture_and_can_be_turned_after_a_restart(studio: Studio) -> None:
    result = await studio.ada.slash(studio.channel, "help")
    assert result.ephemeral
    assert result.response is not None
    first = result.response.message
    assert [attachment.filename for attachment in first.attachments] == ["make.png"]
    assert "From an idea to a clip" in studio.readable(first)
    await studio.restart()
    turned = await studio.ada.click(first, label="Choose")
    assert turned.response is not None
    assert "Choose together" in studio.readable(turned.response.message)
    assert [attachment.filename for attachment in turned.response.message.attachments] == ["choose.png"]


def test_every_page_has_its_picture_and_is_light() -> None:
    folder = Path(__file__).parents[2] / "cogs" / "help" / "pictures"
    assert {path.stem for path in folder.iterdir()} == set(PAGES)
    for path in folder.iterdir():
        assert path.stat().st_size < 200 * 1024
        with Image.open(path) as picture:
            assert picture.size == (1200, 480)


async def test_the_first_clip_brings_a_hint_and_the_second_does_not(studio: Studio) -> None:
    for number in (1, 2):
        await studio.video(studio.ada, f"take {number}")
        await studio.until_clips(number)
        await studio.until_jobs(studio.ada, *[JobStatus.DELIVERED] * number)
    await studio.video(studio.ben, "another's first")
    texts = [clip.content for clip in await studio.until_clips(3)]
    assert ["Your first clip!" in text for text in texts] == [True, False, True]
