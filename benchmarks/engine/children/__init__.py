"""Processes that the benchmark starts: the bot, a bot that does nothing, and a copier. They import little."""
