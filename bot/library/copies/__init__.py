"""Backups: a copy of an installation's database and files, and putting one back. Blocks; the bot itself has no part."""
