"""The messages of a brainstorm at their fullest: within Discord's limits, inert, and complete in every language."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from discord import ui

from bot.assemblies.brainstorm import MOST_TAKES, Brainstorm, BrainstormStage, Take
from bot.assemblies.state import write
from bot.models import Assembly, AssemblyKind, JobStatus, ReplyTarget
from cogs.brainstorm.buttons import BrainstormButton
from cogs.brainstorm.content import Seen
from cogs.brainstorm.form import TakeForm
from cogs.brainstorm.overview import overview_layout
from cogs.brainstorm.result import result_layout
from cogs.brainstorm.starter import thread_name
from cogs.i18n.words import LOCALES, translation
from tests.unit.cogs.samples import NOW, PICTURE, a_job

NASTY = "".join("*_~`|[]\\@<>#-"[number % 13] for number in range(2000))
ACTING = "@everyone <@99> https://evil.example **bold**"
SNOWFLAKE = 1_573_588_344_682_577_930


def crowded(stage: BrainstormStage, prompt: str = NASTY) -> tuple[Brainstorm, Seen]:
    """Ten takes of ten members, with a picture, all delivered and well liked."""
    takes = tuple(Take(number, SNOWFLAKE + number, NASTY[:32], "en", prompt) for number in range(1, MOST_TAKES + 1))
    storm = Brainstorm(
        prompt[:1900], 1440, NOW, takes, MOST_TAKES, stage, 9, NOW + 60, (SNOWFLAKE, SNOWFLAKE + 1), picture=PICTURE
    )
    jobs = []
    for take in takes if stage not in {BrainstormStage.DRAFTING, BrainstormStage.RESERVING} else ():
        job = a_job(JobStatus.DELIVERED, prompt=prompt)
        target = ReplyTarget(1, take.owner, SNOWFLAKE, SNOWFLAKE)
        jobs.append(
            replace(job, job_id=f"{take.number:020x}", take=take.number, target=target, result_message_id=SNOWFLAKE)
        )
    return storm, Seen(jobs, {job.job_id: 1234 for job in jobs}, 2)


def an_assembly(storm: Brainstorm, locale: str = "en") -> Assembly:
    target = ReplyTarget(77, SNOWFLAKE, SNOWFLAKE, 5, locale)
    return Assembly("a" * 20, 3, AssemblyKind.BRAINSTORM, target, write(storm), NOW)


def layouts(locale: str, prompt: str = NASTY) -> Iterator[ui.LayoutView]:
    for stage in BrainstormStage:
        storm, seen = crowded(stage, prompt)
        yield overview_layout(an_assembly(storm, locale), storm, seen)
        if stage is BrainstormStage.ENDED:
            yield result_layout(an_assembly(storm, locale), storm, seen, sheet=True)
            yield result_layout(an_assembly(storm, locale), storm, Seen(), sheet=False)


def sent(layout: ui.LayoutView) -> list[dict[str, Any]]:
    """Every component of a message, nested ones too."""

    def walk(component: dict[str, Any]) -> Iterator[dict[str, Any]]:
        yield component
        for child in component.get("components", []):
            yield from walk(child)
        if "accessory" in component:
            yield component["accessory"]

    found: list[dict[str, Any]] = layout.to_components()  # type: ignore[no-untyped-call]
    return [part for component in found for part in walk(component)]


@pytest.mark.unmeasured  # the same code many times over
@pytest.mark.parametrize("prompt", [NASTY, "w" * 2000, "a fox"])
@pytest.mark.parametrize("locale", LOCALES)
def test_the_fullest_messages_keep_within_discords_limits(locale: str, prompt: str) -> None:
    for layout in layouts(locale, prompt):
        parts = sent(layout)
        assert len(parts) <= 40
        assert sum(len(part.get("content", "")) for part in parts) <= 4000
        assert all(len(part["label"]) <= 30 for part in parts if "label" in part)
        ids = [part["custom_id"] for part in parts if "custom_id" in part]
        assert len(set(ids)) == len(ids)
        for part in parts:
            for item in part.get("items", []):
                assert 0 < len(item["description"]) <= 1024


@pytest.mark.parametrize("locale", LOCALES)
def test_what_people_wrote_does_nothing(locale: str) -> None:
    for layout in layouts(locale, ACTING):
        for part in sent(layout):
            assert not any(word in part.get("content", "") for word in ACTING.split())


@pytest.mark.parametrize("locale", LOCALES)
def test_a_thread_has_a_name_whatever_the_idea(locale: str) -> None:
    storm, _ = crowded(BrainstormStage.DRAFTING)
    for idea in (NASTY, "a fox", "w" * 1900):
        assert 1 <= len(thread_name(an_assembly(storm, locale), replace(storm, idea=idea))) <= 100
    blank = replace(storm, idea="\u3164")
    assert thread_name(an_assembly(storm, locale), blank) == translation(locale)("brainstorm.thread")


def test_a_short_prompt_is_shown_whole_and_long_ones_as_far_as_they_go() -> None:
    for prompt, shown in (("a fox", "a fox"), ("w" * 2000, "w" * 80)):
        storm, seen = crowded(BrainstormStage.DRAFTING, prompt)
        texts = [
            part["content"] for part in sent(overview_layout(an_assembly(storm), storm, seen)) if "content" in part
        ]
        assert sum(shown in text for text in texts) == 1 + MOST_TAKES


def test_a_take_is_edited_by_its_number_and_shown_by_its_place() -> None:
    storm, seen = crowded(BrainstormStage.DRAFTING)
    storm = replace(storm, takes=storm.takes[4:])
    parts = sent(overview_layout(an_assembly(storm), storm, seen))
    edits = {part["label"]: part["custom_id"] for part in parts if "edit" in part.get("custom_id", "")}
    assert edits["Edit 1"] == f"storm:edit:{'a' * 20}:5"
    for part in parts:
        if "custom_id" in part:
            assert BrainstormButton.__discord_ui_compiled_template__.fullmatch(part["custom_id"])


@pytest.mark.parametrize("locale", LOCALES)
def test_the_form_fits(locale: str) -> None:
    async def nothing(*_: object) -> None:
        raise NotImplementedError

    for number, fields in ((None, 1), (10, 2)):
        form = TakeForm(translation(locale), "a fox", nothing, number).to_dict()
        assert len(form["title"]) <= 45
        assert len(form["components"]) == fields
        for label in form["components"]:
            assert len(label["label"]) <= 45
            assert len(label.get("description") or "") <= 100


@pytest.mark.parametrize(
    ("votes", "verdict"),
    [
        ({}, "**Decided**: nobody voted, so no take wins."),
        ({1: 1}, f"**Decided**: take 1 by <@{SNOWFLAKE + 1}> wins with 1 vote."),
        (
            {1: 2, 3: 2},
            f"**A tie**: take 1 by <@{SNOWFLAKE + 1}> and take 3 by <@{SNOWFLAKE + 3}>, with 2 votes each.",
        ),
    ],
)
def test_the_result_begins_with_who_won(votes: dict[int, int], verdict: str) -> None:
    storm, seen = crowded(BrainstormStage.ENDED, "a fox")
    seen = replace(seen, votes={f"{number:020x}": count for number, count in votes.items()})
    texts = [
        part["content"]
        for part in sent(result_layout(an_assembly(storm), storm, seen, sheet=False))
        if "content" in part
    ]
    assert texts[0].startswith(verdict)
    assert texts[1].count("🏆") == len(votes)
