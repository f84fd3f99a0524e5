"""/admin panel and its commands, as a moderator uses them: what is set holds from the next request on."""

from __future__ import annotations

from typing import Any

import discord
import simcord

from bot.client.bot import RushesBot
from sandbox.providers.catalogue import APIFRAME_ERRORS
from tests.acceptance.making import delivered
from tests.acceptance.studio import Studio

REFUSED_WORD = "does not allow “gore”"


class Panel:
    """A moderator's panel."""

    def __init__(self, studio: Studio, who: simcord.MemberActor, opened: simcord.InteractionResult) -> None:
        self.studio = studio
        self.who = who
        self.opened = opened

    @property
    def message(self) -> Any:
        assert self.opened.response is not None
        return self.opened.response

    @property
    def text(self) -> str:
        return self.studio.readable(self.message.message)

    def custom(self, verb: str) -> str:
        """The custom id of what does this."""
        return next(one for one in ids(self.message.message.components) if f"panel-{verb}:" in one)

    async def turn(self, page: str) -> str:
        result = await self.who.select(self.message, [page], custom_id=self.custom("page"))
        assert result.acknowledged
        return self.text

    async def press(self, verb: str) -> simcord.InteractionResult:
        return await self.who.click(self.message, custom_id=self.custom(verb))

    async def fill(self, verb: str, **values: Any) -> str:
        form = await self.press(verb)
        assert form.modal is not None, self.text
        await self.who.submit_modal(form, values)
        return self.text


def ids(components: Any) -> list[str]:
    found = []
    for one in components:
        found += [one.custom_id] if getattr(one, "custom_id", None) else []
        found += ids(getattr(one, "children", []) or [])
    return found


async def open_panel(studio: Studio, who: simcord.MemberActor) -> Panel:
    result = await who.slash(studio.channel, "admin panel")
    assert result.ephemeral
    return Panel(studio, who, result)


async def test_a_moderator_sets_everything_in_one_message(studio: Studio) -> None:
    role = studio.guild.create_role("Makers")
    panel = await open_panel(studio, studio.mod)
    assert "Everybody may make clips" in panel.text
    await panel.turn("words")
    assert "Saved" in await panel.fill("words", words="gore, blood", patterns="n+ope")
    assert REFUSED_WORD in await studio.video(studio.ada, "so much GÖRE here")
    assert "something in that wording" in await studio.video(studio.ada, "a nnnope")
    await panel.turn("budget")
    assert "today 0 of 3 credits" in await panel.fill("budget", day="3", month="")
    await panel.turn("members")
    result = await studio.mod.select(panel.message, [role], custom_id=panel.custom("makers"))
    assert result.acknowledged
    assert "Only these roles" in panel.text
    assert "one of these roles" in await studio.video(studio.ada)
    await panel.turn("overview")
    await panel.press("pause")
    assert "Paused" in panel.text
    assert "paused new clips in this server" in await studio.video(studio.ada)
    await panel.press("resume")
    assert "New clips are taken" in panel.text
    await panel.turn("log")
    assert "changed the lists: words 2, patterns 1" in panel.text
    assert "paused new clips" in await studio.say(studio.mod, "admin log")
    assert studio.submissions() == 0


async def test_a_block_is_lifted_in_the_panel(studio: Studio) -> None:
    await studio.say(studio.mod, "admin block", member=studio.ben, reason="spam")
    assert "blocked" in (await studio.video(studio.ben)).lower()
    panel = await open_panel(studio, studio.mod)
    assert "spam" in await panel.turn("members")
    await studio.mod.select(panel.message, [studio.ben], custom_id=panel.custom("unblock"))
    assert "spam" not in panel.text
    assert "Accepted" in await studio.video(studio.ben)


async def test_whoever_may_not_ask_is_told_that_and_not_what_providers_lack(studio: Studio) -> None:
    refused = await studio.video(studio.ada, provider="acedata", resolution="1080p")
    assert "AceData Cloud" in refused
    await studio.say(studio.mod, "admin pause", reason="exams")
    paused = await studio.video(studio.ada, provider="acedata", resolution="1080p")
    assert "exams" in paused
    assert "AceData" not in paused


async def test_a_broken_pattern_is_refused_when_it_is_typed_and_a_wild_one_hangs_nobody(studio: Studio) -> None:
    panel = await open_panel(studio, studio.mod)
    await panel.turn("words")
    for pattern, said in (
        ("(a", "not a pattern"),
        ("a*", "every text"),
        ("x" * 201, "longer than"),
        ("(?=a)b", "not a"),
    ):
        assert said in await panel.fill("words", words="", patterns=pattern)
    assert "Saved" in await panel.fill("words", words="", patterns=r"(a+)+$|(x|xx)+y")
    assert "Accepted" in await studio.video(studio.ada, "a" * 1500 + "b " + "x" * 400)


async def test_of_two_moderators_at_once_the_second_sees_the_newer_state(studio: Studio) -> None:
    first, second = await open_panel(studio, studio.mod), await open_panel(studio, studio.mod)
    for panel in (first, second):
        await panel.turn("places")
    await first.press("spoilers")
    assert "Every clip is shown as a spoiler" in first.text
    await second.press("adults")
    assert "Somebody else changed these settings" in second.text
    assert "Every clip is shown as a spoiler" in second.text
    assert "Only age-restricted channels\n" not in second.text
    await second.press("adults")
    assert "Only age-restricted channels" in second.text


async def test_rights_are_checked_at_the_press_and_not_when_the_panel_was_opened(studio: Studio) -> None:
    panel = await open_panel(studio, studio.mod)
    await panel.turn("budget")
    form = await panel.press("budget")
    assert form.modal is not None
    guild = studio.env.bot.get_guild(studio.guild.id)
    assert guild is not None
    await next(role for role in guild.roles if role.name == "Producers").edit(permissions=discord.Permissions.none())
    for refused in (
        await studio.mod.submit_modal(form, {"day": "0", "month": "0"}),
        await panel.press("budget"),
        await studio.mod.select(panel.message, ["log"], custom_id=panel.custom("page")),
    ):
        assert refused.response is not None
        assert "Manage Server" in studio.readable(refused.response.message)
    assert "Accepted" in await studio.video(studio.ada)
    bot = studio.env.bot
    assert isinstance(bot, RushesBot)
    admin = next(command for command in await bot.tree.fetch_commands() if command.name == "admin")
    studio.guild.set_command_permissions(admin, {studio.ada: True})
    for command in ("panel", "log", "resume", "budget", "pause"):
        assert "Manage Server" in await studio.say(studio.ada, f"admin {command}")


async def test_a_deleted_role_or_channel_does_no_harm(studio: Studio) -> None:
    role = studio.guild.create_role("Makers")
    channel = studio.guild.create_text_channel("clips")
    panel = await open_panel(studio, studio.mod)
    await panel.turn("members")
    await studio.mod.select(panel.message, [role], custom_id=panel.custom("makers"))
    await panel.turn("log")
    await studio.mod.select(panel.message, [channel], custom_id=panel.custom("log"))
    guild = studio.env.bot.get_guild(studio.guild.id)
    assert guild is not None
    for thing in (guild.get_role(role.id), guild.get_channel(channel.id)):
        assert thing is not None
        await thing.delete()
    assert "Only these roles" in await panel.turn("members")
    assert "one of these roles" in await studio.video(studio.ada)
    await studio.mod.select(panel.message, [], custom_id=panel.custom("makers"))
    assert "Accepted" in await studio.video(studio.ada)
    await panel.turn("log")


async def test_the_log_channel_is_told_of_acts_and_failures_and_pings_nobody(studio: Studio) -> None:
    channel = studio.guild.create_text_channel("mod-log")
    panel = await open_panel(studio, studio.mod)
    await panel.turn("log")
    await studio.mod.select(panel.message, [channel], custom_id=panel.custom("log"))
    await studio.say(studio.mod, "admin block", member=studio.ben, reason="*spam*", days=2)
    assert "Reason: *spam*." in await studio.video(studio.ben)
    await studio.until(lambda: any("blocked" in one.content for one in channel.history()), "the line of the block")
    line = next(one for one in channel.history() if "blocked" in one.content)
    assert list(studio.env.backend.get_message(channel.id, line.id).ping_user_ids) == []
    assert r"Reason: \*spam\*." in line.content
    await studio.say(studio.mod, "admin unblock", member=studio.ben)
    studio.box.apiframe.faults.add(APIFRAME_ERRORS["job_failed_moderation"])
    assert "Accepted" in await studio.video(studio.ben, "a *rude* word", provider="apiframe")
    await studio.until(lambda: any("rude" in one.content for one in channel.history()), "the line of the failure")
    line = next(one for one in channel.history() if "rude" in one.content)
    assert list(studio.env.backend.get_message(channel.id, line.id).ping_user_ids) == []
    assert f"<@{studio.ben.id}>" in line.content
    assert r"\*rude\*" in line.content


async def test_roles_and_members_have_allowances_of_their_own_and_can_be_set_back(studio: Studio) -> None:
    small, large = studio.guild.create_role("Small"), studio.guild.create_role("Large")
    studio.ada = studio.guild.add_member(studio.env.create_user("eve"), roles=[small, large])
    panel = await open_panel(studio, studio.mod)
    await panel.turn("members")
    for role, share in ((small, "2"), (large, "20")):
        assert "Saved" in await panel.fill("roles", role=[role], credits=share)
    assert "20 credits left" in await studio.say(studio.ada, "quota")
    await studio.say(studio.mod, "admin quota set", member=studio.ada, credits=1)
    assert "1 credit left" in await studio.say(studio.ada, "quota")
    await studio.say(studio.mod, "admin quota reset", member=studio.ada)
    assert "20 credits left" in await studio.say(studio.ada, "quota")


async def test_every_clip_of_the_server_is_a_spoiler_if_it_wants(studio: Studio) -> None:
    panel = await open_panel(studio, studio.mod)
    await panel.turn("places")
    await panel.press("spoilers")
    await delivered(studio, studio.ada, "a fox")
    (clip,) = studio.clips()
    assert clip.attachments[0].is_spoiler()


async def test_only_the_bots_owner_pauses_every_server(studio: Studio) -> None:
    assert "Only the bot's owner" in await studio.say(studio.mod, "admin pause", everywhere=True)
    assert "Accepted" in await studio.video(studio.ada)
    bot = studio.env.bot
    assert isinstance(bot, RushesBot)
    bot.owner_ids = {studio.mod.id}
    assert "any server" in await studio.say(studio.mod, "admin pause", everywhere=True, reason="too dear")
    assert "Reason: too dear." in await studio.video(studio.ada)
    assert "taken again" in await studio.say(studio.mod, "admin resume", everywhere=True)
    assert "Accepted" in await studio.video(studio.ada)
