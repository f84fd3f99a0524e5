"""One job with every step, for moderators. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import discord
from discord import ui

from bot.jobs.trail import Footprint
from bot.jobs.transitions import is_cancellable
from bot.models import Job, JobStatus
from bot.moderation.usage import Entry, amount
from bot.policy.prices import price_table
from cogs.core import texts
from cogs.core.quoting import plain, quoted
from cogs.i18n.words import Translation
from cogs.video.buttons import CancelButton

_LINES = 20
"""Steps that are shown at most, the latest of them."""
_CODES = 4
_DAY_SECONDS = 24 * 3600.0
_COLOUR = 0xF0B232
_TIMES = (
    *("created_at", "turn_at", "submitting_at", "submitted_at", "rendered_at", "posting_at", "ended_at"),
    *("cancelled_at", "deleted_at"),
)
_BESIDES = ("cancelled_at", "deleted_at")
"""What is no transition, so that no trail has it."""
_TOLD_WHY = frozenset({JobStatus.FAILED, JobStatus.UNKNOWN, JobStatus.PARKED})


def job_layout(
    job: Job, trail: Sequence[Footprint], entries: Sequence[Entry], title: Callable[[str], str], t: Translation
) -> ui.LayoutView:
    """The whole message."""
    layout = ui.LayoutView(timeout=None)
    container: ui.Container[ui.LayoutView] = ui.Container(accent_colour=_COLOUR)
    container.add_item(ui.TextDisplay("\n".join(_head(job, title, t))))
    if entries:
        container.add_item(ui.TextDisplay("\n".join(f"- {_money(entry, t)}" for entry in entries)))
    container.add_item(ui.TextDisplay("\n".join([*_steps(job, trail, title, t), *_reasons(job, trail, t)])))
    if items := _buttons(job, t):
        container.add_item(ui.ActionRow(*items))
    layout.add_item(container)
    return layout


def _head(job: Job, title: Callable[[str], str], t: Translation) -> Iterator[str]:
    target, request = job.target, job.request
    heading = t("usage.job.heading", id=job.job_id)
    yield f"### {heading}"
    yield f"> {quoted(request.prompt, 400)}"
    yield f"**{t(f'jobs.states.{job.status}')}**"
    if job.failure is not None and job.status in _TOLD_WHY:
        yield texts.reason(job, t)
    where, when = f"<#{target.channel_id}>", _at(job.created_at, "f")
    yield t("usage.job.asked", who=f"<@{target.user_id}>", where=where, when=when)
    if job.task_id is None:
        yield t("usage.job.no_task", provider=title(job.provider))
    else:
        yield t("usage.job.task", provider=title(job.provider), task=f"`{plain(job.task_id, 128).replace('`', '')}`")
    seconds = t("common.seconds", seconds=request.duration_seconds) if request.duration_seconds else ""
    wanted = " ".join(part for part in (request.resolution or "", seconds) if part)
    yield t("usage.job.format", format=wanted or t("usage.unsaid"))
    yield _price(job, t)
    if job.attempts:
        yield t("usage.job.attempts", count=job.attempts)


def _price(job: Job, t: Translation) -> str:
    credits_ = texts.credits_(job.price, t)
    if job.provider_cost is None:
        return t("usage.job.price", credits=credits_)
    unit = price_table().unit(job.provider)
    return t("usage.job.cost", credits=credits_, cost=amount(job.provider_cost), unit=unit).rstrip()


def _money(entry: Entry, t: Translation) -> str:
    return t(f"usage.job.money.{entry.kind}", credits=texts.credits_(entry.credits, t), when=_at(entry.at, "f"))


def _steps(job: Job, trail: Sequence[Footprint], title: Callable[[str], str], t: Translation) -> list[str]:
    """Every step with its time, and the seconds since the one before."""
    whole = bool(trail) and trail[0].status is JobStatus.QUEUED
    steps = [(step.at, _step(step, title, t)) for step in trail]
    names = _BESIDES if whole else _TIMES  # what was asked for before there were trails: as much as its row knows
    steps += [(at, t(f"usage.job.times.{name}")) for name in names if (at := getattr(job, name)) is not None]
    steps.sort(key=lambda step: step[0])
    style = "T" if steps[-1][0] - steps[0][0] < _DAY_SECONDS else "f"
    befores = [None, *(at for at, _ in steps)]
    lines = [
        f"- {_at(at, style)} {said}" + ("" if before is None else f" (+{at - before:.1f} s)")
        for (at, said), before in zip(steps, befores, strict=False)
    ]
    left_out = len(lines) - _LINES
    return lines if left_out <= 0 else [t("usage.job.earlier", count=left_out), *lines[left_out:]]


def _step(step: Footprint, title: Callable[[str], str], t: Translation) -> str:
    failure = f" · `{step.failure}`" if step.failure else ""
    return f"{t(f'jobs.states.{step.status}')} · {title(step.provider)}{failure}"


def _reasons(job: Job, trail: Sequence[Footprint], t: Translation) -> list[str]:
    """What the failures in the trail mean, but for the one that is told above."""
    told = job.failure if job.status in _TOLD_WHY else None
    codes = list(dict.fromkeys(step.failure for step in reversed(trail) if step.failure and step.failure is not told))
    return [f"-# `{code}`: {t(f'failures.{code}')}" for code in codes[:_CODES]]


def _buttons(job: Job, t: Translation) -> list[ui.Item[Any]]:
    items: list[ui.Item[Any]] = [CancelButton.of(job.job_id, t)] if is_cancellable(job) else []
    for key, message_id in (
        ("usage.job.status_link", job.status_message_id),
        ("usage.job.clip_link", None if job.deleted_at else job.result_message_id),
    ):
        if message_id is not None:
            url = texts.jump_url(job.target, message_id)
            items.append(ui.Button(style=discord.ButtonStyle.link, label=t(key), url=url))
    return items


def _at(at: float, style: str) -> str:
    return texts.moment(at, style)
