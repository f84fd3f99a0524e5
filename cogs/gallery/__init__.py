"""What has been made: clips of a place by votes or age, and one's own history."""

from cogs.gallery._cog import setup, teardown

__all__ = ["setup", "teardown"]
