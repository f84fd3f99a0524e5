"""What edits messages of one channel shares its turns, and keeps nobody waiting for what they asked for."""

from __future__ import annotations

from tests.acceptance.making import buttons, delivered, message_of
from tests.acceptance.studio import Studio


async def test_a_count_elsewhere_waits_for_the_turn_of_its_channel_and_the_pressed_one_does_not(studio: Studio) -> None:
    job = await delivered(studio, studio.ada, "a fox")
    private = await studio.ben.slash(studio.channel, "clip", clip=job.job_id)
    assert private.response is not None
    now, edits = studio.app.services.assembler.now, studio.app.services.outlet.edits
    while edits.book(studio.channel.id) < now() + 2.0:
        pass
    turn = edits.book(studio.channel.id)
    pressed = await studio.ben.click(private.response.message, label="Vote")
    assert pressed.response is not None
    assert "▲ 1" in buttons(pressed.response.message), "whoever pressed waits for nothing"
    assert "▲ 1" not in buttons(message_of(studio, job))
    await studio.until(lambda: "▲ 1" in buttons(message_of(studio, job)), "the count on the clip in the channel")
    assert now() > turn
