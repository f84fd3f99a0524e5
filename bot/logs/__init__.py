"""How the log is written, and which step a line of it is about. Nothing is logged here."""
