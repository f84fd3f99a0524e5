"""/reel: chosen and ordered in private, joined, and posted once."""

from __future__ import annotations

from pathlib import Path

from tests.acceptance.cutting_room import FRAMES, RATE, facts_of, open_builder, open_rows, pinged, reels, until_reel
from tests.acceptance.making import make, message_of, shown
from tests.acceptance.studio import Studio


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
    await cutting.until(lambda: not open_rows(cutting), "it ends")
    assert reels(cutting) == []
    refused = await cutting.ada.slash(cutting.channel, "reel")
    assert "at least two clips" in shown(cutting, refused)


async def test_a_cancelled_builder_makes_nothing(cutting: Studio) -> None:
    await make(cutting, cutting.ada, "one", "two")
    builder = await open_builder(cutting, cutting.ada)
    assert "is forgotten" in await builder.press("Cancel")
    await cutting.until(lambda: not open_rows(cutting), "it ends")
    assert reels(cutting) == []


async def test_a_reel_is_deleted_by_its_owner_or_a_moderator(cutting: Studio) -> None:
    await make(cutting, cutting.ada, "one", "two")
    await (await open_builder(cutting, cutting.ben)).press("Make the reel")
    reel = await until_reel(cutting)
    assert "Only the person who asked" in await cutting.press(cutting.ada, reel, "Delete")
    await cutting.restart()
    assert "The reel is deleted" in await cutting.press(cutting.mod, reel, "Delete")
    assert reels(cutting) == []
