"""Counts on vote buttons: edits of one message in turn, each with the counts of its own moment."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import discord
import pytest
from discord import ui
from discord.components import _component_factory

from cogs.core.answers import Interaction
from cogs.i18n.words import translation
from cogs.video import voting
from cogs.video.buttons import VoteButton, clip_row
from cogs.video.voting import Turns
from tests.unit.cogs.samples import JOB_ID, a_job

OTHER = JOB_ID[::-1]


async def test_of_those_that_wait_only_the_last_is_told_to_work() -> None:
    turns, done = Turns(), []

    async def one(number: int) -> None:
        async with turns.turn(1) as needed:
            await asyncio.sleep(0.01)
            if needed:
                done.append(number)

    await asyncio.gather(*(one(number) for number in range(5)))
    # The first begins at once, before anybody waits behind it.
    assert done == [0, 4]


async def test_messages_do_not_wait_for_each_other() -> None:
    turns = Turns()
    async with turns.turn(1) as first, turns.turn(2) as second:
        assert first
        assert second


async def test_nothing_is_remembered_of_a_message_that_nobody_edits() -> None:
    turns = Turns()

    async def one() -> None:
        async with turns.turn(1):
            await asyncio.sleep(0.01)

    waiting = [asyncio.create_task(one()) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[2].cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert (turns._locks, +turns._waiting) == ({}, {})


def message_of(view: ui.View) -> Any:
    """A message of Discord's with these buttons."""
    rows = [discord.ActionRow(row) for row in view.to_components()]  # type: ignore[arg-type]
    return SimpleNamespace(id=5, components=rows, flags=SimpleNamespace(components_v2=False))


@dataclass
class Channel:
    """One clip's message in Discord, and the votes in the database; edits arrive late, in any order."""

    votes: dict[str, set[int]] = field(default_factory=lambda: {JOB_ID: set(), OTHER: set()})
    shown: dict[str, str] = field(default_factory=dict)
    elsewhere: list[int] = field(default_factory=list)
    """Members who vote through another process while an edit of ours is on its way, one for each edit."""

    async def vote(self, job: Any, user_id: int) -> tuple[bool, int]:
        self.votes[job.job_id] ^= {user_id}
        return user_id in self.votes[job.job_id], len(self.votes[job.job_id])

    async def count(self, job_ids: list[str]) -> dict[str, int]:
        found = {job_id: len(self.votes[job_id]) for job_id in job_ids}
        await asyncio.sleep(random.random() / 100)
        return found

    async def edit(self, *, view: ui.View) -> Any:
        await asyncio.sleep(random.random() / 100)
        if self.elsewhere:
            self.votes[JOB_ID].add(self.elsewhere.pop())
        for item in view.children:
            assert isinstance(item, ui.Button)
            self.shown[str(item.custom_id)] = str(item.label)
        return message_of(view)

    def pressed_by(self, user_id: int, job_id: str) -> Interaction:
        """A press on what stood there at first."""
        view = ui.View(timeout=None)
        for other in (JOB_ID, OTHER):
            view.add_item(VoteButton.of(other, translation("en")))
        message = message_of(view)

        async def job(asked: str, *, guild_id: int) -> Any:
            found = a_job()
            return SimpleNamespace(**{name: getattr(found, name) for name in found.__slots__} | {"job_id": asked})

        async def defer() -> None:
            await asyncio.sleep(random.random() / 100)

        services = SimpleNamespace(
            jobs=SimpleNamespace(job=job),
            library=SimpleNamespace(vote=self.vote, votes=self.count),
            acknowledged=lambda seconds: None,
        )
        client = SimpleNamespace(services=services, get_partial_messageable=lambda *_, **__: None)
        return cast(
            Interaction,
            SimpleNamespace(
                id=1, guild_id=1, channel_id=5, locale="en-US", user=SimpleNamespace(id=user_id), message=message,
                response=SimpleNamespace(defer=defer), created_at=discord.utils.utcnow(), client=client,
                edit_original_response=self.edit,
            ),
        )  # fmt: skip


@pytest.mark.parametrize("seed", range(5))
async def test_however_many_press_at_once_the_counts_that_stay_are_true(seed: int) -> None:
    random.seed(seed)
    channel = Channel()
    presses = [(user, job_id) for user in range(12) for job_id in (JOB_ID, OTHER)][:19]
    presses += [(user, JOB_ID) for user in range(3)]
    await asyncio.gather(*(voting.vote(channel.pressed_by(user, job_id), job_id) for user, job_id in presses))
    assert channel.shown[f"rushes:vote:{JOB_ID}"] == f"▲ {len(channel.votes[JOB_ID])}"
    assert channel.shown[f"rushes:vote:{OTHER}"] == f"▲ {len(channel.votes[OTHER])}"


async def test_a_vote_that_came_in_elsewhere_while_the_message_was_edited_is_shown_too() -> None:
    channel = Channel(elsewhere=[8, 9])
    await voting.vote(channel.pressed_by(7, JOB_ID), JOB_ID)
    assert channel.shown[f"rushes:vote:{JOB_ID}"] == "▲ 3"


async def test_a_press_edits_a_message_so_often_and_no_oftener() -> None:
    channel = Channel(elsewhere=list(range(100, 200)))
    await voting.vote(channel.pressed_by(7, JOB_ID), JOB_ID)
    assert len(channel.elsewhere) == 100 - voting._ROUNDS


def test_the_row_shows_the_count_it_is_given() -> None:
    items = [button.item for button in clip_row(JOB_ID, translation("en"), 3)]
    labels = [item.label for item in items if isinstance(item, ui.Button)]
    assert labels == ["Again", "Remix", "Extend", "▲ 3", "Delete"]


async def test_files_of_the_message_are_named_and_those_of_others_left_alone() -> None:
    layout = ui.LayoutView(timeout=None)
    gallery: ui.MediaGallery[Any] = ui.MediaGallery()
    gallery.add_item(media="https://cdn.example/attachments/1/2/take-1.mp4?ex=1&hm=2")
    gallery.add_item(media="https://elsewhere.example/sea.png")
    layout.add_item(gallery)
    layout.add_item(ui.Section("one", accessory=VoteButton.of(JOB_ID, translation("en"))))
    sent = cast(list[Any], layout.to_components())  # type: ignore[no-untyped-call]
    sent[0]["items"][0]["media"]["attachment_id"] = "2"  # as Discord says of a file that came with the message
    components = [_component_factory(part) for part in sent]
    message = SimpleNamespace(components=components, flags=SimpleNamespace(components_v2=True))
    channel = Channel()
    channel.votes[JOB_ID] = {1, 2}
    services = SimpleNamespace(library=SimpleNamespace(votes=channel.count))
    view = await voting.recounted(cast(Any, SimpleNamespace(services=services)), cast(Any, message), translation("en"))
    assert view is not None
    assert view.is_finished(), "discord.py would remember it for good otherwise"
    gallery_again, section = cast(list[Any], view.to_components())
    assert [item["media"]["url"] for item in gallery_again["items"]] == [
        "attachment://take-1.mp4",
        "https://elsewhere.example/sea.png",
    ]
    assert section["accessory"]["label"] == "▲ 2"
    message.components = [_component_factory(part) for part in (gallery_again, section)]
    again = await voting.recounted(cast(Any, SimpleNamespace(services=services)), cast(Any, message), translation("en"))
    assert again is None, "nothing has changed since"
