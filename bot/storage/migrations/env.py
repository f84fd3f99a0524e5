"""Runs the migrations on the connection that bot.storage.database hands over."""

from __future__ import annotations

from alembic import context

from bot.storage import owner_tables
from bot.storage.tables import metadata

# Its tables are in the same metadata.
assert owner_tables.audit.metadata is metadata
context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
