"""Who may make what, for how much. Pure arithmetic and rules; nothing is stored here."""
