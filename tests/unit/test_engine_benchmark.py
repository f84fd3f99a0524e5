"""What the benchmark of the engine stands on: rows that are copied, commits that are counted, keys of its answer."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from benchmarks.engine.answering import Answers
from benchmarks.engine.delivering import Deliveries
from benchmarks.engine.report import NOT_MEASURED, Figures, as_json, as_text
from benchmarks.engine.rows import Copy, commits, multiply
from benchmarks.engine.waiting import Idle
from benchmarks.engine.working import Work

KEYS = {
    "wake_ms",
    "idle_core_percent",
    "rss_mib",
    "restart_s",
    "polling",
    "ack_ratio",
    "cpu_ms_per_job",
    "edits_per_job",
    "delivery_ratio",
    "million_ms",
    "queries_per_job",
}
SCHEMA = """
CREATE TABLE jobs (
    job_id TEXT NOT NULL PRIMARY KEY, interaction_id INTEGER NOT NULL, take INTEGER NOT NULL, user_id INTEGER NOT NULL,
    prompt TEXT NOT NULL, task_id TEXT, token TEXT UNIQUE, due_at FLOAT NOT NULL, submitted_at FLOAT, rendered_at FLOAT,
    UNIQUE (interaction_id, take)
);
CREATE TABLE ledger (
    job_id TEXT NOT NULL REFERENCES jobs, kind TEXT NOT NULL, user_id INTEGER, PRIMARY KEY (job_id, kind)
);
CREATE TABLE notes (name TEXT PRIMARY KEY, text TEXT);
INSERT INTO jobs VALUES ('00ff', 7, 0, 1, 'a fox', 'task 0', 'secret', 1000.0, 900.0, NULL);
INSERT INTO jobs VALUES ('00fe', 99, 0, 1, 'a crow', NULL, NULL, 1000.0, NULL, NULL);
INSERT INTO ledger VALUES ('00ff', 'hold', 1), ('00ff', 'settle', 1), ('00fe', 'hold', 1);
"""


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A data directory with two jobs, one of which has a token that no other may have."""
    with closing(sqlite3.connect(tmp_path / "rushes.sqlite3", isolation_level=None)) as opened:
        opened.execute("PRAGMA journal_mode=WAL")
        opened.execute("PRAGMA foreign_keys=ON")
        opened.executescript(SCHEMA)
        yield opened


def test_copies_are_jobs_of_their_own(database: sqlite3.Connection, tmp_path: Path) -> None:
    multiply(tmp_path, "a fox", [Copy(task_id="task 1"), Copy(age=100.0, task_id="task 2", render_seconds=30.0)])

    found = database.execute("SELECT * FROM jobs WHERE prompt = 'a fox' ORDER BY task_id").fetchall()
    assert len({row[0] for row in found}) == len({row[1] for row in found}) == 3
    assert [row[5:] for row in found] == [
        ("task 0", "secret", 1000.0, 900.0, None),
        ("task 1", None, 1000.0, 900.0, None),
        ("task 2", None, 900.0, 800.0, 830.0),
    ]


def test_what_belongs_to_a_job_is_copied_with_it(database: sqlite3.Connection, tmp_path: Path) -> None:
    multiply(tmp_path, "a fox", [Copy()] * 3)

    query = "SELECT kind, count(*) FROM ledger JOIN jobs USING (job_id, user_id) GROUP BY kind"
    assert dict(database.execute(query)) == {"hold": 5, "settle": 4}
    assert not database.execute("PRAGMA foreign_key_check").fetchall()


def test_commits_are_counted(database: sqlite3.Connection, tmp_path: Path) -> None:
    before = commits(tmp_path)
    for number in range(5):
        database.execute("INSERT INTO notes VALUES (?, '')", (number,))
        database.execute("SELECT * FROM notes").fetchall()

    assert commits(tmp_path) - before == 5


def test_every_key_is_there_whatever_was_measured() -> None:
    whole = Figures(
        wakes={100: 1.5, 1000: 1.75},
        idle=Idle(0.25, 101.5),
        restart=0.75,
        answers=Answers([0.012] * 4, [0.01] * 4),
        deliveries={0: Deliveries([0.3], [0.2]), 1000: Deliveries([0.4], [0.2])},
        work=Work(cpu_ms=29.0, edits=2.5, queries=0.5, commits=5.5, in_flight=80),
        polling=[{"cv": 0.15, "case": "right guess", "calls_ratio": 1.05, "late_s": 3.5}],
        million=4.5,
    )

    assert as_json(Figures()) == dict.fromkeys(KEYS)
    assert json.loads(json.dumps(as_json(whole))) == {
        "wake_ms": {"100": 1.5, "1000": 1.75},
        "idle_core_percent": 0.25,
        "rss_mib": 101.5,
        "restart_s": 0.75,
        "polling": [{"cv": 0.15, "case": "right guess", "calls_ratio": 1.05, "late_s": 3.5}],
        "ack_ratio": [1.2, 1.2],
        "cpu_ms_per_job": 29.0,
        "edits_per_job": 2.5,
        "delivery_ratio": 2.0,
        "million_ms": 4.5,
        "queries_per_job": 0.5,
    }
    assert NOT_MEASURED in as_text(Figures())
    assert NOT_MEASURED not in as_text(whole)
