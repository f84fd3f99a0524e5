"""Indices for all that is asked at every wake, so that its cost does not grow with what has ended."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_WHOLE = {
    "jobs_by_status": ["status", "ended_at"],
    "jobs_by_end": ["ended_at"],
    "jobs_by_member": ["user_id", "status"],
    "jobs_by_turn": ["user_id", "submitting_at"],
    "jobs_by_render": ["provider", "resolution", "duration_seconds", "rendered_at"],
}
_PARTIAL = {
    "jobs_watched": (["status", "task_id"], "status = 'unknown' AND task_id IS NOT NULL"),
    "jobs_unshown": (["ended_at"], "ended_at IS NOT NULL AND (shown_status IS NULL OR shown_status != status)"),
    "jobs_kept": (
        ["ended_at"],
        "deleted_at IS NULL AND (status || '' = 'parked'"
        " OR (status || '' = 'cancelled' AND cancelled_at IS NOT NULL AND video_url IS NOT NULL))",
    ),
    "jobs_delivered": (["guild_id", "user_id"], "status = 'delivered'"),
}


def upgrade() -> None:
    op.drop_index("jobs_by_status", "jobs")
    for name, columns in _WHOLE.items():
        op.create_index(name, "jobs", columns, unique=False)
    for name, (columns, where) in _PARTIAL.items():
        op.create_index(
            name, "jobs", columns, unique=False, sqlite_where=sa.text(where), postgresql_where=sa.text(where)
        )
    opened = sa.text("ended_at IS NULL")
    op.create_index(
        "assemblies_open",
        "assemblies",
        ["due_at", "created_at"],
        unique=False,
        sqlite_where=opened,
        postgresql_where=opened,
    )
