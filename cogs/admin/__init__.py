"""Credits: one's own; and for those who manage a server, what its members may make, and what became of it."""

from cogs.admin._cog import setup, teardown

__all__ = ["setup", "teardown"]
