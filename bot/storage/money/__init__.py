"""Credits: what is held, spent and left, for members, servers and all together, and what is counted of it."""
