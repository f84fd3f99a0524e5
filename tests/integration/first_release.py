"""A database as version 0.1.0 wrote it: the schema of its two migrations, and rows by plain SQL."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine

from bot.storage.sqlite.upgrading import upgrade

Json = dict[str, Any]
SCHEMA = "0002"
AGO = 60.0
"""How long before the update everything was begun that does not say otherwise."""


def take(number: int, owner: int, prompt: str) -> Json:
    """One take in the state of a brainstorm."""
    return {"number": number, "owner": owner, "name": "ada", "locale": "en", "prompt": prompt, "added": False}


def storm(idea: str, stage: str, takes: Sequence[Json], **more: object) -> Json:
    """The state of a brainstorm, with all its fields and nothing else."""
    fixed = {"minutes": 10, "touched_at": 0.0, "takes": list(takes), "numbers": 9, "stage": stage, "thread_id": None}
    rest: Json = {"ends_at": None, "left_out": [], "resolution": None, "duration_seconds": None, "provider": None}
    return {"idea": idea, **fixed, **rest, "picture": None, **more}


def choice(stage: str, job_ids: Sequence[str], **more: object) -> Json:
    """The state of a reel, with all its fields and nothing else."""
    ids = list(job_ids)
    fixed = {"by_votes": ids, "by_age": ids[::-1], "chosen": ids, "placed": [], "sort": "votes", "stage": stage}
    return {**fixed, "title": "", "captions": False, "made_at": 0.0, **more}


@dataclass
class FirstRelease:
    """Writes the rows of one member in one channel; every id follows from what a row is called."""

    path: Path
    now: float
    guild_id: int
    channel_id: int
    user_id: int
    schema: str = SCHEMA

    def __post_init__(self) -> None:
        for path in self.path.parent.glob(f"{self.path.name}*"):
            path.unlink()
        with create_engine(f"sqlite:///{self.path}").begin() as connection:
            upgrade(connection, None, self.schema)
        self._numbers = 0
        self._rows: list[tuple[str, Json]] = []

    def save(self) -> None:
        """Write all of them down."""
        with sqlite3.connect(self.path) as connection:
            for table, row in self._rows:
                names, gaps = ", ".join(row), ", ".join("?" * len(row))
                connection.execute(f"INSERT INTO {table} ({names}) VALUES ({gaps})", tuple(row.values()))
        connection.close()

    def interaction(self) -> int:
        """The id of a command: older than all that was answered to it."""
        self._numbers += 1
        return self.channel_id - self._numbers

    def job(self, name: str, status: str, closing: str | None = None, **more: object) -> None:
        """A job with its hold, and what closed it."""
        job_id, at = job_id_of(name), self.now - AGO
        row: Json = {
            "job_id": job_id, "version": 3, "status": status, "shown_status": None,
            "interaction_id": more.pop("interaction_id", None) or self.interaction(), "take": 0,
            "user_id": self.user_id, "guild_id": self.guild_id, "channel_id": self.channel_id, "locale": "en",
            "provider": "apiframe", "auto_provider": 0, "price": 1, "prompt": name, "image_urls": "[]", "attempts": 0,
            "strikes": 0, "link_refreshed": 0, "created_at": at, "due_at": at,
        }  # fmt: skip
        if status not in {"queued", "cancelled"}:
            row["submitting_at"] = at
        if status in {"delivered", "parked", "failed", "cancelled", "unknown"}:
            row |= {"ended_at": at, "shown_status": status}
        if status in {"rendering", "delivering", "delivered", "parked"}:
            row["submitted_at"] = at
        if status in {"delivering", "delivered", "parked"}:
            row["rendered_at"] = at + 30
        row |= more
        self._rows.append(("jobs", row))
        for kind in ("hold", *([closing] if closing else [])):
            entry = {"job_id": job_id, "kind": kind, "guild_id": self.guild_id, "user_id": row["user_id"]}
            day = datetime.fromtimestamp(self.now, UTC).date().isoformat()
            self._rows.append(("ledger", entry | {"day": day, "credits": 1, "at": at}))

    def vote(self, job_id: str, *members: int) -> None:
        """Votes for a clip."""
        for user_id in members:
            self._rows.append(("votes", {"job_id": job_id, "user_id": user_id, "at": self.now}))

    def assembly(self, name: str, kind: str, state: Json, **more: object) -> int:
        """An assembly that is due; the id of the command that began it."""
        interaction_id = self.interaction()
        row: Json = {
            "assembly_id": assembly_id_of(name), "version": 2, "kind": kind,
            "interaction_id": interaction_id, "user_id": self.user_id, "guild_id": self.guild_id,
            "channel_id": self.channel_id, "locale": "en", "state": json.dumps(state), "attempts": 0,
            "created_at": self.now - AGO, "due_at": self.now - AGO,
        }  # fmt: skip
        self._rows.append(("assemblies", row | more))
        return interaction_id


def job_id_of(name: str) -> str:
    """The id of the job that is called so."""
    return name.encode().hex().ljust(20, "0")[:20]


def assembly_id_of(name: str) -> str:
    """The id of the assembly that is called so."""
    return name.encode().hex().rjust(20, "f")[-20:]
