"""Referee for what is put together: every assembly has ended, and is shown exactly once. It asks the bot nothing.

A message is told by its nonce, which Discord keeps whether or not it honours it, and by the buttons that are on it.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.torture.crash_people import TAKES, Story, marks, seen, text_of
from tests.torture.crash_referee import LOST, PAID, POSTED, Found
from tests.torture.crash_stage import Stage
from tests.wire.interactions import Interaction
from tests.wire.things import ChannelKind, Message

ROWS = "SELECT assembly_id, kind, interaction_id, message_id, state, ended_at FROM assemblies"
JOBS = "SELECT job_id, assembly_id, interaction_id, status FROM jobs"
FILES = ("clips", "images", "reels", "stills")
PROMISES = {
    "Accepted": "takes",
    "Your brainstorm is open": "brainstorm",
    "takes are on their way": "rendered",
    "Voting is over": "decided",
    "It will be posted in this channel": "made",
}
"""What somebody was told, and what there must be then."""

Look = Iterator[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Row:
    """One assembly as it is written down, with its jobs as (id, status)."""

    assembly_id: str
    kind: str
    interaction_id: int
    message_id: int | None
    state: dict[str, Any]
    ended: bool
    jobs: list[tuple[str, str]]

    @property
    def delivered(self) -> list[str]:
        """The jobs that brought a clip."""
        return [job_id for job_id, status in self.jobs if status == "delivered"]

    def __str__(self) -> str:
        return f"{self.kind} {self.assembly_id}"


def together(stage: Stage, story: Story) -> Found:
    """What was promised of everything that is put together, and not kept."""
    rows = read(stage)
    found = [*_kept(rows, story), *_left_behind(stage), *_threads(stage, rows)]
    for row in rows:
        if not row.ended:
            found.append((LOST, f"{row} is left open: {row.state}"))
        found += KINDS[row.kind](stage, row)
    return found


def read(stage: Stage) -> list[Row]:
    """Every assembly."""
    jobs: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for job_id, assembly_id, _, status in stage.rows(JOBS):
        jobs[assembly_id].append((job_id, status))
    return [
        Row(key, kind, int(interaction_id), message_id, json.loads(state), ended_at is not None, jobs[key])
        for key, kind, interaction_id, message_id, state, ended_at in stage.rows(ROWS)
    ]


# -- messages ---------------------------------------------------------------------------------------------------------


def sent(stage: Stage, row: Row, purpose: str) -> list[Message]:
    """What was posted for one purpose and is still there."""
    return [message for message in seen(stage) if message.nonce == f"{row.assembly_id}-{purpose}"]


def _once(row: Row, what: str, messages: list[Message]) -> Look:
    """One message, no more and no fewer."""
    if len(messages) > 1:
        yield POSTED, f"{len(messages)} messages are the {what} of {row}"
    if not messages:
        yield LOST, f"no message is the {what} of {row}: {row.state}, {row.jobs}"


def _carrying(stage: Stage, mark: str) -> list[Message]:
    return [message for message in seen(stage) if mark in marks(message)]


def _takes(stage: Stage, row: Row) -> Look:
    if len(row.jobs) not in (0, TAKES):
        yield LOST, f"{row} has {len(row.jobs)} jobs"
    shown = _carrying(stage, f"rushes:more:{row.assembly_id}")
    if len(row.delivered) < 2:
        if shown:
            yield POSTED, f"{row} is shown with {row.jobs}"
        return
    yield from _once(row, "takes side by side", shown)
    votes = {f"rushes:vote:{job_id}" for job_id in row.delivered}
    for message in shown:
        if str(message.message_id) != str(row.message_id) or not votes <= set(marks(message)):
            yield LOST, f"{row}, noted as {row.message_id}, is shown as {message.message_id} with {marks(message)}"


def _brainstorm(stage: Stage, row: Row) -> Look:
    wanted = len(row.state["takes"])
    if len(row.jobs) > wanted:
        yield PAID, f"{row} has {len(row.jobs)} jobs for {wanted} takes"
    if len(row.jobs) < wanted:
        yield LOST, f"{row} has {row.jobs} for {wanted} takes"
    if row.state["stage"] != "ended":
        yield LOST, f"{row} is left {row.state['stage']}"
    starters, boards, results = (sent(stage, row, purpose) for purpose in ("o", "b", "end"))
    for what, messages in (("starter", starters), ("board", boards), ("result", results)):
        yield from _once(row, what, messages)
    if starters and starters[0].message_id != row.state["thread_id"]:
        yield LOST, f"{row} has the thread {row.state['thread_id']}, and begins at {starters[0].message_id}"
    for message in boards:
        if message.message_id != row.message_id or "**Decided**" not in text_of(message):
            yield LOST, f"the board of {row} says {text_of(message)}"
    for message in boards + results:
        if message.channel.channel_id != row.state["thread_id"]:
            yield LOST, f"{row}: message {message.message_id} is not in the thread"


def _reel(stage: Stage, row: Row) -> Look:
    told, brought = sent(stage, row, "p"), _carrying(stage, f"rushes:reel-delete:{row.assembly_id}")
    if not row.state["made_at"]:
        if told or brought:
            yield POSTED, f"{row} was never asked for"
        return
    yield from _once(row, "progress", told)
    yield from _once(row, "video", brought)
    for message in told:
        if message.message_id != row.message_id or "The reel is ready" not in text_of(message):
            yield LOST, f"the progress of {row} says {text_of(message)}"
    for message in brought:
        if not any(attachment.data[4:8] == b"ftyp" for attachment in message.attachments):
            yield LOST, f"{row} brought no video"


KINDS: dict[str, Callable[[Stage, Row], Look]] = {"takes": _takes, "brainstorm": _brainstorm, "reel": _reel}


# -- everything else --------------------------------------------------------------------------------------------------


def _threads(stage: Stage, rows: list[Row]) -> Look:
    """Every thread that the bot opened belongs to a brainstorm, and each to one of its own."""
    channels = stage.wire.world.channels.values()
    opened = [c.channel_id for c in channels if c.kind is ChannelKind.PUBLIC_THREAD and c.owner is stage.wire.world.bot]
    known = Counter(row.state["thread_id"] for row in rows if row.kind == "brainstorm")
    for thread_id in opened:
        if known[thread_id] != 1:
            yield POSTED, f"thread {thread_id} belongs to {known[thread_id]} brainstorms"
    for thread_id in known.keys() - set(opened):
        yield LOST, f"there is no thread {thread_id}"


def _kept(rows: list[Row], story: Story) -> Look:
    """Whatever somebody was told came true."""
    by_interaction = {row.interaction_id: row for row in rows}
    for deed in (deed for deeds in story.deeds.values() for deed in deeds):
        said = "" if deed.original is None else text_of(deed.original)
        promise = next((what for words, what in PROMISES.items() if words in said), None)
        if promise is None:
            continue
        row = by_interaction.get(deed.interaction_id) or _meant(rows, deed)
        if row is None or (promise in ("takes", "rendered", "decided") and not row.jobs):
            yield LOST, f"accepted and forgotten: {said} ({row})"
        elif promise == "made" and not row.state["made_at"]:
            yield LOST, f"to be made and not made: {row}"


def _meant(rows: list[Row], deed: Interaction) -> Row | None:
    """The assembly whose button was pressed."""
    pressed = str(deed.data.get("custom_id", ""))
    return next((row for row in rows if row.assembly_id in pressed), None)


def _left_behind(stage: Stage) -> Look:
    """Files that were in the works, and are in nobody's way any more only once they are gone."""
    for name in FILES:
        for path in (stage.data / name).glob("*"):
            if name == "reels" or path.suffix == ".part":
                yield LOST, f"left behind: {name}/{path.name}"
