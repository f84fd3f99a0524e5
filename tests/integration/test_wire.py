"""The simulated Discord itself, as an unmodified discord.py client sees it."""

from __future__ import annotations

import asyncio
import json
import sys
from functools import partial
from io import BytesIO
from typing import Any

import aiohttp
import discord
import pytest
from discord import ui

from tests.wire.bodies import Upload
from tests.wire.client import Client, channel_of, greet, refusal
from tests.wire.faults import Fault
from tests.wire.interactions import Interaction
from tests.wire.rest import BASE
from tests.wire.server import Wire
from tests.wire.sessions import GatewayRecord
from tests.wire.things import BOT_PERMISSIONS, Message, Permission, Pings

P = Permission


async def test_a_client_finds_its_servers(wire: Wire, client: Client) -> None:
    guild = client.get_guild(wire.world.guild("The Cutting Room").guild_id)
    assert guild is not None
    assert {channel.name for channel in guild.text_channels} == {"brainstorm", "lounge"}
    assert [thread.name for thread in guild.threads] == ["night shots"]
    assert (await client.application_info()).owner.id == wire.world.owner.user_id
    assert (await client.fetch_guild(guild.id)).premium_tier == 0
    assert wire.ledger.unknown_routes() == []


async def test_a_nonce_gives_the_first_message_again(wire: Wire, client: Client) -> None:
    channel = channel_of(client, wire)
    first = await channel.send("one", nonce="n")
    assert (await channel.send("two", nonce="n")).id == first.id
    assert (await channel_of(client, wire, "lounge").send("three", nonce="n")).id != first.id
    assert [message.content for message in wire.posted("brainstorm")] == ["one"]
    wire.world.advance(wire.world.limits.nonce_seconds + 1)
    again = await channel.send("four", nonce="n")
    assert again.id != first.id
    await again.delete()
    assert await refusal(channel.send("five", nonce="n")) == (404, 10008)


NOT_ALLOWED = [
    ("brainstorm", ~P.VIEW_CHANNEL, (403, 50001)),
    ("brainstorm", ~P.SEND_MESSAGES, (403, 50013)),
    ("brainstorm", ~P.ATTACH_FILES, (403, 50013)),
    ("night shots", ~P.SEND_MESSAGES_IN_THREADS, (403, 50013)),
    ("brainstorm", ~P.READ_MESSAGE_HISTORY, (403, 160002)),
]


@pytest.mark.parametrize(("name", "mask", "expected"), NOT_ALLOWED)
async def test_permissions_are_checked(
    wire: Wire, client: Client, name: str, mask: Permission, expected: tuple[int, int]
) -> None:
    channel = channel_of(client, wire, name)
    first = await channel.send("first")
    await wire.changes.channel(name, permissions=BOT_PERMISSIONS & mask)
    reply = channel.send("x", file=discord.File(BytesIO(b"x"), "x.txt"), reference=first)
    assert await refusal(reply) == expected


async def test_what_is_gone_archived_or_closed(wire: Wire, client: Client) -> None:
    thread, message = channel_of(client, wire, "night shots"), None
    message = await thread.send("x")
    await wire.changes.channel("night shots", archived=True)
    assert await refusal(message.edit(content="y")) == (400, 50083)
    await thread.send("this opens it again")
    await wire.changes.channel("night shots", archived=True, locked=True)
    assert await refusal(thread.send("x")) == (400, 50083)
    lounge = channel_of(client, wire, "lounge")
    assert await refusal(lounge.fetch_message(1)) == (404, 10008)
    await wire.changes.channel("lounge", deleted=True)
    assert await refusal(lounge.send("x")) == (404, 10003)
    ada = await client.fetch_user(wire.world.user("ada").user_id)
    await ada.send("psst")
    await wire.changes.user("ada", dm_open=False)
    assert await refusal(ada.send("psst")) == (403, 50007)
    await wire.changes.guild("The Cutting Room", present=False)
    assert await refusal(channel_of(client, wire).send("x")) == (403, 50001)


async def test_a_closed_history_is_empty_and_not_an_error(wire: Wire, client: Client) -> None:
    channel = channel_of(client, wire)
    ids = [(await channel.send(str(number))).id for number in range(5)]
    assert [m.id async for m in channel.history(limit=2)] == ids[:-3:-1]
    after = discord.Object(ids[1])
    assert [m.id async for m in channel.history(after=after, oldest_first=True)] == ids[2:]
    await wire.changes.channel("brainstorm", permissions=BOT_PERMISSIONS & ~P.READ_MESSAGE_HISTORY)
    assert [m.id async for m in channel.history()] == []


async def test_upload_limits(wire: Wire, client: Client) -> None:
    channel = channel_of(client, wire)

    def file(size: int) -> discord.File:
        return discord.File(BytesIO(bytes(size)), "clip.mp4", description="a clip")

    limit = wire.world.limits.uploads[0]
    assert await refusal(channel.send(file=file(limit + 1))) == (413, 40005)
    await wire.changes.guild("The Cutting Room", premium_tier=2)
    message = await channel.send(file=file(limit + 1))
    assert (message.attachments[0].content_type, message.attachments[0].description) == ("video/mp4", "a clip")
    assert await message.attachments[0].read() == bytes(limit + 1)
    wire.world.advance(wire.world.limits.link_seconds + 1)
    with pytest.raises(discord.NotFound):
        await message.attachments[0].read()


async def test_mentions_and_who_is_pinged(wire: Wire, client: Client) -> None:
    ada, ben = (wire.world.user(name).user_id for name in ("ada", "ben"))
    channel, text = channel_of(client, wire), f"<@{ada}> <@{ben}> <@&7> @everyone `<@5>`"
    await channel.send(text)
    await channel.send(text, allowed_mentions=discord.AllowedMentions.none())
    only_ada = discord.AllowedMentions(everyone=False, roles=False, users=[discord.Object(ada)])
    await channel.send(text, allowed_mentions=only_ada)
    layout = ui.LayoutView().add_item(ui.Container(ui.TextDisplay("@here")))
    await channel.send(view=layout)
    assert [message.pings for message in wire.posted("brainstorm")] == [
        Pings(frozenset({ada, ben}), frozenset({7}), True),
        Pings(),
        Pings(frozenset({ada})),
        Pings(everyone=True),
    ]


async def test_components_v2(wire: Wire, client: Client) -> None:
    channel, layout = channel_of(client, wire), ui.LayoutView()
    layout.add_item(ui.MediaGallery(discord.MediaGalleryItem("attachment://a.png")))
    message = await channel.send(view=layout, file=discord.File(BytesIO(b"png"), "a.png"))
    gallery = message.components[0]
    assert isinstance(gallery, discord.MediaGalleryComponent)
    assert gallery.items[0].media.url.startswith(wire.world.base_url)
    assert (await refusal(message.edit(content="x", view=None)))[1] == 50035
    assert (await refusal(channel.send(view=layout)))[1] == 50035
    await message.edit(view=ui.LayoutView().add_item(ui.TextDisplay("new")))
    assert wire.posted("brainstorm")[0].components == [{"type": 10, "content": "new"}]


async def test_an_interaction_from_command_to_followup(wire: Wire, client: Client) -> None:
    async def answer(interaction: discord.Interaction[Any]) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        await interaction.edit_original_response(content="done")
        await interaction.followup.send("more", ephemeral=True)

    client.answer = answer
    options = {"text": "hi", "file": Upload("a.png", b"bytes")}
    asked = await wire.interactions.command("ada", "brainstorm", "show", options)
    await wire.until(lambda: asked.followups)
    heard = client.heard[0]
    assert (heard.user.name, heard.namespace.text, heard.extras["file"]) == ("ada", "hi", b"bytes")
    assert heard.app_permissions.mention_everyone
    assert not heard.permissions.manage_messages
    assert asked.original is not None
    assert (asked.answer, asked.original.content, asked.followups[0].content) == (5, "done", "more")
    assert asked.original.seen_by == wire.world.user("ada").user_id
    assert wire.posted("brainstorm") == []
    wire.world.advance(wire.world.limits.token_seconds)
    assert await refusal(heard.edit_original_response(content="late")) == (401, 50027)


async def test_three_seconds_and_a_second_first_answer(wire: Wire, client: Client) -> None:
    codes: list[int] = []

    async def answer(interaction: discord.Interaction[Any]) -> None:
        try:
            await greet(interaction)
        except discord.HTTPException as error:
            codes.append(error.code)

    client.answer = answer
    asked = await wire.interactions.command("ada", "brainstorm", "show", {"text": "hi"})
    await wire.until(lambda: asked.answer)
    await wire.interactions.repeat(asked)
    await wire.until(lambda: codes)
    wire.faults.add(Fault(path="/callback", delay=0.1))
    late = await wire.interactions.command("ada", "brainstorm", "show", {"text": "hi"})
    wire.world.advance(wire.world.limits.first_answer_seconds)
    await wire.until(lambda: len(codes) == 2)
    assert (codes, late.answer, late.refused) == ([40060, 10062], None, [10062])


async def test_buttons_and_modals(wire: Wire, client: Client) -> None:
    class Form(ui.Modal, title="Form"):
        text: ui.TextInput[Any] = ui.TextInput(label="Text", custom_id="text")

        async def on_submit(self, interaction: discord.Interaction[Any], /) -> None:
            await interaction.response.send_message(self.text.value)

    view: ui.View = ui.View(timeout=None)
    button: ui.Button[Any] = ui.Button(label="Open", custom_id="open")

    async def pressed(interaction: discord.Interaction[Any]) -> None:
        await interaction.response.send_modal(Form())

    button.callback = pressed  # type: ignore[method-assign]
    view.add_item(button)
    message = await channel_of(client, wire).send("press", view=view)
    opened = await wire.interactions.press("ben", message.id, label="Open")
    await wire.until(lambda: opened.modal)
    await wire.interactions.submit("ben", opened, {"text": "typed"})
    said: list[Message] = await wire.until(lambda: wire.posted("brainstorm")[1:])
    assert said[0].content == "typed"


async def test_a_dropped_connection_is_resumed_and_nothing_is_missed(wire: Wire, client: Client) -> None:
    record = wire.gateway.record
    for trouble in (wire.gateway.close, wire.gateway.ask_to_reconnect):
        resumed = len(record.resumes) + 1
        await trouble()
        asked = await wire.interactions.command("ada", "brainstorm", "show", {"text": str(resumed)})
        await wire.until(partial(_both, asked, record, resumed))
    wire.gateway.drop()
    await wire.until(lambda: len(record.resumes) == 3)
    assert [heard.namespace.text for heard in client.heard] == ["1", "2"]
    assert len(record.identifies) == 1


def _both(asked: Interaction, record: GatewayRecord, resumed: int) -> bool:
    return asked.answer is not None and len(record.resumes) == resumed


async def test_an_invalid_session_begins_anew(wire: Wire, client: Client) -> None:
    await wire.gateway.invalidate()
    await wire.until(lambda: len(wire.gateway.record.identifies) == 2 and wire.gateway.connected)
    asked = await wire.interactions.command("ada", "brainstorm", "show", {"text": "x"})
    await wire.until(lambda: asked.answer)
    assert (len(client.heard), wire.gateway.record.resumes) == (1, [])


async def test_faults_before_and_after_the_effect(wire: Wire, client: Client) -> None:
    channel = channel_of(client, wire)
    post: dict[str, Any] = {"method": "POST", "path": "/messages"}
    wire.faults.add(Fault(**post, status=502, effect=True), Fault(**post, retry_after=0.05))
    await channel.send("one", nonce="n")
    wire.faults.add(Fault(**post, reset=True), Fault(**post, reset=True, effect=True), Fault(**post, cut_after=10))
    for _ in range(3):
        with pytest.raises(aiohttp.ClientError):
            await channel.send("two")
    assert [message.content for message in wire.posted("brainstorm")] == ["one", "two"]
    wire.faults.add(Fault(**post, status=403, code=50001))
    assert await refusal(channel.send("three")) == (403, 50001)
    assert wire.faults.waiting == ()


async def test_a_wrong_token_is_refused_everywhere(wire: Wire) -> None:
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{wire.api_url}/users/@me", headers={"Authorization": "Bot other"}) as response:
            assert (response.status, response.headers["Content-Type"]) == (401, "application/json")
        async with session.ws_connect(f"{wire.gateway.url}?v=10&encoding=json") as socket:
            assert (await socket.receive_json())["op"] == 10
            await socket.send_json({"op": 2, "d": {"token": "other", "intents": 0}})
            assert (await socket.receive()).data == 4004


async def test_it_runs_in_a_process_of_its_own() -> None:
    command = [sys.executable, "-m", "tests.wire", "--port", "0", "--token", "t"]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    where = json.loads(await process.stdout.readline())
    url = where["api_url"].removesuffix(BASE)
    try:
        async with aiohttp.ClientSession() as session:
            fault = {"path": "/users", "status": 500}
            async with session.post(f"{url}/wire/faults", json=fault) as response:
                assert (await response.json())[0]["status"] == 500
            for status in (500, 200):
                async with session.get(f"{url}{BASE}/users/@me", headers={"Authorization": "Bot t"}) as response:
                    assert response.status == status
            wish = {"user": "ada", "channel": "brainstorm", "command": "video"}
            async with session.post(f"{url}/wire/interactions", json=wish) as response:
                assert (response.status, "not registered" in (await response.json())["error"]) == (400, True)
            async with session.get(f"{url}/wire/ledger") as response:
                ledger = await response.json()
            assert [request["status"] for request in ledger["requests"]] == [500, 200]
    finally:
        process.terminate()
        assert await process.wait() == 0
