"""The tour of what the bot can do."""

from cogs.help._cog import setup, teardown

__all__ = ["setup", "teardown"]
