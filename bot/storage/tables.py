"""The schema, as SQLAlchemy Core tables. Alembic's migrations create it; a test holds the two together.

Ids of Discord are 64-bit integers, moments are seconds since the epoch (UTC), days are YYYY-MM-DD.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

metadata = MetaData()

# Rows are never purged, so what is asked at every wake is found through an index of the few rows that it is about.
# SQLite uses such an index only for a query that says the same in the same words, literals and all.
WATCHED = "status = 'unknown' AND task_id IS NOT NULL"
"""Nobody waits for these jobs any more, but they have a task to look at."""

UNSHOWN = "ended_at IS NOT NULL AND (shown_status IS NULL OR shown_status != status)"
"""Their end has not been written into their status message."""

OPEN = "ended_at IS NULL"
"""Assemblies that have not ended."""

KEPT = (
    "deleted_at IS NULL AND (status || '' = 'parked'"
    " OR (status || '' = 'cancelled' AND cancelled_at IS NOT NULL AND video_url IS NOT NULL))"
)
"""Finished clips that are in no channel. A status by itself would be looked up in the index of all statuses."""

DELIVERED = "status = 'delivered'"

jobs = Table(
    "jobs",
    metadata,
    Column("job_id", String(32), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("status", String(16), nullable=False),
    Column("shown_status", String(16)),
    Column("interaction_id", BigInteger, nullable=False),
    Column("take", Integer, nullable=False, server_default="0"),
    Column("user_id", BigInteger, nullable=False),
    Column("guild_id", BigInteger, nullable=False),
    Column("channel_id", BigInteger, nullable=False),
    Column("locale", String(8), nullable=False, server_default="en"),
    Column("parent_id", String(32)),
    Column("relation", String(8)),
    Column("assembly_id", String(32)),
    Column("status_message_id", BigInteger),
    Column("result_message_id", BigInteger),
    Column("provider", String(32), nullable=False),
    Column("auto_provider", Boolean, nullable=False),
    Column("price", Integer, nullable=False),
    Column("prompt", Text, nullable=False),
    Column("folded", Text, nullable=False, server_default=""),
    Column("resolution", String(8)),
    Column("duration_seconds", Integer),
    Column("optimize_prompt", Boolean),
    Column("first_frame", JSON(none_as_null=True)),
    Column("last_frame", JSON(none_as_null=True)),
    Column("image_urls", JSON, nullable=False),
    Column("task_id", String(128)),
    Column("webhook_base", Text),
    Column("webhook_hash", String(64), unique=True),
    Column("video_url", Text),
    Column("failure", String(32)),
    Column("attempts", Integer, nullable=False),
    Column("strikes", Integer, nullable=False),
    Column("link_refreshed", Boolean, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("due_at", Float, nullable=False),
    Column("submitting_at", Float),
    Column("submitted_at", Float),
    Column("rendered_at", Float),
    Column("posting_at", Float),
    Column("ended_at", Float),
    Column("deleted_at", Float),
    Column("cancelled_at", Float),
    Column("turn_at", Float),
    UniqueConstraint("interaction_id", "take", name="jobs_once_per_interaction"),
    Index("jobs_by_status", "status", "ended_at"),
    Index("jobs_by_requester", "guild_id", "user_id", "created_at"),
    Index("jobs_by_channel", "guild_id", "channel_id", "created_at"),
    Index("jobs_by_assembly", "assembly_id"),
    Index("jobs_by_end", "ended_at"),
    Index("jobs_by_member", "user_id", "status"),
    Index("jobs_by_turn", "user_id", "submitting_at"),
    Index("jobs_by_render", "provider", "resolution", "duration_seconds", "rendered_at"),
)
for _name, _columns, _where in (
    ("jobs_watched", (jobs.c.status, jobs.c.task_id), WATCHED),
    ("jobs_unshown", (jobs.c.ended_at,), UNSHOWN),
    ("jobs_kept", (jobs.c.ended_at,), KEPT),
    ("jobs_delivered", (jobs.c.guild_id, jobs.c.user_id), DELIVERED),
):
    Index(_name, *_columns, sqlite_where=text(_where), postgresql_where=text(_where))

ledger = Table(
    "ledger",
    metadata,
    Column("job_id", String(32), ForeignKey("jobs.job_id"), primary_key=True),
    Column("kind", String(8), primary_key=True),
    Column("guild_id", BigInteger, nullable=False),
    Column("user_id", BigInteger, nullable=False),
    Column("day", String(10), nullable=False),
    Column("credits", Integer, nullable=False),
    Column("at", Float, nullable=False),
    CheckConstraint("credits >= 0", name="ledger_credits_not_negative"),
    CheckConstraint("kind IN ('hold', 'settle', 'release')", name="ledger_kind_known"),
    Index("ledger_by_day", "guild_id", "user_id", "day"),
)
Index(
    "ledger_closed_once",
    ledger.c.job_id,
    unique=True,
    sqlite_where=text("kind IN ('settle', 'release')"),
    postgresql_where=text("kind IN ('settle', 'release')"),
)

allowances = Table(
    "allowances",
    metadata,
    Column("guild_id", BigInteger, primary_key=True),
    Column("user_id", BigInteger, primary_key=True),
    Column("daily_credits", Integer, nullable=False),
    Column("set_by", BigInteger, nullable=False),
    Column("at", Float, nullable=False),
)
"""A server's own daily allowance for one member; user_id 0 stands for everybody in that server."""

grants = Table(
    "grants",
    metadata,
    Column("interaction_id", BigInteger, primary_key=True),
    Column("guild_id", BigInteger, nullable=False),
    Column("user_id", BigInteger, nullable=False),
    Column("day", String(10), nullable=False),
    Column("credits", Integer, nullable=False),
    Column("granted_by", BigInteger, nullable=False),
    Column("at", Float, nullable=False),
    Index("grants_by_day", "guild_id", "user_id", "day"),
)
"""Extra credits for one day; the interaction id, of the last time it was asked for, is the key: see ledger.py."""

votes = Table(
    "votes",
    metadata,
    Column("job_id", String(32), ForeignKey("jobs.job_id"), primary_key=True),
    Column("user_id", BigInteger, primary_key=True),
    Column("at", Float, nullable=False),
)
"""One row per member and clip; a second press takes it away."""

assemblies = Table(
    "assemblies",
    metadata,
    Column("assembly_id", String(32), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("interaction_id", BigInteger, nullable=False, unique=True),
    Column("user_id", BigInteger, nullable=False),
    Column("guild_id", BigInteger, nullable=False),
    Column("channel_id", BigInteger, nullable=False),
    Column("locale", String(8), nullable=False),
    Column("state", JSON, nullable=False),
    Column("message_id", BigInteger),
    Column("posting_at", Float),
    Column("due_at", Float),
    Column("attempts", Integer, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("ended_at", Float),
    Index("assemblies_by_due", "ended_at", "due_at"),
    Index("assemblies_by_channel", "channel_id", "kind"),
    Index("assemblies_open", "due_at", "created_at", sqlite_where=text(OPEN), postgresql_where=text(OPEN)),
)
"""What is put together from clips: takes side by side, brainstorms, reels."""

notes = Table(
    "notes",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("text", Text, nullable=False),
)
"""What the bot keeps for itself from one start to the next, such as which commands it has registered."""
