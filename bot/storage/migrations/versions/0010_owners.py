"""What owners and moderators decide and want to know, and a ledger that outlives its jobs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_CLOSED = sa.text("kind IN ('settle', 'release')")
_SHOWN = "status = 'delivered' AND deleted_at IS NULL"
_MODEL = "coalesce(jobs.resolution, '') || '/' || coalesce(jobs.duration_seconds, '')"


def upgrade() -> None:
    _jobs()
    _ledger()
    _rules()
    _counted()
    _noted()
    _cleared()
    _count()


def _jobs() -> None:
    op.add_column("jobs", sa.Column("provider_cost", sa.Float()))
    for name in ("hidden", "age_restricted"):
        op.add_column("jobs", sa.Column(name, sa.Boolean(), server_default="0", nullable=False))
    op.add_column("jobs", sa.Column("trail", sa.Text(), server_default="", nullable=False))
    for name, columns, condition in (
        ("jobs_rendered_in_guild", ["guild_id", "rendered_at", "submitted_at"], "rendered_at IS NOT NULL"),
        ("jobs_moderated", ["guild_id", "user_id", "ended_at", "failure"], "failure = 'moderation'"),
        ("jobs_by_status_message", ["status_message_id"], "status_message_id IS NOT NULL"),
        ("jobs_by_result_message", ["result_message_id"], "result_message_id IS NOT NULL"),
    ):
        _index(name, columns, condition)
    op.create_index("jobs_new_in_guild", "jobs", ["guild_id", "created_at"])
    best = ["vote_count", "created_at", "status", "deleted_at", "age_restricted"]
    for name, columns in (
        ("jobs_new_in_channel", ["guild_id", "channel_id", "created_at", "age_restricted"]),
        ("jobs_best_in_channel", ["guild_id", "channel_id", *best]),
        ("jobs_best_of_member", ["guild_id", "user_id", *best]),
    ):
        op.drop_index(name, "jobs")
        _index(name, columns, _SHOWN)


def _index(name: str, columns: list[str], condition: str) -> None:
    where = sa.text(condition)
    op.create_index(name, "jobs", columns, sqlite_where=where, postgresql_where=where)


def _ledger() -> None:
    """Built anew, without the key that points at the jobs."""
    op.rename_table("ledger", "ledger_before")
    for name in ("ledger_by_day", "ledger_closed_once"):
        op.drop_index(name, "ledger_before")
    op.create_table(
        "ledger",
        sa.Column("job_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("credits", sa.Integer(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.CheckConstraint("credits >= 0", name="ledger_credits_not_negative"),
        sa.CheckConstraint("kind IN ('hold', 'settle', 'release')", name="ledger_kind_known"),
        sa.PrimaryKeyConstraint("job_id", "kind"),
    )
    op.execute("INSERT INTO ledger SELECT job_id, kind, guild_id, user_id, day, credits, at FROM ledger_before")
    op.drop_table("ledger_before")
    op.create_index("ledger_by_day", "ledger", ["guild_id", "user_id", "day"])
    op.create_index(
        "ledger_closed_once", "ledger", ["job_id"], unique=True, sqlite_where=_CLOSED, postgresql_where=_CLOSED
    )


def _rules() -> None:
    op.create_table(
        "guilds",
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.Column("set_by", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("left_at", sa.Float()),
        sa.PrimaryKeyConstraint("guild_id"),
    )
    op.create_table(
        "blocks",
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("blocked", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("until", sa.Float()),
        sa.Column("set_by", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("pardoned_at", sa.Float()),
        sa.PrimaryKeyConstraint("guild_id", "user_id"),
    )
    op.create_table(
        "pauses",
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("draining", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("set_by", sa.BigInteger()),
        sa.Column("at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("guild_id"),
    )


def _counted() -> None:
    op.create_table(
        "spend",
        sa.Column("scope", sa.String(length=32), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("held", sa.Integer(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "day"),
    )
    op.create_table(
        "usage",
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("provider", sa.String(length=32), nullable=False),
        sa.Column("model", sa.String(length=32), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("delivered", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("credits", sa.Integer(), nullable=False),
        sa.Column("cost", sa.Float(), nullable=False),
        sa.Column("costed", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("guild_id", "day", "user_id", "channel_id", "provider", "model"),
        sqlite_with_rowid=False,
    )


def _noted() -> None:
    op.create_table(
        "alarms",
        sa.Column("name", sa.String(length=96), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "audit",
        sa.Column("entry_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.BigInteger()),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("entry_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("audit_of_guild", "audit", ["guild_id", "entry_id"])
    op.create_table(
        "erasures",
        sa.Column("erasure_id", sa.String(length=32), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", sa.Float(), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("erasure_id"),
    )


def _cleared() -> None:
    """What finds rows that are to be deleted, or whose member is."""
    for name, table, columns, condition in (
        ("ledger_holds_by_day", "ledger", ["day", "job_id"], "kind = 'hold'"),
        ("ledger_aliases", "ledger", ["day", "job_id"], "user_id < 0"),
        ("grants_of_day", "grants", ["day"], None),
        ("votes_of_member", "votes", ["user_id"], None),
        ("assemblies_ended", "assemblies", ["ended_at"], "ended_at IS NOT NULL"),
        ("usage_by_day", "usage", ["day"], None),
        ("usage_of_member", "usage", ["user_id"], None),
        ("spend_by_day", "spend", ["day"], None),
        ("alarms_by_age", "alarms", ["at"], None),
        ("guilds_left", "guilds", ["left_at"], "left_at IS NOT NULL"),
        ("blocks_ending", "blocks", ["until"], "until IS NOT NULL"),
        ("blocks_pardoned", "blocks", ["pardoned_at"], "pardoned_at IS NOT NULL"),
    ):
        where = None if condition is None else sa.text(condition)
        op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)


def _count() -> None:
    """Sum up what the ledger has: what was held is closed by the entry of the other kind."""
    signed = "CASE kind WHEN 'hold' THEN credits ELSE -credits END"
    settled = "CASE kind WHEN 'settle' THEN credits ELSE 0 END"
    for scope, group in (("'guild:' || guild_id", "guild_id, day"), ("'all'", "day")):
        op.execute(
            f"INSERT INTO spend SELECT {scope}, day, sum({signed}), sum({settled}) FROM ledger GROUP BY {group}"  # noqa: S608
        )
    # A clip that came after its credits had gone back was delivered for nothing; of one under way nothing is closed.
    kind = "coalesce(closed.kind, '')"
    delivered = f"jobs.status = 'delivered' OR {kind} = 'settle'"
    op.execute(
        "INSERT INTO usage SELECT jobs.guild_id, held.day, jobs.user_id, jobs.channel_id, jobs.provider,"  # noqa: S608
        f" {_MODEL}, count(*), sum({delivered}), sum({kind} = 'release' AND NOT ({delivered})),"
        " sum(CASE closed.kind WHEN 'settle' THEN closed.credits ELSE 0 END), 0, 0"
        " FROM jobs JOIN ledger AS held ON held.job_id = jobs.job_id AND held.kind = 'hold'"
        " LEFT JOIN ledger AS closed ON closed.job_id = jobs.job_id AND closed.kind != 'hold'"
        f" GROUP BY jobs.guild_id, held.day, jobs.user_id, jobs.channel_id, jobs.provider, {_MODEL}"
    )
