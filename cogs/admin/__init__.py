"""Credits: one's own, and for those who manage a server those of others."""

from cogs.admin._cog import setup

__all__ = ["setup"]
