"""Referee: reads Discord's ledger, the providers' charges and the database, and says what was promised and not kept.

It asks the bot nothing, and believes a row only where the outside world agrees with it.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from tests.torture.crash_stage import BUSY_TIMES, Stage
from tests.wire.mentions import walk
from tests.wire.things import Message

LOST, PAID, POSTED, LEDGER = "lost", "paid twice", "posted twice", "ledger"
HEADLINES = {
    "delivered": "**Delivered",
    "failed": "**No clip this time.**",
    "unknown": "**Given up waiting.**",
    "parked": "**Kept for you.**",
    "cancelled": "**Cancelled.**",
}
CLOSINGS = {"delivered": "settle", "failed": "release", "unknown": "release"}
"""What closes a hold; a parked clip's stays open until it is fetched, a cancelled one's depends on whether one came."""

JOBS = "SELECT job_id, status, prompt, provider, price, status_message_id, result_message_id FROM jobs"

Found = list[tuple[str, str]]
"""(kind of broken promise, what was seen)."""


def always(stage: Stage) -> Found:
    """What must hold at any moment, also in the middle of things."""
    return [*_paid_twice(stage), *_posted_twice(stage), *_closed_twice(stage)]


def in_the_end(stage: Stage) -> Found:
    """What must hold once everything has come to rest."""
    return [*always(stage), *_lost(stage), *_unbalanced(stage)]


def _paid_twice(stage: Stage) -> Iterator[tuple[str, str]]:
    # Several takes of one request have one prompt; nobody else here asks for the same twice.
    jobs = Counter(prompt for _, _, prompt, *_ in stage.rows(JOBS))
    for prompt, count in stage.tasks().items():
        if count > max(1, jobs[prompt]):
            yield PAID, f"{count} tasks for {prompt!r}"
    for prompt, count in stage.submissions()["acedata"].items():
        if count > max(1, jobs[prompt]) + BUSY_TIMES.get(prompt, 0):
            yield PAID, f"submitted {count} times to acedata: {prompt!r}"


def clips(stage: Stage) -> dict[str, list[Message]]:
    """The messages that bring each job's clip, by job id."""
    found: defaultdict[str, list[Message]] = defaultdict(list)
    for message in stage.wire.world.messages():
        text = message.content + "".join(str(c.get("content", "")) for c in walk(message.components))
        if message.author is stage.wire.world.bot and "your clip is ready" in text:
            for component in walk(message.components):
                verb, _, job_id = str(component.get("custom_id", "")).removeprefix("rushes:").partition(":")
                if verb == "again":
                    found[job_id].append(message)
    return found


def _posted_twice(stage: Stage) -> Iterator[tuple[str, str]]:
    for job_id, messages in clips(stage).items():
        if len(messages) > 1:
            yield POSTED, f"{len(messages)} clips for job {job_id}"
    if stage.wire.world.limits.nonce_seconds > 60:
        nonces = Counter(m.nonce for m in stage.wire.world.messages() if m.nonce is not None)
        yield from ((POSTED, f"{count} messages with nonce {nonce}") for nonce, count in nonces.items() if count > 1)


def _closed_twice(stage: Stage) -> Iterator[tuple[str, str]]:
    kinds: defaultdict[str, list[str]] = defaultdict(list)
    for job_id, kind in stage.rows("SELECT job_id, kind FROM ledger"):
        kinds[job_id].append(kind)
    for job_id, found in kinds.items():
        if found.count("hold") != 1 or len(found) > 2:
            yield LEDGER, f"{sorted(found)} for job {job_id}"


def _lost(stage: Stage) -> Iterator[tuple[str, str]]:
    rows = stage.rows(JOBS)
    brought, words = clips(stage), _texts(stage)
    prompts = {row[2] for row in rows}
    for job_id, status, prompt, _, _, message_id, result_id in rows:
        if status not in HEADLINES:
            yield LOST, f"job {job_id} is left {status}"
            continue
        shown = [str(message.message_id) for message in brought.get(job_id, [])]
        if (status == "delivered") != bool(shown) or (shown and shown[0] != str(result_id)):
            yield LOST, f"job {job_id} is {status}, its clips are {shown}, its row says {result_id}"
        if HEADLINES[status] not in words.get(str(message_id), ""):
            yield LOST, f"job {job_id} is {status}, and nobody was told: {words.get(str(message_id))!r} ({prompt})"
    for asked in stage.asked:
        answered = asked.original is not None and asked.original.content.startswith("Accepted")
        prompt = next(str(option["value"]) for option in asked.data["options"] if option["name"] == "prompt")
        if answered and prompt not in prompts:
            yield LOST, f"accepted and forgotten: {prompt!r}"
    for prompt in stage.tasks():
        if prompt not in prompts:
            yield PAID, f"a task for nobody: {prompt!r}"


def _texts(stage: Stage) -> dict[str, str]:
    """What each message says now, by id."""
    return {
        str(m.message_id): json.dumps([m.payload.get("content"), m.components], ensure_ascii=False)
        for m in stage.wire.world.messages()
    }


def _unbalanced(stage: Stage) -> Iterator[tuple[str, str]]:
    entries: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    for job_id, kind, credits_ in stage.rows("SELECT job_id, kind, credits FROM ledger"):
        entries[job_id][kind] = credits_
    log = stage.log.read_text()
    for job_id, status, _, _, price, _, _ in stage.rows(JOBS):
        # A clip that turned up after its job had been given up costs nothing: the credits stay back.
        late = f"job {job_id}: unknown -> delivering" in log
        given_back = late and status in {"delivered", "parked"} and entries[job_id] == {"hold": price, "release": price}
        came = f"job {job_id}: delivering -> cancelled" in log
        closing = CLOSINGS.get(status, "settle" if came else "release")
        wanted = {"hold": price} if status == "parked" else {"hold": price, closing: price}
        if entries[job_id] != wanted and not given_back:
            yield LEDGER, f"job {job_id} is {status}, its entries are {entries[job_id]}"
