"""The text under a clip: where it comes from, what became of its file, and never longer than Discord allows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.jobs.delivery import Clip
from bot.models import Job, Relation
from cogs.views.clip import clip_text, link_text
from cogs.views.lineage import ALONE, Lineage
from cogs.words import LOCALES
from tests.unit.cogs.samples import NOW, a_job
from tests.unit.cogs.test_status import NASTY

MIB = 1024 * 1024
PARENT = "https://discord.com/channels/1/5/900"
CLIP = Clip(Path("x.mp4"), 2 * MIB, 1366, 768, 6.0, "https://clips.example/a.mp4", NOW)


def child(relation: Relation | None, *, locale: str = "en", prompt: str = "a fox") -> Job:
    parent_id = None if relation is None else "f" * 20
    return replace(a_job(locale=locale, prompt=prompt), parent_id=parent_id, relation=relation)


@pytest.mark.parametrize(
    ("relation", "words"),
    [(Relation.AGAIN, "another take of"), (Relation.REMIX, "remix of"), (Relation.EXTENDS, "extends")],
)
def test_a_clip_says_what_it_was_made_from(relation: Relation, words: str) -> None:
    linked = clip_text(child(relation), "Apiframe", CLIP, Lineage(PARENT))
    assert f"\n-# {words} [this clip](<{PARENT}>) · Apiframe · 1366×768 · 6 s" in linked
    assert f"\n-# {words} a clip that is gone · Apiframe" in clip_text(child(relation), "Apiframe", CLIP, ALONE)


def test_a_take_says_which_it_is() -> None:
    said = clip_text(child(Relation.AGAIN), "Apiframe", CLIP, Lineage(PARENT, take=(2, 3)))
    assert f"\n-# take 2 of 3 · another take of [this clip](<{PARENT}>) · Apiframe" in said
    assert "take " not in clip_text(child(None), "Apiframe", CLIP, ALONE)


def test_a_clip_made_smaller_links_to_the_one_the_provider_sent() -> None:
    fitted = replace(CLIP, original_size=int(34.2 * MIB))
    said = clip_text(child(None), "Apiframe", fitted)
    until = f"<t:{NOW:.0f}:f>"
    assert said.endswith(f"made smaller to fit, [the original of 34.2 MiB](<{CLIP.url}>) until {until}")
    assert "made smaller" not in clip_text(child(None), "Apiframe", CLIP)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("length", [50, 900, 1300])
def test_the_text_is_never_too_long_however_long_the_link(locale: str, length: int) -> None:
    job = child(Relation.EXTENDS, locale=locale, prompt=NASTY)
    clip = replace(CLIP, url=f"https://clips.example/{'a' * length}", original_size=99 * MIB)
    lineage = Lineage(PARENT, take=(4, 4))
    linked = link_text(job, "AceData Cloud", replace(clip, original_size=None), lineage)
    for text in (clip_text(job, "AceData Cloud", clip, lineage), linked):
        assert len(text) <= 2000
        assert clip.url in text
