"""Rows about one person or one server: found, handed out, deleted or left without a name; and rows too old."""
