"""Everything a Discord user sees: one cog per command family, `views` for buttons and messages."""
