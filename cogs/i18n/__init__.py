"""The sentences of every language, and the names that commands have in them."""

from cogs.i18n.translator import setup, teardown

__all__ = ["setup", "teardown"]
