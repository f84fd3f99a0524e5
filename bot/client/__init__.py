"""The connection to Discord: keeping it up, and checking what comes over it. No command belongs here."""
