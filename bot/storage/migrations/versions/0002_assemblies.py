"""Several takes of one interaction, lineage, votes, and what is put together from clips.

SQLite cannot drop a unique constraint, so `jobs` is built anew and copied, as sqlite.org/lang_altertable.html (7)
says; bot.storage.database has switched foreign keys off for the length of a migration and checks them afterwards.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_KEPT = (
    "job_id, version, status, shown_status, interaction_id, user_id, guild_id, channel_id, status_message_id, "
    "result_message_id, provider, auto_provider, price, prompt, resolution, duration_seconds, optimize_prompt, "
    "first_frame, last_frame, image_urls, task_id, webhook_base, webhook_hash, video_url, failure, attempts, strikes, "
    "link_refreshed, created_at, due_at, submitting_at, submitted_at, rendered_at, posting_at, ended_at"
)


def upgrade() -> None:
    op.create_table(
        "jobs_new",
        sa.Column("job_id", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("shown_status", sa.String(length=16), nullable=True),
        sa.Column("interaction_id", sa.BigInteger(), nullable=False),
        sa.Column("take", sa.Integer(), server_default="0", nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("locale", sa.String(length=8), server_default="en", nullable=False),
        sa.Column("parent_id", sa.String(length=32), nullable=True),
        sa.Column("relation", sa.String(length=8), nullable=True),
        sa.Column("assembly_id", sa.String(length=32), nullable=True),
        sa.Column("status_message_id", sa.BigInteger(), nullable=True),
        sa.Column("result_message_id", sa.BigInteger(), nullable=True),
        sa.Column("provider", sa.String(length=32), nullable=False),
        sa.Column("auto_provider", sa.Boolean(), nullable=False),
        sa.Column("price", sa.Integer(), nullable=False),
        sa.Column("prompt", sa.Text(), nullable=False),
        sa.Column("resolution", sa.String(length=8), nullable=True),
        sa.Column("duration_seconds", sa.Integer(), nullable=True),
        sa.Column("optimize_prompt", sa.Boolean(), nullable=True),
        sa.Column("first_frame", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("last_frame", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("image_urls", sa.JSON(), nullable=False),
        sa.Column("task_id", sa.String(length=128), nullable=True),
        sa.Column("webhook_base", sa.Text(), nullable=True),
        sa.Column("webhook_hash", sa.String(length=64), nullable=True),
        sa.Column("video_url", sa.Text(), nullable=True),
        sa.Column("failure", sa.String(length=32), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("strikes", sa.Integer(), nullable=False),
        sa.Column("link_refreshed", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("due_at", sa.Float(), nullable=False),
        sa.Column("submitting_at", sa.Float(), nullable=True),
        sa.Column("submitted_at", sa.Float(), nullable=True),
        sa.Column("rendered_at", sa.Float(), nullable=True),
        sa.Column("posting_at", sa.Float(), nullable=True),
        sa.Column("ended_at", sa.Float(), nullable=True),
        sa.Column("deleted_at", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("job_id"),
        sa.UniqueConstraint("interaction_id", "take", name="jobs_once_per_interaction"),
        sa.UniqueConstraint("webhook_hash"),
    )
    op.execute(f"INSERT INTO jobs_new ({_KEPT}) SELECT {_KEPT} FROM jobs")  # noqa: S608 - a constant of ours
    op.drop_table("jobs")
    op.rename_table("jobs_new", "jobs")
    op.create_index("jobs_by_requester", "jobs", ["guild_id", "user_id", "created_at"], unique=False)
    op.create_index("jobs_by_channel", "jobs", ["guild_id", "channel_id", "created_at"], unique=False)
    op.create_index("jobs_by_status", "jobs", ["status"], unique=False)
    op.create_index("jobs_by_assembly", "jobs", ["assembly_id"], unique=False)
    op.create_table(
        "votes",
        sa.Column("job_id", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.job_id"]),
        sa.PrimaryKeyConstraint("job_id", "user_id"),
    )
    op.create_table(
        "assemblies",
        sa.Column("assembly_id", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("interaction_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("locale", sa.String(length=8), nullable=False),
        sa.Column("state", sa.JSON(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("posting_at", sa.Float(), nullable=True),
        sa.Column("due_at", sa.Float(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("ended_at", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("assembly_id"),
        sa.UniqueConstraint("interaction_id"),
    )
    op.create_index("assemblies_by_due", "assemblies", ["ended_at", "due_at"], unique=False)
    op.create_index("assemblies_by_channel", "assemblies", ["channel_id", "kind"], unique=False)
