"""Several clips joined into one video."""

from cogs.reel._cog import setup, teardown

__all__ = ["setup", "teardown"]
