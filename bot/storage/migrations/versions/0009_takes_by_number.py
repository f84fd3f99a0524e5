"""The jobs of brainstorms carry the numbers of their takes, by which they are found; before, prompts were compared.

They were asked for in the order of the takes, without those of members who were left out, of whom there is no job at
all: so the takes of everybody else, in their order, are those of the jobs in theirs.
"""

from __future__ import annotations

import json
from itertools import count
from typing import Any, NamedTuple

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_APART = 1_000_000
"""Out of the way of all numbers that are given while one after the other is changed: they are unique."""

_jobs = sa.table(
    "jobs",
    sa.column("job_id", sa.String),
    sa.column("assembly_id", sa.String),
    sa.column("user_id", sa.BigInteger),
    sa.column("prompt", sa.Text),
    sa.column("take", sa.Integer),
)
_assemblies = sa.table(
    "assemblies", sa.column("assembly_id", sa.String), sa.column("kind", sa.String), sa.column("state", sa.Text)
)


class _Known(NamedTuple):
    """A job by its id, or a take by its number, with whose it is and what it asks for."""

    key: Any
    owner: int
    prompt: str


def upgrade() -> None:
    connection = op.get_bind()
    brainstorms = sa.select(_assemblies.c.assembly_id, _assemblies.c.state).where(_assemblies.c.kind == "brainstorm")
    columns = (_jobs.c.job_id, _jobs.c.user_id, _jobs.c.prompt)
    for assembly_id, state in connection.execute(brainstorms).all():
        mine = _jobs.c.assembly_id == assembly_id
        rows = connection.execute(sa.select(*columns).where(mine).order_by(_jobs.c.take)).all()
        if not rows:
            continue
        connection.execute(_jobs.update().where(mine).values(take=_jobs.c.take + _APART))
        for job_id, number in _numbered([_Known(*row) for row in rows], _takes(state)).items():
            connection.execute(_jobs.update().where(_jobs.c.job_id == job_id).values(take=number))


def _numbered(rows: list[_Known], takes: list[_Known]) -> dict[str, int]:
    """The number of each job by its id; a job whose take is not there any more gets one that no take has."""
    found: dict[str, int] = {}
    for owner in {row.owner for row in rows}:
        theirs = [row for row in rows if row.owner == owner]
        wanted = [take for take in takes if take.owner == owner]
        if len(theirs) == len(wanted):
            found |= {row.key: take.key for row, take in zip(theirs, wanted, strict=True)}
            continue
        for row in theirs:  # a list that was changed while its jobs were asked for
            same = next((take for take in wanted if take.prompt == row.prompt), None)
            if same is not None:
                wanted.remove(same)
                found[row.key] = same.key
    beyond = count(max((take.key for take in takes), default=0) + 1)
    return found | {row.key: next(beyond) for row in rows if row.key not in found}


def _takes(state: Any) -> list[_Known]:
    """The takes of a brainstorm; none of a state that cannot be read, which is left as it is."""
    try:
        found = json.loads(state)
        return [_Known(int(take["number"]), int(take["owner"]), str(take["prompt"])) for take in found["takes"]]
    except (ValueError, TypeError, KeyError):
        return []
