"""Rushes: the application. No slash command lives here; those are in `cogs`."""

__version__ = "0.2.0"
