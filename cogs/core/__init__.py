"""What several features share: answers, forms, posting, Discord's errors. No feature belongs here."""

from cogs.core._cog import setup

__all__ = ["setup"]
