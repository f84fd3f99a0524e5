"""/brainstorm: from an idea to a winner that several people made and voted for."""

from __future__ import annotations

import asyncio
from pathlib import Path

import discord
import pytest

from bot.assemblies import brainstorm as brainstorming
from bot.assemblies import rows
from bot.errors import Refused
from bot.models import JobStatus
from sandbox.drawing.render import PrebuiltRenderer
from sandbox.drawing.stills import still
from sandbox.providers.faults import Ending, Fault, Outcome
from tests.acceptance.brainstorm_round import Round, begin, voting
from tests.acceptance.studio import Studio, open_studio
from tests.acceptance.test_languages import Languages


async def test_from_an_idea_to_the_clip_that_most_members_like(studio: Studio) -> None:
    round_ = await begin(studio, studio.ada, takes=2, minutes=30)
    assert round_.thread.name == "a fox in the snow"
    assert "@ada is brainstorming: a fox in the snow" in studio.readable(studio.messages()[0])
    board = round_.text(round_.board())
    assert "1. @ada [Push in] a fox in the snow" in board
    assert "2. @ada [Pull out,Pedestal up] a fox in the snow" in board
    assert "Price: @ada 2 credits" in board
    assert (await studio.allowance(studio.ada)).left == 10, "drafting costs nothing"

    assert "costs you 1 credit" in await round_.write(studio.ben, "Add my take", "a fox dives into a drift")
    await round_.until_board("3. @ben a fox dives into a drift")
    await round_.until_board("Price: @ada 2 credits · @ben 1 credit")
    assert "3 takes are on their way" in await round_.press(studio.ada, "Render all")
    board = await round_.until_board("Vote with the buttons")
    assert len(round_.clips()) == 3
    (dive,) = (m for m in round_.clips() if "dives" in m.content)
    assert "take 3 of 3" in dive.content, "the number on the board is that of the clip"
    assert {m.mentions[0].id for m in round_.clips()} == {studio.ada.id, studio.ben.id}
    assert ((await studio.allowance(studio.ada)).used, (await studio.allowance(studio.ben)).used) == (2, 1)
    assert board.count("0 votes") == 3

    await round_.vote(studio.ada, "dives")
    await round_.vote(studio.mod, "dives")
    await round_.vote(studio.ben, "Push in")
    await round_.until_board("3. @ben a fox dives into a drift\n2 votes")
    assert "Voting is over" in await round_.press(studio.ada, "Decide now")
    result = await round_.until_result()
    await round_.until_ended()
    assert "Decided: take 3 by @ben wins with 2 votes." in result
    assert "🏆 3. @ben a fox dives into a drift\n2 votes · Go to the clip" in result
    assert "1. @ada [Push in] a fox in the snow\n1 vote" in result
    assert "the result stands below" in await round_.until_board("2 votes")
    (pinned,) = round_.thread.pinned_messages()
    assert "dives" in pinned.content


async def test_the_result_shows_the_clips_side_by_side_and_says_so_to_those_who_cannot_see(studio: Studio) -> None:
    round_ = await voting(studio)
    await round_.vote(studio.ben, "Push in")
    await round_.press(studio.mod, "Decide now")
    await round_.until_result()
    (message,) = round_.results()
    assert message.attachments[0].filename == "contact-sheet.png"
    assert (await message.attachments[0].read()).startswith(b"\x89PNG")
    (gallery,) = (c for c in message.components[0].children if isinstance(c, discord.MediaGalleryComponent))  # type: ignore[union-attr]
    assert gallery.items[0].description == ("The takes side by side. 1: ada, 1 vote, winner; 2: ada, 0 votes")
    answer = await studio.ben.click(message, label="Show prompts")
    assert answer.response is not None
    assert answer.ephemeral
    text = (await answer.response.message.attachments[0].read()).decode()
    assert text == "1. ada\n[Push in] a fox in the snow\n\n2. ada\n[Pull out,Pedestal up] a fox in the snow"


# -- drafting ----------------------------------------------------------------------------------------------------------


async def test_takes_are_edited_and_removed_by_their_owner_or_a_moderator_alone(studio: Studio) -> None:
    round_ = await begin(studio, studio.ada, takes=2)
    await round_.write(studio.ben, "Add my take", "of ben's own")
    await round_.until_board("3. @ben")
    for wrong, label in ((studio.ben, "Edit 1"), (studio.ada, "Edit 3")):
        assert "Only the person who asked for it" in await round_.write(wrong, label)
    assert "changed" in await round_.write(studio.ada, "Edit 1", "an owl instead")
    assert "changed" in await round_.write(studio.mod, "Edit 3", "of ben's, but shorter")
    await round_.until_board("1. @ada an owl instead")
    await round_.until_board("3. @ben of ben's, but shorter")
    assert "removed" in await round_.write(studio.ada, "Edit 2", remove=True)
    await round_.until_board("2. @ben of ben's, but shorter")
    assert "Please write a prompt" in await round_.write(studio.ada, "Edit 1", "\u200b \u2060")
    assert "an owl instead" in round_.text(round_.board())


async def test_only_who_began_or_a_moderator_renders_and_decides(studio: Studio) -> None:
    round_ = await begin(studio, studio.ada, takes=2)
    assert "Only the person who asked for it" in await round_.press(studio.ben, "Render all")
    assert await round_.jobs() == []
    assert "2 takes" in await round_.press(studio.mod, "Render all")
    assert {job.target.user_id for job in await round_.jobs()} == {studio.ada.id}, "who pays is who owns the takes"
    await round_.until_board("Vote with the buttons")
    assert "Only the person who asked for it" in await round_.press(studio.ben, "Decide now")
    assert "Voting is over" in await round_.press(studio.mod, "Decide now")
    assert "nobody voted" in await round_.until_result()
    assert round_.thread.pinned_messages() == []


async def test_there_is_room_for_three_takes_a_member_and_ten_in_all(studio: Studio) -> None:
    round_ = await begin(studio, studio.ada, takes=6)
    for number in range(3):
        assert "on the list" in await round_.write(studio.ben, "Add my take", f"of ben's {number}")
    assert "You have added 3 takes" in await round_.write(studio.ben, "Add my take", "a fourth")
    assert "on the list" in await round_.write(studio.mod, "Add my take", "of mod's")
    assert "There are 10 takes already" in await round_.write(studio.mod, "Add my take", "one more")
    board = await round_.until_board("10. @mod of mod's")
    assert "Price: @ada 6 credits · @ben 3 credits · @mod 1 credit" in board


async def test_an_idea_pings_nobody_and_changes_no_layout(studio: Studio) -> None:
    round_ = await begin(studio, studio.ada, "@everyone **look** <@1> [x](https://evil.example)\n# big", takes=2)
    starter = studio.messages()[0]
    assert "@everyone" not in starter.content
    assert not starter.mention_everyone
    assert [user.id for user in starter.mentions] == [studio.ada.id]
    assert not round_.board().mention_everyone
    assert len(round_.thread.name or "") <= 100
    await round_.write(studio.ben, "Add my take", "@here ~~now~~")
    assert "@here" not in str(round_.board().components)


async def test_takes_share_a_first_frame(studio: Studio) -> None:
    round_ = await begin(studio, studio.ada, takes=2, image=("x.png", still("forest at dawn")), provider="apiframe")
    assert "[picture: first-frame.png]" in round_.text(round_.board())
    await round_.write(studio.ben, "Add my take", "the wind rises")
    await round_.press(studio.ada, "Render all")
    await round_.until_board("Vote with the buttons")
    pictures = [job.request.first_frame for job in await round_.jobs()]
    assert len({picture.name for picture in pictures if picture}) == 3
    assert "[picture: first-frame.png]" in round_.text(round_.board())


async def test_a_provider_that_always_rewrites_prompts_is_used_as_it_is(tmp_path: Path, clip: Path) -> None:
    async with open_studio(tmp_path, renderer=PrebuiltRenderer(clip), apiframe_api_key=None) as studio:
        round_ = await begin(studio, studio.ada, takes=2)
        assert "2 takes are on their way" in await round_.press(studio.ada, "Render all")
        await round_.until_board("Vote with the buttons")


async def test_in_a_thread_it_happens_in_that_thread(studio: Studio) -> None:
    first = await begin(studio, studio.ada, takes=2)
    before = len(studio.messages())
    result = await studio.ben.slash(first.thread, "brainstorm", idea="an owl at noon", takes=2)
    assert result.response is not None
    assert f"<#{first.thread.id}>" in studio.readable(result.response.message)
    assert len(studio.channel.threads) == 1
    assert len(studio.messages()) == before
    board = first.messages()[-1]
    assert "Brainstorm by @ben" in first.text(board)
    assert "2 takes are on their way" in await studio.press(studio.ben, board, "Render all")
    await studio.until(lambda: len(first.clips()) == 2, "the clips")


async def test_it_speaks_the_language_of_who_began_and_answers_each_in_their_own(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    Languages(studio, monkeypatch).set(studio.ada, "ja")
    answer = await studio.say(studio.ada, "brainstorm", idea="雪の中のキツネ", takes=2)
    assert "ブレインストーミングを開きました" in answer
    round_ = Round(studio, studio.channel.threads[0])
    assert "ada さんのブレインストーミングです" in round_.text(round_.board())
    assert "on the list" in await round_.write(studio.ben, "自分のテイクを追加", "a fox dives")
    assert "3件のテイクの作成を始めました" in await round_.press(studio.ada, "すべて作成")
    await round_.until_board("投票してください")
    ready = {m.mentions[0].id: m.content for m in round_.clips()}
    assert "your clip is ready" in ready[studio.ben.id]
    assert "動画ができました" in ready[studio.ada.id]


# -- money -------------------------------------------------------------------------------------------------------------


async def test_render_pressed_twice_renders_once(studio: Studio) -> None:
    round_ = await begin(studio, studio.ada, takes=2)
    # The board stays as it is: others may still see it so, and its buttons may be forged for ever.
    board = f"/channels/*/messages/{round_.board().id}"
    studio.env.inject_error("PATCH", board, status=403, code=50013, times=None)
    await round_.press(studio.ada, "Render all")
    for presser in (studio.ada, studio.mod):
        assert "rendered already" in await round_.press(presser, "Render all")
    assert "rendered already" in await round_.write(studio.ben, "Edit 1")
    await round_.until_stage("voting")
    assert studio.charged() == 2


async def test_a_list_that_is_closed_offers_no_more_changes(studio: Studio) -> None:
    round_ = await begin(studio, studio.ada, takes=2)
    await round_.press(studio.ada, "Render all")
    board = await round_.until_board("Vote with the buttons")
    assert "( Edit" not in board
    assert "( Add my take )" not in studio.readable(studio.messages()[0])


async def test_of_two_who_close_the_list_at_once_one_does(studio: Studio) -> None:
    round_ = await begin(studio, studio.ada, takes=2)
    edit = rows.brainstorm_edited(brainstorming.reserving(studio.app.services.assembler.now()))

    async def close() -> str:
        try:
            await studio.app.services.assembler.change(round_.assembly_id, edit, guild_id=studio.guild.id)
        except Refused as refused:
            return refused.code
        return "closed"

    assert sorted(await asyncio.gather(*(close() for _ in range(5)))) == ["brainstorm_begun"] * 4 + ["closed"]


async def test_where_the_starters_credits_do_not_reach_nothing_is_held(studio: Studio) -> None:
    await studio.say(studio.mod, "admin quota set", credits=3)
    assert "costs 4 credits and you have 3 of 3 left" in await studio.say(studio.ada, "brainstorm", idea="x", takes=4)
    assert studio.channel.threads == []
    round_ = await begin(studio, studio.ada, takes=3)
    await round_.write(studio.ben, "Add my take", "of ben's own")
    await studio.video(studio.ada, "something else meanwhile")
    assert "costs 3 credits and you have 2 of 3 left" in await round_.press(studio.ada, "Render all")
    assert "@ada has too few credits" in await round_.press(studio.mod, "Render all")
    assert await round_.jobs() == []
    assert (await studio.allowance(studio.ben)).left == 3
    assert "removed" in await round_.write(studio.ada, "Edit 3", remove=True)
    assert "3 takes are on their way" in await round_.press(studio.ada, "Render all")


async def test_takes_of_somebody_whose_credits_do_not_reach_are_left_out(studio: Studio) -> None:
    round_ = await begin(studio, studio.ada, takes=2)
    await round_.write(studio.ben, "Add my take", "of ben's own")
    await studio.say(studio.mod, "admin quota set", credits=0, member=studio.ben)
    assert "Nothing is left" in await round_.write(studio.ben, "Add my take", "another")
    assert "2 takes are on their way" in await round_.press(studio.ada, "Render all")
    board = await round_.until_board("Vote with the buttons")
    assert "Left out, because the credits did not reach: takes of @ben." in board
    assert "3. @ben of ben's own\nleft out" in board
    assert len(await round_.jobs()) == 2
    assert (await studio.allowance(studio.ben)).held == 0


async def test_one_take_that_fails_does_not_stop_the_others(studio: Studio) -> None:
    studio.box.apiframe.faults.add(Fault(match="Pull out", outcome=Outcome(Ending.FAILED, text="no capacity")))
    round_ = await begin(studio, studio.ada, takes=3, provider="apiframe")
    await round_.press(studio.ada, "Render all")
    board = await round_.until_board("Vote with the buttons")
    assert "no clip" in board
    await round_.vote(studio.ben, "Push in")
    await round_.vote(studio.ada, "Tracking shot")
    await round_.press(studio.ada, "Decide now")
    result = await round_.until_result()
    assert "A tie: take 1 by @ada and take 3 by @ada, with 1 vote each." in result
    assert "1 take ended without a clip here." in result
    assert (await studio.allowance(studio.ada)).used == 2
    await round_.until_ended()
    assert len(round_.thread.pinned_messages()) == 2


async def test_where_every_take_fails_it_is_said_and_nothing_is_charged(studio: Studio) -> None:
    studio.box.apiframe.faults.add(Fault(times=None, outcome=Outcome(Ending.FAILED, text="no capacity")))
    round_ = await begin(studio, studio.ada, takes=2, provider="apiframe")
    await round_.press(studio.ada, "Render all")
    assert "No clip came of this brainstorm." in await round_.until_result()
    assert [job.status for job in await round_.jobs()] == [JobStatus.FAILED] * 2
    assert (await studio.allowance(studio.ada)).left == 10


async def test_one_clip_alone_is_not_voted_on(studio: Studio) -> None:
    studio.box.apiframe.faults.add(Fault(match="Pull out", outcome=Outcome(Ending.FAILED, text="no capacity")))
    round_ = await begin(studio, studio.ada, takes=2, provider="apiframe")
    await round_.press(studio.ada, "Render all")
    assert "One clip came of this brainstorm" in await round_.until_result()
