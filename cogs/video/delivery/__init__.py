"""How a clip comes into its channel: the messages that show it, and how they are posted."""
