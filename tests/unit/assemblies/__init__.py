"""What is put together from clips: states, rows, and the file of a reel."""
