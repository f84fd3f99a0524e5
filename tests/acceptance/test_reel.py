"""/reel: chosen and ordered in private, joined, and posted once, whatever happens meanwhile."""

from __future__ import annotations

import asyncio
import io
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import discord
import pytest
import simcord
from PIL import Image

from bot.media.mp4 import Mp4Facts, inspect
from sandbox.render import FfmpegRenderer, Order
from sandbox.stills import still
from tests.acceptance.making import make, message_of, shown
from tests.acceptance.studio import Studio, open_studio
from tests.acceptance.test_video import plays, saved

FRAMES = 6 * 8
"""Of each clip here: six seconds, so small that joining takes no time."""

RATE = 24
"""Frames a second of a reel that is encoded anew: the nearest of the usual rates."""


class SmallRenderer:
    """Serves two small clips that were made before: a wide one, and an upright one for prompts that ask for it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def render(self, order: Order) -> Path:
        """See sandbox.render.Renderer."""
        return self._folder / ("tall.mp4" if "tall" in order.prompt else "wide.mp4")

    def close(self) -> None:
        """Leave the files alone."""


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small")
    asyncio.run(_render(folder))
    return folder


async def _render(folder: Path) -> None:
    renderer = FfmpegRenderer(folder, frame_rate=8, short_side=180)
    (await renderer.render(Order("a calm sea", 6, 180))).rename(folder / "wide.mp4")
    upright = io.BytesIO()
    Image.open(io.BytesIO(still("forest"))).crop((0, 0, 432, 768)).save(upright, "PNG")
    (await renderer.render(Order("forest", 6, 180, first=upright.getvalue()))).rename(folder / "tall.mp4")


@pytest.fixture
async def cutting(tmp_path: Path, small: Path) -> AsyncIterator[Studio]:
    """A studio whose clips are small."""
    async with open_studio(tmp_path / "data", renderer=SmallRenderer(small), render_seconds=0.1) as studio:
        yield studio


class Builder:
    """A member's private builder."""

    def __init__(self, studio: Studio, member: simcord.MemberActor, result: simcord.InteractionResult) -> None:
        assert result.response is not None
        self.studio, self.member, self.message = studio, member, result.response.message
        self.ephemeral = result.ephemeral

    @property
    def text(self) -> str:
        return self.studio.readable(self.message)

    @property
    def menus(self) -> dict[str, discord.SelectMenu]:
        """The selects by what they do."""
        container = self.message.components[0]
        menus = [part for row in container.children for part in getattr(row, "children", [])]  # type: ignore[union-attr]
        return {m.custom_id.split(":")[1]: m for m in menus if isinstance(m, discord.SelectMenu)}

    async def choose(self, verb: str, *labels: str) -> None:
        """Choose options by what they are called."""
        menu = self.menus[f"reel-{verb}"]
        values = [next(o.value for o in menu.options if o.label == label) for label in labels]
        result = await self.member.select(self.message, values, custom_id=menu.custom_id)
        self._show(result)

    async def press(self, label: str) -> str:
        """Press a button; what is shown afterwards."""
        self._show(await self.member.click(self.message, label=label))
        return self.text

    def _show(self, result: simcord.InteractionResult) -> None:
        assert result.response is not None
        self.message = result.response.message


async def open_builder(studio: Studio, member: simcord.MemberActor, **options: Any) -> Builder:
    return Builder(studio, member, await member.slash(studio.channel, "reel", **options))


def reels(studio: Studio) -> list[discord.Message]:
    return [m for m in studio.clips() if m.attachments[0].filename.startswith("rushes-reel-")]


async def until_reel(studio: Studio) -> discord.Message:
    await studio.until(lambda: reels(studio), "a reel")
    await studio.until(lambda: any("The reel is ready" in status for status in studio.statuses()), "it is said")
    (reel,) = reels(studio)
    return reel


def pinged(studio: Studio, message: discord.Message) -> list[int]:
    return list(studio.env.backend.get_message(studio.channel.id, message.id).ping_user_ids)


async def facts_of(reel: discord.Message, folder: Path) -> Mp4Facts:
    path = await saved(reel, folder)
    assert plays(path)
    return inspect(path)


async def test_equal_clips_are_joined_frame_by_frame_and_posted_once(cutting: Studio, tmp_path: Path) -> None:
    jobs = await make(cutting, cutting.ada, "one", "two", "three")
    builder = await open_builder(cutting, cutting.ben)
    assert builder.ephemeral
    assert "a reel costs no credits" in builder.text
    answer = await builder.press("Make the reel")
    assert "will be posted in this channel" in answer
    reel = await until_reel(cutting)
    facts = await facts_of(reel, tmp_path)
    assert (facts.frames, facts.width) == (3 * FRAMES, 320)
    assert pinged(cutting, reel) == [cutting.ben.id]
    assert f"/{jobs['two'].result_message_id}" in reel.content
    assert (await cutting.allowance(cutting.ben)).used == 0
    assert not any((tmp_path / "data" / "reels").iterdir())


async def test_the_order_is_what_was_chosen(cutting: Studio) -> None:
    await make(cutting, cutting.ada, "one", "two", "three", "four")
    builder = await open_builder(cutting, cutting.ada)
    await builder.choose("pick", "one", "three", "four")
    await builder.choose("sort", "Order: oldest first")
    assert builder.text.index("1 one") < builder.text.index("2 three") < builder.text.index("3 four")
    await cutting.restart()
    await builder.choose("next", "four")
    assert "1 four" in builder.text
    await builder.choose("next", "three")
    await builder.press("Make the reel")
    content = cutting.readable(await until_reel(cutting))
    assert content.index("1 four") < content.index("2 three") < content.index("3 one")
    assert "two" not in content


async def test_a_title_and_names_are_drawn(cutting: Studio, tmp_path: Path) -> None:
    await make(cutting, cutting.ada, "one", "two")
    builder = await open_builder(cutting, cutting.ada, title="Rushes of *Monday* @everyone", captions=True)
    await builder.press("Make the reel")
    reel = await until_reel(cutting)
    facts = await facts_of(reel, tmp_path)
    assert facts.frames == (2 + 6 + 6) * RATE
    assert (facts.width, facts.height) == (320, 180)
    assert not reel.mention_everyone
    assert "@everyone" not in reel.content


async def test_clips_of_different_sizes_become_one(cutting: Studio, tmp_path: Path) -> None:
    await make(cutting, cutting.ada, "wide", "tall")
    builder = await open_builder(cutting, cutting.ada)
    await builder.choose("sort", "Order: oldest first")
    await builder.press("Make the reel")
    facts = await facts_of(await until_reel(cutting), tmp_path)
    assert (facts.frames, facts.width, facts.height) == ((6 + 6) * RATE, 320, 180)


async def test_a_clip_that_went_meanwhile_is_left_out_and_named(cutting: Studio, tmp_path: Path) -> None:
    jobs = await make(cutting, cutting.ada, "one", "gone", "three")
    builder = await open_builder(cutting, cutting.ada)
    await cutting.mod.delete(message_of(cutting, jobs["gone"]))
    await builder.press("Make the reel")
    reel = await until_reel(cutting)
    assert (await facts_of(reel, tmp_path)).frames == 2 * FRAMES
    assert "Left out, because they are gone: “gone”" in reel.content


async def test_with_fewer_than_two_left_there_is_a_word_and_no_reel(cutting: Studio) -> None:
    jobs = await make(cutting, cutting.ada, "one", "two")
    builder = await open_builder(cutting, cutting.ada)
    await cutting.press(cutting.ada, message_of(cutting, jobs["one"]), "Delete")
    await builder.press("Make the reel")
    await cutting.until(lambda: any("fewer than two" in text for text in cutting.statuses()), "it is said")
    await cutting.until(lambda: not _open_rows(cutting), "it ends")
    assert reels(cutting) == []
    refused = await cutting.ada.slash(cutting.channel, "reel")
    assert "at least two clips" in shown(cutting, refused)


async def test_stopped_in_the_middle_it_is_made_again_and_posted_once(cutting: Studio, tmp_path: Path) -> None:
    await make(cutting, cutting.ada, "one", "two")
    builder = await open_builder(cutting, cutting.ada, title="twice")
    await builder.press("Make the reel")
    await cutting.until(lambda: any("putting a reel together" in text for text in cutting.statuses()), "it begins")
    await cutting.restart()
    reel = await until_reel(cutting)
    assert (await facts_of(reel, tmp_path)).frames == (2 + 6 + 6) * RATE
    assert len([text for text in cutting.statuses() if "The reel is ready" in text]) == 1


async def test_a_reel_that_was_posted_but_not_noted_is_found_and_not_posted_again(cutting: Studio) -> None:
    jobs = await make(cutting, cutting.ada, "one", "two")
    await (await open_builder(cutting, cutting.ada)).press("Make the reel")
    reel = await until_reel(cutting)
    await cutting.mod.delete(message_of(cutting, jobs["one"]))  # it could not be made again
    await rewrite(
        cutting,
        "UPDATE assemblies SET ended_at = NULL, message_id = NULL, state = json_set(state, '$.stage', 'building')",
    )
    await cutting.until(lambda: not _open_rows(cutting), "it ends again")
    assert [message.id for message in reels(cutting)] == [reel.id]
    assert not any("fewer than two" in text for text in cutting.statuses())


async def rewrite(studio: Studio, statement: str, *values: object) -> None:
    """Change the rows as only a crash, or somebody with the database in their hands, can."""
    await studio.stop()
    with sqlite3.connect(studio.database) as connection:
        connection.execute(statement, values)
    connection.close()
    await studio.start()
    await studio.env.restart_bot(studio.app.new_bot(shard_count=1))


def _open_rows(studio: Studio) -> int:
    with sqlite3.connect(studio.database) as connection:
        (count,) = connection.execute("SELECT count(*) FROM assemblies WHERE ended_at IS NULL").fetchone()
    connection.close()
    return int(count)


async def test_nobody_else_can_press_a_builder(cutting: Studio) -> None:
    await make(cutting, cutting.ada, "one", "two")
    builder = await open_builder(cutting, cutting.ada)
    with pytest.raises(simcord.SetupError):
        await cutting.ben.click(builder.message, label="Make the reel")
    # Discord shows a builder to its owner alone; should a press of somebody else come all the same, it is refused.
    await rewrite(cutting, "UPDATE assemblies SET user_id = ?", cutting.ben.id)
    assert "Only the person who asked" in told(await cutting.ada.click(builder.message, label="Make the reel"))
    assert reels(cutting) == []


@contextmanager
def nothing_can_be_posted(studio: Studio) -> Iterator[None]:
    """Discord is unwell: whatever is being made stays so."""
    studio.env.inject_error("POST", "/channels/*/messages", times=None)
    yield
    studio.env.backend.faults.clear()


async def test_make_pressed_twice_makes_one_reel(cutting: Studio) -> None:
    await make(cutting, cutting.ada, "one", "two")
    builder = await open_builder(cutting, cutting.ada)
    stored = cutting.env.backend.get_message(cutting.channel.id, builder.message.id)
    before, message = stored.components, builder.message
    with nothing_can_be_posted(cutting):
        await builder.press("Make the reel")
        stored.components = before  # what a second click sees that is faster than the answer to the first
        assert "being made just now" in told(await cutting.ada.click(message, label="Make the reel"))
    await until_reel(cutting)
    await cutting.until(lambda: not _open_rows(cutting), "it ends")
    stored.components = before
    assert "This builder is closed" in told(await cutting.ada.click(message, label="Make the reel"))
    assert len(reels(cutting)) == 1


def told(result: simcord.InteractionResult) -> str:
    return "".join(followup.content for followup in result.followups)


async def test_a_second_builder_closes_the_first_and_a_second_reel_waits(cutting: Studio) -> None:
    await make(cutting, cutting.ada, "one", "two")
    first = await open_builder(cutting, cutting.ada)
    second = await open_builder(cutting, cutting.ada)
    assert "This builder is closed" in told(await cutting.ada.click(first.message, label="Make the reel"))
    with nothing_can_be_posted(cutting):
        await second.press("Make the reel")
        assert "being made just now" in shown(cutting, await cutting.ada.slash(cutting.channel, "reel"))
        assert "in this order" in shown(cutting, await cutting.ben.slash(cutting.channel, "reel"))
    await until_reel(cutting)


async def test_of_two_builders_that_came_to_be_at_once_one_is_made(cutting: Studio) -> None:
    await make(cutting, cutting.ada, "one", "two")
    first = await open_builder(cutting, cutting.ada)
    second = await open_builder(cutting, cutting.ada)
    await rewrite(cutting, "UPDATE assemblies SET ended_at = NULL, state = json_set(state, '$.stage', 'choosing')")
    with nothing_can_be_posted(cutting):
        await first.press("Make the reel")
        assert "being made just now" in told(await cutting.ada.click(second.message, label="Make the reel"))
    await until_reel(cutting)


async def test_a_cancelled_builder_makes_nothing(cutting: Studio) -> None:
    await make(cutting, cutting.ada, "one", "two")
    builder = await open_builder(cutting, cutting.ada)
    assert "is forgotten" in await builder.press("Cancel")
    await cutting.until(lambda: not _open_rows(cutting), "it ends")
    assert reels(cutting) == []


@pytest.mark.parametrize("times", [1, None], ids=["once", "always"])
async def test_a_reel_that_is_not_taken_is_tried_smaller_and_then_given_up(cutting: Studio, times: int | None) -> None:
    await make(cutting, cutting.ada, "one", "two")
    builder = await open_builder(cutting, cutting.ada, title="too large", captions=True)
    await builder.press("Make the reel")
    await cutting.until(lambda: any("( Stop )" in text for text in cutting.statuses()), "it begins")
    await cutting.stop()
    assert reels(cutting) == []
    cutting.env.inject_error("POST", "/channels/*/messages", status=413, code=40005, times=times)
    await cutting.start()
    await cutting.env.restart_bot(cutting.app.new_bot(shard_count=1))
    if times == 1:
        await until_reel(cutting)
    else:
        await cutting.until(lambda: any("larger than this channel" in text for text in cutting.statuses()), "a word")
        assert reels(cutting) == []


async def test_a_reel_can_be_stopped_by_its_owner_and_not_by_others(cutting: Studio) -> None:
    await make(cutting, cutting.ada, "one", "two", "three", "four")
    builder = await open_builder(cutting, cutting.ada, title="not to be", captions=True)
    await builder.press("Make the reel")
    await cutting.until(lambda: any("( Stop )" in text for text in cutting.statuses()), "it begins")
    progress = next(m for m in cutting.messages() if "( Stop )" in cutting.readable(m))
    assert "Only the person who asked" in await cutting.press(cutting.ben, progress, "Stop")
    assert "The reel was stopped" in await cutting.press(cutting.mod, progress, "Stop")
    await cutting.until(lambda: not _open_rows(cutting), "it ends")
    assert reels(cutting) == []
    assert "The reel was stopped" in cutting.statuses()[-1]


async def test_a_reel_is_deleted_by_its_owner_or_a_moderator(cutting: Studio) -> None:
    await make(cutting, cutting.ada, "one", "two")
    await (await open_builder(cutting, cutting.ben)).press("Make the reel")
    reel = await until_reel(cutting)
    assert "Only the person who asked" in await cutting.press(cutting.ada, reel, "Delete")
    await cutting.restart()
    assert "The reel is deleted" in await cutting.press(cutting.mod, reel, "Delete")
    assert reels(cutting) == []
