"""When a job that had started was cancelled, and when its turn in the line came first."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("jobs", sa.Column("cancelled_at", sa.Float(), nullable=True))
    op.add_column("jobs", sa.Column("turn_at", sa.Float(), nullable=True))
