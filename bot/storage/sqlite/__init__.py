"""What is particular to SQLite: its threads, whether a file is sound, bringing one up to date."""
