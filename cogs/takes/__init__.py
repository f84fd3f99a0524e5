"""Several takes of one request, shown side by side."""

from cogs.takes._cog import setup, teardown

__all__ = ["setup", "teardown"]
