"""The votes of a clip in its job's row, and indices of the few rows that each frequent question is about."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_GONE = (
    "jobs_by_status",
    "jobs_by_channel",
    "jobs_by_assembly",
    "jobs_by_end",
    "jobs_by_member",
    "jobs_by_turn",
    "jobs_by_render",
    "jobs_watched",
    "jobs_kept",
)
_UNDER_WAY = "status IN ('queued', 'submitting', 'rendering', 'delivering')"
_STEPPING = f"({_UNDER_WAY} OR (status = 'unknown' AND task_id IS NOT NULL))"
_UNSHOWN = "ended_at IS NOT NULL AND (shown_status IS NULL OR shown_status != status)"
_SHOWN = "status = 'delivered' AND deleted_at IS NULL"
_OF_JOBS = {
    "jobs_stepping": ("created_at job_id", _STEPPING),
    "jobs_waiting": (
        "provider user_id created_at job_id due_at status cancelled_at",
        "status = 'queued' AND cancelled_at IS NULL",
    ),
    "jobs_waiting_due": ("provider due_at status cancelled_at", "status = 'queued' AND cancelled_at IS NULL"),
    "jobs_pending": ("user_id status", _UNDER_WAY),
    "jobs_served": ("user_id submitting_at", "submitting_at IS NOT NULL"),
    "jobs_rendered": ("provider resolution duration_seconds rendered_at submitted_at", "rendered_at IS NOT NULL"),
    "jobs_ended": ("ended_at job_id", "ended_at IS NOT NULL"),
    "jobs_unshown_deleted": ("deleted_at", f"deleted_at IS NOT NULL AND {_UNSHOWN}"),
    "jobs_kept": (
        "ended_at",
        "deleted_at IS NULL AND (status = 'parked'"
        " OR (status = 'cancelled' AND cancelled_at IS NOT NULL AND video_url IS NOT NULL))",
    ),
    "jobs_new_in_channel": ("guild_id channel_id created_at", _SHOWN),
    "jobs_best_in_channel": ("guild_id channel_id vote_count created_at status deleted_at", _SHOWN),
    "jobs_best_of_member": ("guild_id user_id vote_count created_at status deleted_at", _SHOWN),
    "jobs_of_assembly": ("assembly_id", "assembly_id IS NOT NULL"),
}
_OF_ASSEMBLIES = {
    "assemblies_open_in_channel": ("channel_id kind", "ended_at IS NULL"),
    "assemblies_open_of_member": ("guild_id user_id kind", "ended_at IS NULL"),
}


def upgrade() -> None:
    op.add_column("jobs", sa.Column("vote_count", sa.Integer(), server_default="0", nullable=False))
    op.execute(
        "UPDATE jobs SET vote_count = (SELECT count(*) FROM votes WHERE votes.job_id = jobs.job_id)"
        " WHERE job_id IN (SELECT job_id FROM votes)"
    )
    for name in _GONE:
        op.drop_index(name, "jobs")
    for name in ("assemblies_by_due", "assemblies_by_channel"):
        op.drop_index(name, "assemblies")
    for table, indices in (("jobs", _OF_JOBS), ("assemblies", _OF_ASSEMBLIES)):
        for name, (columns, condition) in indices.items():
            where = sa.text(condition)
            op.create_index(name, table, columns.split(), sqlite_where=where, postgresql_where=where)
