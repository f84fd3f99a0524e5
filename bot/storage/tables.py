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

HEAD = "0010"
"""The newest migration: a database of this version needs none. A test holds it to the folder of the migrations."""

# Rows stay for a year, so what is asked often is found through an index of the few rows that it is about. SQLite uses
# such an index only for a query that says the same in the same words, literals and all; and it reads nothing but the
# index only where the columns of the condition are in it too, which is why they come last in some of them.
WAITING = "status = 'queued' AND cancelled_at IS NULL"
"""Jobs that wait to be submitted."""

UNDER_WAY = "status IN ('queued', 'submitting', 'rendering', 'delivering')"
"""Jobs that have not ended."""

STEPPING = (
    "(status IN ('queued', 'submitting', 'rendering', 'delivering') OR (status = 'unknown' AND task_id IS NOT NULL))"
)
"""Jobs that have a next step: those, and those that nobody waits for any more but that have a task to look at."""

UNSHOWN = "ended_at IS NOT NULL AND (shown_status IS NULL OR shown_status != status)"
"""Their end has not been written into their status message."""

KEPT = (
    "deleted_at IS NULL AND (status = 'parked'"
    " OR (status = 'cancelled' AND cancelled_at IS NOT NULL AND video_url IS NOT NULL))"
)
"""Finished clips that are in no channel."""

DELIVERED = "status = 'delivered'"

SHOWN = "status = 'delivered' AND deleted_at IS NULL"
"""Clips that are in their channels, which is what boards are about."""

MODERATED = "failure = 'moderation'"
"""Jobs that a provider's filter has stopped."""

OPEN = "ended_at IS NULL"
"""Assemblies that have not ended."""

ENDED = "ended_at IS NOT NULL"

jobs = Table(
    "jobs",
    metadata,
    Column("job_id", String(32), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("status", String(16), nullable=False),
    Column("shown_status", String(16)),
    Column("shown", Text),
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
    Column("vote_count", Integer, nullable=False, server_default="0"),
    Column("provider_cost", Float),
    Column("hidden", Boolean, nullable=False, server_default="0"),
    Column("age_restricted", Boolean, nullable=False, server_default="0"),
    Column("trail", Text, nullable=False, server_default=""),
    UniqueConstraint("interaction_id", "take", name="jobs_once_per_interaction"),
    Index("jobs_by_requester", "guild_id", "user_id", "created_at"),
    Index("jobs_new_in_guild", "guild_id", "created_at"),
)
for _name, _columns, _where in (
    ("jobs_stepping", "created_at job_id", STEPPING),
    ("jobs_waiting", "provider user_id created_at job_id due_at status cancelled_at", WAITING),
    ("jobs_waiting_due", "provider due_at status cancelled_at", WAITING),
    ("jobs_pending", "user_id status", UNDER_WAY),
    ("jobs_served", "user_id submitting_at", "submitting_at IS NOT NULL"),
    ("jobs_rendered_in_guild", "guild_id rendered_at submitted_at", "rendered_at IS NOT NULL"),
    ("jobs_moderated", "guild_id user_id ended_at failure", MODERATED),
    ("jobs_rendered", "provider resolution duration_seconds rendered_at submitted_at", "rendered_at IS NOT NULL"),
    ("jobs_ended", "ended_at job_id", "ended_at IS NOT NULL"),
    ("jobs_unshown", "ended_at", UNSHOWN),
    ("jobs_unshown_deleted", "deleted_at", f"deleted_at IS NOT NULL AND {UNSHOWN}"),
    ("jobs_kept", "ended_at", KEPT),
    ("jobs_delivered", "guild_id user_id", DELIVERED),
    ("jobs_new_in_channel", "guild_id channel_id created_at age_restricted", SHOWN),
    ("jobs_best_in_channel", "guild_id channel_id vote_count created_at status deleted_at age_restricted", SHOWN),
    ("jobs_best_of_member", "guild_id user_id vote_count created_at status deleted_at age_restricted", SHOWN),
    ("jobs_by_status_message", "status_message_id", "status_message_id IS NOT NULL"),
    ("jobs_by_result_message", "result_message_id", "result_message_id IS NOT NULL"),
    ("jobs_of_assembly", "assembly_id", "assembly_id IS NOT NULL"),
):
    Index(_name, *(jobs.c[_one] for _one in _columns.split()), sqlite_where=text(_where), postgresql_where=text(_where))

# Without a key that points at the jobs: it outlives them.
ledger = Table(
    "ledger",
    metadata,
    Column("job_id", String(32), primary_key=True),
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
# What is asked once an hour, by those who clear up: holds of days gone by, and numbers of members who were erased.
for _name, _where in (("ledger_holds_by_day", "kind = 'hold'"), ("ledger_aliases", "user_id < 0")):
    Index(_name, ledger.c.day, ledger.c.job_id, sqlite_where=text(_where), postgresql_where=text(_where))
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
    Index("grants_of_day", "day"),
)
"""Extra credits for one day; the interaction id, of the last time it was asked for, is the key: see ledger.py."""

votes = Table(
    "votes",
    metadata,
    Column("job_id", String(32), ForeignKey("jobs.job_id"), primary_key=True),
    Column("user_id", BigInteger, primary_key=True),
    Column("at", Float, nullable=False),
    Index("votes_of_member", "user_id"),
)
"""One row per member and clip; a second press takes it away. How many a clip has is counted in its job's row."""

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
)
"""What is put together from clips: takes side by side, brainstorms, reels."""

for _name, _columns in (
    ("assemblies_open", "due_at created_at"),
    ("assemblies_open_in_channel", "channel_id kind"),
    ("assemblies_open_of_member", "guild_id user_id kind"),
):
    _on = (assemblies.c[_one] for _one in _columns.split())
    Index(_name, *_on, sqlite_where=text(OPEN), postgresql_where=text(OPEN))
Index("assemblies_ended", assemblies.c.ended_at, sqlite_where=text(ENDED), postgresql_where=text(ENDED))

notes = Table(
    "notes",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("text", Text, nullable=False),
)
"""What the bot keeps for itself from one start to the next, such as which commands it has registered."""
