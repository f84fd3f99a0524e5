"""Mentions, custom emoji and timestamps in prompts: a provider, a search and the channel get names."""

from __future__ import annotations

import discord
import pytest

from bot.models import JobStatus
from tests.acceptance.brainstorm_round import begin
from tests.acceptance.making import delivered, message_of
from tests.acceptance.studio import Studio


def asked(studio: Studio) -> list[str]:
    """The prompts that a provider was sent, oldest first."""
    sent = [request.json for request in studio.box.apiframe.requests if isinstance(request.json, dict)]
    return [str(body["prompt"]) for body in sent if "prompt" in body]


async def test_a_provider_is_sent_names(studio: Studio) -> None:
    ben, role = studio.ben.id, studio.guild.create_role("Night shift")
    prompt = f"<@{ben}> and <@!{studio.ada.id}> of the <@&{role.id}> in <#{studio.channel.id}> <a:dance:1> <t:0:D>"
    job = await delivered(studio, studio.ada, prompt)
    spelled = "ben and ada of the Night shift in #brainstorm dance 1970-01-01"
    assert asked(studio) == [spelled]
    assert job.request.prompt == spelled
    clip, status = message_of(studio, job), studio.status_of("Night shift")
    assert spelled in studio.readable(clip)
    assert {member.id for member in clip.mentions} == {studio.ada.id}, "whoever asked, and nobody who is named"
    assert {member.id for member in status.mentions} == {studio.ada.id}


async def test_members_are_called_what_this_server_calls_them(studio: Studio) -> None:
    eve = studio.guild.add_member(studio.env.create_user("eve"), nick="The Director")
    await delivered(studio, studio.ada, f"a portrait of <@{eve.id}>")
    assert asked(studio) == ["a portrait of The Director"]


async def test_who_or_what_is_unknown_is_somebody_or_something(studio: Studio) -> None:
    await delivered(studio, studio.ada, "<@1234567890123456789> with <@&1234567890123456789> in <#1234567890123456789>")
    assert asked(studio) == ["somebody with some people in some channel"]


async def test_a_look_that_fails_or_takes_too_long_costs_only_the_name(studio: Studio) -> None:
    eve = studio.guild.add_member(studio.env.create_user("eve"))
    studio.env.inject_error("GET", f"/guilds/*/members/{eve.id}", status=403, code=50001)
    await delivered(studio, studio.ada, f"a portrait of <@{eve.id}>")
    assert asked(studio)[0] in {"a portrait of somebody", "a portrait of eve"}


async def test_names_of_hidden_channels_are_not_to_be_had(studio: Studio) -> None:
    secret = studio.guild.create_text_channel("the-secret-plan")
    bot_channel = studio.env.bot.get_channel(secret.id)
    assert isinstance(bot_channel, discord.TextChannel)
    await bot_channel.set_permissions(bot_channel.guild.default_role, view_channel=False)
    await delivered(studio, studio.ada, f"a door to <#{secret.id}>")
    assert asked(studio) == ["a door to some channel"]


async def test_what_is_made_of_it_and_found_again_has_the_names(studio: Studio) -> None:
    job = await delivered(studio, studio.ada, f"a portrait of <@{studio.ben.id}>")
    await studio.press(studio.ada, message_of(studio, job), "Again")
    form = await studio.ada.click(message_of(studio, job), label="Remix")
    prompt = f"<@{studio.mod.id}> by the sea"
    await studio.ada.submit_modal(form, {"prompt": prompt, "format": ["/"], "provider": ["auto"]})
    form = await studio.ada.click(message_of(studio, job), label="Extend")
    await studio.ada.submit_modal(form, {"prompt": f"<@{studio.mod.id}> walks in"})
    await studio.until_jobs(studio.ada, *[JobStatus.DELIVERED] * 4)
    assert sorted(asked(studio)) == ["a portrait of ben"] * 2 + ["mod by the sea", "mod walks in"]
    for search in ("BEN", f"<@{studio.ben.id}>"):
        found = await studio.say(studio.ada, "history", search=search)
        assert found.count("a portrait of ben") == 2
        assert "by the sea" not in found


@pytest.mark.parametrize("takes", [2])
async def test_a_brainstorm_has_names_in_its_idea_and_its_takes(studio: Studio, takes: int) -> None:
    round_ = await begin(studio, studio.ada, f"<@{studio.ben.id}> in the snow", takes=takes)
    assert round_.thread.name == "ben in the snow"
    await round_.write(studio.ben, "Add my take", f"<@{studio.ada.id}> dives <:splash:1>")
    await round_.until_board("3. @ben ada dives splash")
    await round_.write(studio.ada, "Edit 1", f"<@{studio.ben.id}> sleeps")
    board = await round_.until_board("1. @ada ben sleeps")
    assert "2. @ada [Pull out,Pedestal up] ben in the snow" in board
    await round_.press(studio.ada, "Render all")
    await round_.until_board("Vote with the buttons")
    assert sorted(asked(studio)) == ["[Pull out,Pedestal up] ben in the snow", "ada dives splash", "ben sleeps"]
