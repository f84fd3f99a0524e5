"""An idea that several people work on in a thread, rendered together and voted on."""

from cogs.brainstorm._cog import setup, teardown

__all__ = ["setup", "teardown"]
