"""The tables of what owners and moderators decide and want to know; beside those of tables.py, in the same schema."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Column, Float, Index, Integer, String, Table, Text, text

from bot.storage.tables import metadata

EVERYWHERE = 0
"""Stands for all servers where a server's id is asked for."""

DRAIN = -1
"""The row of `pauses` that a drain has to itself: one that ends leaves a pause as it was, and the other way round."""

guilds = Table(
    "guilds",
    metadata,
    Column("guild_id", BigInteger, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("rules", Text, nullable=False),
    Column("set_by", BigInteger, nullable=False),
    Column("at", Float, nullable=False),
    Column("left_at", Float),
)
"""A server's rules, as JSON that bot.policy.server_rules reads and writes; `version` grows by one with every change.

`left_at` is since when the bot is not in it."""

blocks = Table(
    "blocks",
    metadata,
    Column("guild_id", BigInteger, primary_key=True),
    Column("user_id", BigInteger, primary_key=True),
    Column("blocked", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Column("until", Float),
    Column("set_by", BigInteger, nullable=False),
    Column("at", Float, nullable=False),
    Column("pardoned_at", Float),
)
"""Members who may ask for nothing, without `until` for good; strikes before `pardoned_at` do not count."""

pauses = Table(
    "pauses",
    metadata,
    Column("guild_id", BigInteger, primary_key=True),
    Column("draining", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Column("set_by", BigInteger),
    Column("at", Float, nullable=False),
)
"""Where nothing new is taken: a server, EVERYWHERE, or for a DRAIN. Without `set_by` the command line has done it."""

spend = Table(
    "spend",
    metadata,
    Column("scope", String(32), primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("held", Integer, nullable=False),
    Column("used", Integer, nullable=False),
    Index("spend_by_day", "day"),
)
"""The ledger summed up by day, for each server and for all; written in the transactions that write the ledger."""

usage = Table(
    "usage",
    metadata,
    Column("guild_id", BigInteger, primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("user_id", BigInteger, primary_key=True),
    Column("channel_id", BigInteger, primary_key=True),
    Column("provider", String(32), primary_key=True),
    Column("model", String(32), primary_key=True),
    Column("asked", Integer, nullable=False),
    Column("delivered", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("credits", Integer, nullable=False),
    Column("cost", Float, nullable=False),
    Column("costed", Integer, nullable=False),
    Index("usage_by_day", "day"),
    Index("usage_of_member", "user_id"),
    sqlite_with_rowid=False,
)
"""What was made, by day of the hold; `cost` is in the provider's units, of `costed` clips whose cost it has told.

The rows of a server lie together, by day, so that a year of them is read in one go."""

alarms = Table(
    "alarms",
    metadata,
    Column("name", String(96), primary_key=True),
    Column("level", Integer, nullable=False),
    Column("at", Float, nullable=False),
    Index("alarms_by_age", "at"),
)
"""What the owner or a server has been told of already, and how bad it was then."""

audit = Table(
    "audit",
    metadata,
    Column("entry_id", Integer, primary_key=True, autoincrement=True),
    Column("guild_id", BigInteger, nullable=False),
    Column("at", Float, nullable=False),
    Column("actor_id", BigInteger, nullable=False),
    Column("action", String(32), nullable=False),
    Column("subject_id", BigInteger),
    Column("facts", JSON, nullable=False),
    Index("audit_of_guild", "guild_id", "entry_id"),
    sqlite_autoincrement=True,
)
"""What moderators did, and what failed; an `actor_id` of 0 is the bot itself."""

erasures = Table(
    "erasures",
    metadata,
    Column("erasure_id", String(32), primary_key=True),
    Column("guild_id", BigInteger, nullable=False),
    Column("user_id", BigInteger, nullable=False),
    Column("asked_at", Float, nullable=False),
    Column("cursor", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
)
"""What is being erased: a member, EVERYWHERE or in one server; with user id 0, a whole server. Gone once it is done."""

# Of the few rows that time does away with.
for _name, _column in (
    ("guilds_left", guilds.c.left_at),
    ("blocks_ending", blocks.c.until),
    ("blocks_pardoned", blocks.c.pardoned_at),
):
    _where = text(f"{_column.name} IS NOT NULL")
    Index(_name, _column, sqlite_where=_where, postgresql_where=_where)
