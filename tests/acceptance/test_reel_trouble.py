"""/reel in trouble: restarts, second presses, presses of other people, and a Discord that takes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import simcord

from tests.acceptance.cutting_room import RATE, facts_of, open_builder, open_rows, reels, rewrite, told, until_reel
from tests.acceptance.making import make, message_of, shown
from tests.acceptance.studio import Studio


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
    await cutting.until(lambda: not open_rows(cutting), "it ends again")
    assert [message.id for message in reels(cutting)] == [reel.id]
    assert not any("fewer than two" in text for text in cutting.statuses())


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
    await cutting.until(lambda: not open_rows(cutting), "it ends")
    stored.components = before
    assert "This builder is closed" in told(await cutting.ada.click(message, label="Make the reel"))
    assert len(reels(cutting)) == 1


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


async def test_a_builder_that_was_just_closed_keeps_no_other_waiting(cutting: Studio) -> None:
    await make(cutting, cutting.ada, "one", "two")
    first = await open_builder(cutting, cutting.ada)
    await cutting.app.engine.stop()  # what is closed from here on is not brought to its end
    await first.press("Cancel")
    second = await open_builder(cutting, cutting.ada)
    assert "will be posted in this channel" in await second.press("Make the reel")


async def test_of_two_builders_that_came_to_be_at_once_one_is_made(cutting: Studio) -> None:
    await make(cutting, cutting.ada, "one", "two")
    first = await open_builder(cutting, cutting.ada)
    second = await open_builder(cutting, cutting.ada)
    await rewrite(cutting, "UPDATE assemblies SET ended_at = NULL, state = json_set(state, '$.stage', 'choosing')")
    with nothing_can_be_posted(cutting):
        await first.press("Make the reel")
        assert "being made just now" in told(await cutting.ada.click(second.message, label="Make the reel"))
    await until_reel(cutting)


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
    await cutting.until(lambda: not open_rows(cutting), "it ends")
    assert reels(cutting) == []
    assert "The reel was stopped" in cutting.statuses()[-1]
