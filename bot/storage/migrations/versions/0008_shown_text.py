"""What the status message of each job shows, so that a restart edits none that is right."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing is known of the messages that there are: they are looked at once more."""
    op.add_column("jobs", sa.Column("shown", sa.Text()))
