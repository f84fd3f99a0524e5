"""The status message in every state a job can be in."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from discord import ui

from bot.jobs.transitions import ENDED
from bot.models import FailureCode, JobStatus, VideoRequest
from bot.outlet import StatusView
from cogs.core.ids import custom_id
from cogs.i18n.words import LOCALES, translation
from cogs.video.delivery.status_message import clip_in_status, frame_names, status_layout
from tests.unit.cogs.samples import JOB_ID, NOW, PICTURE, UNSPEAKABLE, a_job

CANCELLABLE = {JobStatus.QUEUED, JobStatus.SUBMITTING, JobStatus.RENDERING}
NASTY = "".join("*_~`|[]\\@<>#-"[number % 13] for number in range(2000))
JUMP = "https://discord.com/channels/1/5/900"
SOON = round(NOW) + 60

VIEWS = [
    StatusView(place=place, progress=progress, expected_at=expected_at, measured=measured, retrying=retrying)
    for place in (1, 12)
    for progress in (None, 0, 55, 100)
    for expected_at in (None, SOON)
    for measured in (False, True)
    for retrying in (False, True)
]


def sent(layout: ui.LayoutView) -> list[dict[str, Any]]:
    """Every component of a message, nested ones too, as they would be sent."""

    def walk(component: dict[str, Any]) -> Iterator[dict[str, Any]]:
        yield component
        for child in component.get("components", []):
            yield from walk(child)

    return [part for top in layout.to_components() for part in walk(top)]  # type: ignore[no-untyped-call]


async def parts(
    status: JobStatus, view: StatusView | None = None, jump: str | None = None, **job: Any
) -> list[dict[str, Any]]:
    return sent(status_layout(a_job(status, **job), view or StatusView(place=1), "Apiframe", jump))


def text_of(components: list[dict[str, Any]]) -> str:
    return "\n".join(part["content"] for part in components if "content" in part)


async def text(status: JobStatus, view: StatusView | None = None, jump: str | None = None, **job: Any) -> str:
    return text_of(await parts(status, view, jump, **job))


@pytest.mark.unmeasured  # the same code many times over
@pytest.mark.parametrize("status", JobStatus)
@pytest.mark.parametrize("locale", LOCALES)
async def test_the_message_fits_into_discords_limits_whatever_the_prompt(status: JobStatus, locale: str) -> None:
    for pictures, view in itertools.product([0, 1, 2], VIEWS):
        components = await parts(status, view, JUMP, prompt=NASTY, pictures=pictures, locale=locale)
        assert len(components) <= 40
        assert len(text_of(components)) <= 4000


@pytest.mark.parametrize("status", JobStatus)
@pytest.mark.parametrize("failure", [None, *FailureCode])
async def test_nothing_that_a_provider_said_is_shown(status: JobStatus, failure: FailureCode | None) -> None:
    components = await parts(status, failure=failure, pictures=2)
    assert UNSPEAKABLE not in str(components)


@pytest.mark.parametrize("status", JobStatus)
async def test_a_job_can_be_cancelled_where_that_still_helps_and_nowhere_else(status: JobStatus) -> None:
    ids = [part["custom_id"] for part in await parts(status) if "custom_id" in part]
    assert ids == ([custom_id("cancel", JOB_ID)] if status in CANCELLABLE else [])


@pytest.mark.parametrize("status", JobStatus)
async def test_everybody_sees_who_asked_for_what(status: JobStatus) -> None:
    shown = await text(status, prompt="a **fox** for @everyone")
    assert "<@7>: a \\*\\*fox\\*\\* for @\u200beveryone\n" in shown
    assert "None" not in shown


@pytest.mark.parametrize("status", JobStatus)
async def test_the_small_print_says_how_and_for_how_much(status: JobStatus) -> None:
    small = (await text(status, price=2)).rpartition("\n")[2]
    asked = f" · asked <t:{NOW:.0f}:R>" if status in CANCELLABLE else ""
    assert small == f"-# Apiframe · 768p · 10 s · prompt as written · 2 credits{asked}"


async def test_what_was_not_asked_for_is_not_in_the_small_print() -> None:
    job = replace(a_job(JobStatus.DELIVERED), request=VideoRequest("a fox"))
    assert text_of(sent(status_layout(job, StatusView(), "Apiframe"))).endswith("-# Apiframe · 1 credit")


@pytest.mark.parametrize(
    ("view", "headline"),
    [
        (StatusView(place=1), "**Next in line**"),
        (StatusView(place=4), "**Number 4 in line**"),
        (
            StatusView(place=1, expected_at=SOON),
            f"**Next in line** · usually ready <t:{SOON}:R>, by the provider's published average",
        ),
        (StatusView(place=2, expected_at=SOON, measured=True), f"**Number 2 in line** · usually ready <t:{SOON}:R>"),
        (
            StatusView(place=1, retrying=True, trying_since=SOON - 600),
            "**Waiting for the provider**, which was busy or could not be reached, and has not taken this yet. "
            f"Trying since <t:{SOON - 600}:R>; I keep trying.",
        ),
    ],
)
async def test_a_queued_job_shows_its_place(view: StatusView, headline: str) -> None:
    assert (await text(JobStatus.QUEUED, view)).splitlines()[0] == headline


@pytest.mark.parametrize("status", [JobStatus.SUBMITTING, JobStatus.RENDERING])
@pytest.mark.parametrize(
    ("view", "headline"),
    [
        (StatusView(), "**Rendering**"),
        (StatusView(progress=0), "**Rendering**"),
        (StatusView(progress=55), "**Rendering** 55 %"),
        (
            StatusView(progress=55, expected_at=SOON, measured=True),
            f"**Rendering** 55 % · usually ready <t:{SOON}:R>",
        ),
    ],
)
async def test_a_rendering_job_shows_how_far_it_is(status: JobStatus, view: StatusView, headline: str) -> None:
    assert (await text(status, view)).splitlines()[0] == headline


@pytest.mark.parametrize("locale", LOCALES)
async def test_until_there_is_a_task_nobody_is_told_that_it_renders(locale: str) -> None:
    t = translation(locale)
    job = replace(a_job(JobStatus.SUBMITTING, locale=locale), task_id=None)
    expected = StatusView(expected_at=SOON, measured=True)
    first = text_of(sent(status_layout(job, expected, "Apiframe"))).splitlines()[0]
    assert first == f"{t('status.handing_over')} · {t('status.expected.measured', when=f'<t:{SOON}:R>')}"
    failing = StatusView(expected_at=SOON, retrying=True, trying_since=SOON - 600)
    later = text_of(sent(status_layout(job, failing, "Apiframe"))).splitlines()[0]
    assert later == t("status.trying", when=f"<t:{SOON - 600}:R>")
    for shown in (first, later):
        assert t("status.rendering.begun") not in shown


async def test_a_finished_clip_is_on_its_way_and_says_so_when_that_takes_long() -> None:
    first = await text(JobStatus.DELIVERING, StatusView())
    later = await text(JobStatus.DELIVERING, StatusView(retrying=True))
    assert first.startswith("**Finished.** Bringing it here…\n")
    assert later.startswith("**Finished.** Bringing it here… Posting it did not work yet; I keep trying.\n")


@pytest.mark.parametrize(
    "failure", [FailureCode.CLIP_LOST, FailureCode.CLIP_UNUSABLE, FailureCode.PROVIDER_UNAVAILABLE]
)
async def test_a_clip_that_its_provider_does_not_hand_over_yet_is_told_from_one_that_is_not_posted(
    failure: FailureCode,
) -> None:
    job = a_job(JobStatus.DELIVERING, failure=failure)
    said = text_of(sent(status_layout(job, StatusView(retrying=True), "Apiframe")))
    assert said.startswith(
        "**Finished.** Bringing it here… The provider does not hand the clip over yet; I keep asking."
    )
    assert "Posting" not in said


async def test_a_delivered_clip_is_linked_to() -> None:
    assert (await text(JobStatus.DELIVERED, jump=JUMP)).startswith(f"**Delivered.** [Go to the clip]({JUMP})\n")
    assert (await text(JobStatus.DELIVERED)).startswith("**Delivered.**\n")


CREDIT_BACK = "Your 1 credit is back."


async def test_a_cancelled_job_gives_the_credits_back() -> None:
    assert (await text(JobStatus.CANCELLED, price=2)).startswith("**Cancelled.** Your 2 credits are back.\n")


@pytest.mark.parametrize(
    ("status", "heading"),
    [
        (JobStatus.FAILED, "**No clip this time.**"),
        (JobStatus.UNKNOWN, "**Given up waiting.**"),
        (JobStatus.PARKED, "**Kept for you.**"),
    ],
)
@pytest.mark.parametrize("failure", FailureCode)
async def test_an_end_without_a_delivered_clip_says_why(status: JobStatus, heading: str, failure: FailureCode) -> None:
    shown, held = await text(status, failure=failure), status is JobStatus.PARKED
    credit = "Your 1 credit stays held until you fetch it, and comes back if you do not." if held else CREDIT_BACK
    assert shown.startswith(f"{heading} {translation('en')(f'failures.{failure}')}\n{credit}\n")


async def test_an_end_looks_different_from_work_in_progress() -> None:
    colour = {status: (await parts(status))[0]["accent_color"] for status in JobStatus}
    working = {colour[status] for status in set(JobStatus) - ENDED - {JobStatus.UNKNOWN}}
    assert len(working) == 1
    assert not working & {colour[status] for status in {*ENDED, JobStatus.UNKNOWN}}


@pytest.mark.parametrize(
    ("pictures", "names"), [(0, []), (1, ["first-frame.png"]), (2, ["first-frame.png", "last-frame.jpg"])]
)
async def test_pictures_are_shown_under_names_of_ours_with_words_for_who_cannot_see_them(
    pictures: int, names: list[str]
) -> None:
    job = a_job(pictures=pictures)
    assert frame_names(job.request) == names
    galleries = [part for part in await parts(JobStatus.QUEUED, pictures=pictures) if "items" in part]
    items = [item for gallery in galleries for item in gallery["items"]]
    assert [item["media"]["url"] for item in items] == [f"attachment://{name}" for name in names]
    assert all(item["description"] for item in items)


async def test_the_first_frame_of_two_is_the_first_picture() -> None:
    request = replace(a_job(pictures=2).request, first_frame=replace(PICTURE, name="x-first.webp"))
    assert frame_names(request) == ["first-frame.webp", "last-frame.jpg"]
    job = replace(a_job(), request=request)
    (gallery,) = [part for part in sent(status_layout(job, StatusView(), "Apiframe")) if "items" in part]
    assert [item["description"] for item in gallery["items"]] == [
        "First frame of the requested clip",
        "Last frame of the requested clip",
    ]


async def test_a_status_message_turned_into_the_clip_has_the_clips_buttons() -> None:
    components = sent(clip_in_status(a_job(), "Ready.", None))
    assert text_of(components) == "Ready."
    verbs = ("again", "remix", "extend", "vote", "delete")
    ids = [part["custom_id"] for part in components if "custom_id" in part]
    assert ids == [custom_id(verb, JOB_ID) for verb in verbs]


async def test_the_message_speaks_the_language_of_whoever_asked() -> None:
    queued = await parts(JobStatus.QUEUED, StatusView(place=4), locale="ko", price=2)
    assert text_of(queued).splitlines()[0] == "**대기 4번째**"
    assert text_of(queued).endswith(f"-# Apiframe · 768p · 10초 · 프롬프트 그대로 · 크레딧 2개 · <t:{NOW:.0f}:R> 요청")
    assert [part["label"] for part in queued if "label" in part] == ["취소"]
    ended = await text(JobStatus.CANCELLED, locale="ja")
    assert ended.startswith("**キャンセルしました。**1クレジットをお返ししました。\n")
    assert (await text(JobStatus.DELIVERED, jump=JUMP, locale="zh-CN")).startswith(f"**已送达。**[前往视频]({JUMP})\n")


@pytest.mark.parametrize("status", [JobStatus.SUBMITTING, JobStatus.RENDERING, JobStatus.DELIVERING])
async def test_a_job_that_was_cancelled_after_it_had_started_says_so_until_it_has_ended(status: JobStatus) -> None:
    job = replace(a_job(status, price=2), cancelled_at=NOW)
    components = sent(status_layout(job, StatusView(progress=50), "Apiframe", None))
    assert text_of(components).startswith("**Cancelled.** It had started, which costs 2 credits unless")
    assert [part["label"] for part in components if "label" in part] == []
