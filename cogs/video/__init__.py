"""One clip: the command, the menus and buttons that ask for one, and its way into the channel."""

from cogs.video._cog import setup, teardown

__all__ = ["setup", "teardown"]
