"""What those who manage a server, or own the bot, decide and want to know. No Discord."""
