"""Erase: afterwards nothing of a member is left, wherever one looks, and no sum has changed."""

from __future__ import annotations

import pytest

from bot.models import Job, JobStatus
from cogs.core.ids import custom_id
from sandbox.providers.catalogue import APIFRAME_ERRORS
from tests.acceptance import traces
from tests.acceptance.brainstorm_round import Round, begin
from tests.acceptance.cutting_room import open_builder, until_reel
from tests.acceptance.making import delivered, message_of
from tests.acceptance.studio import Studio
from tests.acceptance.test_menus import picture
from tests.acceptance.test_panel import open_panel
from tests.acceptance.traces import erase, left_of, sums, until_erased

SECRET = "zebra"
"""In every prompt of the member who is erased, and in no other."""

PICTURES = {"image": ("a.png", picture("red")), "end_image": ("b.png", picture("blue"))}


@pytest.fixture(autouse=True)
def _told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")


async def test_one_clip_with_pictures_is_gone_from_everywhere(studio: Studio, caplog: pytest.LogCaptureFixture) -> None:
    job = await delivered(studio, studio.ada, f"a {SECRET}", **PICTURES)
    await studio.app.services.library.poster(job)
    before = sums(studio)
    assert "is being erased" in await erase(studio, studio.ada)
    await until_erased(studio)
    assert studio.messages() == []
    assert left_of(studio, [SECRET, str(studio.ada.id)], caplog.text) == []
    assert sums(studio) == before
    assert (await studio.allowance(studio.ada)).used == job.price, "the credits of the day are used all the same"


async def test_a_moderator_who_made_nothing_is_gone_from_the_log_channel(
    studio: Studio, caplog: pytest.LogCaptureFixture
) -> None:
    desk, channel = studio.app.services.desk, studio.guild.create_text_channel("mod-log")
    await desk.change(traces.admin(studio, 1), "log", lambda rules: rules.but(log_channel=channel.id))
    await studio.say(studio.mod, "admin budget", day=50)
    await studio.until(lambda: len(channel.history()) == 2, "the lines of what was done")
    await erase(studio, studio.mod)
    await until_erased(studio)
    assert left_of(studio, [str(studio.mod.id)], caplog.text) == []


@pytest.mark.parametrize("moved", [False, True])
async def test_the_lines_of_a_log_channel_about_a_member_are_gone(
    studio: Studio, caplog: pytest.LogCaptureFixture, moved: bool
) -> None:
    desk, channel = studio.app.services.desk, studio.guild.create_text_channel("mod-log")
    panel = await open_panel(studio, studio.mod)
    await panel.turn("log")
    await studio.mod.select(panel.message, [channel], custom_id=panel.custom("log"))
    await desk.block(traces.admin(studio, 2), studio.ada.id, f"{SECRET} again", 1)
    await desk.pardon(traces.admin(studio, 3), studio.ada.id)
    for member, prompt in ((studio.ada, f"a rude {SECRET}"), (studio.ben, "a rude whale")):
        studio.box.apiframe.faults.add(APIFRAME_ERRORS["job_failed_moderation"])
        await studio.video(member, prompt, provider="apiframe")
        await studio.until(lambda prompt=prompt: any(prompt in one.content for one in channel.history()), prompt)  # type: ignore[misc]
    if moved:
        other = studio.guild.create_text_channel("other-log")
        await studio.mod.select(panel.message, [other], custom_id=panel.custom("log"))
    await erase(studio, studio.ada)
    await until_erased(studio)
    assert left_of(studio, [SECRET, str(studio.ada.id)], caplog.text) == []
    assert any("a rude whale" in one.content for one in channel.history()), "what is ben's stays"


async def clips_and_what_shows_them(studio: Studio) -> Job:
    """Clips of ada's and one of ben's, two boards, a reel, takes side by side, and votes; ben's clip."""
    ada, ben = studio.ada, studio.ben
    one = await delivered(studio, ada, f"one {SECRET}", **PICTURES)
    other = await delivered(studio, ben, "a whale")
    await ben.click(message_of(studio, one), label="Vote")
    await ada.click(message_of(studio, other), label="Vote")
    await studio.video(ada, f"takes of a {SECRET}", takes=2)
    await studio.until_jobs(ada, *[JobStatus.DELIVERED] * 3)
    for member in (ada, ben):
        await member.slash(studio.channel, "board")
    await (await open_builder(studio, ben)).press("Make the reel")
    await until_reel(studio)
    return other


async def voted_on(studio: Studio) -> Round:
    """A brainstorm of ben's with a take of ada's, which both have voted for."""
    round_ = await begin(studio, studio.ben, "a whale at sea", takes=2)
    await round_.write(studio.ada, "Add my take", f"a whale and a {SECRET}")
    await round_.press(studio.ben, "Render all")
    await round_.until_board("Vote with the buttons")
    take = next(job for job in await studio.jobs(studio.ada) if "and a" in job.request.prompt)
    clip = next(message for message in round_.clips() if message.id == take.result_message_id)
    for member in (studio.ada, studio.ben):
        await member.click(clip, custom_id=custom_id("vote", take.job_id))
    return round_


async def drafts(studio: Studio) -> Round:
    """A draft of ada's with a take of ben's, and one of ben's with a take of ada's: the latter."""
    own = await begin(studio, studio.ada, f"a {SECRET} at dawn", takes=2)
    await own.write(studio.ben, "Add my take", "a whale at dawn")
    draft = await begin(studio, studio.ben, "an owl", takes=2)
    await draft.write(studio.ada, "Add my take", f"an owl and a {SECRET}")
    await draft.until_board(SECRET)
    return draft


async def test_nothing_is_left_of_what_was_made_together(cutting: Studio, caplog: pytest.LogCaptureFixture) -> None:
    studio, ada, desk = cutting, cutting.ada, cutting.app.services.desk
    await desk.set_daily(traces.admin(studio, 1), ada.id, 50)
    await desk.grant(traces.admin(studio, 2), ada.id, 3)
    await desk.grant(studio.target(ada, 3), studio.ben.id, 30)
    other = await clips_and_what_shows_them(studio)
    theirs, draft = await voted_on(studio), await drafts(studio)
    await desk.block(traces.admin(studio, 4), ada.id, f"{SECRET} again", None)
    before = sums(studio)
    assert len(left_of(studio, [SECRET, str(ada.id)], caplog.text)) > 20, "what is there is found"

    await erase(studio, ada)
    await until_erased(studio)
    assert left_of(studio, [SECRET, str(ada.id)], caplog.text) == []
    assert sums(studio) == before
    (vote,) = [row for row in traces.rows(studio)["votes"] if row[0] == other.job_id]
    assert int(str(vote[1])) < 0
    assert (await studio.app.services.library.votes([other.job_id]))[other.job_id] == 1, "her vote still counts"
    assert message_of(studio, other), "what is ben's stays"
    assert "somebody who was erased" in theirs.text(theirs.board())
    assert "an owl" in draft.text(draft.board()), "the draft goes on without her"
    assert "blocked" in (await studio.video(ada, "a cat")).lower(), "a block survives"
    assert (await studio.allowance(ada)).limit == 53, "and so do daily credits that were set, and those of today"
    await desk.set_daily(traces.admin(studio, 5), ada.id, None)
    assert (await studio.allowance(ada)).limit == 13


async def test_the_picture_of_a_brainstorm_goes_from_the_takes_of_others_too(studio: Studio) -> None:
    round_ = await begin(studio, studio.ada, f"a {SECRET}", takes=2, image=PICTURES["image"])
    await round_.write(studio.ben, "Add my take", "a whale")
    await round_.press(studio.ada, "Render all")
    await round_.until_board("Vote with the buttons")
    folder = studio.database.parent / "images"
    assert len(list(folder.iterdir())) == 4
    board = round_.board()
    studio.env.inject_error("DELETE", f"/channels/*/messages/{board.id}", status=400, code=50083)
    await erase(studio, studio.ada)
    await until_erased(studio)
    assert list(folder.iterdir()) == []
    (clip,) = round_.clips()
    (job,) = await studio.jobs(studio.ben)
    assert (job.result_message_id, job.assembly_id) == (clip.id, None)
    assert [message.id for message in round_.messages()] == [clip.id], "the board too, although its thread was archived"
    assert "deleted" in await studio.press(studio.ben, clip, "Delete"), "it stands alone from now on"
