"""Prompts in the form that searches compare, for jobs that are there already as well.

The form is made by bot.text.folding, whose rules must be the same here and where new jobs are written.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.text.folding import fold

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_AT_ONCE = 500


def upgrade() -> None:
    op.add_column("jobs", sa.Column("folded", sa.Text(), server_default="", nullable=False))
    jobs = sa.table("jobs", sa.column("job_id", sa.String), sa.column("prompt", sa.Text), sa.column("folded", sa.Text))
    connection, last = op.get_bind(), ""
    page = sa.select(jobs.c.job_id, jobs.c.prompt).order_by(jobs.c.job_id).limit(_AT_ONCE)
    change = jobs.update().where(jobs.c.job_id == sa.bindparam("of")).values(folded=sa.bindparam("now"))
    while rows := connection.execute(page.where(jobs.c.job_id > last)).all():
        connection.execute(change, [{"of": job_id, "now": fold(prompt)} for job_id, prompt in rows])
        last = rows[-1][0]
