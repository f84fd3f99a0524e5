"""The text under a clip: where it comes from, what became of its file, and never longer than Discord allows."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from bot.assemblies.reel import Reel
from bot.library.clip_links import LONGEST
from bot.models import Job, JobStatus, LinkReason, RankedClip, Relation
from bot.outlet import Clip
from cogs.i18n.words import LOCALES, translation
from cogs.reel.message import reel_file
from cogs.video.delivery.clip_message import clip_file, clip_text, link_text
from cogs.video.delivery.lineage import ALONE, Lineage
from cogs.video.delivery.status_message import clip_in_status
from tests.unit.cogs.samples import NOW, a_job
from tests.unit.cogs.test_status import NASTY, sent

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


LONG = f"https://clips.example/{'a' * (LONGEST - 22)}"
REASONS = [None, *LinkReason]


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("reason", REASONS)
def test_the_longest_link_that_is_shown_fits_whatever_is_said_with_it(locale: str, reason: LinkReason | None) -> None:
    assert len(LONG) == LONGEST
    job = child(Relation.EXTENDS, locale=locale, prompt=NASTY)
    clip = replace(CLIP, url=LONG, size=999 * MIB, reason=reason)
    text = link_text(job, "AceData Cloud", clip, Lineage(PARENT, take=(4, 4)))
    assert len(text) <= 2000
    assert f"](<{LONG}>)" in text


@pytest.mark.parametrize("locale", LOCALES)
def test_a_link_that_does_not_fit_is_left_out_and_the_text_says_so(locale: str) -> None:
    job, clip = child(None, locale=locale), replace(CLIP, url=f"{LONG}a")
    for text in (
        link_text(job, "Apiframe", clip),
        clip_text(job, "Apiframe", replace(clip, original_size=34 * MIB)),
    ):
        assert len(text) <= 2000
        assert "clips.example" not in text
        assert "](" not in text
        assert "None" not in text
    if locale == "en":
        said = link_text(job, "Apiframe", clip)
        assert "too long for a message" in said
        assert "kept for seven days" in said
        fitted = clip_text(job, "Apiframe", replace(clip, original_size=34 * MIB))
        assert fitted.endswith("made smaller to fit, from 34.0 MiB")


@pytest.mark.parametrize("reason", REASONS)
@pytest.mark.parametrize("mark", ["(a)", "<b>", "a b", "a\nb", "`c`", "[d](https://evil.example)", "|e|", "\\"])
def test_no_link_tears_the_text_apart(reason: LinkReason | None, mark: str) -> None:
    clip = replace(CLIP, url=f"https://clips.example/{mark}.mp4", original_size=34 * MIB, reason=reason)
    for text in (link_text(child(None), "Apiframe", clip), clip_text(child(None), "Apiframe", clip)):
        links = re.findall(r"\[[^\]]+\]\(<(https://clips\.example/[^\s<>()\[\]|`\\]+)>\)", text)
        assert links
        assert len(links) == text.count("](") == text.count("clips.example")


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (LinkReason.UNREADABLE, "could not read what the provider sent"),
        (LinkReason.BROKEN, "broke off whenever I fetched it"),
        (LinkReason.OVERSIZE, "larger than I can fetch"),
        (LinkReason.PLAIN_HTTP, "not encrypted (http, not https)"),
    ],
)
def test_a_link_in_place_of_a_clip_says_why_and_promises_no_file(reason: LinkReason, words: str) -> None:
    text = link_text(child(None), "Apiframe", replace(CLIP, width=0, height=0, size=0, reason=reason))
    assert words in text
    assert f"until <t:{NOW:.0f}:f>" in text
    for untrue in ("0×0", "0.0 MiB", "0 s", "kept for seven days", "/jobs"):
        assert untrue not in text


def test_a_clip_that_could_not_be_read_says_nothing_of_its_size() -> None:
    text = clip_text(child(None), "Apiframe", replace(CLIP, width=0, height=0, duration_seconds=0.0))
    assert "×" not in text
    assert " 0 s" not in text


async def test_a_clip_in_its_status_and_a_reel_are_spoilers_if_a_picture_was_one(tmp_path: Path) -> None:
    (path := tmp_path / "x.mp4").write_bytes(b"")
    plain = a_job(JobStatus.DELIVERED, pictures=2)
    frames = plain.request.first_frame, plain.request.last_frame
    assert frames[1] is not None
    hidden = replace(plain, request=replace(plain.request, last_frame=replace(frames[1], spoiler=True)))
    reel = Reel(path, 1, 64, 48, 6.0, copied=True)
    for job, spoiler in ((plain, False), (hidden, True)):
        file = clip_file(replace(CLIP, path=path), job)
        (gallery,) = [part for part in sent(clip_in_status(job, "here", file)) if "items" in part]
        assert [item["spoiler"] for item in gallery["items"]] == [spoiler]
        assert gallery["items"][0]["media"]["url"] == f"attachment://{file.filename}"
        clips = [RankedClip(plain, 0), RankedClip(job, 0)]
        assert reel_file(reel, "a" * 20, clips, translation("en")).spoiler is file.spoiler is spoiler
