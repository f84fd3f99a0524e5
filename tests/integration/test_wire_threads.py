"""Threads on messages, pins, members and selects of the simulated Discord, as an unmodified client sees them."""

from __future__ import annotations

from typing import Any

import aiohttp
import discord
import pytest
from discord import ui

from tests.wire.client import Client, channel_of, refusal
from tests.wire.server import Wire
from tests.wire.things import BOT_PERMISSIONS, Flag, Permission

THREAD = {"id", "type", "flags", "guild_id", "name", "owner_id", "thread_metadata", "member"} | {
    f"{what}_count" for what in ("message", "member")
}
"""What Discord's openapi.json requires of a ThreadResponse, and the member that whoever opens one is."""


async def test_a_message_has_one_thread_which_has_its_id(wire: Wire, client: Client) -> None:
    message = await channel_of(client, wire).send("an idea")
    thread = await message.create_thread(name="the idea", auto_archive_duration=4320)
    assert (thread.id, thread.name, thread.auto_archive_duration) == (message.id, "the idea", 4320)
    assert thread.parent_id == message.channel.id
    assert await refusal(message.create_thread(name="again")) == (400, 160004)
    await wire.until(lambda: client.get_channel(thread.id))
    assert (await thread.send("within")).channel.id == thread.id
    assert [posted.content for posted in wire.posted("the idea")] == ["within"]
    shown = await channel_of(client, wire).fetch_message(message.id)
    assert shown.flags.has_thread
    assert shown.thread is not None
    assert shown.thread.id == thread.id
    asked = await wire.interactions.command("ada", "the idea", "show", {"text": "hi"})
    await wire.until(lambda: asked.answer)
    assert isinstance(client.heard[0].channel, discord.Thread)


async def test_a_thread_is_spelled_as_discord_does(wire: Wire, client: Client) -> None:
    message = await channel_of(client, wire).send("an idea")
    url = f"{wire.api_url}/channels/{message.channel.id}/messages/{message.id}/threads"
    headers = {"Authorization": f"Bot {wire.world.token}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        async with session.post(url, json={"name": "x" * 101}) as response:
            assert (await response.json())["code"] == 50035
        async with session.post(url, json={"name": "the idea"}) as response:
            body = await response.json()
    assert (response.status, THREAD - body.keys()) == (201, set())
    assert body["owner_id"] == body["member"]["user_id"] == str(wire.world.bot.user_id)


async def test_where_no_thread_can_be_opened(wire: Wire, client: Client) -> None:
    within = await channel_of(client, wire, "night shots").send("x")
    assert await refusal(within.create_thread(name="nested")) == (400, 50024)
    message = await channel_of(client, wire).send("x")
    await message.delete()
    assert await refusal(message.create_thread(name="gone")) == (404, 10008)
    other = await channel_of(client, wire).send("y")
    await wire.changes.channel("brainstorm", permissions=BOT_PERMISSIONS & ~Permission.CREATE_PUBLIC_THREADS)
    assert await refusal(other.create_thread(name="not allowed")) == (403, 50013)


async def test_pins(wire: Wire, client: Client) -> None:
    message = await channel_of(client, wire).send("x")
    await message.pin()
    await message.pin()
    assert (await channel_of(client, wire).fetch_message(message.id)).pinned
    await wire.changes.channel("brainstorm", permissions=BOT_PERMISSIONS & ~Permission.PIN_MESSAGES)
    assert await refusal(message.pin()) == (403, 50013)
    assert wire.ledger.unknown_routes() == []


async def test_members(wire: Wire, client: Client) -> None:
    guild = client.get_guild(wire.world.guild("The Cutting Room").guild_id)
    assert guild is not None
    assert (await guild.fetch_member(wire.world.user("ada").user_id)).display_name == "Ada"
    stranger = wire.world.add_user("stranger")
    assert await refusal(guild.fetch_member(stranger.user_id)) == (404, 10007)


async def test_selects_in_a_message_that_one_person_sees(wire: Wire, client: Client) -> None:
    chosen: list[list[str]] = []
    menu: ui.Select[Any] = ui.Select(
        custom_id="menu", max_values=2, options=[discord.SelectOption(label=label) for label in ("a", "b", "c")]
    )

    async def on_choice(interaction: discord.Interaction[Any]) -> None:
        chosen.append(menu.values)
        await interaction.response.edit_message(content="chosen")

    async def answer(interaction: discord.Interaction[Any]) -> None:
        view: ui.View = ui.View(timeout=None)
        view.add_item(menu)
        await interaction.response.send_message("choose", view=view, ephemeral=True)

    menu.callback, client.answer = on_choice, answer  # type: ignore[method-assign]
    asked = await wire.interactions.command("ada", "brainstorm", "show", {"text": "hi"})
    await wire.until(lambda: asked.original)
    assert asked.original is not None
    for values in (["d"], [], ["a", "b", "c"]):
        with pytest.raises(ValueError, match="cannot be chosen"):
            await wire.interactions.select("ada", asked.original, values, custom_id="menu")
    await wire.interactions.select("ada", asked.original, ["c", "a"], custom_id="menu")
    await wire.until(lambda: asked.original is not None and asked.original.content == "chosen")
    assert (chosen, Flag.EPHEMERAL in asked.original.flags) == ([["c", "a"]], True)


async def test_a_select_holds_at_most_twenty_five(wire: Wire, client: Client) -> None:
    menu: dict[str, Any] = {
        "type": 3,
        "custom_id": "m",
        "options": [{"label": "x", "value": str(n)} for n in range(26)],
    }
    url = f"{wire.api_url}/channels/{wire.world.channel('brainstorm').channel_id}/messages"
    headers = {"Authorization": f"Bot {wire.world.token}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        for options, status in ((menu["options"], 400), (menu["options"][:25], 200), ([], 400)):
            rows = [{"type": 1, "components": [menu | {"options": options}]}]
            async with session.post(url, json={"content": "x", "components": rows}) as response:
                assert response.status == status
