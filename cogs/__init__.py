"""Everything a Discord user sees: one package per feature, each an extension of discord.py with a `_cog` module."""
