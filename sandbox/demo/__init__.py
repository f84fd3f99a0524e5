"""The real bot on a simulated Discord: the demo, the page to play with, pictures for /help. No provider's contract."""
