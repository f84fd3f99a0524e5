"""Rushes: the application. No slash command lives here; those are in `cogs`."""
