"""Boards, histories and reels at their fullest: within Discord's limits, and inert whatever people wrote."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from discord import ui

from bot.assemblies.choice import MOST_CLIPS, offer
from bot.assemblies.reel import Reel
from bot.library.library import PAGE
from bot.models import ClipSort, FailureCode, JobStatus, RankedClip
from cogs.gallery import job_list as history
from cogs.gallery._cog import GalleryButton
from cogs.gallery.history import HistoryButton
from cogs.gallery.page import GalleryPage, Shown, gallery_layout
from cogs.gallery.pages import patience
from cogs.i18n.words import LOCALES, translation
from cogs.reel import choosing, message
from cogs.reel._cog import _KINDS
from cogs.video.lookup import Where
from tests.unit.cogs.samples import a_job

NASTY = "".join("*_~`|[]\\@<>#-"[number % 13] for number in range(2000))
ACTING = "@everyone <@99> https://evil.example **bold**"
SNOWFLAKE = 1_573_588_344_682_577_930
PROMPTS = [NASTY, "w" * 2000, "狐" * 2000, ACTING, "\u3164"]


def clips(prompt: str, count: int = MOST_CLIPS) -> list[RankedClip]:
    """Well-liked clips of as many members."""
    found = []
    for number in range(count):
        job = a_job(JobStatus.DELIVERED, prompt=prompt)
        target = replace(job.target, user_id=SNOWFLAKE + number, guild_id=SNOWFLAKE, channel_id=SNOWFLAKE)
        job = replace(job, job_id=f"{number:020x}", target=target, result_message_id=SNOWFLAKE + number)
        found.append(RankedClip(job, 1234))
    return found


def layouts(locale: str, prompt: str) -> Iterator[ui.LayoutView]:
    t, found = translation(locale), clips(prompt)
    page = GalleryPage(Where.CHANNEL, ClipSort.VOTES, locale, 111_110)
    yield gallery_layout(page, Shown(found[:PAGE], 111_112, SNOWFLAKE, b"png"), GalleryButton, t)
    failed = [replace(c.job, status=JobStatus.PARKED, failure=FailureCode.CHANNEL_GONE) for c in found[:PAGE]]
    asked = history.Asked(history.shortened(prompt), "cancelled", "without", 111_110)
    yield history.history_layout(asked, failed, 111_112, HistoryButton, t)
    choice = offer(found, prompt[:80], captions=True).pick([clip.job.job_id for clip in found])
    by_id = {clip.job.job_id: clip for clip in found}
    yield choosing.builder_layout("a" * 20, choice, by_id, _KINDS, t)


def sent(layout: ui.LayoutView) -> list[dict[str, Any]]:
    """Every component as Discord is sent it."""
    return list(walk(layout.to_components()))  # type: ignore[no-untyped-call]


def walk(components: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for component in components:
        yield component
        yield from walk(component.get("components") or [])
        if isinstance(component.get("accessory"), dict):
            yield from walk([component["accessory"]])


@pytest.mark.unmeasured  # the same code many times over
@pytest.mark.parametrize("prompt", PROMPTS, ids=["nasty", "long", "wide", "acting", "blank"])
@pytest.mark.parametrize("locale", LOCALES)
def test_the_fullest_messages_keep_within_discords_limits(locale: str, prompt: str) -> None:
    for layout in layouts(locale, prompt):
        parts = sent(layout)
        assert len(parts) <= 40
        assert sum(len(part.get("content", "")) for part in parts) <= 4000
        assert all(1 <= len(part["label"]) <= 80 for part in parts if "label" in part)
        ids = [part["custom_id"] for part in parts if "custom_id" in part]
        assert len(set(ids)) == len(ids)
        assert all(len(custom_id.encode("utf-16-le")) <= 200 for custom_id in ids)
        for part in parts:
            check_menu(part)
            assert all(0 < len(item["description"]) <= 1024 for item in part.get("items", []))


def check_menu(part: dict[str, Any]) -> None:
    if "options" not in part:
        return
    assert 1 <= len(part["options"]) <= 25
    assert len(part["placeholder"]) <= 150
    for option in part["options"]:
        assert 1 <= len(option["label"]) <= 100
        assert len(option.get("description") or "") <= 100


@pytest.mark.parametrize("locale", LOCALES)
def test_what_people_wrote_does_nothing(locale: str) -> None:
    for layout in layouts(locale, ACTING):
        for part in sent(layout):
            assert not any(word in part.get("content", "") for word in ACTING.split())


@pytest.mark.parametrize("prompt", PROMPTS, ids=["nasty", "long", "wide", "acting", "blank"])
@pytest.mark.parametrize("locale", LOCALES)
def test_the_message_of_a_reel_fits_and_does_nothing(locale: str, prompt: str) -> None:
    found, t = clips(prompt), translation(locale)
    made = Reel(Path("reel.mp4"), 1, 1920, 1080, 299.0, copied=True)
    text = message.reel_text(SNOWFLAKE, offer(found, prompt[:80], captions=True), made, found, found, t)
    assert len(text) <= 2000
    assert not any(word in text for word in ACTING.split())
    assert f"<@{SNOWFLAKE}>" in text


@pytest.mark.parametrize("status", list(JobStatus))
def test_only_a_job_that_has_ended_says_why_it_failed(status: JobStatus) -> None:
    """Before, the failure is what is being tried again; cancelled, it is no reason at all."""
    line = history.job_line(a_job(status, failure=FailureCode.CLIP_LOST), translation("en"))
    ended = status in {JobStatus.FAILED, JobStatus.UNKNOWN, JobStatus.PARKED}
    assert ("no longer works" in line) is ended


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("  a \n fox ", "a fox"), ("狐" * 60, "狐" * 50), ("🦊" * 60, "🦊" * 25), ("x" * 49 + " y", "x" * 49)],
)
def test_a_search_is_as_long_as_a_button_bears(typed: str, kept: str) -> None:
    assert history.shortened(typed) == kept
    asked = history.Asked(kept, "delivered", "with", 7)
    found = HistoryButton.__discord_ui_compiled_template__.fullmatch(asked.custom_id("n", 8))
    assert found is not None
    assert (found["search"], found["status"], found["pictures"], found["page"]) == (kept, "delivered", "with", "8")


async def test_what_takes_long_is_said_and_what_does_not_is_not() -> None:
    said = []

    async def say() -> None:
        said.append("still at it")

    async with patience(say, 0.05):
        pass
    assert said == []
    async with patience(say, 0.05):
        await asyncio.sleep(0.1)
    assert said == ["still at it"]


async def test_what_cannot_be_said_meanwhile_ends_nothing() -> None:
    async def say() -> None:
        raise ConnectionResetError

    done = []
    async with patience(say, 0.01):
        await asyncio.sleep(0.05)
        done.append("the board")
    assert done == ["the board"]
