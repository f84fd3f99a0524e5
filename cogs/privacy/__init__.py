"""What is kept of whoever asks, handing it out, and erasing it; and in which servers the bot is."""

from cogs.privacy._cog import setup, teardown

__all__ = ["setup", "teardown"]
