"""The migration that gives the jobs of brainstorms the numbers of their takes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, text

from bot.storage.sqlite.upgrading import upgrade

ADA, BEN = 7, 8
Takes = list[tuple[int, int, str]]
"""Number, owner and prompt of each take."""
Asked = list[tuple[int, str]]
"""Owner and prompt of each job, in the order in which they were asked for."""

LISTS: dict[str, tuple[Takes, Asked, list[int]]] = {
    "as they stand": ([(1, ADA, "a"), (2, ADA, "b"), (3, BEN, "c")], [(ADA, "a"), (ADA, "b"), (BEN, "c")], [1, 2, 3]),
    "with a gap": ([(2, ADA, "a"), (7, BEN, "b")], [(ADA, "a"), (BEN, "b")], [2, 7]),
    "one who was left out": ([(1, ADA, "a"), (2, BEN, "b"), (3, ADA, "c")], [(ADA, "a"), (ADA, "c")], [1, 3]),
    "two alike": ([(1, ADA, "a"), (2, ADA, "a")], [(ADA, "a"), (ADA, "a")], [1, 2]),
    "written differently since": ([(1, ADA, "<@9>"), (2, ADA, "b")], [(ADA, "@nine"), (ADA, "b")], [1, 2]),
    "one removed meanwhile": ([(1, ADA, "a"), (3, ADA, "c")], [(ADA, "a"), (ADA, "b"), (ADA, "c")], [1, 4, 3]),
    "no list": ([], [(ADA, "a"), (ADA, "b")], [1, 2]),
}


def put(connection: Connection, assembly_id: str, kind: str, state: str, asked: Asked) -> None:
    number = int(assembly_id)
    connection.execute(
        text(
            "INSERT INTO assemblies (assembly_id, version, kind, interaction_id, user_id, guild_id, channel_id, locale,"
            " state, attempts, created_at) VALUES (:id, 1, :kind, :number, 7, 1, 5, 'en', :state, 0, 1.0)"
        ),
        {"id": assembly_id, "kind": kind, "number": number, "state": state},
    )
    for take, (owner, prompt) in enumerate(asked):
        connection.execute(
            text(
                "INSERT INTO jobs (job_id, version, status, interaction_id, take, user_id, guild_id, channel_id,"
                " provider, auto_provider, price, prompt, image_urls, attempts, strikes, link_refreshed, created_at,"
                " due_at, assembly_id) VALUES (:id, 1, 'rendering', :number, :take, :owner, 1, 5, 'apiframe', 1, 1,"
                " :prompt, '[]', 0, 0, 0, 1.0, 1.0, :of)"
            ),
            {"id": f"{assembly_id}-{take}", "number": number, "take": take, "owner": owner, "prompt": prompt,
             "of": assembly_id},
        )  # fmt: skip


def numbers(connection: Connection, assembly_id: str) -> list[int]:
    query = text("SELECT take FROM jobs WHERE assembly_id = :id ORDER BY job_id")
    return list(connection.execute(query, {"id": assembly_id}).scalars())


@pytest.fixture
def connection(tmp_path: Path) -> Connection:
    connection = create_engine(f"sqlite:///{tmp_path / 'r.sqlite3'}").connect()
    upgrade(connection, None, "0008")
    return connection


@pytest.mark.parametrize("name", LISTS)
def test_each_job_gets_the_number_of_its_take(connection: Connection, name: str) -> None:
    takes, asked, expected = LISTS[name]
    state = {"takes": [{"number": number, "owner": owner, "prompt": prompt} for number, owner, prompt in takes]}
    put(connection, "1", "brainstorm", json.dumps(state), asked)
    put(connection, "2", "takes", '{"takes": 2}', [(ADA, "a"), (ADA, "a")])
    upgrade(connection, "0008", "0009")
    assert numbers(connection, "1") == expected
    assert numbers(connection, "2") == [0, 1], "those of other kinds count from 0, as ever"


@pytest.mark.parametrize("state", ["{", "null", "[]", '{"takes": [1]}', '{"takes": [{"number": "one"}]}'])
def test_a_state_that_cannot_be_read_keeps_no_database_from_coming_up(connection: Connection, state: str) -> None:
    put(connection, "1", "brainstorm", state, [(ADA, "a"), (BEN, "b")])
    upgrade(connection, "0008", "0009")
    assert numbers(connection, "1") == [1, 2]
